"""Fatigue: the disease, lenalidomide, dexamethasone, age."""

from __future__ import annotations

from jax import Array

from cereblon.model.toxicity.risk_factors import RiskFactors, Values, by_age, disease


def fatigue(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of any grade, 1/year."""
    rate = (
        p["rate_disease"] * disease(now.disease_state.burden)
        + p["rate_lenalidomide"] * now.recent.lenalidomide
        + p["rate_dexamethasone"] * now.recent.dexamethasone
        + p["rate_proteasome_inhibitor"] * now.recent.proteasome_inhibitor
    )
    return by_age(now.patient.age, p["by_age"]) * rate
