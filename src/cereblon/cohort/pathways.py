"""Pathways of drugs by what was given at the same time, without rules of myeloma: a second look beside the lines.

Stretches of one drug with short pauses are joined. Where two overlap for long enough they are a combination, and what
is left of each before and after it stands alone if it is long enough; where they overlap for less, the first gave way
to the second.

Source
------
The semantics of TreatmentPatterns 3 (darwin-eu/TreatmentPatterns at 9bc5c00, Apache-2.0), in our own words; its tests
are ours too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

JOINED = "+"


class Given(NamedTuple):
    """Something given from one day to another."""

    start: int
    end: int
    drugs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PathwayRules:
    """How pathways are made; days.

    Parameters
    ----------
    least_days
        Stretches shorter than this are left out.
    pause_days
        A pause of a drug up to this long is none.
    overlap_days
        An overlap of at least this long is a combination.
    rest_days
        What is left of a drug beside a combination counts if it is at least this long.
    keep
        Of the steps all, the changes, or the first time of each.
    longest
        Steps of a pathway.
    """

    least_days: int = 0
    pause_days: int = 30
    overlap_days: int = 30
    rest_days: int = 30
    keep: Literal["all", "changes", "first"] = "all"
    longest: int = 5


def pathway(given: Iterable[tuple[str, int, int]], rules: PathwayRules) -> tuple[str, ...]:
    """Give the pathway of one patient.

    Parameters
    ----------
    given
        Drug, first and last day.
    rules
        How pathways are made.

    Returns
    -------
        Its steps in order; the drugs of a combination are joined by + in alphabetical order.

    Examples
    --------
    >>> pathway([("A", 0, 31), ("B", 14, 45)], PathwayRules(overlap_days=5, rest_days=5))
    ('A', 'A+B', 'B')
    """
    found = _combined(sorted(_joined(given, rules)), rules)
    steps = [JOINED.join(one.drugs) for one in sorted(found)]
    if rules.keep == "first":
        steps = list(dict.fromkeys(steps))
    elif rules.keep == "changes":
        steps = [step for place, step in enumerate(steps) if place == 0 or steps[place - 1] != step]
    return tuple(steps[: rules.longest])


def _joined(given: Iterable[tuple[str, int, int]], rules: PathwayRules) -> list[Given]:
    """Join stretches of a drug with short pauses, and leave out those that are too short."""
    joined: list[Given] = []
    for drug, start, end in sorted(given):
        before = joined[-1] if joined else None
        if before is not None and before.drugs == (drug,) and start - before.end <= rules.pause_days:
            joined[-1] = before._replace(end=max(before.end, end))
        else:
            joined.append(Given(start, end, (drug,)))
    return [one for one in joined if one.end - one.start >= rules.least_days]


def _combined(given: list[Given], rules: PathwayRules) -> list[Given]:
    """Replace the first two that overlap by what they are together and apart, until none do."""
    while True:
        place = next((at for at, two in enumerate(pairwise(given)) if two[1].start < two[0].end), None)
        if place is None:
            return given
        first, second = given[place], given[place + 1]
        given = sorted([*given[:place], *_resolved(first, second, rules), *given[place + 2 :]])


def _resolved(first: Given, second: Given, rules: PathwayRules) -> list[Given]:
    overlap = min(first.end, second.end) - second.start
    whole = overlap in (first.end - first.start, second.end - second.start)
    if overlap < rules.overlap_days and not whole:
        return [first._replace(end=second.start), second]
    until = min(first.end, second.end)
    both = Given(second.start, until, tuple(sorted({*first.drugs, *second.drugs})))
    last = first if first.end > second.end else second
    rests = [first._replace(end=second.start), last._replace(start=until)]
    return [both, *(one for one in rests if one.end - one.start >= rules.rest_days and one.end > one.start)]
