"""How a design behaves over many trials: chance of success, early stops, size, duration, effect at each look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.statistics.follow_up import Bools, Floats, Ints
from cereblon.trial_design.boundaries import Boundaries
from cereblon.trial_design.looks import LookResult

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Estimated:
    """A number with its Monte Carlo standard error."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Course:
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


def course(results: Sequence[LookResult], boundaries: Boundaries) -> Course:
    """Follow each trial from look to look until it crosses a boundary; the last look ends all."""
    count, last = len(results[0].day), len(results) - 1
    look, success, going = np.full(count, last), np.zeros(count, np.bool_), np.ones(count, np.bool_)
    for number, (result, high, low) in enumerate(zip(results, boundaries.upper, boundaries.lower, strict=True)):
        wins = going & (result.statistic >= high)
        stops = wins | (going & (result.statistic <= low) & (number < last))
        look[stops], success[wins] = number, True
        going &= ~stops
    return Course(look, success)


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


@dataclass(frozen=True, slots=True)
class Grouping:
    """Trials that share something by chance: what it adds to the error of a mean over other trials.

    Parameters
    ----------
    results
        Looks of the grouped trials, in the order of their groups.
    each
        Trials of a group.
    """

    results: Sequence[LookResult]
    each: int


def characterise(
    results: Sequence[LookResult],
    boundaries: Boundaries,
    *,
    pools: Grouping | None = None,
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
    pools
        Trials from pools that were drawn again: how much their means differ between pools, beyond chance, is the
        error that comes from the pool, and is part of every error given.
    groups_of
        Trials in succession that share their parameters; errors are those of the means of groups.
    ratio
        Whether the effect is a log hazard ratio; else a difference of response.
    """
    ends = course(results, boundaries)
    again = None if pools is None else course(pools.results, boundaries)

    def estimated(own: Floats | Bools, other: Floats | Bools | None) -> Estimated:
        own = np.asarray(own, dtype=np.float64)
        means = own.reshape(-1, groups_of).mean(axis=1)
        chance = means.var(ddof=1) / len(means) if len(means) > 1 else np.nan
        shared = 0.0
        if pools is not None and other is not None:
            shared = between_groups(np.asarray(other, dtype=np.float64), pools.each)
        return Estimated(float(own.mean()), float(np.sqrt(chance + shared)))

    looks = []
    for number, result in enumerate(results):
        other = None if pools is None else pools.results[number]
        high, low = boundaries.upper[number], boundaries.lower[number]

        def at(number: int = number) -> list[tuple[Bools, Bools | None]]:
            here = [
                ends.success & (ends.look == number),
                ~ends.success & (ends.look == number) & (number < len(results) - 1),
                ends.look >= number,
                ends.success & (ends.look <= number),
            ]
            if again is None:
                return [(one, None) for one in here]
            there = [
                again.success & (again.look == number),
                ~again.success & (again.look == number) & (number < len(results) - 1),
                again.look >= number,
                again.success & (again.look <= number),
            ]
            return list(zip(here, there, strict=True))

        success, futility, reached, power = (estimated(*pair) for pair in at())
        looks.append(
            LookCharacteristics(
                number=number + 1,
                share=boundaries.information[number],
                upper=high,
                nominal=boundaries.nominal[number],
                lower=low if np.isfinite(low) and number < len(results) - 1 else None,
                month=estimated(result.day / DAYS_PER_MONTH, None if other is None else other.day / DAYS_PER_MONTH),
                events=estimated(result.events, None if other is None else other.events),
                enrolled=estimated(result.enrolled, None if other is None else other.enrolled),
                success=success,
                futility=futility,
                reached=reached,
                power=power,
                effect=_quantiles(result, ratio),
                needed=_needed(result, high, ratio),
            )
        )

    def when_stopped(name: str) -> Estimated:
        scale = 1.0 / DAYS_PER_MONTH if name == "day" else 1.0
        own = scale * _at_end(results, name, ends)
        other = None if pools is None or again is None else scale * _at_end(pools.results, name, again)
        return estimated(own, other)

    last = len(results) - 1
    return Characteristics(
        power=looks[-1].power,
        early=estimated(ends.look < last, None if again is None else again.look < last),
        futility=estimated(
            (ends.look < last) & ~ends.success, None if again is None else (again.look < last) & ~again.success
        ),
        patients=when_stopped("enrolled"),
        months=when_stopped("day"),
        events=when_stopped("events"),
        looks=tuple(looks),
        trials=len(results[0].day),
    )


def between_groups(values: Floats, each: int) -> float:
    """Give the variance of the means of groups beyond what chance within them makes; 0 if that is all.

    Parameters
    ----------
    values
        One of each trial, in the order of the groups.
    each
        Trials of a group, at least 2.
    """
    groups = values.reshape(-1, each)
    within = groups.var(axis=1, ddof=1).mean() / each
    return float(max(groups.mean(axis=1).var(ddof=1) - within, 0.0))


def _at_end(results: Sequence[LookResult], name: str, ends: Course) -> Floats:
    values = np.stack([getattr(result, name) for result in results], axis=1)
    return np.take_along_axis(values, ends.look[:, None], axis=1)[:, 0]


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
