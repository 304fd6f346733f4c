"""MaxCombo: the greatest of several weighted log-rank statistics, and its p value from their correlation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cereblon.core.errors import unknown_name
from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.arm_labels import above_the_line
from cereblon.statistics.distributions import normal_cdf
from cereblon.statistics.estimate import Status
from cereblon.statistics.follow_up import Floats, read_follow_up
from cereblon.statistics.log_rank import scores_of
from cereblon.statistics.multivariate_normal import box_probability
from cereblon.statistics.weighted_scores import Weighting, check_weightings

Alternative = Literal["two-sided", "less", "greater"]
FOUR_WEIGHTINGS: tuple[Weighting, ...] = ((0, 0), (0, 1), (1, 0), (1, 1))
"""The log-rank test, and those that look late, early and at the middle."""


@dataclass(frozen=True, slots=True)
class MaxCombo:
    """Result of a MaxCombo test.

    Parameters
    ----------
    weightings
        Rho and gamma of each statistic.
    z
        Of each: below 0 where the arm above the line has fewer events than expected. NaN without an estimate.
    correlation
        Of the statistics.
    each
        P value of each by itself.
    statistic
        The greatest of the absolute values of `z`; the least value if the alternative is `less`, the greatest if it
        is `greater`.
    p
        Of the statistic, the choice of the greatest counted.
    alternative
        two-sided, or the hazard of the arm above the line is less, or greater.
    status
        estimated; no_subjects (in one of the arms); no_events; not_identified (at no event were both arms at risk).
    """

    weightings: tuple[Weighting, ...]
    z: Floats
    correlation: Floats
    each: Floats
    statistic: float
    p: float
    alternative: Alternative
    status: Status = "estimated"


def max_combo(
    time: ArrayInput,
    observed: ArrayInput,
    group: ArrayInput,
    *,
    comparator: object = None,
    weightings: Sequence[Weighting] = FOUR_WEIGHTINGS,
    alternative: Alternative = "two-sided",
    strata: ArrayInput | None = None,
    entry: ArrayInput | None = None,
    weights: ArrayInput | None = None,
    coding: str | None = None,
) -> MaxCombo:
    """Test whether two arms share one survival curve by the greatest of several weighted log-rank statistics.

    Parameters
    ----------
    time, observed, entry, weights, coding
        As in `kaplan_meier`, both arms together.
    group, comparator
        As in `hazard_ratio`.
    weightings
        Rho and gamma of Fleming and Harrington, one pair for each statistic. A single pair is a weighted log-rank
        test with a sign, one-sided where wanted.
    alternative
        `two-sided`, `less` (the hazard of the arm above the line is less) or `greater`.
    strata
        Label per subject: survival and expected events are of each stratum.

    Raises
    ------
    InputError
        As in `hazard_ratio`; if a weighting is no pair of numbers from 0 on, or the alternative is not known.

    Source
    ------
    Karrison, Stata J 2016;16:678; Lin et al., Stat Biopharm Res 2020;12:187; the p value by a multivariate normal
    distribution.
    """
    chosen = check_weightings(weightings)
    check_alternative(alternative)
    data = read_follow_up(time, observed, coding=coding, entry=entry, weights=weights, strata=strata)
    above = above_the_line(group, data.n, comparator)
    if data.weight is not None:
        kept = data.weight > 0
        data, above = data.take(kept), above[kept]
    if above.all() or not above.any():
        return _without(chosen, alternative, "no_subjects")
    if not data.observed.any():
        return _without(chosen, alternative, "no_events")
    scores = scores_of(data, above.astype(np.int64), 2, chosen)
    z, correlation = standardise((scores.died - scores.expected)[:, 1], scores.covariance[..., 1, 1])
    if np.isnan(z).any():
        return _without(chosen, alternative, "not_identified")
    statistic, p = max_combo_p(z, correlation, alternative)
    each = np.array([max_combo_p(one, np.eye(1), alternative)[1] for one in z[:, None]])
    return MaxCombo(tuple(chosen), z, correlation, each, statistic, p, alternative)


def check_alternative(alternative: str) -> None:
    """Refuse an alternative that is not known."""
    if alternative not in get_args(Alternative):
        raise unknown_name("alternative", alternative, get_args(Alternative))


def standardise(score: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Give statistics of variance one and their correlation; NaN where a score has no variance.

    Parameters
    ----------
    score
        Of shape (..., weighting).
    covariance
        Of shape (..., weighting, weighting).
    """
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    error = np.sqrt(np.where(variance > 0, variance, np.nan))
    correlation = covariance / (error[..., :, None] * error[..., None, :])
    return score / error, np.asarray(correlation)


def max_combo_p(z: Floats, correlation: Floats, alternative: Alternative = "two-sided") -> tuple[float, float]:
    """Give the greatest of some statistics of variance one, and its p value.

    Parameters
    ----------
    z
        One per weighting.
    correlation
        Of them.
    alternative
        As in `max_combo`.
    """
    sign = {"two-sided": 0, "less": -1, "greater": 1}[alternative]
    statistic = float(np.abs(z).max() if not sign else (sign * z).max())
    if len(z) == 1:
        beyond = float(normal_cdf(-statistic))
        p = beyond if sign else 2 * beyond
    else:
        high = np.full(len(z), statistic)
        low = np.full(len(z), -np.inf) if sign else -high
        p = 1.0 - box_probability(low, high, correlation)
    return statistic if sign >= 0 else -statistic, min(max(p, 0.0), 1.0)


def _without(weightings: list[Weighting], alternative: Alternative, status: Status) -> MaxCombo:
    count = len(weightings)
    empty = np.full(count, np.nan)
    return MaxCombo(
        tuple(weightings), empty, np.full((count, count), np.nan), empty, float("nan"), 1.0, alternative, status
    )
