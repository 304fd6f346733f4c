"""Probabilities and quantiles of the distributions that tests and intervals rest on.

`scipy.special` gives the numbers of `scipy.stats` in a third of its loading time; it is loaded when one is asked for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cereblon.core.number_arrays import ArrayInput


def normal_cdf(z: ArrayInput) -> NDArray[np.float64]:
    """Give the probability that a standard normal number is at most `z`."""
    from scipy.special import ndtr

    return np.asarray(ndtr(z), dtype=np.float64)


def normal_tail(z: float) -> float:
    """Give the probability that a standard normal number exceeds `z`."""
    return float(normal_cdf(-z))


def normal_beyond(probability: float) -> float:
    """Give the standard normal number that is exceeded with this probability."""
    from scipy.special import ndtri

    return -float(ndtri(probability))


def student_tail(t: float, df: float) -> float:
    """Give the probability that Student's t with `df` degrees of freedom exceeds `t`."""
    from scipy.special import stdtr

    return float(stdtr(df, -t))


def student_quantile(probability: float, df: float) -> float:
    """Give the number below which Student's t with `df` degrees of freedom lies with this probability."""
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def chi_squared_tail(statistic: float, df: float) -> float:
    """Give the probability that chi-squared with `df` degrees of freedom exceeds a statistic: its p value."""
    from scipy.special import gammaincc

    return float(gammaincc(df / 2, statistic / 2))


def chi_squared_quantile(probability: float, df: float) -> float:
    """Give the number below which chi-squared with `df` degrees of freedom lies with this probability."""
    from scipy.special import gammaincinv

    return 2.0 * float(gammaincinv(df / 2, probability))
