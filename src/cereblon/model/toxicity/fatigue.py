"""Fatigue: the disease, lenalidomide, dexamethasone, age."""

from __future__ import annotations

from jax import Array

from cereblon.model.toxicity.exposure import Doses, Person, Standing, Values, by_age, disease

TERMS = ("fatigue",)


def hazards(person: Person, recent: Doses, standing: Standing, p: Values) -> tuple[Array]:
    """Give the hazard of any grade, 1/year; `p` holds the values of `fatigue`."""
    rate = (
        p["rate_disease"] * disease(standing.burden)
        + p["rate_lenalidomide"] * recent.lenalidomide
        + p["rate_dexamethasone"] * recent.dexamethasone
        + p["rate_proteasome_inhibitor"] * recent.proteasome_inhibitor
    )
    return (by_age(person.age, p["by_age"]) * rate,)
