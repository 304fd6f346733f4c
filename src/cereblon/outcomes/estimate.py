"""A number with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

Status = Literal["estimated", "not_reached", "beyond_follow_up", "no_events", "no_subjects"]


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
        arms, so that no ratio exists); no_subjects.
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


def normal_quantile(level: float) -> float:
    """Give the half width of a normal interval of this level in standard errors: 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + level / 2)
