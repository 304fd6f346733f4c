"""Hepatic events: every oral and proteasome-inhibiting drug, none of them often."""

from __future__ import annotations

from jax import Array

from cereblon.model.toxicity.exposure import Doses, Values

TERMS = ("hepatotoxicity",)


def hazards(recent: Doses, p: Values) -> tuple[Array]:
    """Give the hazard of any grade, 1/year; `p` holds the values of `liver`."""
    rate = (
        p["rate_background"]
        + p["rate_lenalidomide"] * recent.lenalidomide
        + p["rate_proteasome_inhibitor"] * recent.proteasome_inhibitor
    )
    return (rate,)
