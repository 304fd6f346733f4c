"""Adverse events of all kinds: onset, grade, end, and what follows from them.

Once a week each term takes one uniform number. Below the week's probability an event begins, and its place below it
decides the grade; near 1 an event ends. So one number per term and week suffices, and no term depends on another's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.core.time_units import DAYS_PER_YEAR
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS, DRAWN_TOGETHER, AdverseEvent
from cereblon.model.toxicity.risk_factors import WEEK, RiskFactors, Values, by_age

EVENTS: tuple[AdverseEvent, ...] = ADVERSE_EVENTS.events
TERMS: tuple[str, ...] = ADVERSE_EVENTS.terms
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(event.parameters for event in EVENTS))
"""Parameter files that declare adverse events."""

ByTerm = dict[str, Array]
"""One number of each term: scalars, so that the compiler vectorises over subjects."""
Hazard = Callable[[RiskFactors, Values], Array]

_BITS, _PER_WORD = 3, 10
N_WORDS = -(-len(TERMS) // _PER_WORD)

STOP = DRAWN_TOGETHER
"""Place, in a week's uniform numbers, of that which decides whether all treatment stops."""
_OWN_STREAM = ADVERSE_EVENTS.with_own_stream
N_TOLERANCES, N_DRAWS = DRAWN_TOGETHER + len(_OWN_STREAM), DRAWN_TOGETHER + 1 + len(_OWN_STREAM)
"""Standard normal numbers of one subject, and uniform numbers of one week."""


def hazard_of(event: AdverseEvent) -> Hazard:
    """Find the function that gives the hazard of an adverse event: in the module of its parameter file, by its name.

    Raises
    ------
    AttributeError
        If there is none.
    """
    found: Hazard = getattr(import_module(f"cereblon.model.toxicity.{event.parameters}"), event.term)
    return found


_HAZARDS: dict[str, Hazard] = {event.term: hazard_of(event) for event in EVENTS}


def _place(event: AdverseEvent, drawn_together: int) -> int:
    return event.draw if event.draw is not None else drawn_together + _OWN_STREAM.index(event.term)


class Severity(NamedTuple):
    """Of one term: shares of its events that reach a grade, length, and stops that follow."""

    grade_2: Array
    grade_3: Array
    grade_4: Array
    grade_5: Array
    ending: Array  # probability of ending in a week
    stop: Array  # probability that all treatment stops after an event of grade 3 or more


def severity(age: Array, p: Mapping[str, Values]) -> dict[str, Severity]:
    """Collect the severity of each term; older patients die of more of their events, and stop for more of them.

    Parameters
    ----------
    age
        Years.
    p
        Values by group: those of `GROUPS` and `adverse_events`.
    """
    common = p["adverse_events"]
    older, frailer = by_age(age, common["fatal_by_age"]), by_age(age, common["stop_by_age"])
    found = {}
    for event in EVENTS:
        term, own = event.term, p[event.parameters]
        severe = own[f"grade_3_{term}"]
        fatal = jnp.minimum(own[f"fatal_{term}"] * older, severe)
        found[term] = Severity(
            grade_2=own[f"grade_2_{term}"],
            grade_3=severe,
            grade_4=fatal + common["grade_4_share"] * (severe - fatal),
            grade_5=fatal,
            ending=severe * 0.0 if event.is_lasting else jnp.minimum(WEEK / own[f"duration_{term}"], 1.0),
            stop=jnp.minimum(own[f"stop_{term}"] * frailer, 1.0),
        )
    return found


def hazards(now: RiskFactors, p: Mapping[str, Values]) -> ByTerm:
    """Give the hazard of each term for a subject of average susceptibility, 1/year; `p` holds values by group."""
    return {event.term: _HAZARDS[event.term](now, p[event.parameters]) for event in EVENTS}


def susceptibility(common: Array, own: Array, p: Values) -> ByTerm:
    """Give a subject's hazard ratio of each term from standard normal draws: one for all terms, one for each.

    The mean over patients is 1, so that a rate is that of a group. What lasts, a second cancer, is no matter of
    tolerance.

    Parameters
    ----------
    own
        `N_TOLERANCES` numbers.
    """
    wide, narrow = p["susceptibility_common"], p["susceptibility_own"]
    level = wide * common - 0.5 * (wide * wide + narrow * narrow)
    return {
        event.term: jnp.ones_like(common)
        if event.is_lasting
        else jnp.exp(level + narrow * own[_place(event, DRAWN_TOGETHER)])
        for event in EVENTS
    }


class WeekOfEvents(NamedTuple):
    """What a week brought."""

    grade: ByTerm  # at its end, 0 for none
    fatal: Array  # whether something of grade 5 began
    stop: Array  # probability that all treatment stops for what began


def begun(grade: ByTerm, hazard: ByTerm, draws: Sequence[Array], how: Mapping[str, Severity]) -> ByTerm:
    """Give the grade of what begins this week, 0 for nothing or nothing worse than what is going on.

    Parameters
    ----------
    grade
        Of each term, 0 for none.
    hazard
        1/year.
    draws
        `N_DRAWS` uniform numbers.
    """
    found = {}
    for event in EVENTS:
        now, severe = grade[event.term], how[event.term]
        expected = jnp.minimum(hazard[event.term] * (WEEK / DAYS_PER_YEAR), 3.0)
        # 1 - exp(-x) to a percent up to x = 2, which a week hardly ever reaches, without an exponential.
        probability = expected / (1.0 + expected * (0.5 + expected / 12.0))
        drawn = draws[_place(event, DRAWN_TOGETHER + 1)]
        reached = sum(jnp.where(drawn < probability * share, 1.0, 0.0) for share in severe[:4])
        found[event.term] = jnp.where((drawn < probability) & (1.0 + reached > now), 1.0 + reached, 0.0)
    return found


def week(grade: ByTerm, begins: ByTerm, draws: Sequence[Array], how: Mapping[str, Severity]) -> WeekOfEvents:
    """Advance all terms by one week.

    An event that is going on worsens when a worse one begins, and ends by chance.

    Parameters
    ----------
    grade, draws
        As in `begun`.
    begins
        From `begun`.
    """
    after, kept = {}, jnp.ones_like(draws[STOP])
    for event in EVENTS:
        term, worst, severe = event.term, begins[event.term], how[event.term]
        ends = 1.0 - draws[_place(event, DRAWN_TOGETHER + 1)] < severe.ending
        after[term] = jnp.where(worst > 0.0, worst, jnp.where(ends, 0.0, grade[term]))
        kept = kept * jnp.where(worst >= 3.0, 1.0 - severe.stop, 1.0)
    return WeekOfEvents(after, functools.reduce(jnp.maximum, begins.values()) >= 5.0, 1.0 - kept)


def current(grade: ByTerm) -> ByTerm:
    """Give the grades by the names under which events are reported, as dose rules read them."""
    return {
        name: functools.reduce(jnp.maximum, (grade[term] for term in terms))
        for name, terms in ADVERSE_EVENTS.members.items()
    }


def pack(grade: ByTerm) -> tuple[Array, ...]:
    """Store the grades of all terms in a few words of 32 bits."""
    like = next(iter(grade.values()))
    words = [jnp.zeros_like(like, dtype=jnp.uint32) for _ in range(N_WORDS)]
    for place, term in enumerate(TERMS):
        shift = jnp.uint32(_BITS * (place % _PER_WORD))
        words[place // _PER_WORD] = words[place // _PER_WORD] | (grade[term].astype(jnp.uint32) << shift)
    return tuple(words)


def unpack(words: np.ndarray, term: str) -> np.ndarray:
    """Read the grades of one term from packed words, whose axis is the last."""
    place = TERMS.index(term)
    word = words[..., place // _PER_WORD]
    return np.asarray((word >> np.uint32(_BITS * (place % _PER_WORD))) & np.uint32(7), np.uint8)
