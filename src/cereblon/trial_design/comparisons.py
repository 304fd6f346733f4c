"""Two arms compared in many trials at once: weighted log-rank tests, restricted means, hazard ratios, responses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.statistics.follow_up import Bools, Floats
from cereblon.statistics.replicate_deaths import ReplicateDeaths, count_deaths
from cereblon.statistics.replicate_trials import count_replicates, restricted_means_of_replicates
from cereblon.statistics.weighted_scores import Weighting
from cereblon.trial_design.look_data import LookData
from cereblon.trial_design.pool import CONTROL, TESTED

MAX_COMBO: tuple[Weighting, ...] = ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0))
"""Powers of the four Fleming-Harrington tests whose largest counts."""


@dataclass(frozen=True, slots=True)
class WeightedLogRank:
    """Scores of weighted log-rank tests, positive in favour of the tested arm.

    Parameters
    ----------
    score
        Expected less observed events of the tested arm, weighted; shape (trial, test).
    covariance
        Of the scores without an effect, shape (trial, test, test).
    """

    score: Floats
    covariance: Floats

    @property
    def statistic(self) -> Floats:
        """Standardised scores, shape (trial, test); 0 where nothing can be told."""
        variance = np.diagonal(self.covariance, axis1=1, axis2=2)
        return np.divide(self.score, np.sqrt(variance), out=np.zeros_like(self.score), where=variance > 0)


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimated effect in each trial with its standard error; not a number where it cannot be told."""

    value: Floats
    error: Floats


def deaths_at(data: LookData, *, stratified: bool) -> ReplicateDeaths:
    """Count who is at risk at each event that is known at a look."""
    return count_deaths(
        data.time,
        data.observed,
        data.arm == TESTED,
        included=data.enrolled,
        strata=data.stratum if stratified else None,
    )


def weighted_log_rank(deaths: ReplicateDeaths, powers: tuple[Weighting, ...]) -> WeightedLogRank:
    """Compare arms by log-rank tests with weights of Fleming and Harrington, within strata.

    Parameters
    ----------
    deaths
        Counted.
    powers
        `rho` and `gamma` of each test; (0, 0) is the log-rank test.
    """
    return WeightedLogRank(*deaths.scores(powers))


def log_hazard_ratio(deaths: ReplicateDeaths) -> Effect:
    """Estimate the log hazard ratio of the tested arm over the other, within strata."""
    return Effect(*deaths.log_hazard_ratios())


def restricted_mean_gain(data: LookData, horizon: float) -> Effect:
    """Estimate the difference of restricted means in days; not a number before an arm is followed to the horizon."""
    trials = count_replicates(data.time.astype(np.float64), data.observed, data.arm == TESTED, included=data.enrolled)
    return Effect(*restricted_means_of_replicates(trials, horizon))


def response_gain(data: LookData) -> Effect:
    """Give the difference of response shares among those enrolled, tested arm less the other."""
    shares, variances = [], []
    for arm in (TESTED, CONTROL):
        own = data.enrolled & (data.arm == arm)
        n = own.sum(axis=1)
        share = np.divide((data.observed & own).sum(axis=1), n, out=np.full(len(n), np.nan), where=n > 0)
        shares.append(share)
        variances.append(share * (1.0 - share) / np.maximum(n, 1))
    return Effect(shares[0] - shares[1], np.sqrt(variances[0] + variances[1]))


def mantel_haenszel(data: LookData, *, stratified: bool) -> Floats:
    """Compare responses by the test of Cochran, Mantel and Haenszel; standardised, without correction for continuity.

    Source
    ------
    Mantel and Haenszel, J Natl Cancer Inst 1959;22:719.
    """
    trials, patients = data.time.shape
    strata = int(data.stratum.max()) + 1 if stratified else 1
    place = np.repeat(np.arange(trials), patients) * strata
    place = place + data.stratum.ravel() if stratified else place

    def count(chosen: Bools) -> Floats:
        found = np.bincount(place[chosen.ravel()], minlength=trials * strata)
        return found.reshape(trials, strata).astype(np.float64)

    tested = data.arm == TESTED
    everybody, responded = count(data.enrolled), count(data.observed)
    own, own_responded = count(data.enrolled & tested), count(data.observed & tested)
    n = np.maximum(everybody, 1.0)
    expected = responded * own / n
    spread = responded * (everybody - responded) * own * (everybody - own)
    variance = np.divide(spread, n**2 * (n - 1.0), out=np.zeros_like(n), where=n > 1)
    total = variance.sum(axis=1)
    gain = (own_responded - expected).sum(axis=1)
    found = np.divide(gain, np.sqrt(total), out=np.zeros(trials), where=total > 0)
    return np.asarray(found, dtype=np.float64)
