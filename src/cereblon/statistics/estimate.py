"""A number with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

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


def ratio_estimate(log_ratio: float, error: float, level: float, n: int) -> Estimate:
    """Build the estimate of a ratio from its logarithm and the standard error of that, with Wald's interval."""
    half = normal_quantile(level) * error
    value, low, high = (float(np.exp(log_ratio + shift)) for shift in (0.0, -half, half))
    return Estimate(value, low, high, level, n)


def check_level(level: float) -> None:
    """Refuse a level of an interval that is not between 0 and 1."""
    if isinstance(level, str) or not 0 < number_or_nan(level) < 1:
        hint = f"did you mean {level / 100:g}?" if 1 < number_or_nan(level) < 100 else None
        raise InputError(f"level {level!r} of an interval is not between 0 and 1", hint=hint)


def number_or_nan(value: object) -> float:
    """Give a value as a number, NaN where it is none."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def normal_quantile(level: float) -> float:
    """Give the half width of a normal interval of this level in standard errors: 1.96 for 0.95."""
    check_level(level)
    return NormalDist().inv_cdf(0.5 + level / 2)
