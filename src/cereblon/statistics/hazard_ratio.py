"""The hazard ratio of one arm against another by Cox regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.arm_labels import above_the_line
from cereblon.statistics.cox import NotSettledError, fit_cox
from cereblon.statistics.estimate import Estimate, check_level, ratio_estimate, without_value
from cereblon.statistics.follow_up import Bools, Floats, FollowUp, Ints, read_follow_up, read_subjects
from cereblon.statistics.life_table import LifeTable
from cereblon.statistics.product_limit import Counts
from cereblon.statistics.risk_sets import count_at, sum_at_risk

RUN_AWAY = 12.0
"""A log hazard ratio beyond this has run away: one arm has no event to compare."""
_MOST_TERMS = 2**16  # deaths that are looked at together; each is one term of the likelihood


def hazard_ratio(
    time: ArrayInput,
    observed: ArrayInput,
    group: ArrayInput,
    *,
    comparator: object = None,
    strata: ArrayInput | None = None,
    entry: ArrayInput | None = None,
    weights: ArrayInput | None = None,
    subject: ArrayInput | None = None,
    coding: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the hazard ratio of one arm against another by Cox regression.

    Newton's method on the log partial likelihood of one covariate, ties by Efron's method.

    Parameters
    ----------
    time, observed, entry, weights, coding
        As in `kaplan_meier`, both arms together.
    group
        Arm of each subject, by two labels of any kind.
    comparator
        Label of the arm below the line; 0 or False unless given. Other labels need it.
    strata
        Label per subject; each stratum has its own baseline hazard.
    subject
        Label per row, where a subject has several.
    level
        Of the Wald interval, whose error is the sandwich where weights or subjects are given.

    Returns
    -------
        The ratio, not its log. Status `no_events` when an arm has none, `separated` when all events of one arm come
        before anybody of the other could have one, so that the ratio runs away.

    Raises
    ------
    InputError
        If a time, an indicator, a label or a weight is missing or cannot be, the lengths differ, there are more than
        two labels, or the comparator is needed and not named, or named and not there.

    Source
    ------
    Cox, J R Stat Soc B 1972;34:187; Efron, J Am Stat Assoc 1977;72:557; Lin and Wei, J Am Stat Assoc 1989;84:1074
    (the sandwich).
    """
    check_level(level)
    data = read_follow_up(time, observed, coding=coding, entry=entry, weights=weights, strata=strata)
    above = above_the_line(group, data.n, comparator)
    subjects = None if subject is None else read_subjects(subject, data.n)
    if data.weight is not None:
        kept = data.weight > 0
        data, above, subjects = data.take(kept), above[kept], None if subjects is None else subjects[kept]
    n, seen = data.n, data.observed
    if above.all() or not above.any():
        return without_value("no_subjects", n, level)
    if not (seen & above).any() or not (seen & ~above).any():
        return without_value("no_events", n, level)
    log_ratio, information = log_hazard_ratio(data, above)
    if data.weight is None and subjects is None:
        return _estimate(log_ratio, information, level, n)
    if abs(log_ratio) > RUN_AWAY or information <= 0:
        return without_value("separated", n, level)
    try:
        error = robust_error(data, above, subject=subjects)
    except NotSettledError:
        return without_value("separated", n, level)
    return ratio_estimate(log_ratio, error, level, n)


def hazard_ratio_of(arm: LifeTable, versus: LifeTable, *, level: float = 0.95) -> Estimate:
    """Estimate the hazard ratio of one arm against another from counts; as `hazard_ratio` of the subjects counted.

    Parameters
    ----------
    arm, versus
        The arm above the line and the other.
    level
        Of the Wald interval.
    """
    check_level(level)
    n = arm.n + versus.n
    if not arm.n or not versus.n:
        return without_value("no_subjects", n, level)
    if not arm.events.any() or not versus.events.any():
        return without_value("no_events", n, level)
    times = np.union1d(arm.time[arm.events > 0], versus.time[versus.events > 0])
    died = arm.events_at(times), versus.events_at(times)
    risk = arm.at_risk_at(times), versus.at_risk_at(times)
    return _estimate(*_climb(_DeathCounts(*risk, *died, deaths=died[0] + died[1])), level, n)


def _estimate(log_ratio: float, information: float, level: float, n: int) -> Estimate:
    if abs(log_ratio) > RUN_AWAY or information <= 0:
        return without_value("separated", n, level)
    return ratio_estimate(log_ratio, float(1 / np.sqrt(information)), level, n)


def robust_error(data: FollowUp, above: Bools, *, subject: ArrayInput | None = None) -> float:
    """Give the sandwich error of the log hazard ratio of two arms.

    Raises
    ------
    NotSettledError
        If there is no such ratio.
    """
    return float(fit_cox(data, above[:, None].astype(np.float64), subject=subject).robust_errors[0])


def log_hazard_ratio(data: FollowUp, above: Bools) -> tuple[float, float]:
    """Maximise the partial likelihood of two arms; gives the log hazard ratio and its information.

    For the many fits of replicate trials and of a resampling: arms are counted, covariates are not multiplied out.
    """
    if not data.observed.any():
        return 0.0, 0.0
    columns = zip(*(_count_deaths(data.take(rows), above[rows]) for rows in data.strata()), strict=True)
    return _climb(_DeathCounts(*(np.concatenate(column) for column in columns)))


def _count_deaths(data: FollowUp, above: Bools) -> tuple[Counts, Counts, Counts, Counts, Ints]:
    arms = data.take(above), data.take(~above)
    times = np.unique(data.time[data.observed])
    risk_above, risk_below = (sum_at_risk(arm, times) for arm in arms)
    died_above, died_below = (count_at(arm, times) for arm in arms)
    deaths = np.bincount(np.searchsorted(times, data.time[data.observed]), minlength=len(times))
    return risk_above, risk_below, died_above, died_below, deaths


@dataclass(frozen=True, slots=True)
class _DeathCounts:
    """What is counted at each time of death of a stratum: at risk and died, above and below the line, and deaths.

    Of weighted subjects all but the number of deaths are sums of weights.
    """

    risk_above: Counts
    risk_below: Counts
    died_above: Counts
    died_below: Counts
    deaths: Ints

    def terms(self) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Give who is at risk above and below the line, and the weight, for each death, not too many at once.

        One term per death, and each has the mean weight of those who died then: Efron takes the tied dead out of the
        risk set in equal parts.
        """
        before = np.cumsum(self.deaths) - self.deaths
        for part in np.split(np.arange(len(before)), np.flatnonzero(np.diff(before // _MOST_TERMS)) + 1):
            deaths = self.deaths[part]
            place = np.repeat(np.arange(len(part)), deaths)
            share = (np.arange(len(place)) - np.repeat(np.cumsum(deaths) - deaths, deaths)) / deaths[place]
            top = self.risk_above[part][place] - share * self.died_above[part][place]
            rest = self.risk_below[part][place] - share * self.died_below[part][place]
            weight = ((self.died_above[part] + self.died_below[part]) / deaths)[place]
            yield top, rest, weight


def _climb(deaths: _DeathCounts) -> tuple[float, float]:
    observed, log_ratio, information = float(deaths.died_above.sum()), 0.0, 0.0
    few = list(deaths.terms()) if deaths.deaths.sum() <= _MOST_TERMS else None
    for _ in range(60):
        expected, information = 0.0, 0.0
        for top, rest, weight in few or deaths.terms():
            weighted = top * np.exp(log_ratio)
            share = weighted / (weighted + rest)
            expected += float((weight * share).sum())
            information += float((weight * share * (1 - share)).sum())
        if information <= 1e-12:
            return log_ratio, 0.0
        change = (observed - expected) / information
        log_ratio += max(-1.0, min(1.0, change))
        if abs(change) < 1e-10 or abs(log_ratio) > RUN_AWAY:
            break
    return log_ratio, information
