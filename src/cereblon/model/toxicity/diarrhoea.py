"""Diarrhoea: lenalidomide, proteasome inhibitors."""

from __future__ import annotations

from jax import Array

from cereblon.model.toxicity.exposure import Doses, Values

TERMS = ("diarrhoea",)


def hazards(recent: Doses, p: Values) -> tuple[Array]:
    """Give the hazard of any grade, 1/year; `p` holds the values of `diarrhoea`."""
    rate = (
        p["rate_background"]
        + p["rate_lenalidomide"] * recent.lenalidomide
        + p["rate_ixazomib"] * recent.ixazomib
        + p["rate_bortezomib"] * recent.bortezomib
    )
    return (rate,)
