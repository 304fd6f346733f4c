"""Mean time free of the event up to a horizon, and its difference between two arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.estimate import Estimate, Status, normal_quantile, without_value
from cereblon.statistics.follow_up import Floats
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


def area_until(steps: Steps, until: float) -> float:
    """Give the area under a curve up to a horizon, the restricted mean; no check of follow-up, and no error."""
    inside = steps.time < until
    edges = np.concatenate([[0.0], steps.time[inside], [until]])
    return float((np.diff(edges) * np.concatenate([[1.0], steps.survival[inside]])).sum())


def restricted_mean_and_error(curve: Curve, until: float) -> tuple[float, float]:
    """Give the restricted mean and its standard error; no check of follow-up."""
    mean, covariance = restricted_means_and_covariance(curve, [until])
    return float(mean[0]), float(np.sqrt(covariance[0, 0]))


def restricted_means_and_covariance(curve: Curve, until: Sequence[float]) -> tuple[Floats, Floats]:
    """Give the restricted means to several horizons and their covariance; no check of follow-up."""
    mean, worth = np.zeros(len(until)), np.zeros((len(until), len(curve.time)))
    for row, horizon in enumerate(until):
        inside = curve.time < horizon
        edges = np.concatenate([[0.0], curve.time[inside], [horizon]])
        areas = np.diff(edges) * np.concatenate([[1.0], curve.survival[inside]])
        mean[row] = areas.sum()
        worth[row, : inside.sum()] = np.cumsum(areas[::-1])[::-1][1:]
    steps = Steps(curve.time, curve.survival, curve.at_risk, curve.events)
    if curve.weighted is None:
        terms = np.where(steps.survivors > 0, steps.greenwood, 0.0)
        return mean, np.asarray((worth * terms) @ worth.T)
    moved = np.stack([curve.weighted.weights * influence(curve.weighted, steps, one) for one in worth])
    return mean, np.asarray(moved @ moved.T)


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


@dataclass(frozen=True, slots=True)
class RestrictedMeanDifferences:
    """Differences of restricted means to several horizons.

    Parameters
    ----------
    until
        Horizons.
    difference
        Arm minus versus; NaN without an estimate.
    covariance
        Of the differences, for tests at several horizons together.
    status
        As of `restricted_mean_difference`, for each horizon.
    """

    until: tuple[float, ...]
    difference: Floats
    covariance: Floats
    status: tuple[Status, ...]


def restricted_mean_differences(arm: Curve, versus: Curve, until: Sequence[float]) -> RestrictedMeanDifferences:
    """Estimate the differences of restricted means to several horizons, and their covariance.

    Parameters
    ----------
    arm, versus
        Curves of independent subjects.
    until
        Horizons, in the unit of time of the curves.

    Raises
    ------
    InputError
        As in `restricted_mean_difference`; if no horizon is given.
    """
    if not len(until):
        raise InputError("horizons: none is given")
    status = tuple(restricted_mean_difference(arm, versus, horizon).status for horizon in until)
    (mean, spread), (other, spread_other) = (restricted_means_and_covariance(one, until) for one in (arm, versus))
    known = np.array([one == "estimated" for one in status])
    covariance = np.where(known[:, None] & known[None], spread + spread_other, np.nan)
    return RestrictedMeanDifferences(tuple(until), np.where(known, mean - other, np.nan), covariance, status)
