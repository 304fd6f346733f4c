"""Venous thromboembolism by the IMPEDE score: deep vein thrombosis and pulmonary embolism."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from cereblon.model.toxicity.risk_factors import PatientFactors, RecentDoses, RiskFactors, Values

_SOME = 0.05  # of a usual week: the drug is being taken
_HIGH = 1.1  # more than 160 mg of dexamethasone a month


def impede(patient: PatientFactors, recent: RecentDoses, prophylaxis: Array) -> Array:
    """Give the points of the IMPEDE score that are known here.

    Lenalidomide 4, dexamethasone 2 or (above 160 mg a month) 4, body mass index of 25 or more 1, prophylaxis -3.
    Fractures, erythropoietin, anthracyclines, catheters, earlier clots and descent are not among the covariates.

    Parameters
    ----------
    prophylaxis
        1 with aspirin or prophylactic heparin, otherwise 0; it counts while lenalidomide is taken.
    """
    imid = jnp.where(recent.lenalidomide > _SOME, 4.0, 0.0)
    high, low = recent.dexamethasone > _HIGH, recent.dexamethasone > _SOME
    steroid = jnp.where(high, 4.0, jnp.where(low, 2.0, 0.0))
    heavy = jnp.where(patient.bmi >= 25.0, 1.0, 0.0)
    return imid + steroid + heavy - jnp.where(imid > 0.0, 3.0 * prophylaxis, 0.0)


def dvt(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of deep vein thrombosis of any grade, 1/year."""
    return (1.0 - p["pe_share"]) * _every(now, p)


def pe(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of pulmonary embolism of any grade, 1/year."""
    return p["pe_share"] * _every(now, p)


def _every(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of both together: by the score, and highest in the first months of a line."""
    early = 1.0 + (p["early_ratio"] - 1.0) * jnp.exp(-now.years_of_line / p["early_years"])
    points = impede(now.patient, now.recent, now.prophylaxis)
    return p["rate"] * jnp.exp(jnp.log(p["ratio_per_point"]) * points) * early
