"""Numbers of one study that cannot both be right: deeper responses in more patients, survival that rises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from cereblon.evidence.study import Fact

_DEEPER_FIRST = ("scr", "cr_or_better", "vgpr_or_better", "orr", "orr_mr_or_better", "dcr")
"""Each is a share of the patients counted in those behind it."""
_FREE_OF = (("pfs_rate", "os_rate"),)
"""Whoever is free of the first event is free of the second."""
_ROUNDING = 1.0
"""Percent; two printed numbers may be rounded apart, one up and one down."""


def contradictions(labels: Sequence[str], facts: Sequence[Fact]) -> list[str]:
    """List pairs of shares of one arm, source and cut that contradict each other, unless a flag says why."""
    named = [
        (label, fact)
        for label, fact in zip(labels, facts, strict=True)
        if fact.value is not None and fact.unit == "percent" and not fact.flag
    ]
    return [
        f"{label}, value: {fact.value:g} percent {why} {other} ({against.value:g} percent); "
        "a flag that says why accepts it"
        for (label, fact), (other, against) in combinations(named, 2)
        if _same_patients(fact, against)
        for why in _why(fact, against)
    ]


def _same_patients(one: Fact, other: Fact) -> bool:
    return (one.arm, one.subgroup, one.cut, one.source) == (other.arm, other.subgroup, other.cut, other.source)


def _why(one: Fact, other: Fact) -> Iterator[str]:
    assert one.value is not None and other.value is not None
    for chain in (_DEEPER_FIRST, *_FREE_OF):
        if one.endpoint in chain and other.endpoint in chain and one.endpoint != other.endpoint:
            if one.month != other.month:
                return
            one_is_part = chain.index(one.endpoint) < chain.index(other.endpoint)
            part, whole = (one.value, other.value) if one_is_part else (other.value, one.value)
            if part > whole + _ROUNDING:
                yield "is more than all who are counted in" if one_is_part else "is less than a part of it,"
    if one.endpoint == other.endpoint and one.endpoint in ("pfs_rate", "os_rate"):
        early, late = sorted((one, other), key=lambda fact: fact.month or 0.0)
        if early.month != late.month and float(late.value or 0.0) > float(early.value or 0.0) + _ROUNDING:
            yield "contradicts, as survival does not rise,"
