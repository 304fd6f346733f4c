"""What a fitted curve says: median, mean, restricted mean and landmarks, each with an interval, and curves to draw.

Intervals come from draws of the parameters from their normal approximation, as in R flexsurv. They hold only if the
family is right; the spread between families that fit equally well is often wider, so look at several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError
from cereblon.core.event_indicator import read_event_indicator
from cereblon.core.number_arrays import as_numbers
from cereblon.synthesis.curves.families import Family, Floats
from cereblon.synthesis.curves.fits import FittedCurve, survival_of

_POINTS = 600  # of the logarithmic grid for means and medians: trapezoids are then right to five digits
_FURTHEST = 1e6  # times the follow-up: where the mean's integral stops
_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class CurveReading:
    """A number read off a fitted curve.

    Parameters
    ----------
    value, low, high
        Infinite where the curve has no finite mean or never falls to one half; NaN ends where no interval is known.
    is_extrapolated
        Whether it rests on the curve beyond the data.
    """

    value: float
    low: float
    high: float
    is_extrapolated: bool


def landmark(fit: FittedCurve, month: float, *, level: float = 0.95, seed: int = 0) -> CurveReading:
    """Read survival at a time, as a fraction."""
    _check_month(month)
    return _reading(
        fit, lambda theta: survival_of(fit.family, [month], theta)[..., 0], month > fit.follow_up, level, seed
    )


def median_time(fit: FittedCurve, *, level: float = 0.95, seed: int = 0) -> CurveReading:
    """Read the median time in months; infinite if the curve never falls to one half."""
    t = _grid(fit)

    def crossing(theta: Floats) -> Floats:
        return _crossing(t, survival_of(fit.family, t, np.atleast_2d(theta)))

    value = float(crossing(fit.theta)[0])
    return _reading(fit, crossing, value > fit.follow_up, level, seed)


def restricted_mean(fit: FittedCurve, until: float, *, level: float = 0.95, seed: int = 0) -> CurveReading:
    """Give the mean time up to a horizon, months."""
    _check_month(until)
    from scipy.integrate import trapezoid

    t = np.linspace(0.0, until, 401)

    def area(theta: Floats) -> Floats:
        return np.atleast_1d(trapezoid(survival_of(fit.family, t, theta), t, axis=-1))

    return _reading(fit, area, until > fit.follow_up, level, seed)


def mean_time(fit: FittedCurve, *, level: float = 0.95, seed: int = 0) -> CurveReading:
    """Give the mean time in months; infinite if the tail of the family is too heavy for one."""
    return _reading(fit, lambda theta: _mean(fit.family, _grid(fit), theta), True, level, seed)


def _check_month(month: float) -> None:
    if not (np.isfinite(month) and month > 0):
        raise InputError(f"month {month:g}: a time after 0 is needed")


def _reading(
    fit: FittedCurve, function: Callable[[Floats], Floats], is_extrapolated: bool, level: float, seed: int
) -> CurveReading:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        value = float(np.atleast_1d(function(fit.theta))[0])
    if not np.isfinite(fit.covariance).all():
        return CurveReading(value, float("nan"), float("nan"), is_extrapolated)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        drawn = np.sort(function(fit.draws(_DRAWS, seed)))
    # by position, not by interpolation: some draws may be infinite
    low, high = (round(share * (_DRAWS - 1)) for share in ((1 - level) / 2, (1 + level) / 2))
    return CurveReading(value, float(drawn[low]), float(drawn[high]), is_extrapolated)


def _grid(fit: FittedCurve) -> Floats:
    return np.geomspace(fit.follow_up * 1e-5, fit.follow_up * _FURTHEST, _POINTS * 4)


def _crossing(t: Floats, heights: Floats) -> Floats:
    """Find where each curve falls to one half, by a straight line in log time between neighbours."""
    below = heights <= 0.5
    place = np.argmax(below, axis=-1)
    rows = np.arange(len(heights))
    before = np.maximum(place - 1, 0)
    top, bottom = heights[rows, before], heights[rows, place]
    share = np.where(top > bottom, (top - 0.5) / np.maximum(top - bottom, 1e-300), 0.0)
    crossed = np.exp(np.log(t[before]) + share * (np.log(t[place]) - np.log(t[before])))
    return np.where(below.any(axis=-1), crossed, np.inf)


def _mean(family: Family, t: Floats, theta: Floats) -> Floats:
    """Integrate survival over log time; infinite when what is left at the far end still counts."""
    from scipy.integrate import trapezoid

    heights = np.atleast_2d(survival_of(family, t, theta)) * t
    total = trapezoid(heights, np.log(t), axis=-1) + t[0]
    return np.where(heights[:, -1] > 1e-4 * total, np.inf, total)


def curve_points(fit: FittedCurve, months: ArrayLike, *, level: float = 0.95, seed: int = 0) -> dict[str, Floats]:
    """Give survival and hazard with pointwise intervals, for drawing.

    Returns
    -------
        Arrays month, survival, survival_low, survival_high, hazard, hazard_low, hazard_high; the hazard is per month
        and NaN at month 0.
    """
    t = np.asarray(months, dtype=np.float64)
    after = np.where(t > 0, t, 1.0)
    result = {"month": t, "survival": fit.survival(t), "hazard": np.where(t > 0, fit.hazard(after), np.nan)}
    ends = np.full((4, len(t)), np.nan)
    if np.isfinite(fit.covariance).all():
        theta = fit.draws(_DRAWS // 2, seed)
        shares = [(1 - level) / 2, (1 + level) / 2]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            ends[:2] = np.quantile(survival_of(fit.family, t, theta), shares, axis=0)
            hazards = np.where(t > 0, np.exp(fit.family.log_hazard(after, theta)), np.nan)
            ends[2:] = np.quantile(hazards, shares, axis=0)
    names = ("survival_low", "survival_high", "hazard_low", "hazard_high")
    return result | dict(zip(names, ends, strict=True))


def observed_hazards(month: ArrayLike, observed: ArrayLike, edges: Sequence[float]) -> dict[str, Floats]:
    """Give events per person-month in intervals, with exact Poisson intervals: what fitted hazards are held against.

    Parameters
    ----------
    month, observed
        Individuals.
    edges
        Ends of the intervals, months, rising from 0.

    Returns
    -------
        Arrays start, end, events, person_months, hazard, low, high; NaN where nobody was followed.

    Source
    ------
    Garwood, Biometrika 1936;28:437 (exact interval of a Poisson count by chi-squared quantiles).
    """
    from scipy.special import gammaincinv

    t, seen = as_numbers(month, "times"), read_event_indicator(observed)
    ends = np.asarray(edges, dtype=np.float64)
    time = np.array([np.clip(t - a, 0, b - a).sum() for a, b in pairwise(ends)])
    place = np.searchsorted(ends, t[seen], side="left") - 1
    events = np.bincount(np.clip(place, 0, len(time) - 1)[place < len(time)], minlength=len(time)).astype(float)
    followed = np.where(time > 0, time, np.nan)
    low = np.where(events > 0, gammaincinv(np.maximum(events, 1), 0.025), 0.0)
    high = gammaincinv(events + 1, 0.975)
    return {
        "start": ends[:-1],
        "end": ends[1:],
        "events": events,
        "person_months": time,
        "hazard": events / followed,
        "low": low / followed,
        "high": high / followed,
    }
