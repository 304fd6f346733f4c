"""Peripheral neuropathy: cumulative, dose-dense, partly reversible damage, graded 0 to 4."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp

from cereblon.core.arrays import Pair, Value

SUBCUTANEOUS = 2


def week(
    damage: Value,
    *,
    bortezomib_mg_m2: Value,
    route: Value,
    occupancy: Value,
    other_days: Value,
    susceptibility: Pair,
    p: Mapping[str, Value],
) -> Value:
    """Advance the damage by one week, in units of one grade.

    Parameters
    ----------
    bortezomib_mg_m2
        Bortezomib given this week.
    route
        0 oral, 1 intravenous, 2 subcutaneous.
    occupancy
        Mean proteasome occupancy of the week.
    other_days
        Days of other causes this week: those on an IMiD, and those that other drugs harm as much as.
    susceptibility
        Shape (2,): the subject's damage per mg/m2 of bortezomib, and per day of other causes.
    """
    ratio = jnp.where(route == SUBCUTANEOUS, p["subcutaneous_ratio"], 1.0)
    density = (1e-3 + occupancy) ** p["density"] / 0.3 ** p["density"]
    dose = susceptibility[0] * bortezomib_mg_m2 * ratio * density
    other = susceptibility[1] * other_days
    return damage * jnp.exp(-7.0 * p["recovery"]) + dose + other


def grade(damage: Value, baseline_grade: Value) -> Value:
    """Give the CTCAE grade, 0 to 4: whole units of damage on top of the grade at baseline."""
    return jnp.clip(jnp.floor(damage + baseline_grade), 0.0, 4.0)
