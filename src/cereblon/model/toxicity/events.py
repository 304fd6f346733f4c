"""Adverse events of all kinds: onset, grade, end, and what follows from them.

Once a week each term takes one uniform number. Below the week's probability an event begins, and its place below it
decides the grade; near 1 an event ends. So one number per term and week suffices, and a term's luck depends on
nothing but itself.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.model.toxicity import diarrhoea, fatigue, heart, infection, liver, rash, second_cancers, thrombosis
from cereblon.model.toxicity.exposure import WEEK, YEAR, Doses, Person, Standing, by_age

GROUPS: dict[str, tuple[str, ...]] = {
    "infection": infection.TERMS,
    "thrombosis": thrombosis.TERMS,
    "heart": heart.TERMS,
    "diarrhoea": diarrhoea.TERMS,
    "rash": rash.TERMS,
    "fatigue": fatigue.TERMS,
    "liver": liver.TERMS,
    "second_cancers": second_cancers.TERMS,
}
"""Terms by parameter file; the order of all arrays here."""
TERMS: tuple[str, ...] = tuple(term for terms in GROUPS.values() for term in terms)
"""Names of the evidence vocabulary without `ae_`; skin cancer has none and counts as `spm` only."""

TOGETHER: dict[str, tuple[str, ...]] = {
    "infection": ("infection", "pneumonia"),
    "vte": ("dvt", "pe"),
    "spm": ("spm_solid", "spm_haematological", "spm_skin"),
    "spm_invasive": ("spm_solid", "spm_haematological"),
}
"""Names under which several terms are counted."""
NAMES: tuple[str, ...] = (*(t for t in TERMS if t != "spm_skin"), "vte", "spm", "spm_invasive")
"""Every name under which an event is reported."""

_BITS, _PER_WORD = 3, 10
N_WORDS = -(-len(TERMS) // _PER_WORD)


Scalars = tuple[Array, ...]
"""One number per term: scalars, so that the compiler vectorises over subjects."""


class Severity(NamedTuple):
    """Of one term: shares of its events that reach a grade, length, and stops that follow."""

    grade_2: Array
    grade_3: Array
    grade_4: Array
    grade_5: Array
    ending: Array  # probability of ending in a week
    stop: Array  # probability that all treatment stops after an event of grade 3 or more


def severity(age: Array, p: Mapping[str, Mapping[str, Array]]) -> tuple[Severity, ...]:
    """Collect the severity of each term; older people die of more of their events, and stop for more of them.

    Parameters
    ----------
    age
        Years.
    p
        Values by group: those of `GROUPS` and `adverse_events`.
    """
    common = p["adverse_events"]
    older, frailer = by_age(age, common["fatal_by_age"]), by_age(age, common["stop_by_age"])
    found = []
    for group, terms in GROUPS.items():
        for term in terms:
            severe = p[group][f"grade_3_{term}"]
            fatal = jnp.minimum(p[group][f"fatal_{term}"] * older, severe)
            lasts = term.startswith("spm")
            found.append(
                Severity(
                    grade_2=p[group][f"grade_2_{term}"],
                    grade_3=severe,
                    grade_4=fatal + common["grade_4_share"] * (severe - fatal),
                    grade_5=fatal,
                    ending=severe * 0.0 if lasts else jnp.minimum(WEEK / p[group][f"duration_{term}"], 1.0),
                    stop=jnp.minimum(p[group][f"stop_{term}"] * frailer, 1.0),
                )
            )
    return tuple(found)


def hazards(
    person: Person,
    recent: Doses,
    standing: Standing,
    prophylaxis: Array,
    years_of_line: Array,
    p: Mapping[str, Mapping[str, Array]],
) -> Scalars:
    """Give the hazard of each term for a subject of average susceptibility, 1/year."""
    return (
        *infection.hazards(person, recent, standing, p["infection"]),
        *thrombosis.hazards(person, recent, prophylaxis, years_of_line, p["thrombosis"]),
        *heart.hazards(person, recent, p["heart"]),
        *diarrhoea.hazards(recent, p["diarrhoea"]),
        *rash.hazards(recent, p["rash"]),
        *fatigue.hazards(person, recent, standing, p["fatigue"]),
        *liver.hazards(recent, p["liver"]),
        *second_cancers.hazards(person, standing, p["second_cancers"]),
    )


def susceptibility(common: Array, own: Array, p: Mapping[str, Array]) -> Scalars:
    """Give a subject's hazard ratio of each term from standard normal draws: one for all terms, one for each.

    The mean over people is 1, so that a rate is that of a group. A second cancer is no matter of tolerance.
    """
    wide, narrow = p["susceptibility_common"], p["susceptibility_own"]
    level = wide * common - 0.5 * (wide * wide + narrow * narrow)
    return tuple(
        jnp.ones_like(common) if term.startswith("spm") else jnp.exp(level + narrow * own[place])
        for place, term in enumerate(TERMS)
    )


class Week(NamedTuple):
    """What a week brought."""

    grade: Scalars  # at its end, 0 for none
    fatal: Array  # whether something of grade 5 began
    stop: Array  # probability that all treatment stops for what began


def begun(grade: Scalars, hazard: Scalars, luck: Array, how: tuple[Severity, ...]) -> Scalars:
    """Give the grade of what begins this week, 0 for nothing or nothing worse than what is going on.

    Parameters
    ----------
    grade
        Of each term, 0 for none.
    hazard
        1/year.
    luck
        Uniform numbers, [term].
    """
    found = []
    for place, (now, rate, severe) in enumerate(zip(grade, hazard, how, strict=True)):
        expected = jnp.minimum(rate * (WEEK / YEAR), 3.0)
        # 1 - exp(-x) to a percent up to x = 2, which a week hardly ever reaches, without an exponential.
        probability = expected / (1.0 + expected * (0.5 + expected / 12.0))
        drawn = luck[place]
        reached = sum(jnp.where(drawn < probability * share, 1.0, 0.0) for share in severe[:4])
        found.append(jnp.where((drawn < probability) & (1.0 + reached > now), 1.0 + reached, 0.0))
    return tuple(found)


def week(grade: Scalars, begins: Scalars, luck: Array, how: tuple[Severity, ...]) -> Week:
    """Advance all terms by one week.

    An event that is going on worsens when a worse one begins, and ends by chance.

    Parameters
    ----------
    grade, luck
        As in `begun`.
    begins
        From `begun`.
    """
    after, kept = [], jnp.ones_like(grade[0])
    for place, (now, worst, severe) in enumerate(zip(grade, begins, how, strict=True)):
        goes_on = jnp.where(1.0 - luck[place] < severe.ending, 0.0, now)
        after.append(jnp.where(worst > 0.0, worst, goes_on))
        kept = kept * jnp.where(worst >= 3.0, 1.0 - severe.stop, 1.0)
    return Week(tuple(after), functools.reduce(jnp.maximum, begins) >= 5.0, 1.0 - kept)


def current(grade: Scalars) -> dict[str, Array]:
    """Give the grades by name, as dose rules read them; see `TERMS` and `TOGETHER`."""
    single = dict(zip(TERMS, grade, strict=True))
    joined = {
        name: functools.reduce(jnp.maximum, (single[term] for term in terms)) for name, terms in TOGETHER.items()
    }
    return {term: single[term] for term in TERMS if term != "spm_skin"} | joined


def pack(grade: Scalars) -> tuple[Array, ...]:
    """Store the grades of all terms in a few words of 32 bits."""
    words = [jnp.zeros_like(grade[0], dtype=jnp.uint32) for _ in range(N_WORDS)]
    for place, value in enumerate(grade):
        shift = jnp.uint32(_BITS * (place % _PER_WORD))
        words[place // _PER_WORD] = words[place // _PER_WORD] | (value.astype(jnp.uint32) << shift)
    return tuple(words)


def unpack(words: np.ndarray, term: str) -> np.ndarray:
    """Read the grades of one term from packed words, whose axis is the last."""
    place = TERMS.index(term)
    word = words[..., place // _PER_WORD]
    return ((word >> np.uint32(_BITS * (place % _PER_WORD))) & np.uint32(7)).astype(np.uint8)
