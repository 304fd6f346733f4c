"""Logarithms of the incomplete gamma functions, also where the functions themselves are too small for a number.

Source
------
NIST Digital Library of Mathematical Functions, 8.7.1 (series of the lower function) and 8.9.2 (continued fraction of
the upper one).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincc, gammaln

Floats = NDArray[np.float64]
_PLAIN = 1e-200  # above it the logarithm of scipy's value is exact
_LEAST_LOG = -600.0  # of x; exp of less is nearly or wholly 0
_MOST_TERMS = 5000
_SMALL = 1e-300


def log_upper(shape: Floats, log_x: Floats) -> Floats:
    """Give the logarithm of the regularised upper incomplete gamma function Q(shape, x)."""
    a, log_x = np.broadcast_arrays(np.asarray(shape, np.float64), np.asarray(log_x, np.float64))
    x = np.exp(np.minimum(log_x, 700.0))
    share = np.asarray(gammaincc(a, x), dtype=np.float64)
    found = np.log(np.maximum(share, _SMALL))
    small = ~(share > _PLAIN) & np.isfinite(a) & np.isfinite(x)
    if small.any():
        found[small] = _leading(a[small], log_x[small], x[small]) + np.log(_fraction(a[small], x[small]))
    with np.errstate(divide="ignore"):  # where the lower function is 1, the upper one is 0
        rest = np.log1p(-np.exp(_first_term(a, log_x)))
    return np.where(log_x < _LEAST_LOG, rest, found)


def log_lower(shape: Floats, log_x: Floats) -> Floats:
    """Give the logarithm of the regularised lower incomplete gamma function P(shape, x)."""
    a, log_x = np.broadcast_arrays(np.asarray(shape, np.float64), np.asarray(log_x, np.float64))
    x = np.exp(np.minimum(log_x, 700.0))
    share = np.asarray(gammainc(a, x), dtype=np.float64)
    found = np.log(np.maximum(share, _SMALL))
    small = ~(share > _PLAIN) & np.isfinite(a) & np.isfinite(x)
    if small.any():
        tail = np.log(_series(a[small], x[small])) - np.log(a[small])
        found[small] = _leading(a[small], log_x[small], x[small]) + tail
    return np.where(log_x < _LEAST_LOG, _first_term(a, log_x), found)


def _first_term(a: Floats, log_x: Floats) -> Floats:
    """Give the logarithm of x^a / Gamma(a + 1): the whole lower function where x is too small for a number."""
    return np.asarray(np.minimum(a * log_x - gammaln(a + 1), 0.0), dtype=np.float64)


def _leading(a: Floats, log_x: Floats, x: Floats) -> Floats:
    return np.asarray(a * log_x - x - gammaln(a), dtype=np.float64)


def _series(a: Floats, x: Floats) -> Floats:
    """Sum x^k / ((a + 1) ... (a + k)) from k = 0 on."""
    term, total = np.ones_like(a), np.ones_like(a)
    for k in range(1, _MOST_TERMS):
        term = term * x / (a + k)
        total = total + term
        if (term < 1e-16 * total).all():
            break
    return total


def _fraction(a: Floats, x: Floats) -> Floats:
    """Give the continued fraction of the upper function by Lentz's method; x lies far above `a` here."""
    b = x + 1 - a
    c, d = np.full_like(a, 1 / _SMALL), 1 / np.where(b == 0, _SMALL, b)
    value = d.copy()
    for k in range(1, _MOST_TERMS):
        step = k * (a - k)
        b = b + 2
        d, c = step * d + b, b + step / c
        d = 1 / np.where(np.abs(d) < _SMALL, _SMALL, d)
        c = np.where(np.abs(c) < _SMALL, _SMALL, c)
        value = value * d * c
        if (np.abs(d * c - 1) < 1e-15).all():
            break
    return np.maximum(value, _SMALL)
