"""Cardiac failure, hypertension and ischaemic heart disease: carfilzomib, age, history.

Each drug has its own data: carfilzomib adds to all three, lenalidomide with dexamethasone to ischaemia, and ixazomib
and bortezomib to none.
"""

from __future__ import annotations

from jax import Array

from cereblon.model.toxicity.exposure import Doses, Person, Values, by_age

TERMS = ("cardiac_failure", "hypertension", "ischaemic_heart_disease")


def hazards(person: Person, recent: Doses, p: Values) -> tuple[Array, Array, Array]:
    """Give the hazards of any grade, 1/year; `p` holds the values of `heart`."""
    old = by_age(person.age, p["by_age"])
    weak = old * (1.0 + (p["history_ratio"] - 1.0) * person.cardiac_history)
    failure = weak * (p["rate_cardiac_failure"] + p["carfilzomib_cardiac_failure"] * recent.carfilzomib)
    pressure = old * (p["rate_hypertension"] + p["carfilzomib_hypertension"] * recent.carfilzomib)
    ischaemia = weak * (
        p["rate_ischaemic_heart_disease"]
        + p["lenalidomide_ischaemic_heart_disease"] * recent.lenalidomide
        + p["carfilzomib_ischaemic_heart_disease"] * recent.carfilzomib
    )
    return failure, pressure, ischaemia
