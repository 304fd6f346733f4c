"""Who is at risk, and who has the event, at given times."""

from __future__ import annotations

import numpy as np

from cereblon.statistics.follow_up import Floats, FollowUp
from cereblon.statistics.product_limit import Counts


def sum_at_risk(data: FollowUp, at: Floats) -> Counts:
    """Count who is at risk at each time; weights are added up."""
    inside = _from_on(data.time, data.weight, at)
    return inside if data.entry is None else inside - _from_on(data.entry, data.weight, at)


def _from_on(times: Floats, weight: Floats | None, at: Floats) -> Counts:
    if weight is None:
        return len(times) - np.searchsorted(np.sort(times), at, side="left")
    order = np.argsort(times, kind="stable")
    sums = np.concatenate([np.cumsum(weight[order][::-1])[::-1], [0.0]])
    return sums[np.searchsorted(times[order], at, side="left")]


def count_at(data: FollowUp, at: Floats) -> Counts:
    """Count the events at each time, which is one of `at`; weights are added up."""
    weight = None if data.weight is None else data.weight[data.observed]
    return np.bincount(np.searchsorted(at, data.time[data.observed]), weights=weight, minlength=len(at))
