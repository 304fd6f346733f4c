"""Log-rank test of two or more arms, weighted over time or not, within strata, of weighted and late subjects too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.arm_labels import read_groups
from cereblon.statistics.estimate import Status
from cereblon.statistics.follow_up import Floats, FollowUp, Ints, read_follow_up
from cereblon.statistics.risk_sets import count_at, sum_at_risk
from cereblon.statistics.score_statistic import is_identified, score_statistic
from cereblon.statistics.weighted_scores import (
    RiskSets,
    Scores,
    Weighting,
    check_weightings,
    weighted_scores,
    worth_of_times,
)


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
        Two-sided; 1 where there is nothing to test.
    observed, expected
        Events by group, groups in sorted order; sums of weights where subjects or times are weighted.
    status
        estimated; no_subjects (in all groups but one); no_events; not_identified (at no event were two groups at
        risk).
    """

    statistic: float
    degrees: int
    p: float
    observed: Floats
    expected: Floats
    status: Status = "estimated"


def log_rank(
    time: ArrayInput,
    observed: ArrayInput,
    group: ArrayInput,
    *,
    rho: float = 0.0,
    gamma: float = 0.0,
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
    rho, gamma
        Exponents of Fleming and Harrington, from 0 on: a time weighs S^rho (1 - S)^gamma, where S is survival of all
        groups together just before it. 0 and 0 is the log-rank test; 1 and 0 looks early, 0 and 1 late.
    strata
        Label per subject: events are expected, and added up, within each stratum, and S is of the stratum.

    Raises
    ------
    InputError
        If a time, an indicator, a label or a weight is missing or cannot be, the lengths differ, or rho or gamma is
        negative.

    Source
    ------
    Mantel-Haenszel log-rank test with the hypergeometric variance; Harrington and Fleming, Biometrika 1982;69:553;
    Lin and Wei, J Am Stat Assoc 1989;84:1074 (robust variance).
    """
    weightings = check_weightings([(rho, gamma)])
    data = read_follow_up(time, observed, coding=coding, entry=entry, weights=weights, strata=strata)
    labels, code = read_groups(group, data.n)
    if not len(labels):
        return LogRank(0.0, 0, 1.0, np.zeros(0), np.zeros(0), "no_subjects")
    if data.weight is not None:
        kept = data.weight > 0
        data, code = data.take(kept), code[kept]
    count = len(labels)
    scores = scores_of(data, code, count, weightings)
    died, expected, covariance = scores.died[0], scores.expected[0], scores.covariance[0, 0]
    degrees = count - 1
    if status := _degenerate(data, code, covariance, float(died.sum())):
        return LogRank(0.0, degrees, 1.0, died, expected, status)
    statistic, p = score_statistic(died - expected, covariance)
    return LogRank(statistic, degrees, p, died, expected)


def _degenerate(data: FollowUp, code: Ints, covariance: Floats, events: float) -> Status | None:
    if len(np.unique(code)) < 2:
        return "no_subjects"
    if not data.observed.any():
        return "no_events"
    return None if is_identified(covariance, events) else "not_identified"


def scores_of(data: FollowUp, code: Ints, count: int, weightings: Sequence[Weighting]) -> Scores:
    """Give the events of each group and those expected under each weighting, added up over strata.

    Parameters
    ----------
    data
        Weights are positive.
    code
        Number of the group of each row.
    count
        Groups.
    weightings
        Rho and gamma, one pair each.
    """
    size = (len(weightings), count)
    nothing = Scores(np.zeros(size), np.zeros(size), np.zeros((size[0], size[0], count, count)))
    parts = (_stratum(data.take(rows), code[rows], count, weightings) for rows in data.strata())
    return reduce(add, parts, nothing)


def _stratum(data: FollowUp, code: Ints, count: int, weightings: Sequence[Weighting]) -> Scores:
    event_times = np.unique(data.time[data.observed])
    groups = [data.take(code == number) for number in range(count)]
    table = RiskSets(
        np.array([sum_at_risk(one, event_times) for one in groups], np.float64),
        np.array([count_at(one, event_times) for one in groups], np.float64),
    )
    worth = worth_of_times(table, weightings)
    scores = weighted_scores(table, worth)
    if data.weight is None:
        return scores
    pulls = np.stack([data.weight[:, None] * _pulls(data, code, event_times, table, one) for one in worth])
    return Scores(scores.died, scores.expected, np.einsum("wsg,xsh->wxgh", pulls, pulls))


def _pulls(data: FollowUp, code: Ints, event_times: Floats, table: RiskSets, worth: Floats) -> Floats:
    """Give each subject's part in observed less expected events, per unit of weight and by group."""
    share, hazard = table.share, worth * table.hazard
    own = np.eye(len(share))[code]
    stop = np.searchsorted(event_times, data.time, side="right")
    start = 0 * stop if data.entry is None else np.searchsorted(event_times, data.entry, side="right")
    upto = np.concatenate([[0.0], np.cumsum(hazard)])
    shared = np.concatenate([np.zeros((1, len(share))), np.cumsum((share * hazard).T, axis=0)])
    pulls = own * (upto[start] - upto[stop])[:, None] + shared[stop] - shared[start]
    dead = data.observed
    pulls[dead] += worth[stop[dead] - 1][:, None] * (own[dead] - share.T[stop[dead] - 1])
    return np.asarray(pulls, dtype=np.float64)
