"""Exposure from a sampled profile alone, without a model: trapezoids and a terminal slope."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError

Floats = NDArray[np.float64]


class Noncompartmental(NamedTuple):
    """What a profile tells; in the units of its times and concentrations.

    Parameters
    ----------
    cmax, tmax
        Highest concentration and its time.
    auc_last
        Area to the last concentration above 0.
    auc_inf
        Area to infinity, by the terminal slope.
    extrapolated
        Share of `auc_inf` past the last concentration.
    half_life
        From the terminal slope.
    points
        Number of samples behind the slope.
    """

    cmax: float
    tmax: float
    auc_last: float
    auc_inf: float
    extrapolated: float
    half_life: float
    points: int


def noncompartmental(times: Floats, concentrations: Floats) -> Noncompartmental:
    """Analyse one profile after one dose.

    Linear trapezoids while the concentration rises, logarithmic ones while it falls; the terminal slope is that of
    the last samples, at least three after the peak, whose line fits best (adjusted R squared).

    Parameters
    ----------
    times
        Increasing.
    concentrations
        Not negative.

    Raises
    ------
    InputError
        If times do not increase, a concentration is negative, or fewer than three samples fall after the peak.
    """
    t, c = np.asarray(times, np.float64), np.asarray(concentrations, np.float64)
    if t.shape != c.shape or t.size < 4 or not (np.diff(t) > 0.0).all():
        raise InputError("a profile needs at least four samples at increasing times")
    if not (np.isfinite(c).all() and (c >= 0.0).all() and c.max() > 0.0):
        raise InputError("a profile needs concentrations that are not negative, and not all 0")
    last = int(np.flatnonzero(c > 0.0)[-1])
    t, c = t[: last + 1], c[: last + 1]
    area = float(np.sum(_trapezoids(t, c)))
    peak = int(np.argmax(c))
    slope, points = _terminal(t[peak + 1 :], c[peak + 1 :])
    rest = float(c[-1] / slope)
    return Noncompartmental(
        cmax=float(c[peak]),
        tmax=float(t[peak]),
        auc_last=area,
        auc_inf=area + rest,
        extrapolated=rest / (area + rest),
        half_life=float(np.log(2.0) / slope),
        points=points,
    )


def _trapezoids(t: Floats, c: Floats) -> Floats:
    width, start, end = np.diff(t), c[:-1], c[1:]
    falls = (end < start) & (end > 0.0)
    ratio = np.log(np.where(falls, start, 2.0) / np.where(falls, end, 1.0))
    falling = (start - end) / ratio
    return width * np.where(falls, falling, 0.5 * (start + end))


def _terminal(t: Floats, c: Floats) -> tuple[float, int]:
    best: tuple[float, float, int] | None = None
    for points in range(3, len(t) + 1):
        x, y = t[-points:], np.log(c[-points:])
        slope, offset = np.polyfit(x, y, 1)
        left, whole = np.sum((y - slope * x - offset) ** 2), np.sum((y - y.mean()) ** 2)
        if slope >= 0.0 or whole == 0.0:
            continue
        fit = 1.0 - left / whole * (points - 1) / (points - 2)
        # A longer line is taken when it fits as well, as the usual programs do.
        if best is None or fit >= best[0] - 1e-4:
            best = (max(fit, best[0] if best else fit), -float(slope), points)
    if best is None:
        raise InputError("fewer than three samples fall after the peak, so there is no terminal slope")
    return best[1], best[2]
