"""Mean time free of the event up to a horizon, and its difference between two arms."""

from __future__ import annotations

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.estimate import Estimate, normal_quantile, without_value
from cereblon.statistics.kaplan_meier import Curve, check_horizon
from cereblon.statistics.product_limit import Steps, influence


def restricted_mean(curve: Curve, until: float) -> Estimate:
    """Estimate the mean time free of the event up to a horizon, in the unit of time of the curve.

    Returns
    -------
        Status `beyond_follow_up` when the last subject was censored before the horizon. Without an event before the
        horizon the value has no interval: its variance cannot be estimated.

    Source
    ------
    Area under the curve; variance as in R survival: the sum over event times of the squared area still to come times
    Greenwood's term; with weights the sum of squared influences of the subjects.
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
    if curve.weighted is None:
        steps = Steps(curve.time[inside], heights[1:], curve.at_risk[inside], curve.events[inside])
        terms = np.where(steps.survivors > 0, steps.greenwood, 0.0)
        return float(areas.sum()), float(np.sqrt((to_come**2 * terms).sum()))
    worth = np.zeros(len(curve.time))
    worth[: len(to_come)] = to_come
    steps = Steps(curve.time, curve.survival, curve.at_risk, curve.events)
    moved = curve.weighted.weights * influence(curve.weighted, steps, worth)
    return float(areas.sum()), float(np.sqrt((moved**2).sum()))


def restricted_mean_difference(arm: Curve, versus: Curve, until: float) -> Estimate:
    """Estimate the difference of restricted means, arm minus versus, in the unit of time of the curves.

    Returns
    -------
        Status as in `restricted_mean` when either arm was not followed to the horizon. No interval where either arm
        has no event before it: the variance of that arm cannot be estimated.

    Raises
    ------
    InputError
        If the horizon is negative or no number, or the curves have different levels.
    """
    if arm.level != versus.level:
        raise InputError(f"the curves have intervals of level {arm.level:g} and {versus.level:g}; one is needed")
    n = arm.n + versus.n
    for curve in (arm, versus):
        single = restricted_mean(curve, until)
        if single.value is None:
            return without_value(single.status, n, arm.level)
    (a, error_a), (b, error_b) = restricted_mean_and_error(arm, until), restricted_mean_and_error(versus, until)
    if error_a == 0.0 or error_b == 0.0:
        return Estimate(a - b, None, None, arm.level, n)
    half = normal_quantile(arm.level) * float(np.hypot(error_a, error_b))
    return Estimate(a - b, a - b - half, a - b + half, arm.level, n)
