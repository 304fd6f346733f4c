"""Kaplan-Meier curves, of weighted subjects and late entrants too, and what is read off them.

Written on arrays, without a survival library: importing one takes seconds and each of its fits milliseconds, and
replicate trials need thousands of fits. The tests hold these functions against lifelines and against R survival.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Literal, get_args

import numpy as np

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.number_arrays import ArrayInput, as_numbers
from cereblon.statistics.estimate import Estimate, normal_quantile, without_value
from cereblon.statistics.follow_up import Floats, FollowUp, read_follow_up
from cereblon.statistics.life_table import LifeTable
from cereblon.statistics.product_limit import Counts, Steps, product_limit, robust_variance, steps_of

Transform = Literal["log-log", "log"]


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan-Meier curve at each distinct time, of event, censoring or entry.

    Parameters
    ----------
    time
        Increasing.
    survival
        From this time on.
    low, high
        Pointwise interval; NaN from the time on when nobody survives, as the transform has no value there.
    at_risk
        Just before the time; a sum of weights where subjects are weighted.
    events
        At the time; a sum of weights where subjects are weighted.
    variance
        Of the log of survival: Greenwood's sum, or robust where subjects are weighted.
    n, level
        Subjects, and level of the interval.
    weighted
        The follow-up behind a weighted curve; None without weights.
    """

    time: Floats
    survival: Floats
    low: Floats
    high: Floats
    at_risk: Counts
    events: Counts
    variance: Floats
    n: int
    level: float
    weighted: FollowUp | None = None


def check_horizon(time: float, name: str) -> None:
    """Refuse a time on a curve that is negative, infinite or no number."""
    if isinstance(time, bool) or not isinstance(time, Real) or not 0 <= time < float("inf"):
        raise InputError(f"{name} {time!r} is no time from 0 on, in the unit of the curve")


def kaplan_meier(
    time: ArrayInput,
    observed: ArrayInput,
    *,
    entry: ArrayInput | None = None,
    weights: ArrayInput | None = None,
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
    entry
        From when on a subject is followed (left truncation), before `time`; from the start unless given. Where few
        are at risk early, a curve can fall to 0 while others are still to come.
    weights
        Of the subjects, such as inverse probabilities of treatment; who has weight 0 is left out. The variance is
        then robust (infinitesimal jackknife), with the weights taken as known.
    coding
        What numbers in `observed` mean: `1/2` (2 is the event), `cnsr` (0 is the event) or `0/1`, as unless given.
    level
        Of the interval.
    transform
        Scale on which the interval is symmetric: `log-log` or `log` (the default of R survival).

    Raises
    ------
    InputError
        If a time is negative or not a number, an indicator says neither event nor censored, somebody enters after
        the end of follow-up, a weight is negative, the lengths differ, or level or transform cannot be.

    Source
    ------
    Kaplan and Meier, J Am Stat Assoc 1958;53:457; Greenwood's variance; Borgan and Liestol, Scand J Stat 1990;17:35
    (transforms); Xie and Liu, Stat Med 2005;24:3089 (weights).
    """
    data = read_follow_up(time, observed, coding=coding, entry=entry, weights=weights)
    if data.weight is not None:
        data = data.take(data.weight > 0)
    steps = product_limit(data)
    variance = np.cumsum(steps.greenwood) if data.weight is None else robust_variance(data, steps)
    return _curve(steps, variance, data.n, level, transform, weighted=None if data.weight is None else data)


def kaplan_meier_of(table: LifeTable, *, level: float = 0.95, transform: Transform = "log-log") -> Curve:
    """Estimate survival by the product limit, from counts; as `kaplan_meier` of the subjects that were counted."""
    steps = steps_of(table)
    return _curve(steps, np.cumsum(steps.greenwood), table.n, level, transform)


def _curve(
    steps: Steps, variance: Floats, n: int, level: float, transform: Transform, weighted: FollowUp | None = None
) -> Curve:
    if transform not in get_args(Transform):
        raise unknown_name("transform", transform, get_args(Transform))
    low, high = _band(steps.survival, variance, normal_quantile(level), transform)
    return Curve(steps.time, steps.survival, low, high, steps.at_risk, steps.events, variance, n, level, weighted)


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


def survival_at(curve: Curve, time: ArrayInput) -> Floats:
    """Read survival off the curve; 1 before the first time."""
    passed = np.searchsorted(curve.time, np.asarray(time), side="right")
    return np.asarray(np.concatenate([[1.0], curve.survival])[passed])


def numbers_at_risk(curve: Curve, time: ArrayInput) -> Counts:
    """Count who is followed and free of the event just before each time; weights are added up."""
    times = as_numbers(np.atleast_1d(np.asarray(time)), "times at which to count who is at risk")
    if not (times >= 0).all():
        raise InputError("times at which to count who is at risk: one is no number from 0 on")
    passed = np.searchsorted(curve.time, np.asarray(time), side="left")
    return np.asarray(np.concatenate([curve.at_risk, [0]])[passed])


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
    place = int(np.searchsorted(curve.time, np.asarray(time), side="right")) - 1
    if place < 0:
        return Estimate(1.0, 1.0, 1.0, curve.level, curve.n)
    if time > curve.time[-1] and curve.survival[-1] > 0:
        return without_value("beyond_follow_up", curve.n, curve.level)
    low, high = float(curve.low[place]), float(curve.high[place])
    if np.isnan(low):
        return Estimate(0.0, None, None, curve.level, curve.n)
    return Estimate(float(curve.survival[place]), low, high, curve.level, curve.n)
