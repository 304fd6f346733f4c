"""Cardiac failure, hypertension and ischaemic heart disease: carfilzomib, age, history.

Each drug has its own data: carfilzomib adds to all three, lenalidomide with dexamethasone to ischaemia, and the other
proteasome inhibitors to none.
"""

from __future__ import annotations

from jax import Array

from cereblon.model.toxicity.risk_factors import RiskFactors, Values, by_age


def cardiac_failure(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of any grade, 1/year."""
    return _weak(now, p) * (p["rate_cardiac_failure"] + now.recent.of_inhibitors(p, "{}_cardiac_failure"))


def hypertension(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of any grade, 1/year."""
    rate = p["rate_hypertension"] + now.recent.of_inhibitors(p, "{}_hypertension")
    return by_age(now.patient.age, p["by_age"]) * rate


def ischaemic_heart_disease(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of any grade, 1/year."""
    return _weak(now, p) * (
        p["rate_ischaemic_heart_disease"]
        + p["lenalidomide_ischaemic_heart_disease"] * now.recent.lenalidomide
        + now.recent.of_inhibitors(p, "{}_ischaemic_heart_disease")
    )


def _weak(now: RiskFactors, p: Values) -> Array:
    """Give the hazard ratio by age and cardiac history."""
    history = 1.0 + (p["history_ratio"] - 1.0) * now.patient.cardiac_history
    return by_age(now.patient.age, p["by_age"]) * history
