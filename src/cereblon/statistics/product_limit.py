"""The product limit of weighted subjects and late entrants, and how far each subject moves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.statistics.follow_up import Floats, FollowUp, Ints
from cereblon.statistics.life_table import LifeTable, life_table

Counts = NDArray[np.int64] | NDArray[np.float64]
"""Numbers of subjects; sums of weights where subjects are weighted."""

_ROUNDING = 1e-12  # share of a sum of weights that is left of a risk set when all of it had the event


@dataclass(frozen=True, slots=True)
class Steps:
    """The product limit at each distinct time, of event, censoring or entry.

    Parameters
    ----------
    time
        Increasing.
    survival
        From this time on.
    at_risk
        Just before the time.
    events
        At the time.
    """

    time: Floats
    survival: Floats
    at_risk: Counts
    events: Counts

    @property
    def survivors(self) -> Counts:
        """At risk and without an event at the time."""
        return _survivors(self.at_risk, self.events)

    @property
    def greenwood(self) -> Floats:
        """Greenwood's term of each time; infinite where nobody survives."""
        survivors = self.survivors
        terms = np.full(len(survivors), np.inf)
        np.divide(self.events, self.at_risk * survivors, out=terms, where=survivors > 0)
        return np.where(self.events == 0, 0.0, terms)


def product_limit(data: FollowUp) -> Steps:
    """Compute the product limit alone, without its variance."""
    if data.entry is None and data.weight is None:
        return steps_of(life_table(data.time, data.observed))
    everything = data.time if data.entry is None else np.concatenate([data.time, data.entry])
    time, place = np.unique(everything, return_inverse=True)
    stop, start = place[: data.n], place[data.n :]

    def from_on(at: Ints) -> Counts:
        """Sum, for each time, whose own time is this or a later one."""
        return np.cumsum(np.bincount(at, weights=data.weight, minlength=len(time))[::-1])[::-1]

    at_risk = from_on(stop) if data.entry is None else from_on(stop) - from_on(start)
    weight = None if data.weight is None else data.weight[data.observed]
    events = np.bincount(stop[data.observed], weights=weight, minlength=len(time))
    return _steps(time, at_risk, events)


def steps_of(table: LifeTable) -> Steps:
    """Compute the product limit of a life table."""
    return _steps(table.time, table.at_risk, table.events)


def _steps(time: Floats, at_risk: Counts, events: Counts) -> Steps:
    kept = np.divide(_survivors(at_risk, events), at_risk, out=np.ones(len(time)), where=at_risk > 0)
    return Steps(time, np.cumprod(kept, dtype=np.float64), at_risk, events)


def _survivors(at_risk: Counts, events: Counts) -> Counts:
    left = at_risk - events
    return left if left.dtype.kind == "i" else np.where(left <= _ROUNDING * at_risk, 0.0, left)


def influence(data: FollowUp, steps: Steps, worth: Floats) -> Floats:
    """Give how much a little more weight of each subject moves the sum of the log steps, each step times its worth.

    A subject at risk raises the step of each time by its Greenwood's term, and one with the event lowers it by one
    over the survivors. Steps after which nobody survives do not count.
    """
    stop, start = _places(data, steps)
    upto = _raised(steps, worth)
    survivors = steps.survivors
    lowered = np.divide(worth, survivors, out=np.zeros(len(worth)), where=survivors > 0)
    return upto[stop + 1] - upto[start] - np.where(data.observed, lowered[stop], 0.0)


def robust_variance(data: FollowUp, steps: Steps) -> Floats:
    """Give the variance of the log of survival: the sum of the squared influences of the subjects up to each time.

    With weights of one this is Greenwood's sum, unless somebody enters late.
    """
    ones = np.ones(len(steps.time))
    stop, start = _places(data, steps)
    upto, squares = _raised(steps, ones), data.weights**2
    left = influence(data, steps, ones)

    def until(at: Ints, values: Floats) -> Floats:
        return np.cumsum(np.bincount(at, weights=values, minlength=len(upto)))

    # Who left has moved the curve for good; who is at risk since `start` has moved it by upto[now] - upto[start].
    variance = until(stop + 1, squares * left**2)
    for power, factor in ((0, upto**2), (1, -2 * upto), (2, np.ones(len(upto)))):
        part = squares * upto[start] ** power
        variance = variance + factor * (until(start, part) - until(stop + 1, part))
    is_over = np.cumsum((steps.survivors <= 0) & (steps.events > 0)) > 0
    return np.where(is_over, np.inf, np.maximum(variance[1:], 0.0))


def _places(data: FollowUp, steps: Steps) -> tuple[Ints, Ints]:
    """Give the place of each subject's last time, and how many times are over when it enters."""
    stop = np.searchsorted(steps.time, data.time)
    if data.entry is None:
        return stop, np.zeros_like(stop)
    return stop, np.searchsorted(steps.time, data.entry, side="right")


def _raised(steps: Steps, worth: Floats) -> Floats:
    """Sum Greenwood's terms, each times its worth, up to each time; one entry more, 0, before the first."""
    terms = steps.greenwood
    return np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(terms), terms, 0.0) * worth)])
