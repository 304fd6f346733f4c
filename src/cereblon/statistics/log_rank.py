"""Log-rank test of two or more arms, within strata, of weighted subjects and late entrants too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.arm_labels import read_groups
from cereblon.statistics.distributions import chi_squared_tail
from cereblon.statistics.follow_up import Floats, FollowUp, Ints, read_follow_up
from cereblon.statistics.risk_sets import count_at, sum_at_risk


@dataclass(frozen=True, slots=True)
class LogRank:
    """Result of a log-rank test.

    Parameters
    ----------
    statistic
        Chi-squared.
    degrees
        Of freedom: groups less one.
    p
        Two-sided.
    observed, expected
        Events by group, groups in sorted order; sums of weights where subjects are weighted.
    """

    statistic: float
    degrees: int
    p: float
    observed: Floats
    expected: Floats


def log_rank(
    time: ArrayInput,
    observed: ArrayInput,
    group: ArrayInput,
    *,
    strata: ArrayInput | None = None,
    entry: ArrayInput | None = None,
    weights: ArrayInput | None = None,
    coding: str | None = None,
) -> LogRank:
    """Test whether groups share one survival curve.

    Parameters
    ----------
    time, observed, entry, weights, coding
        As in `kaplan_meier`. With weights the variance is the robust one of the score test.
    group
        Label per subject: any number of groups, by any labels.
    strata
        Label per subject: events are expected, and added up, within each stratum.

    Raises
    ------
    InputError
        If a time, an indicator, a label or a weight is missing or cannot be, or the lengths differ.

    Source
    ------
    Mantel-Haenszel log-rank test with the hypergeometric variance; Lin and Wei, J Am Stat Assoc 1989;84:1074 (robust
    variance).
    """
    data = read_follow_up(time, observed, coding=coding, entry=entry, weights=weights, strata=strata)
    labels, code = read_groups(group, data.n)
    if not len(labels):
        return LogRank(0.0, 0, 1.0, np.zeros(0), np.zeros(0))
    if data.weight is not None:
        kept = data.weight > 0
        data, code = data.take(kept), code[kept]
    count = len(labels)
    died, expected, covariance = np.zeros(count), np.zeros(count), np.zeros((count, count))
    for rows in data.strata():
        parts = _stratum(data.take(rows), code[rows], count)
        for total, one in zip((died, expected, covariance), parts, strict=True):
            total += one
    difference, degrees = died - expected, count - 1
    statistic = float(difference[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ difference[:-1]) if degrees else 0.0
    p = chi_squared_tail(max(statistic, 0.0), degrees) if degrees else 1.0
    return LogRank(statistic, degrees, p, died, expected)


def _stratum(data: FollowUp, code: Ints, count: int) -> tuple[Floats, Floats, Floats]:
    """Give the events of each group, those expected, and the covariance of their difference."""
    event_times = np.unique(data.time[data.observed])
    groups = [data.take(code == number) for number in range(count)]
    at_risk = np.stack([sum_at_risk(one, event_times) for one in groups])
    died = np.stack([count_at(one, event_times) for one in groups])
    everyone, deaths = at_risk.sum(axis=0), died.sum(axis=0)
    share = at_risk / everyone
    expected = (share * deaths).sum(axis=1)
    if data.weight is not None:
        pulls = data.weight[:, None] * _pulls(data, code, event_times, share, deaths / everyone)
        return died.sum(axis=1), expected, pulls.T @ pulls
    factor = deaths * np.divide(everyone - deaths, everyone - 1, out=np.zeros(len(deaths)), where=everyone > 1)
    covariance = np.diag((factor * share).sum(axis=1)) - (factor * share) @ share.T
    return died.sum(axis=1).astype(float), expected, covariance


def _pulls(data: FollowUp, code: Ints, event_times: Floats, share: Floats, hazard: Floats) -> Floats:
    """Give each subject's part in observed less expected events, per unit of weight and by group."""
    own = np.eye(len(share))[code]
    stop = np.searchsorted(event_times, data.time, side="right")
    start = 0 * stop if data.entry is None else np.searchsorted(event_times, data.entry, side="right")
    upto = np.concatenate([[0.0], np.cumsum(hazard)])
    shared = np.concatenate([np.zeros((1, len(share))), np.cumsum((share * hazard).T, axis=0)])
    pulls = own * (upto[start] - upto[stop])[:, None] + shared[stop] - shared[start]
    dead = data.observed
    pulls[dead] += own[dead] - share.T[stop[dead] - 1]
    return np.asarray(pulls, dtype=np.float64)
