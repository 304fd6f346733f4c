"""Day-average of a saturating effect from concentrations at a few moments or intervals of the day.

A saturating effect of the day's average concentration is not the day's average effect. What counts is to look often
soon after the dose: at t = u^2 day for evenly spread u.

- `graded_nodes`: six moments with weights (Gauss points in u); the effect is right to 0.003 of its maximum.
- `graded_edges`: six intervals, whose averages also serve proteasome occupancy; right to 0.015.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.core.arrays import NumberOrArray

INTERVALS = 6


def graded_edges(intervals: int = INTERVALS) -> Array:
    """Give the edges of the intervals of a day, dense after the dose, [interval + 1] in days."""
    steps = jnp.linspace(0.0, 1.0, intervals + 1)
    return steps * steps


def graded_widths(intervals: int = INTERVALS) -> Array:
    """Give the widths of these intervals, [interval] in days, adding up to 1."""
    return jnp.diff(graded_edges(intervals))


def graded_nodes() -> tuple[Array, Array]:
    """Give six moments of the day [node], day, and their weights [node], adding up to 1."""
    points, weights = np.polynomial.legendre.leggauss(INTERVALS)
    u = 0.5 * (points + 1.0)
    return jnp.asarray(u * u, dtype=float), jnp.asarray(weights * u, dtype=float)


def hill(concentration: Array, ec50: NumberOrArray, steepness: NumberOrArray = 1.0) -> Array:
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


def day_effect(concentrations: Array, weights: Array, ec50: NumberOrArray, steepness: NumberOrArray = 1.0) -> Array:
    """Average a saturating effect over a day.

    Parameters
    ----------
    concentrations
        mg/L, at the moments of `graded_nodes` or averaged over the intervals of `graded_edges`.
    weights
        Those of the nodes, or the widths of the intervals; adding up to 1.
    ec50, steepness
        As in `hill`.

    Returns
    -------
        Share of the maximum effect, between 0 and 1.
    """
    return jnp.sum(hill(concentrations, ec50, steepness) * weights)
