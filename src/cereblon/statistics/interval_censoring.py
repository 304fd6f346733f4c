"""Events that are known to lie between two visits: the curve of greatest likelihood, without guessing the day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.number_arrays import ArrayInput, as_numbers
from cereblon.statistics.follow_up import Bools, Floats, Ints

_ROUNDS, _SETTLED = 50_000, 1e-7


@dataclass(frozen=True, slots=True)
class IntervalCurve:
    """Where the events lie, as far as visits tell.

    Parameters
    ----------
    left, right
        Ends of the intervals that hold events, open on the left; where inside one they fall is not known. The last
        may have no end.
    mass
        Share of the subjects with the event in each.
    n
        Subjects.
    is_settled
        Whether the likelihood is at its maximum, to a share of 1e-7.
    """

    left: Floats
    right: Floats
    mass: Floats
    n: int
    is_settled: bool

    def survival_at(self, time: ArrayInput) -> tuple[Floats, Floats]:
        """Give the least and the greatest survival at some times; they differ inside an interval alone."""
        times = np.asarray(time, dtype=np.float64)
        over = np.concatenate([[0.0], np.cumsum(self.mass)])
        least = 1.0 - over[np.searchsorted(self.left, times, side="left")]
        most = 1.0 - over[np.searchsorted(self.right, times, side="right")]
        exact = np.isin(times, self.left[self.left == self.right])
        return np.where(exact, most, np.maximum(least, 0.0)), np.maximum(most, 0.0)

    @property
    def median(self) -> tuple[float, float] | None:
        """The interval in which survival falls to one half; None where it stays above."""
        reached = np.flatnonzero((np.cumsum(self.mass) >= 0.5 - 1e-9) & np.isfinite(self.right))
        return (float(self.left[reached[0]]), float(self.right[reached[0]])) if len(reached) else None


def turnbull(left: ArrayInput, right: ArrayInput) -> IntervalCurve:
    """Estimate survival of events that lie between visits, by self-consistency (EM).

    No variance is given; `resample_subjects` gives one. The usual other way, to take the day in the middle of the
    interval as that of the event, is biased where visits are rare.

    Parameters
    ----------
    left
        The last time known to be free of the event, from 0 on.
    right
        The first time known to have had it: as `left` where the time is known, infinite where it was never seen.

    Raises
    ------
    InputError
        If a time is missing or negative, `right` is before `left`, or lengths differ.

    Source
    ------
    Turnbull, J R Stat Soc B 1976;38:290; Peto, Appl Stat 1973;22:86; Gentleman and Geyer, Biometrika 1994;81:618
    (when the maximum is reached).
    """
    low, high = as_numbers(left, "left ends"), as_numbers(right, "right ends")
    if low.shape != high.shape:
        raise InputError(f"{len(low)} left ends for {len(high)} right ends; one each is needed")
    bad = ~(low >= 0) | np.isinf(low) | ~(high >= low)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"{int(bad.sum())} of {len(low)} intervals are none, the first in row {row + 1}: {low[row]:g} to "
            f"{high[row]:g}",
            hint="left is from 0 on and not after right; right is infinite where the event was never seen",
        )
    if not len(low):
        return IntervalCurve(low, high, low, 0, True)
    start, end = _innermost(low, high)
    first, last = _covered(low, high, start, end)
    mass, is_settled = _self_consistent(first, last, len(start))
    kept = mass > _SETTLED / len(low)
    return IntervalCurve(start[kept], end[kept], mass[kept], len(low), is_settled)


def _innermost(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Find the intervals that can hold events: a left end with a right end next to it."""
    exact = low == high
    ends = np.concatenate([low, high])
    is_right = np.repeat([False, True], len(low))
    # at one time: right ends of intervals, then the exact time, open and closed, then left ends
    rank = np.concatenate([np.where(exact, 1, 3), np.where(exact, 2, 0)])
    order = np.lexsort([rank, ends])
    ends, is_right = ends[order], is_right[order]
    place = np.flatnonzero(~is_right[:-1] & is_right[1:])
    return ends[place], ends[place + 1]


def _covered(low: Floats, high: Floats, start: Floats, end: Floats) -> tuple[Ints, Ints]:
    """Give the first of the intervals inside each subject's, and the one after the last."""
    exact: Bools = low == high
    is_point = start == end
    key = start + 0.0
    # a point at a time lies before the open interval that begins there
    first = np.searchsorted(key, low, side="left")
    skipped = (first < len(start)) & ~exact
    skipped[skipped] = is_point[first[skipped]] & (start[first[skipped]] == low[skipped])
    last = np.searchsorted(end, high, side="right")
    first = first + skipped
    return first, np.where(exact, first + 1, last)


def _self_consistent(first: Ints, last: Ints, count: int) -> tuple[Floats, bool]:
    mass = np.full(count, 1.0 / count)
    for _ in range(_ROUNDS):
        upto = np.concatenate([[0.0], np.cumsum(mass)])
        inverse = 1.0 / (upto[last] - upto[first])
        change = np.bincount(first, inverse, count + 1) - np.bincount(last, inverse, count + 1)
        gradient = np.cumsum(change)[:count] / len(first)
        if gradient.max() <= 1.0 + _SETTLED:
            return mass, True
        mass = mass * gradient
    return mass, False
