"""Shares with exact or score intervals, for many groups at once."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.estimate import check_level, normal_quantile
from cereblon.statistics.follow_up import Floats

ProportionMethod = Literal["clopper-pearson", "wilson"]
METHODS: tuple[str, ...] = get_args(ProportionMethod)


def proportion_interval(
    count: ArrayInput, n: ArrayInput, *, level: float = 0.95, method: ProportionMethod = "clopper-pearson"
) -> tuple[Floats, Floats]:
    """Give the ends of the interval of a share.

    Parameters
    ----------
    count
        Subjects with the feature.
    n
        Subjects; where 0, both ends are NaN.
    level
        Of the interval.
    method
        `clopper-pearson` (exact, never too short) or `wilson` (score, right on average).

    Returns
    -------
        Lower and upper ends, as fractions.

    Raises
    ------
    InputError
        If the level is not between 0 and 1, or the method is not known.

    Source
    ------
    Clopper and Pearson, Biometrika 1934;26:404; Wilson, J Am Stat Assoc 1927;22:209.
    """
    check_level(level)
    if method not in METHODS:
        raise unknown_name("method of intervals of shares", method, METHODS)
    k, size = np.asarray(count, dtype=np.float64), np.asarray(n, dtype=np.float64)
    known = size > 0
    low, high = np.full(k.shape, np.nan), np.full(k.shape, np.nan)
    k, size = k[known], size[known]
    if method == "wilson":
        z2 = normal_quantile(level) ** 2
        centre = (k + z2 / 2) / (size + z2)
        half = np.sqrt(z2) / (size + z2) * np.sqrt(k * (size - k) / size + z2 / 4)
        low[known], high[known] = np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
        return low, high
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low[known] = np.where(k > 0, betaincinv(np.maximum(k, 1), size - k + 1, tail), 0.0)
    high[known] = np.where(k < size, betaincinv(k + 1, np.maximum(size - k, 1), 1 - tail), 1.0)
    return low, high


def newcombe_interval(
    share: float, n: int, other: float, n_other: int, *, level: float = 0.95
) -> tuple[float, float]:
    """Give the interval of a difference of two shares by Newcombe's hybrid of Wilson scores.

    Parameters
    ----------
    share, other
        Shares between 0 and 1; the difference is `share` minus `other`.
    n, n_other
        Subjects behind each.
    level
        Of the interval.

    Source
    ------
    Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10.
    """
    counts, sizes = np.array([share * n, other * n_other]), np.array([n, n_other])
    (low, low_other), (high, high_other) = proportion_interval(counts, sizes, level=level, method="wilson")
    difference = share - other
    return (
        float(difference - np.hypot(share - low, high_other - other)),
        float(difference + np.hypot(high - share, other - low_other)),
    )


def weighted_log_odds(response: Floats, weights: Floats) -> tuple[float, float]:
    """Give the log odds of a response of weighted subjects, and their sandwich standard error.

    Raises
    ------
    InputError
        If nobody or everybody with weight responds.
    """
    p = float(np.average(response, weights=weights))
    if not 0 < p < 1:
        raise InputError(f"{'nobody' if p == 0 else 'everybody'} responds, so that the odds have no finite logarithm")
    variance = float((weights**2 * (response - p) ** 2).sum() / weights.sum() ** 2)
    return float(np.log(p / (1 - p))), float(np.sqrt(variance) / (p * (1 - p)))
