"""A number with its interval, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from cereblon.core.errors import InputError

Status = Literal[
    "estimated", "not_reached", "beyond_follow_up", "no_events", "no_subjects", "separated", "not_identified"
]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate.

    Parameters
    ----------
    value
        None unless `status` is estimated.
    low, high
        Ends of the interval; None where an end cannot be estimated, such as the upper end of a median while the
        upper band stays above one half.
    level
        Level of the interval.
    n
        Subjects behind it.
    status
        estimated; not_reached (median); beyond_follow_up (nobody was followed that long); no_events (in one of two
        arms, so that no ratio exists); no_subjects; separated (all events of one arm come before those of the other,
        so that the ratio runs away); not_identified (the data do not tell this number from another).
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    status: Status = "estimated"


def without_value(status: Status, n: int, level: float, *, low: float | None = None) -> Estimate:
    """Build an estimate that has no value, saying why."""
    return Estimate(value=None, low=low, high=None, level=level, n=n, status=status)


def check_level(level: float) -> None:
    """Refuse a level of an interval that is not between 0 and 1."""
    if isinstance(level, str) or not 0 < _number(level) < 1:
        hint = f"did you mean {level / 100:g}?" if 1 < _number(level) < 100 else None
        raise InputError(f"level {level!r} of an interval is not between 0 and 1", hint=hint)


def check_months(months: Sequence[float]) -> list[float]:
    """Refuse time points that are negative or no numbers."""
    bad = [str(month) for month in months if not 0 <= _number(month) < float("inf")]
    if bad:
        raise InputError(f"months: {', '.join(bad)} {'are' if len(bad) > 1 else 'is'} no time from 0 on")
    return [float(month) for month in months]


def check_count(count: int | None, name: str) -> None:
    """Refuse a number of things to show that is not a whole number from 1 on; None stands for all."""
    if count is not None and not (_number(count) >= 1 and _number(count) % 1 == 0):
        raise InputError(f"{name} {count!r} is not a whole number from 1 on")


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def normal_quantile(level: float) -> float:
    """Give the half width of a normal interval of this level in standard errors: 1.96 for 0.95."""
    check_level(level)
    return NormalDist().inv_cdf(0.5 + level / 2)
