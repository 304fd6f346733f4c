"""Royston-Parmar splines: a natural cubic spline of log time for the log cumulative hazard, log odds or probit.

Source
------
Royston and Parmar, Stat Med 2002;21:2175; basis and knots as in R flexsurv (Jackson, J Stat Softw 2016;70(8)): knots
at quantiles of the log times of events, boundary knots at the first and last.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtri

from cereblon.core.errors import InputError
from cereblon.synthesis.curves.families import Family, Floats

SCALES = ("hazard", "odds", "normal")
"""What the spline describes: the log cumulative hazard, the log cumulative odds, or minus the probit of survival."""
MOST_KNOTS = 5
_SHORT = {"hazard": "spline", "odds": "spline-odds", "normal": "spline-normal"}


def knots_of(log_event_times: Floats, inner: int) -> Floats:
    """Place knots at quantiles of log event times, with the first and last as boundary knots.

    Raises
    ------
    InputError
        If there are too few distinct event times.
    """
    distinct = np.unique(log_event_times)
    if len(distinct) < inner + 2:
        raise InputError(f"{len(distinct)} distinct event times are too few for a spline with {inner} inner knots")
    shares = np.linspace(0, 1, inner + 2)
    knots: Floats = np.quantile(log_event_times, shares)
    if (np.diff(knots) <= 0).any():
        raise InputError(f"the event times are too tied for a spline with {inner} inner knots")
    return knots


def basis(x: Floats, knots: Floats) -> Floats:
    """Give the natural cubic spline basis of log time: 1, x and one column per inner knot; shape (k, 2 + inner)."""
    low, high = knots[0], knots[-1]
    columns = [np.ones_like(x), x]
    for knot in knots[1:-1]:
        share = (high - knot) / (high - low)
        columns.append(
            np.maximum(x - knot, 0) ** 3
            - share * np.maximum(x - low, 0) ** 3
            - (1 - share) * np.maximum(x - high, 0) ** 3
        )
    return np.stack(columns, axis=-1)


def slope(x: Floats, knots: Floats) -> Floats:
    """Give the derivative of `basis` with respect to log time."""
    low, high = knots[0], knots[-1]
    columns = [np.zeros_like(x), np.ones_like(x)]
    for knot in knots[1:-1]:
        share = (high - knot) / (high - low)
        columns.append(
            3
            * (
                np.maximum(x - knot, 0) ** 2
                - share * np.maximum(x - low, 0) ** 2
                - (1 - share) * np.maximum(x - high, 0) ** 2
            )
        )
    return np.stack(columns, axis=-1)


def spline_family(log_event_times: Floats, inner: int, scale: str = "hazard") -> Family:
    """Make the family of splines with knots from these event times.

    Parameters
    ----------
    log_event_times
        Natural logarithm of the times with an event.
    inner
        Number of inner knots, 0 to `MOST_KNOTS`; 0 on the hazard scale is the Weibull family.
    scale
        One of `SCALES`.

    Raises
    ------
    InputError
        If the scale is unknown, or there are too few event times.
    """
    if scale not in SCALES:
        raise InputError(f"spline scale {scale!r} is not one of {', '.join(SCALES)}")
    if not 0 <= inner <= MOST_KNOTS:
        raise InputError(f"{inner} inner knots; 0 to {MOST_KNOTS} are allowed")
    knots = knots_of(log_event_times, inner)

    def height(t: Floats, theta: Floats) -> Floats:
        return np.asarray(theta @ basis(np.log(t), knots).T)

    def log_survival(t: Floats, theta: Floats) -> Floats:
        z = height(t, theta)
        if scale == "hazard":
            return -np.exp(np.minimum(z, 700.0))
        if scale == "odds":
            return -np.logaddexp(0.0, z)
        return np.asarray(log_ndtr(-z), dtype=np.float64)

    def log_hazard(t: Floats, theta: Floats) -> Floats:
        z = height(t, theta)
        rise = np.asarray(theta @ slope(np.log(t), knots).T)
        with np.errstate(divide="ignore", invalid="ignore"):
            steep = np.where(rise > 0, np.log(np.maximum(rise, 1e-300)), -1e10)  # a survival curve cannot rise
        if scale == "hazard":
            outer = z
        elif scale == "odds":
            outer = z - np.logaddexp(0.0, z)
        else:
            outer = -0.5 * z**2 - 0.5 * float(np.log(2 * np.pi)) - log_ndtr(-z)
        return np.asarray(outer + steep - np.log(t), dtype=np.float64)

    names = tuple(f"gamma{i}" for i in range(inner + 2))
    return Family(
        f"{_SHORT[scale]}-{inner}",
        f"spline, {inner} knot{'' if inner == 1 else 's'}" + ("" if scale == "hazard" else f", {scale} scale"),
        names,
        (False,) * (inner + 2),
        log_hazard,
        log_survival,
        lambda mean, spread, rate: (float(np.log(rate)), 1.0, *([0.0] * inner)),  # noqa: ARG005
        f"turns up to {inner} times" if inner > 1 else "turns once" if inner == 1 else "rises or falls throughout",
    )


def transformed(survival: Floats, scale: str) -> Floats:
    """Bring survival to the scale on which the spline is linear in its coefficients."""
    if scale == "hazard":
        return np.log(-np.log(survival))
    if scale == "odds":
        return np.log((1 - survival) / survival)
    return np.asarray(-ndtri(survival), dtype=np.float64)


def spline_start(month: Floats, survival: Floats, knots: Floats, scale: str) -> Floats:
    """Give first coefficients by least squares on a Kaplan-Meier curve; a straight line if that would rise."""
    inside = (survival > 0.001) & (survival < 0.999) & (month > 0)
    x, y = np.log(month[inside]), transformed(survival[inside], scale)
    full = np.asarray(np.linalg.lstsq(basis(x, knots), y, rcond=None)[0], dtype=np.float64)
    grid = np.linspace(knots[0], knots[-1], 50)
    if (slope(grid, knots) @ full > 1e-3).all():
        return full
    line = np.linalg.lstsq(basis(x, knots)[:, :2], y, rcond=None)[0]
    return np.concatenate([line, np.zeros(len(knots) - 2)])
