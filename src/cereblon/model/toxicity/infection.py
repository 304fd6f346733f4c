"""Infection, pneumonia and febrile neutropenia.

Infection is all but pneumonia here; tables count pneumonia under both names.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from cereblon.model.toxicity.exposure import Doses, Person, Standing, Values, by_age, disease

TERMS = ("infection", "pneumonia", "febrile_neutropenia")


def hazards(person: Person, recent: Doses, standing: Standing, p: Values) -> tuple[Array, Array, Array]:
    """Give the hazards of any grade, 1/year.

    Disease stands for the lack of normal immunoglobulins, which come back with response. Below 1e9/L neutrophils
    raise the hazard by the depth of neutropenia on the log scale; fever comes with its square, at no count above.

    Parameters
    ----------
    person, recent, standing
        See `exposure`.
    p
        Values of `infection`.
    """
    depth = jnp.maximum(-jnp.log(jnp.maximum(standing.neutrophils, 1e-3)), 0.0)
    who = by_age(person.age, p["by_age"]) * jnp.exp(jnp.log(p["frailty_ratio"]) * (person.frailty - 0.5))
    added = (
        p["rate_lenalidomide"] * recent.lenalidomide
        + p["rate_dexamethasone"] * recent.dexamethasone
        + p["rate_proteasome_inhibitor"] * recent.proteasome_inhibitor
        + p["rate_daratumumab"] * standing.antibody
    )
    every = who * (p["rate_background"] + p["rate_disease"] * disease(standing.burden) + added)
    every = every * (1.0 + p["by_neutropenia"] * jnp.minimum(depth, 3.0))
    fever = p["rate_febrile_neutropenia"] * depth * depth
    return every, p["pneumonia_ratio"] * every, fever
