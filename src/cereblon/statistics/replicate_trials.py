"""Two-arm trials, many at once: weighted log-rank tests, hazard ratios and restricted means of each replicate.

The numbers are those of `log_rank`, `max_combo`, `hazard_ratio` and `restricted_mean_difference`, to rounding; who is
at risk is counted for all replicates together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.statistics.follow_up import Bools, Floats, Ints
from cereblon.statistics.max_combo import Alternative, check_alternative, max_combo_p, standardise
from cereblon.statistics.near_ties import is_near_tie
from cereblon.statistics.replicate_ratios import log_ratios
from cereblon.statistics.weighted_scores import (
    RiskSets,
    Weighting,
    check_weightings,
    weighted_scores,
    worth_of_times,
)


@dataclass(frozen=True, slots=True)
class Replicates:
    """Replicates of a trial with two arms, counted.

    Parameters
    ----------
    n, events
        Subjects and events of each replicate.
    strata
        One for each stratum.
    """

    n: Ints
    events: Ints
    strata: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One stratum of each replicate: subjects in order of their time, one column each, who is left out first.

    Parameters
    ----------
    time
        Of shape (replicate, subject).
    table
        At risk and with the event at the last subject of each time; the comparator, then the arm above the line.
    dead
        Whether the subject has the event.
    part
        Of those with the event at the same time, the share that comes before the subject.
    at_time
        Of shape (replicate, arm, subject): at risk, and with the event, at the time of the subject.
    """

    time: Floats
    table: RiskSets
    dead: Bools
    part: Floats
    at_time: RiskSets


def count_replicates(
    time: Floats,
    observed: Bools,
    above: Bools,
    *,
    included: Bools | None = None,
    strata: NDArray[Any] | None = None,
) -> Replicates:
    """Count who is at risk, and who has the event, at each time of each replicate.

    Takes some 150 bytes for each subject of each replicate; hand in a part of the replicates where that is too much.

    Parameters
    ----------
    time
        Of shape (replicate, subject), from 0 on. Near ties are joined.
    observed
        Whether it was the event; of the same shape.
    above
        Whether the subject is in the arm above the line; of the same shape, or one for each subject.
    included
        Whether the subject is in the replicate, such as enrolled before a look; everybody unless given.
    strata
        Number of the stratum; of the same shape, or one for each subject.

    Raises
    ------
    InputError
        If a shape is another, or a time negative or no number.
    """
    if time.ndim != 2:
        raise InputError(f"times of shape {time.shape}; replicates by subjects are needed")
    inside = np.ones(time.shape, np.bool_) if included is None else _whether(included, time, "included")
    if not (np.isfinite(time) & (time >= 0) | ~inside).all():
        raise InputError("times: one is negative or no number")
    dead, arm = _whether(observed, time, "observed") & inside, _whether(above, time, "above")
    if strata is None:
        parts = [inside]
    else:
        _check_shape(strata, time, "strata")
        parts = [inside & (strata == number) for number in np.unique(strata)]
    counted = tuple(_count(time, dead & part, arm, part) for part in parts)
    return Replicates(inside.sum(axis=1), dead.sum(axis=1), counted)


def _whether(values: Bools, time: Floats, name: str) -> Bools:
    _check_shape(values, time, name)
    return np.broadcast_to(values, time.shape)


def _check_shape(values: NDArray[Any], time: Floats, name: str) -> None:
    if values.shape not in (time.shape, time.shape[1:]):
        raise InputError(f"{name} of shape {values.shape} for times of shape {time.shape}")


def _count(time: Floats, dead: Bools, above: Bools, inside: Bools) -> Counted:
    time = np.where(inside, time, -1.0)
    order = np.argsort(time, axis=1, kind="stable")
    time = np.take_along_axis(time, order, axis=1)
    dead, above, inside = (np.take_along_axis(one, order, axis=1) for one in (dead, above, inside))
    edge = np.ones((len(time), 1), np.bool_)
    starts = np.concatenate([edge, ~is_near_tie(time, inside)], axis=1)
    ends = np.concatenate([starts[:, 1:], edge], axis=1)
    place = np.broadcast_to(np.arange(time.shape[1]), time.shape)
    first = np.maximum.accumulate(np.where(starts, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, place, time.shape[1])[:, ::-1], axis=1)[:, ::-1]
    arms = np.stack([~above, above], axis=1)
    risk = np.cumsum((arms & inside[:, None])[..., ::-1], axis=-1, dtype=np.float64)[..., ::-1]
    upto = np.zeros((*arms.shape[:2], time.shape[1] + 1))
    np.cumsum(arms & dead[:, None], axis=-1, out=upto[..., 1:])
    at_risk = np.take_along_axis(risk, first[:, None], axis=-1)
    died = np.take_along_axis(upto, last[:, None] + 1, axis=-1) - np.take_along_axis(upto, first[:, None], axis=-1)
    before = upto.sum(axis=1)
    rank = before[:, :-1] - np.take_along_axis(before, first, axis=1)
    table = RiskSets(at_risk, np.where(ends[:, None], died, 0.0))
    return Counted(time, table, dead, rank / np.maximum(died.sum(axis=1), 1.0), RiskSets(at_risk, died))


@dataclass(frozen=True, slots=True)
class ReplicateTests:
    """Weighted log-rank tests of each replicate.

    Parameters
    ----------
    z
        Of shape (replicate, weighting); below 0 where the arm above the line has fewer events than expected, NaN
        where there is nothing to test.
    correlation
        Of shape (replicate, weighting, weighting).
    """

    z: Floats
    correlation: Floats

    def p(self, alternative: Alternative = "two-sided") -> Floats:
        """Give the p value of the greatest statistic of each replicate; 1 where there is nothing to test."""
        check_alternative(alternative)
        known = ~np.isnan(self.z).any(axis=1)
        found = np.ones(len(self.z))
        found[known] = [
            max_combo_p(z, correlation, alternative)[1]
            for z, correlation in zip(self.z[known], self.correlation[known], strict=True)
        ]
        return found


def log_rank_of_replicates(replicates: Replicates, weightings: Sequence[Weighting] = ((0, 0),)) -> ReplicateTests:
    """Test each replicate by weighted log-rank statistics, as `max_combo` does one trial.

    Parameters
    ----------
    replicates
        As `count_replicates` gives them.
    weightings
        Rho and gamma of Fleming and Harrington, one pair for each statistic.
    """
    chosen = check_weightings(weightings)
    parts = (weighted_scores(one.table, worth_of_times(one.table, chosen)) for one in replicates.strata)
    scores = reduce(add, parts)
    return ReplicateTests(*standardise((scores.died - scores.expected)[..., 1], scores.covariance[..., 1, 1]))


def hazard_ratios_of_replicates(replicates: Replicates) -> tuple[Floats, Floats]:
    """Estimate the log hazard ratio of each replicate and its standard error, as `hazard_ratio` does of one trial.

    Returns
    -------
        Log ratio and error; NaN where an arm has no event, or the ratio runs away.
    """
    terms = [_efron_terms(one) for one in replicates.strata]
    place, below, above = (np.concatenate(parts) for parts in zip(*terms, strict=True))
    died = np.sum([one.table.died.sum(axis=-1) for one in replicates.strata], axis=0)
    return log_ratios(place, below, above, died[:, 1], died[:, 0])


def _efron_terms(counted: Counted) -> tuple[Ints, Floats, Floats]:
    """Give the replicate of each death, and how many are at risk then in each arm, less a part of the tied dead."""
    left = counted.at_time.at_risk - counted.part[:, None] * counted.at_time.died
    return np.nonzero(counted.dead)[0], left[:, 0][counted.dead], left[:, 1][counted.dead]


def restricted_means_of_replicates(replicates: Replicates, until: float) -> tuple[Floats, Floats]:
    """Estimate the difference of restricted means of each replicate, the arm above the line less the other.

    Returns
    -------
        Difference and standard error; NaN where the last subject of an arm was censored before the horizon, and the
        error where an arm has no event before it.

    Raises
    ------
    InputError
        If the replicates are counted in strata.
    """
    if len(replicates.strata) != 1:
        raise InputError("restricted means: the replicates are counted in strata", hint="count them without")
    counted = replicates.strata[0]
    means, variances = zip(*(_restricted_mean(counted, arm, until) for arm in (0, 1)), strict=True)
    return means[1] - means[0], np.sqrt(variances[0] + variances[1])


def _restricted_mean(counted: Counted, arm: int, until: float) -> tuple[Floats, Floats]:
    at_risk, died = counted.table.at_risk[:, arm], counted.table.died[:, arm]
    kept = 1.0 - np.divide(died, at_risk, out=np.zeros(died.shape), where=at_risk > 0)
    survival = np.cumprod(kept, axis=1)
    ends = np.clip(np.concatenate([counted.time, np.full((len(died), 1), until)], axis=1), 0.0, until)
    areas = np.diff(ends, axis=1) * survival
    to_come = np.cumsum(areas[:, ::-1], axis=1)[:, ::-1]
    left = at_risk - died
    inside = (counted.time < until) & (left > 0)
    terms = np.divide(died, at_risk * left, out=np.zeros(died.shape), where=inside)
    last = np.where(counted.at_time.at_risk[:, arm] > 0, counted.time, -1.0).max(axis=1)
    is_followed = (last >= until) | ((survival[:, -1] <= 0) & (last >= 0))
    mean = np.where(is_followed, ends[:, 0] + areas.sum(axis=1), np.nan)
    variance = (to_come**2 * terms).sum(axis=1)
    return mean, np.where(variance > 0, variance, np.nan)
