"""The chi-squared of scores that sum to nothing over groups, as log-rank tests and Gray's have them."""

from __future__ import annotations

import numpy as np

from cereblon.statistics.distributions import chi_squared_tail
from cereblon.statistics.follow_up import Floats

_ROUNDING = 1e-12  # share of the squared events that is left of a variance of groups never at risk beside another


def is_identified(covariance: Floats, events: float) -> bool:
    """Tell whether groups were at risk beside each other at any event: else the variance is rounding alone.

    Parameters
    ----------
    covariance
        Of the scores, shape (group, group).
    events
        In all groups, or the sum of their weights.
    """
    return bool(np.diag(covariance).max() > _ROUNDING * events**2)


def score_statistic(score: Floats, covariance: Floats) -> tuple[float, float]:
    """Give chi-squared, on groups less one degrees of freedom, and its p value.

    Parameters
    ----------
    score
        Of each group; they sum to 0, so that the last says no more.
    covariance
        Of the scores, shape (group, group).
    """
    statistic = float(score[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ score[:-1])
    return statistic, chi_squared_tail(max(statistic, 0.0), len(score) - 1)
