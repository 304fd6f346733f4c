"""Day-average of a saturating effect, from concentrations averaged over a few graded intervals.

A saturating effect of the day's average concentration is not the day's average effect. Six intervals with edges at
t = (k/6)^2 day, short after the dose and long later, keep the difference small (tested against fine quadrature).
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

INTERVALS = 6


def graded_edges(intervals: int = INTERVALS) -> Array:
    """Give the edges of the intervals of a day, dense after the dose, [interval + 1] in days."""
    steps = jnp.linspace(0.0, 1.0, intervals + 1)
    return steps * steps


def graded_widths(intervals: int = INTERVALS) -> Array:
    """Give the widths of these intervals, [interval] in days, adding up to 1."""
    return jnp.diff(graded_edges(intervals))


def hill(concentration: Array, ec50: Array | float, steepness: Array | float = 1.0) -> Array:
    """Compute the effect as a share of its maximum.

    Parameters
    ----------
    concentration
        mg/L; a negative rounding error counts as 0.
    ec50
        Concentration of half effect, mg/L, positive.
    steepness
        Hill exponent, at least 1.

    Returns
    -------
        Between 0 and 1.
    """
    power = (jnp.maximum(concentration, 0.0) / ec50) ** steepness
    return power / (1.0 + power)


def day_effect(
    interval_concentrations: Array, widths_days: Array, ec50: Array | float, steepness: Array | float = 1.0
) -> Array:
    """Average a saturating effect over a day.

    Parameters
    ----------
    interval_concentrations
        [interval], average concentration of each interval, mg/L.
    widths_days
        [interval], day.
    ec50, steepness
        As in `hill`.

    Returns
    -------
        Share of the maximum effect, between 0 and 1.
    """
    return jnp.sum(hill(interval_concentrations, ec50, steepness) * widths_days) / jnp.sum(widths_days)
