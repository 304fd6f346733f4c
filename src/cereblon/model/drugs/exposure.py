"""Exposure metrics of linear kinetics: courses of many doses, areas, peaks, half-lives."""

from __future__ import annotations

import math
from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.disposition import Modes, concentration, dose_average

_GRID = 4001


def course(modes: Modes, route: int, dose_mg: NumberOrArray, days: Sequence[float], times: Array) -> Array:
    """Compute the concentration under repeated equal doses.

    Parameters
    ----------
    modes
        Kinetics of one subject.
    route
        `ORAL`, `IV` or `SC`.
    dose_mg
        Each dose, mg.
    days
        When the doses are given, day.
    times
        [time], day.

    Returns
    -------
        [time], mg/L.
    """
    total = jnp.zeros_like(times)
    for day in days:
        total = total + concentration(modes, route, dose_mg, times - day)
    return total


def area(modes: Modes, route: int, dose_mg: NumberOrArray, days: Sequence[float], start: float, end: float) -> Array:
    """Compute the exact area under the concentration of repeated doses between two times, mg day/L."""
    total = jnp.zeros_like(modes.rate[0])
    for day in days:
        edges = jnp.asarray([start - day, end - day], dtype=modes.rate.dtype)
        total = total + dose_average(modes, edges)[route, 0] * (end - start)
    return dose_mg * total


def peak(
    modes: Modes, route: int, dose_mg: NumberOrArray, days: Sequence[float], start: float, length: float
) -> tuple[Array, Array]:
    """Find the highest concentration in a window, on a grid dense at its start.

    Parameters
    ----------
    modes, route, dose_mg, days
        As in `course`.
    start, length
        The window, day.

    Returns
    -------
        Peak, mg/L, and its time after `start`, day.
    """
    steps = jnp.linspace(0.0, 1.0, _GRID, dtype=modes.rate.dtype)
    since = length * steps**3
    values = course(modes, route, dose_mg, days, start + since)
    at = jnp.argmax(values)
    return values[at], since[at]


def half_life(modes: Modes, route: int) -> Array:
    """Give the terminal half-life by a route, day: of the slowest mode that the route excites."""
    excited = jnp.abs(modes.weight_by_route[route]) > 0.0
    return math.log(2.0) / jnp.min(jnp.where(excited, modes.rate, jnp.inf))
