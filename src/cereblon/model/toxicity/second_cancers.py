"""Second primary malignancies: age, lenalidomide so far, melphalan. They come after treatment too.

The effect of lenalidomide grows with its cumulative dose and levels off.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from cereblon.model.toxicity.risk_factors import RiskFactors, Values, by_age


def spm_solid(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of a solid cancer, 1/year."""
    rate = by_age(now.patient.age, p["by_age"]) * p["rate_solid"]
    return rate * (1.0 + p["lenalidomide_solid"] * _exposed(now, p))


def spm_haematological(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of a haematological cancer, 1/year."""
    exposed = _exposed(now, p)
    return (
        by_age(now.patient.age, p["by_age"]) * p["rate_haematological"]
        + p["lenalidomide_haematological"] * exposed
        + (p["melphalan_haematological"] + p["lenalidomide_melphalan"] * exposed) * now.disease_state.transplanted
    )


def spm_skin(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of non-melanoma skin cancer, 1/year."""
    rate = by_age(now.patient.age, p["by_age"]) * p["rate_skin"]
    return rate * (1.0 + p["lenalidomide_solid"] * _exposed(now, p))


def _exposed(now: RiskFactors, p: Values) -> Array:
    """Give the part of the full effect of lenalidomide, by its cumulative dose."""
    return 1.0 - jnp.exp(-now.disease_state.lenalidomide_years / p["lenalidomide_years"])
