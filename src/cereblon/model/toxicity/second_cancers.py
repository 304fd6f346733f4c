"""Second primary malignancies: age, lenalidomide so far, melphalan. They come after treatment too."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from cereblon.model.toxicity.exposure import Person, Standing, Values, by_age

TERMS = ("spm_solid", "spm_haematological", "spm_skin")


def hazards(person: Person, standing: Standing, p: Values) -> tuple[Array, Array, Array]:
    """Give the hazards, 1/year: solid, haematological, non-melanoma skin cancer.

    The effect of lenalidomide grows with its cumulative dose and levels off.

    Parameters
    ----------
    p
        Values of `second_cancers`.
    """
    old = by_age(person.age, p["by_age"])
    exposed = 1.0 - jnp.exp(-standing.lenalidomide_years / p["lenalidomide_years"])
    solid = old * p["rate_solid"] * (1.0 + p["lenalidomide_solid"] * exposed)
    blood = (
        old * p["rate_haematological"]
        + p["lenalidomide_haematological"] * exposed
        + (p["melphalan_haematological"] + p["lenalidomide_melphalan"] * exposed) * standing.transplanted
    )
    skin = old * p["rate_skin"] * (1.0 + p["lenalidomide_solid"] * exposed)
    return solid, blood, skin
