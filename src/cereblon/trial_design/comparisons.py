"""Two arms compared in many trials at once: weighted log-rank tests, restricted means, responses, hazard ratios.

The same arithmetic as in `cereblon.statistics`, arranged by day of many trials; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.statistics.follow_up import Bools, Floats
from cereblon.trial_design.look_data import LookData, RiskTable, risk_table
from cereblon.trial_design.pool import CONTROL, TESTED

MAX_COMBO = ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0))
"""Powers of the four Fleming-Harrington tests whose largest counts."""
_ROUNDS = 12
_FARTHEST = 6.0  # log hazard ratio beyond which an arm has no events that tell


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


def weighted_log_rank(table: RiskTable, powers: tuple[tuple[float, float], ...]) -> WeightedLogRank:
    """Compare arms by log-rank tests with weights of Fleming and Harrington, within strata.

    Parameters
    ----------
    table
        Events and patients at risk.
    powers
        `rho` and `gamma` of each test: weight `S**rho * (1 - S)**gamma`, with the Kaplan-Meier estimate `S` of both
        arms of the stratum just before the day. (0, 0) is the log-rank test.

    Source
    ------
    Fleming and Harrington, Counting Processes and Survival Analysis, 1991, chapter 7.
    """
    died, risk = table.events, table.at_risk
    share = np.divide(table.at_risk_tested, risk, out=np.zeros_like(risk), where=risk > 0)
    factor = np.divide(risk - died, risk - 1.0, out=np.zeros_like(risk), where=risk > 1)
    gain = died * share - table.events_tested
    variance = died * share * (1.0 - share) * factor
    if powers == ((0.0, 0.0),):
        return WeightedLogRank(gain.sum(axis=(1, 2))[:, None], variance.sum(axis=(1, 2))[:, None, None])
    hazard = np.divide(died, risk, out=np.zeros_like(risk), where=risk > 0)
    before = np.ones_like(hazard)
    before[..., 1:] = np.cumprod(1.0 - hazard, axis=-1)[..., :-1]
    weights = [before**rho * (1.0 - before) ** gamma for rho, gamma in powers]
    score = np.stack([(weight * gain).sum(axis=(1, 2)) for weight in weights], axis=1)
    covariance = np.stack(
        [np.stack([(one * other * variance).sum(axis=(1, 2)) for other in weights], axis=1) for one in weights],
        axis=1,
    )
    return WeightedLogRank(score, covariance)


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimated effect in each trial with its standard error; not a number where it cannot be told."""

    value: Floats
    error: Floats


def log_hazard_ratio(table: RiskTable) -> Effect:
    """Fit a Cox regression on the arm within strata, ties by Efron's method: tested arm over the other.

    Not a number where an arm has no event.
    """
    trials = len(table.events)
    where = np.nonzero(table.events)
    trial = where[0]
    died, dead_tested = table.events[where], table.events_tested[where]
    risk_tested = table.at_risk_tested[where]
    risk_control = table.at_risk[where] - risk_tested
    times = died.astype(np.int64)
    ties = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    gone = ties / np.repeat(died, times)
    each = np.repeat(trial, times)
    tested = np.repeat(risk_tested, times) - gone * np.repeat(dead_tested, times)
    control = np.repeat(risk_control, times) - gone * np.repeat(died - dead_tested, times)
    seen = np.bincount(trial, dead_tested, minlength=trials)
    all_seen = np.bincount(trial, died, minlength=trials)
    beta: Floats = np.zeros(trials)
    information: Floats = np.zeros(trials)
    for _ in range(_ROUNDS):
        weighted = tested * np.exp(beta)[each]
        share = weighted / (weighted + control)
        score = seen - np.bincount(each, share, minlength=trials)
        information = np.asarray(np.bincount(each, share * (1.0 - share), minlength=trials), dtype=np.float64)
        step = np.divide(score, information, out=np.zeros(trials), where=information > 0)
        beta = np.clip(beta + np.clip(step, -1.0, 1.0), -_FARTHEST, _FARTHEST)
    told = (seen > 0) & (seen < all_seen) & (information > 0)
    error = np.where(told, 1.0 / np.sqrt(np.where(told, information, 1.0)), np.nan)
    return Effect(np.where(told, beta, np.nan), error)


def restricted_mean_gain(data: LookData, horizon: float) -> Effect:
    """Give the difference of restricted means in days, tested arm less the other.

    The horizon of a trial is no later than the shorter of the longest follow-ups of its arms.

    Source
    ------
    As `cereblon.statistics.restricted_mean`: area under Kaplan-Meier, Greenwood's variance.
    """
    tables = {arm: risk_table(_only(data, arm), stratified=False) for arm in (TESTED, CONTROL)}
    longest = [np.where(data.enrolled & (data.arm == arm), data.time, 0).max(axis=1) for arm in (TESTED, CONTROL)]
    until = np.minimum(np.minimum(longest[0], longest[1]), horizon)
    means, variances = zip(*(_restricted_mean(tables[arm], until) for arm in (TESTED, CONTROL)), strict=True)
    variance = variances[0] + variances[1]
    error = np.where(variance > 0, np.sqrt(variance), np.nan)
    return Effect(means[0] - means[1], error)


def _only(data: LookData, arm: int) -> LookData:
    own = data.enrolled & (data.arm == arm)
    return LookData(
        day=data.day,
        time=np.where(own, data.time, 0),
        observed=data.observed & own,
        enrolled=own,
        arm=data.arm,
        stratum=data.stratum,
    )


def _restricted_mean(table: RiskTable, until: Floats) -> tuple[Floats, Floats]:
    died, risk = table.events[:, 0], table.at_risk[:, 0]
    hazard = np.divide(died, risk, out=np.zeros_like(risk), where=risk > 0)
    after = np.cumprod(1.0 - hazard, axis=1)
    day = np.arange(died.shape[1])
    # The curve after day d holds until day d + 1, or to the horizon within it.
    width = np.clip(until[:, None] - day, 0.0, 1.0)
    areas = after * width
    to_come = np.cumsum(areas[:, ::-1], axis=1)[:, ::-1]
    left = risk * (risk - died)
    greenwood = np.divide(died, left, out=np.zeros_like(risk), where=left > 0)
    inside = day < until[:, None]
    return areas.sum(axis=1), (np.where(inside, to_come**2 * greenwood, 0.0)).sum(axis=1)


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
