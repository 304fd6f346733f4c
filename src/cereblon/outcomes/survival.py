"""Kaplan-Meier curves and what is read off them: median, landmark rate, restricted mean.

Written on arrays, without lifelines: importing it takes seconds and each of its fits milliseconds, and replicate
trials need thousands of fits. The tests hold these functions against lifelines and against numbers from R survival.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.event_indicator import read_event_indicator
from cereblon.core.number_arrays import as_numbers
from cereblon.outcomes.estimate import Estimate, normal_quantile, without_value
from cereblon.outcomes.subject_index import Bools, Floats, Ints

DAYS_PER_MONTH = 365.25 / 12
Transform = Literal["log-log", "log"]


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan-Meier curve at each distinct time, of event or censoring.

    Parameters
    ----------
    time
        Increasing.
    survival
        From this time on.
    low, high
        Pointwise interval; NaN from the time on when nobody survives, as the transform has no value there.
    at_risk
        Just before the time.
    events
        At the time.
    variance
        Greenwood's sum: the variance of the log of survival.
    n, level
        Subjects, and level of the interval.
    """

    time: Floats
    survival: Floats
    low: Floats
    high: Floats
    at_risk: Ints
    events: Ints
    variance: Floats
    n: int
    level: float


def check_times(time: ArrayLike, observed: ArrayLike, coding: str | None = None) -> tuple[Floats, Bools]:
    """Check follow-up times and read who had the event.

    Parameters
    ----------
    time, observed, coding
        As in `kaplan_meier`.

    Raises
    ------
    InputError
        If a time is negative or not a number, an indicator says neither event nor censored, or the lengths differ.
    """
    times = as_numbers(time, "follow-up times")
    seen = read_event_indicator(observed, coding=coding)
    if times.shape != seen.shape:
        raise InputError(f"{len(times)} follow-up times and {len(seen)} event indicators do not belong together")
    bad = ~(times >= 0) | np.isinf(times)
    if bad.any():
        raise InputError(
            f"{int(bad.sum())} of {len(times)} follow-up times are negative or no number, the first "
            f"{times[bad][0]} in row {int(np.flatnonzero(bad)[0]) + 1}",
            hint="every subject needs a day of death or last contact on or after day 0",
        )
    return times, seen


def check_horizon(time: float, name: str) -> None:
    """Refuse a time on a curve that is negative, infinite or no number."""
    if isinstance(time, bool) or not isinstance(time, Real) or not 0 <= time < float("inf"):
        raise InputError(f"{name} {time!r} is no time from 0 on, in the unit of the curve")


def kaplan_meier(
    time: ArrayLike,
    observed: ArrayLike,
    *,
    coding: str | None = None,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> Curve:
    """Estimate survival by the product limit.

    Parameters
    ----------
    time
        Of event or censoring, any unit, not negative.
    observed
        Whether it was an event: 0 and 1, true and false, or their usual words.
    coding
        What numbers in `observed` mean: `1/2` (2 is the event), `cnsr` (0 is the event) or `0/1`, as unless given.
    level
        Of the interval.
    transform
        Scale on which the interval is symmetric: `log-log` or `log` (the default of R survival).

    Raises
    ------
    InputError
        If a time is negative or not a number, an indicator says neither event nor censored, the lengths differ, or
        level or transform cannot be.

    Source
    ------
    Kaplan and Meier, J Am Stat Assoc 1958;53:457; Greenwood's variance; Borgan and Liestol, Scand J Stat 1990;17:35
    (transforms).
    """
    if transform not in get_args(Transform):
        raise unknown_name("transform", transform, get_args(Transform))
    times, seen = check_times(time, observed, coding)
    distinct, place = np.unique(times, return_inverse=True)
    events = np.bincount(place, weights=seen, minlength=len(distinct)).astype(np.int64)
    leaving = np.bincount(place, minlength=len(distinct))
    at_risk = len(times) - np.concatenate([[0], np.cumsum(leaving)[:-1]]) if len(distinct) else leaving
    survivors = at_risk - events
    survival = np.cumprod(survivors / np.maximum(at_risk, 1))
    terms = np.divide(events, at_risk * survivors, out=np.full(len(events), np.inf), where=survivors > 0)
    variance = np.cumsum(np.where(events == 0, 0.0, terms))
    low, high = _band(survival, variance, normal_quantile(level), transform)
    return Curve(distinct, survival, low, high, at_risk, events, variance, len(times), level)


def _band(survival: Floats, variance: Floats, z: float, transform: Transform) -> tuple[Floats, Floats]:
    low, high = np.where(survival >= 1, 1.0, np.nan), np.where(survival >= 1, 1.0, np.nan)
    inside = (survival > 0) & (survival < 1)
    s, error = survival[inside], np.sqrt(variance[inside])
    if transform == "log":
        low[inside], high[inside] = s * np.exp(-z * error), np.minimum(s * np.exp(z * error), 1.0)
    else:
        spread = np.exp(z * error / np.log(s))
        low[inside], high[inside] = s ** (1 / spread), s**spread
    return low, high


def survival_at(curve: Curve, time: ArrayLike) -> Floats:
    """Read survival off the curve; 1 before the first time."""
    return np.concatenate([[1.0], curve.survival])[np.searchsorted(curve.time, time, side="right")]


def numbers_at_risk(curve: Curve, time: ArrayLike) -> Ints:
    """Count who is still followed and free of the event just before each time."""
    times = as_numbers(np.atleast_1d(np.asarray(time)), "times at which to count who is at risk")
    if not (times >= 0).all():
        raise InputError("times at which to count who is at risk: one is no number from 0 on")
    return np.concatenate([curve.at_risk, [0]])[np.searchsorted(curve.time, time, side="left")]


def median(curve: Curve) -> Estimate:
    """Read off the median time.

    Where the curve is flat at exactly one half, the middle of that stretch; the ends of the interval are where the
    band crosses one half (Brookmeyer and Crowley, Biometrics 1982;38:29), both as R survival does.

    Returns
    -------
        Status `not_reached` when survival stays above one half; the lower end may still be known.
    """
    if curve.n == 0:
        return without_value("no_subjects", 0, curve.level)
    value = _crossing(curve.time, curve.survival)
    low = _crossing(curve.time, curve.low)
    if value is None:
        return without_value("not_reached", curve.n, curve.level, low=low)
    return Estimate(value, low, _crossing(curve.time, curve.high), curve.level, curve.n)


def _crossing(time: Floats, height: Floats) -> float | None:
    slack = 1.5e-8  # one half reached by products of fractions is not exactly one half
    below = np.flatnonzero(height < 0.5 + slack)
    if not len(below):
        return None
    first = below[0]
    lower = below[height[below] < height[first]]
    if abs(height[first] - 0.5) < slack and len(lower):
        return float((time[first] + time[lower[0]]) / 2)
    return float(time[first])


def landmark_rate(curve: Curve, time: float) -> Estimate:
    """Estimate the share free of the event at a time, as a fraction.

    Returns
    -------
        Status `beyond_follow_up` when the last subject was censored before `time`.

    Raises
    ------
    InputError
        If the time is negative or no number.
    """
    check_horizon(time, "landmark")
    if curve.n == 0:
        return without_value("no_subjects", 0, curve.level)
    place = int(np.searchsorted(curve.time, time, side="right")) - 1
    if place < 0:
        return Estimate(1.0, 1.0, 1.0, curve.level, curve.n)
    if time > curve.time[-1] and curve.survival[-1] > 0:
        return without_value("beyond_follow_up", curve.n, curve.level)
    low, high = float(curve.low[place]), float(curve.high[place])
    if np.isnan(low):
        return Estimate(0.0, None, None, curve.level, curve.n)
    return Estimate(float(curve.survival[place]), low, high, curve.level, curve.n)


def restricted_mean(curve: Curve, until: float) -> Estimate:
    """Estimate the mean time free of the event up to a horizon, in the unit of time of the curve.

    Returns
    -------
        Status `beyond_follow_up` when the last subject was censored before the horizon. Without an event before the
        horizon the value has no interval: its variance cannot be estimated.

    Source
    ------
    Area under the curve; variance as in R survival: the sum over event times of the squared area still to come times
    Greenwood's term.
    """
    check_horizon(until, "horizon")
    if curve.n == 0:
        return without_value("no_subjects", 0, curve.level)
    if until > curve.time[-1] and curve.survival[-1] > 0:
        return without_value("beyond_follow_up", curve.n, curve.level)
    value, error = restricted_mean_and_error(curve, until)
    if error == 0.0:
        return Estimate(value, None, None, curve.level, curve.n)
    half = normal_quantile(curve.level) * error
    return Estimate(value, value - half, value + half, curve.level, curve.n)


def restricted_mean_and_error(curve: Curve, until: float) -> tuple[float, float]:
    """Give the restricted mean and its standard error; no check of follow-up."""
    inside = curve.time < until
    edges = np.concatenate([[0.0], curve.time[inside], [until]])
    heights = np.concatenate([[1.0], curve.survival[inside]])
    areas = np.diff(edges) * heights
    to_come = np.cumsum(areas[::-1])[::-1][1:]
    at_risk, events = curve.at_risk[inside], curve.events[inside]
    survivors = at_risk - events
    terms = np.divide(events, at_risk * survivors, out=np.zeros(len(events)), where=survivors > 0)
    return float(areas.sum()), float(np.sqrt((to_come**2 * terms).sum()))
