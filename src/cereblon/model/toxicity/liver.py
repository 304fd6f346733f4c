"""Hepatic events: every oral and proteasome-inhibiting drug, none of them often."""

from __future__ import annotations

from jax import Array

from cereblon.model.toxicity.risk_factors import RiskFactors, Values


def hepatotoxicity(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of any grade, 1/year."""
    return (
        p["rate_background"]
        + p["rate_lenalidomide"] * now.recent.lenalidomide
        + p["rate_proteasome_inhibitor"] * now.recent.proteasome_inhibitor
    )
