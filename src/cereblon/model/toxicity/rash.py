"""Rash: lenalidomide, proteasome inhibitors."""

from __future__ import annotations

from jax import Array

from cereblon.model.toxicity.risk_factors import RiskFactors, Values


def rash(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of any grade, 1/year."""
    return (
        p["rate_background"]
        + p["rate_lenalidomide"] * now.recent.lenalidomide
        + now.recent.of_inhibitors(p, "rate_{}")
    )
