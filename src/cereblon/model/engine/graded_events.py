"""Adverse events as graded at a visit, by the terms that dose rules read."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from cereblon.model.dosing.measures import GRADE_TERMS
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.state import SubjectState
from cereblon.model.toxicity import events, neuropathy
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS


def graded(state: SubjectState, subject: Subject) -> dict[str, Array]:
    """Grade every term of `SEEN` on the first day of a week, before any decision.

    Returns
    -------
        CTCAE grades as whole numbers in floats, 0 for none, by term.
    """
    current = events.current(state.adverse_events.grade)
    found = {term: current[term] for term in ADVERSE_EVENTS.in_dose_rules}
    return {"peripheral_neuropathy": neuropathy.grade(state.damage, subject.neuropathy), **found}


def grade_row(grades: dict[str, Array], like: Array) -> tuple[Array, ...]:
    """Put grades in the order of `GRADE_TERMS`; a term that is not graded is 0."""
    return tuple(grades.get(term, jnp.zeros_like(like)) for term in GRADE_TERMS)
