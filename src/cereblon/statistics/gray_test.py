"""Gray's test: whether groups share one cumulative incidence of a cause, where other causes compete."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.arm_labels import read_groups
from cereblon.statistics.competing_risks import read_causes
from cereblon.statistics.estimate import Status, number_or_nan
from cereblon.statistics.follow_up import Bools, Floats, FollowUp, Ints
from cereblon.statistics.risk_sets import count_at, sum_at_risk
from cereblon.statistics.score_statistic import is_identified, score_statistic


@dataclass(frozen=True, slots=True)
class GrayTest:
    """Result of Gray's test.

    Parameters
    ----------
    statistic
        Chi-squared.
    degrees
        Of freedom: groups less one.
    p
        Two-sided; 1 where there is nothing to test.
    status
        estimated; no_subjects (in all groups but one); no_events (of the cause); not_identified (at no event of the
        cause were two groups at risk).
    """

    statistic: float
    degrees: int
    p: float
    status: Status = "estimated"


def gray_test(
    time: ArrayInput,
    cause: ArrayInput,
    group: ArrayInput,
    *,
    of: object,
    censored: object = 0,
    rho: float = 0.0,
    strata: ArrayInput | None = None,
) -> GrayTest:
    """Test whether groups share one cumulative incidence of a cause.

    Late entry has no form in this test; `log_rank` of the cause, whose hazard it tests, takes it.

    Parameters
    ----------
    time, cause, censored
        As in `aalen_johansen`.
    group
        Label per subject, of any number of groups.
    of
        The cause.
    rho
        A time weighs (1 - F)^rho, where F is the incidence in all groups together just before it; from 0 on.
    strata
        Label per subject: scores add up over strata.

    Raises
    ------
    InputError
        As in `aalen_johansen`; if nobody has the cause, or rho is negative.

    Source
    ------
    Gray, Ann Stat 1988;16:1141, with the corrections for ties of R cmprsk.
    """
    if not 0 <= number_or_nan(rho) < float("inf"):
        raise InputError(f"rho {rho!r} is no number from 0 on")
    causes, data, place = read_causes(time, cause, censored, strata=strata)
    if of not in causes:
        raise unknown_name("cause", str(of), [str(one) for one in causes])
    labels, code = read_groups(group, data.n)
    count = len(labels)
    if count < 2:
        return GrayTest(0.0, 0, 1.0, "no_subjects")
    score, covariance, events = np.zeros(count), np.zeros((count, count)), 0
    for rows in data.strata():
        own = place[rows] == causes.index(of)
        part, spread = _stratum(data.take(rows), own, code[rows], count, rho)
        score, covariance, events = score + part, covariance + spread, events + int(own.sum())
    if not is_identified(covariance, events):
        return GrayTest(0.0, count - 1, 1.0, "not_identified")
    statistic, p = score_statistic(score, covariance)
    return GrayTest(statistic, count - 1, p)


def _stratum(data: FollowUp, own: Bools, code: Ints, count: int, rho: float) -> tuple[Floats, Floats]:
    """Give the score of each group and its covariance."""
    times = np.unique(data.time[data.observed])
    rows = [code == number for number in range(count)]
    at_risk = np.array([sum_at_risk(data.take(one), times) for one in rows], np.float64)
    died = np.array([count_at(FollowUp(data.time[one], own[one]), times) for one in rows], np.float64)
    other = np.array([count_at(data.take(one), times) for one in rows], np.float64) - died
    curves = _Curves.of(at_risk, died, other, rho)
    return curves.score(), curves.covariance()


@dataclass(frozen=True, slots=True)
class _Curves:
    """What Gray's test reads at each time of an event, by group or of all groups together."""

    at_risk: Floats
    died: Floats
    other: Floats
    before: Floats  # survival of the group just before
    after: Floats
    incidence_before: Floats
    risk: Floats  # h, at risk over survival
    pooled_before: Floats  # incidence of all groups
    pooled: Floats
    weight: Floats

    @classmethod
    def of(cls, at_risk: Floats, died: Floats, other: Floats, rho: float) -> _Curves:
        hazard = _over(died + other, at_risk)
        after = np.cumprod(1.0 - hazard, axis=1, dtype=np.float64)
        before = _shifted(after, 1.0)
        incidence = np.cumsum(before * _over(died, at_risk), axis=1)
        risk = np.where(at_risk > 0, _over(at_risk, before), 0.0)
        pooled = np.cumsum(_over(died.sum(axis=0), risk.sum(axis=0)), dtype=np.float64)
        pooled_before = _shifted(pooled, 0.0)
        weight = np.asarray((1.0 - pooled_before) ** rho, dtype=np.float64)
        return cls(at_risk, died, other, before, after, _shifted(incidence, 0.0), risk, pooled_before, pooled, weight)

    def score(self) -> Floats:
        improper = self.risk * (1.0 - self.incidence_before)
        share = _over(improper, improper.sum(axis=0))
        return np.asarray((self.weight * (self.died - self.died.sum(axis=0) * share)).sum(axis=1))

    def covariance(self) -> Floats:
        deaths, whole = self.died.sum(axis=0), self.risk.sum(axis=0)
        pulls = -self.risk[:, None] * _over(self.risk, whole)[None]
        groups = np.arange(len(self.risk))
        pulls[groups, groups] += self.risk
        pulls = pulls * self.weight
        steps = np.cumsum(pulls * _over(deaths, whole * (1.0 - self.pooled_before)), axis=-1)
        to_come = steps[..., -1:] - steps
        left = _over(1.0 - self.pooled, self.after)
        ties = np.where(deaths > 1, 1.0 - _over(deaths - 1, whole * self.before - 1), 1.0)
        spread = ties * _over(self.before * deaths, whole * self.at_risk)
        own = pulls + np.where(self.after > 0, 1.0 - left, 1.0) * to_come
        other_ties = np.where(self.other > 1, 1.0 - _over(self.other - 1, self.at_risk - 1), 1.0)
        other_spread = other_ties * _over(self.before**2 * self.other, self.at_risk**2)
        other = left * to_come
        return np.asarray(
            np.einsum("ikt,jkt,kt->ij", own, own, spread) + np.einsum("ikt,jkt,kt->ij", other, other, other_spread)
        )


def _over(value: Floats, by: Floats) -> Floats:
    """Divide; 0 where there is nothing to divide by."""
    value, by = np.broadcast_arrays(value, by)
    return np.divide(value, by, out=np.zeros(value.shape), where=by > 0)


def _shifted(values: Floats, first: float) -> Floats:
    edge = np.full((*values.shape[:-1], 1), first)
    return np.concatenate([edge, values], axis=-1)[..., :-1]
