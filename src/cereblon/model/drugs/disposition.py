"""Linear pharmacokinetics as a sum of decaying modes, exact over a day without solving an equation.

The plasma concentration of a drug with linear kinetics is a sum of exponentials with the same rates for every dose:
`C(t) = sum_i A_i exp(-rate_i t)`. A subject's drug is thus a vector of amplitudes `A` at the start of a day, and one
day is three products with coefficients that depend only on the subject:

    average of each interval = interval_average(rate, edges) @ A + sum_route mg[route] * dose_average[route]
    level at each moment     = node_decay(rate, times) @ A + sum_route mg[route] * dose_level[route]
    A at the next day start  = day_decay(rate) * A + sum_route mg[route] * dose_carry[route]

Doses are given at the start of a day. `dose_average`, `dose_level` and `dose_carry` account for absorption, lag and
infusion time exactly, so areas add up to `bioavailability * dose / clearance` and no concentration is negative. Who
needs no minutes may instead add `mg * weight_by_route[route]` to `A`: the same area, without lag and infusion time.

Written for one subject; the caller maps over subjects. Units: day, mg, L.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.core.errors import unknown_name

ORAL, IV, SC = 0, 1, 2
ROUTES: tuple[str, ...] = ("oral", "iv", "sc")


class Modes(NamedTuple):
    """The linear kinetics of one drug in one subject.

    Parameters
    ----------
    rate
        [mode], 1/day, positive and distinct.
    weight_by_route
        [route, mode], mg/L per mg: what an instant input adds to each amplitude. First-order absorption is one
        more mode with the negative sum of the others. The row of a route that the drug does not have is zero.
    lag_by_route
        [route], day between dose and start of input.
    infusion_by_route
        [route], day of constant input after the lag; 0 for an instant one.
    """

    rate: Array
    weight_by_route: Array
    lag_by_route: Array
    infusion_by_route: Array


def route_index(route: str) -> int:
    """Give the row of a route in `Modes`.

    Raises
    ------
    UnknownNameError
        If the route is not oral, iv or sc.
    """
    if route not in ROUTES:
        raise unknown_name("route", route, ROUTES)
    return ROUTES.index(route)


def _mean_decay(z: Array) -> Array:
    """Average exp(-s) over s from 0 to z, for z >= 0; 1 at z = 0."""
    safe = jnp.where(z > 0.0, z, 1.0)
    return jnp.where(z > 0.0, -jnp.expm1(-safe) / safe, 1.0)


def _mean_ramp(z: Array) -> Array:
    """Compute (z - 1 + exp(-z)) / z**2 for z >= 0; 1/2 at z = 0."""
    # Below 0.5 the numerator loses digits; seven series terms are exact to 1e-9 there.
    series = jnp.zeros_like(z)
    for denominator in (40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0):
        series = 1.0 / denominator - z * series
    safe = jnp.where(z > 0.5, z, 1.0)
    return jnp.where(z > 0.5, (safe + jnp.expm1(-safe)) / (safe * safe), series)


def interval_average(rate: Array, edges_days: Array) -> Array:
    """Average exp(-rate t) over each interval, exactly and without cancellation.

    Parameters
    ----------
    rate
        [mode], 1/day.
    edges_days
        [interval + 1], increasing.

    Returns
    -------
        [interval, mode], between 0 and 1.
    """
    start, width = edges_days[:-1, None], jnp.diff(edges_days)[:, None]
    return jnp.exp(-rate[None, :] * start) * _mean_decay(rate[None, :] * width)


def node_decay(rate: Array, times: Array) -> Array:
    """Give exp(-rate t) at moments of the day, [time, mode]; rate [mode] 1/day, times [time] day."""
    return jnp.exp(-rate[None, :] * times[:, None])


def day_decay(rate: Array) -> Array:
    """Give the share of each mode that is left after one day, [mode]."""
    return jnp.exp(-rate)


def _unit_response(modes: Modes, since_dose: Array) -> Array:
    """Give each mode's course after an input of unit weight, [route, time, mode]."""
    rate = modes.rate[None, None, :]
    infusion = modes.infusion_by_route[:, None, None]
    time = since_dose[None, :, None] - modes.lag_by_route[:, None, None]
    entered = jnp.clip(time, 0.0, infusion)
    share = jnp.where(infusion > 0.0, entered / jnp.where(infusion > 0.0, infusion, 1.0), 1.0)
    decayed = jnp.exp(-rate * jnp.maximum(time - infusion, 0.0))
    return jnp.where(time >= 0.0, share * _mean_decay(rate * entered) * decayed, 0.0)


def dose_average(modes: Modes, edges_days: Array) -> Array:
    """Average the concentration after 1 mg given at time 0, by route and interval.

    Parameters
    ----------
    modes
        Kinetics of one subject.
    edges_days
        [interval + 1], increasing, from 0.

    Returns
    -------
        [route, interval], mg/L per mg.
    """
    rate = modes.rate[None, None, :]
    infusion = modes.infusion_by_route[:, None, None]
    edge = edges_days[None, :, None] - modes.lag_by_route[:, None, None]
    # During the input the area is the difference of two ramps; after it, a decay from the value at its end.
    entered = jnp.clip(edge, 0.0, infusion)
    length = jnp.where(infusion > 0.0, infusion, 1.0)
    during = jnp.diff(entered * entered / length * _mean_ramp(rate * entered), axis=1)
    after = jnp.maximum(edge - infusion, 0.0)
    width = jnp.diff(after, axis=1)
    decay = jnp.exp(-rate * after[:, :-1]) * width * _mean_decay(rate * width)
    area = during + _mean_decay(rate * infusion) * decay
    return jnp.sum(modes.weight_by_route[:, None, :] * area, axis=-1) / jnp.diff(edges_days)[None, :]


def dose_level(modes: Modes, times: Array) -> Array:
    """Give the concentration at moments after 1 mg given at time 0, [route, time] in mg/L per mg."""
    return jnp.sum(modes.weight_by_route[:, None, :] * _unit_response(modes, times), axis=-1)


def dose_carry(modes: Modes) -> Array:
    """Give what 1 mg at the start of a day adds to the amplitudes at the start of the next day.

    Returns
    -------
        [route, mode], mg/L per mg. Lag and infusion must end within the day.
    """
    return modes.weight_by_route * _unit_response(modes, jnp.ones_like(modes.rate[:1]))[:, 0, :]


def concentration(modes: Modes, route: int, dose_mg: NumberOrArray, times: Array) -> Array:
    """Compute the plasma concentration after one dose, exact during lag and infusion too.

    Parameters
    ----------
    modes
        Kinetics of one subject.
    route
        `ORAL`, `IV` or `SC`.
    dose_mg
        Given at time 0, mg.
    times
        [time], day; 0 is returned before the dose. For further doses add shifted calls.

    Returns
    -------
        [time], mg/L.
    """
    response = _unit_response(modes, times)[route]
    return dose_mg * jnp.sum(modes.weight_by_route[route][None, :] * response, axis=-1)


def auc(modes: Modes, route: int, dose_mg: NumberOrArray) -> Array:
    """Compute the area under the concentration from a dose to infinity, mg day/L."""
    return dose_mg * jnp.sum(modes.weight_by_route[route] / modes.rate)
