"""How a design behaves over many trials: chance of success, early stops, size, duration, effect at each look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.statistics.follow_up import Bools, Floats, Ints
from cereblon.trial_design.boundaries import Boundaries
from cereblon.trial_design.looks import LookResult
from cereblon.trial_design.pool_moves import PoolMoves

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Estimated:
    """A number with its Monte Carlo standard error."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class TrialCourse:
    """Where each trial ends.

    Parameters
    ----------
    look
        Number of the look at which it stops, from 0.
    success
        Whether the tested arm is better by the test.
    """

    look: Ints
    success: Bools


def course(results: Sequence[LookResult], boundaries: Boundaries) -> TrialCourse:
    """Follow each trial from look to look until it crosses a boundary; the last look ends all."""
    count, last = len(results[0].day), len(results) - 1
    look, success, going = np.full(count, last), np.zeros(count, np.bool_), np.ones(count, np.bool_)
    for number, (result, high, low) in enumerate(zip(results, boundaries.upper, boundaries.lower, strict=True)):
        wins = going & (result.statistic >= high)
        stops = wins | (going & (result.statistic <= low) & (number < last))
        look[stops], success[wins] = number, True
        going &= ~stops
    return TrialCourse(look, success)


def chance_of_success(
    results: Sequence[LookResult], boundaries: Boundaries, *, moves: PoolMoves | None, groups_of: int = 1
) -> Estimated:
    """Give the share of trials that succeed; arguments as in `characterise`."""
    means = course(results, boundaries).success.reshape(-1, groups_of).mean(axis=1)
    chance = variance_of_one(means) / len(means)
    if moves is not None:
        moved = [course(each, boundaries).success.mean() for each in moves.of([results])]
        chance += float(np.var(moved, ddof=1))
    return Estimated(float(means.mean()), float(np.sqrt(chance)))


@dataclass(frozen=True, kw_only=True, slots=True)
class LookCharacteristics:
    """One look over all trials.

    Parameters
    ----------
    number, share, upper, nominal, lower
        Number from 1, share of the information, boundary of success with its one-sided p, and of futility or None.
    month, events, enrolled
        Means over all trials, as if none had stopped before.
    success, futility, reached
        Chance to stop here for success, for futility, and to come this far.
    power
        Chance of success up to here.
    effect
        Quantiles of the estimate: hazard ratio, or difference of response in percent points.
    needed
        Estimate at the boundary, in the middle of the trials.
    """

    number: int
    share: float
    upper: float
    nominal: float
    lower: float | None
    month: Estimated
    events: Estimated
    enrolled: Estimated
    success: Estimated
    futility: Estimated
    reached: Estimated
    power: Estimated
    effect: tuple[float, ...]
    needed: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Characteristics:
    """All of a design.

    Parameters
    ----------
    power, early, futility
        Chance of success, to stop before the last look, and to stop for futility.
    patients, months, events
        Expected when the trial stops.
    looks
        Each of them.
    trials
        How many were drawn.
    """

    power: Estimated
    early: Estimated
    futility: Estimated
    patients: Estimated
    months: Estimated
    events: Estimated
    looks: tuple[LookCharacteristics, ...]
    trials: int


def characterise(
    results: Sequence[LookResult],
    boundaries: Boundaries,
    *,
    moves: PoolMoves | None = None,
    groups_of: int = 1,
    ratio: bool = True,
) -> Characteristics:
    """Summarise the looks of many trials.

    Parameters
    ----------
    results
        Of `hold_looks`.
    boundaries
        Of the design.
    moves
        How another pool would move the statistics: what that changes is the error that comes from the pool, and is
        part of every error given.
    groups_of
        Trials in succession that share their parameters; errors are those of the means of groups.
    ratio
        Whether the effect is a log hazard ratio; else a difference of response.
    """
    taken = _Taken(results, course(results, boundaries), groups_of)
    moved = [] if moves is None else [_Taken(each, course(each, boundaries), 1) for each in moves.of([results])]

    def estimated(what: Callable[[_Taken], Floats]) -> Estimated:
        own = what(taken)
        means = own.reshape(-1, groups_of).mean(axis=1)
        chance = variance_of_one(means) / len(means)
        if moves is not None:
            chance += float(np.var([what(one).mean() for one in moved], ddof=1))
            chance += 0.0 if set(np.unique(own)) <= {0.0, 1.0} else moves.share * variance_of_one(own)
        return Estimated(float(own.mean()), float(np.sqrt(chance)))

    looks = tuple(_look(number, results, boundaries, estimated, ratio) for number in range(len(results)))
    return Characteristics(
        power=looks[-1].power,
        early=estimated(lambda one: one.stopped_before(one.last)),
        futility=estimated(lambda one: one.stopped_before(one.last) * ~one.ends.success),
        patients=estimated(lambda one: one.at_end("enrolled")),
        months=estimated(lambda one: one.at_end("day") / DAYS_PER_MONTH),
        events=estimated(lambda one: one.at_end("events")),
        looks=looks,
        trials=len(results[0].day),
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """Trials with where each ends."""

    results: Sequence[LookResult]
    ends: TrialCourse
    each: int

    @property
    def last(self) -> int:
        return len(self.results) - 1

    def stopped_before(self, look: int) -> Floats:
        return (self.ends.look < look).astype(np.float64)

    def stopped_at(self, look: int, *, success: bool) -> Floats:
        here = (self.ends.look == look) & (self.ends.success == success)
        return np.asarray(here & (success | (look < self.last)), dtype=np.float64)

    def won_by(self, look: int) -> Floats:
        return (self.ends.success & (self.ends.look <= look)).astype(np.float64)

    def at_end(self, name: str) -> Floats:
        values = np.stack([getattr(result, name) for result in self.results], axis=1)
        return np.asarray(np.take_along_axis(values, self.ends.look[:, None], axis=1)[:, 0], dtype=np.float64)


def _look(
    number: int,
    results: Sequence[LookResult],
    boundaries: Boundaries,
    estimated: Callable[[Callable[[_Taken], Floats]], Estimated],
    ratio: bool,
) -> LookCharacteristics:
    high, low = boundaries.upper[number], boundaries.lower[number]
    return LookCharacteristics(
        number=number + 1,
        share=boundaries.information[number],
        upper=high,
        nominal=boundaries.nominal[number],
        lower=low if np.isfinite(low) and number < len(results) - 1 else None,
        month=estimated(lambda one: one.results[number].day / DAYS_PER_MONTH),
        events=estimated(lambda one: one.results[number].events),
        enrolled=estimated(lambda one: one.results[number].enrolled),
        success=estimated(lambda one: one.stopped_at(number, success=True)),
        futility=estimated(lambda one: one.stopped_at(number, success=False)),
        reached=estimated(lambda one: 1.0 - one.stopped_before(number)),
        power=estimated(lambda one: one.won_by(number)),
        effect=_quantiles(results[number], ratio),
        needed=_needed(results[number], high, ratio),
    )


def variance_of_one(values: Floats) -> float:
    """Give the variance of one of several; of a share that is 0 or 1 in all, as if half of one were otherwise."""
    if len(values) < 2:
        return float("nan")
    if set(np.unique(values)) <= {0.0, 1.0}:
        share = (values.sum() + 0.5) / (len(values) + 1.0)
        return float(share * (1.0 - share))
    return float(values.var(ddof=1))


def _quantiles(result: LookResult, ratio: bool) -> tuple[float, ...]:
    told = result.effect.value[np.isfinite(result.effect.value)]
    if not len(told):
        return (float("nan"),) * len(QUANTILES)
    found = np.quantile(told, QUANTILES)
    return tuple(float(one) for one in (np.exp(found) if ratio else 100.0 * found))


def _needed(result: LookResult, bound: float, ratio: bool) -> float | None:
    """Give the estimate that would just succeed, with the middle standard error of the trials."""
    told = result.effect.error[np.isfinite(result.effect.error)]
    if not len(told) or not np.isfinite(bound):
        return None
    middle = float(np.median(told))
    return float(np.exp(-bound * middle)) if ratio else 100.0 * bound * middle
