"""Two or more arms compared in time to an event: log-rank test, hazard ratio, difference of restricted means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError
from cereblon.outcomes.arm_labels import above_the_line, read_groups
from cereblon.outcomes.estimate import Estimate, check_level, normal_quantile, without_value
from cereblon.outcomes.subject_index import Bools, Floats
from cereblon.outcomes.survival import Curve, check_times, restricted_mean, restricted_mean_and_error

_INFINITE = 12.0  # a log hazard ratio beyond this has run away: one arm has no event to compare


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
        Events by group, groups in sorted order.
    """

    statistic: float
    degrees: int
    p: float
    observed: Floats
    expected: Floats


def log_rank(time: ArrayLike, observed: ArrayLike, group: ArrayLike, *, coding: str | None = None) -> LogRank:
    """Test whether groups share one survival curve.

    Parameters
    ----------
    time, observed, coding
        As in `kaplan_meier`.
    group
        Label per subject: any number of groups, by any labels.

    Raises
    ------
    InputError
        If a time, an indicator or a label is missing or cannot be, or the lengths differ.

    Source
    ------
    Mantel-Haenszel log-rank test with the hypergeometric variance.
    """
    from scipy.special import gammaincc

    times, seen = check_times(time, observed, coding)
    labels, code = read_groups(group, len(times))
    event_times = np.unique(times[seen])
    if not len(labels):
        return LogRank(0.0, 0, 1.0, np.zeros(0), np.zeros(0))
    at_risk = np.stack([_at_risk(times[code == k], event_times) for k in range(len(labels))])
    died = np.stack([_count_at(times[seen & (code == k)], event_times) for k in range(len(labels))])
    everyone, deaths = at_risk.sum(axis=0), died.sum(axis=0)
    share = at_risk / everyone
    expected = (share * deaths).sum(axis=1)
    factor = deaths * np.divide(everyone - deaths, everyone - 1, out=np.zeros(len(deaths)), where=everyone > 1)
    covariance = np.diag((factor * share).sum(axis=1)) - (factor * share) @ share.T
    difference = died.sum(axis=1) - expected
    degrees = len(labels) - 1
    statistic = float(difference[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ difference[:-1]) if degrees else 0.0
    p = float(gammaincc(degrees / 2, max(statistic, 0.0) / 2)) if degrees else 1.0
    return LogRank(statistic, degrees, p, died.sum(axis=1).astype(float), expected)


def hazard_ratio(
    time: ArrayLike,
    observed: ArrayLike,
    group: ArrayLike,
    *,
    comparator: object = None,
    coding: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the hazard ratio of one arm against another by Cox regression.

    Newton's method on the log partial likelihood of one covariate, ties by Efron's method.

    Parameters
    ----------
    time, observed, coding
        As in `kaplan_meier`, both arms together.
    group
        Arm of each subject, by two labels of any kind.
    comparator
        Label of the arm below the line; 0 or False unless given. Other labels need it.
    level
        Of the Wald interval.

    Returns
    -------
        The ratio, not its log. Status `no_events` when an arm has none, `separated` when all events of one arm come
        before anybody of the other could have one, so that the ratio runs away.

    Raises
    ------
    InputError
        If a time, an indicator or a label is missing or cannot be, the lengths differ, there are more than two
        labels, or the comparator is needed and not named, or named and not there.

    Source
    ------
    Cox, J R Stat Soc B 1972;34:187; Efron, J Am Stat Assoc 1977;72:557.
    """
    check_level(level)
    times, seen = check_times(time, observed, coding)
    above = above_the_line(group, len(times), comparator)
    if above.all() or not above.any():
        return without_value("no_subjects", len(times), level)
    if not (seen & above).any() or not (seen & ~above).any():
        return without_value("no_events", len(times), level)
    log_ratio, information = _efron(times, seen, above)
    if abs(log_ratio) > _INFINITE or information <= 0:
        return without_value("separated", len(times), level)
    half = normal_quantile(level) / np.sqrt(information)
    value, low, high = (float(np.exp(log_ratio + shift)) for shift in (0.0, -half, half))
    return Estimate(value, low, high, level, len(times))


def _efron(times: Floats, seen: Bools, above: Bools) -> tuple[float, float]:
    """Maximise the partial likelihood; gives the log hazard ratio and its information."""
    event_times = np.unique(times[seen])
    if not len(event_times):
        return 0.0, 0.0
    above_at_risk, below_at_risk = _at_risk(times[above], event_times), _at_risk(times[~above], event_times)
    above_died, below_died = (_count_at(times[seen & arm], event_times) for arm in (above, ~above))
    deaths = above_died + below_died
    # one term per death: Efron takes the tied dead out of the risk set in equal parts
    place = np.repeat(np.arange(len(deaths)), deaths)
    rank = np.arange(len(place)) - np.repeat(np.cumsum(deaths) - deaths, deaths)
    part = rank / deaths[place]
    top = above_at_risk[place] - part * above_died[place]
    rest = below_at_risk[place] - part * below_died[place]
    log_ratio, information = 0.0, 0.0
    for _ in range(60):
        weighted = top * np.exp(log_ratio)
        share = weighted / (weighted + rest)
        information = float((share * (1 - share)).sum())
        if information <= 1e-12:
            return (log_ratio, 0.0)
        change = float(above_died.sum() - share.sum()) / information
        log_ratio += max(-1.0, min(1.0, change))
        if abs(change) < 1e-10 or abs(log_ratio) > _INFINITE:
            break
    return log_ratio, information


def restricted_mean_difference(arm: Curve, versus: Curve, until: float) -> Estimate:
    """Estimate the difference of restricted means, arm minus versus, in the unit of time of the curves.

    Returns
    -------
        Status as in `restricted_mean` when either arm was not followed to the horizon. No interval where either arm
        has no event before it: the variance of that arm cannot be estimated.

    Raises
    ------
    InputError
        If the horizon is negative or no number, or the curves have different levels.
    """
    if arm.level != versus.level:
        raise InputError(f"the curves have intervals of level {arm.level:g} and {versus.level:g}; one is needed")
    n = arm.n + versus.n
    for curve in (arm, versus):
        single = restricted_mean(curve, until)
        if single.value is None:
            return without_value(single.status, n, arm.level)
    (a, error_a), (b, error_b) = restricted_mean_and_error(arm, until), restricted_mean_and_error(versus, until)
    if error_a == 0.0 or error_b == 0.0:
        return Estimate(a - b, None, None, arm.level, n)
    half = normal_quantile(arm.level) * float(np.hypot(error_a, error_b))
    return Estimate(a - b, a - b - half, a - b + half, arm.level, n)


def _at_risk(times: Floats, at: Floats) -> np.ndarray:
    return len(times) - np.searchsorted(np.sort(times), at, side="left")


def _count_at(times: Floats, at: Floats) -> np.ndarray:
    return np.bincount(np.searchsorted(at, times), minlength=len(at))
