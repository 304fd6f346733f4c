"""An antibody from day to day in one subject: linear, saturable and target-mediated loss; see `AntibodyPKParameters`.

It is not linear, so a day is stepped. An intravenous dose enters at once: the hours of its infusion are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.core.errors import InputError
from cereblon.model.drugs.disposition import IV, SC
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters

SUBSTEPS = 4


class State(NamedTuple):
    """Amounts of one subject, mg: under the skin, central, peripheral; and the target in the periphery, mg/L."""

    depot: Array
    central: Array
    peripheral: Array
    target: Array | None = None


class Coefficients(NamedTuple):
    """Kinetics of one subject in days, mg and L; each field is a scalar, None for what the antibody does not have."""

    clearance: Array
    central_volume: Array
    exchange: Array
    peripheral_volume: Array
    capacity: Array
    half: Array
    capacity_decay: Array | None
    rise: tuple[Array, Array, Array] | None  # of clearance: logarithm, day of half of it, steepness
    uptake: tuple[Array, Array] | None  # by a target in the periphery: rate, L/(mg day), and target, mg/L
    absorption: tuple[Array, Array] | None  # rate, 1/day, and share


def coefficients(pk_parameters: AntibodyPKParameters) -> Coefficients:
    """Give the kinetics without the parts that the antibody does not have."""
    one = jnp.ones_like(pk_parameters.clearance)
    return Coefficients(
        clearance=pk_parameters.clearance,
        central_volume=pk_parameters.central_volume,
        exchange=pk_parameters.exchange,
        peripheral_volume=pk_parameters.peripheral_volume,
        capacity=pk_parameters.capacity,
        half=pk_parameters.half,
        capacity_decay=None
        if _is_absent(pk_parameters.capacity_decay)
        else jnp.asarray(pk_parameters.capacity_decay),
        rise=None
        if _is_absent(pk_parameters.rise)
        else (one * pk_parameters.rise, one * pk_parameters.rise_half, one * pk_parameters.rise_steepness),
        uptake=None if _is_absent(pk_parameters.uptake) else (one * pk_parameters.uptake, one * pk_parameters.target),
        absorption=None if pk_parameters.ka is None else (pk_parameters.ka, one * pk_parameters.available),
    )


def _is_absent(value: NumberOrArray) -> bool:
    return isinstance(value, float) and value == 0.0


def empty(c: Coefficients) -> State:
    """Give the state before the first dose."""
    zero = jnp.zeros_like(c.clearance)
    return State(zero, zero, zero, None if c.uptake is None else c.uptake[1])


def dose(state: State, mg: NumberOrArray, route: int, c: Coefficients) -> State:
    """Give a dose.

    Parameters
    ----------
    state
        Amounts before it.
    mg
        Amount, mg; 0 for none.
    route
        `IV` or `SC`.
    c
        Kinetics of the subject.

    Raises
    ------
    InputError
        If the antibody is not given by this route.
    """
    if route == IV:
        return state._replace(central=state.central + mg)
    if route == SC and c.absorption is not None:
        return state._replace(depot=state.depot + c.absorption[1] * mg)
    raise InputError("an antibody is given iv or sc, and sc only where its absorption is known")


def day_step(state: State, day_since_first: Array, c: Coefficients) -> tuple[State, Array]:
    """Advance one day.

    Parameters
    ----------
    state
        Amounts at the start of the day, after a dose of that day.
    day_since_first
        Days from the first dose to the start of this day; negative before it.
    c
        Kinetics of the subject.

    Returns
    -------
        The state a day later and the day's average plasma concentration, mg/L.
    """
    h = 1.0 / SUBSTEPS
    half = c.half * c.central_volume
    middle_day = jnp.maximum(day_since_first + 0.5, 0.0)
    capacity = c.capacity if c.capacity_decay is None else c.capacity * jnp.exp(-c.capacity_decay * middle_day)
    k_linear = (_clearance(c, middle_day) + c.exchange) / c.central_volume
    # Amounts leave a compartment by exact exponentials, and what leaves one enters the next within the step: stable
    # at any rate, and nothing is lost. Returns from the periphery are split in halves around the step.
    area = jnp.zeros_like(state.central)
    absorbed = None if c.absorption is None else -jnp.expm1(-c.absorption[0] * h)
    for _ in range(SUBSTEPS):
        state = _returned(state, 0.5 * h, c)
        inflow = jnp.zeros_like(state.central) if absorbed is None else state.depot * absorbed / h
        middle, _ = _tangent_step(state.central, state.central, inflow, k_linear, capacity, half, 0.5 * h)
        central, mean = _tangent_step(state.central, middle, inflow, k_linear, capacity, half, h)
        area = area + mean * h
        depot = state.depot if absorbed is None else state.depot - state.depot * absorbed
        peripheral = state.peripheral + mean * h * c.exchange / c.central_volume
        state = _returned(state._replace(depot=depot, central=central, peripheral=peripheral), 0.5 * h, c)
    return state, area / c.central_volume


def _clearance(c: Coefficients, day: Array) -> Array:
    """Give the linear clearance some days after the first dose, L/day."""
    if c.rise is None:
        return c.clearance
    size, half, steepness = c.rise
    gone = 1.0 / (1.0 + jnp.exp(-steepness * jnp.log(jnp.maximum(day, 1e-3) / half)))
    return c.clearance * jnp.exp(size * (1.0 - gone))


def _returned(state: State, h: float, c: Coefficients) -> State:
    """Let drug leave the periphery over h: back to the centre, or bound to the target there."""
    back = c.exchange / c.peripheral_volume
    if c.uptake is None or state.target is None:
        left = state.peripheral * -jnp.expm1(-h * c.exchange / c.peripheral_volume)
        return state._replace(peripheral=state.peripheral - left, central=state.central + left)
    bound = c.uptake[0] * state.target
    left = state.peripheral * -jnp.expm1(-h * (back + bound))
    share = back / (back + bound)
    gone = left * (1.0 - share) / c.peripheral_volume
    return State(
        depot=state.depot,
        central=state.central + left * share,
        peripheral=state.peripheral - left,
        target=jnp.maximum(state.target - gone, 0.0),
    )


def _tangent_step(
    amount: Array, at: Array, inflow: Array, k_linear: Array, capacity: Array, half: Array, h: float
) -> tuple[Array, Array]:
    """Advance the central amount over h with the saturable loss replaced by its tangent at `at`, solved exactly.

    The tangent is right both in saturation, where the loss is constant, and far below it, where it is proportional.
    """
    slope = k_linear + capacity * half / (half + at) ** 2
    limit = (inflow - capacity * (at / (half + at)) ** 2) / slope
    left = jnp.exp(-slope * h)
    end = limit + (amount - limit) * left
    mean = limit + (amount - limit) * (1.0 - left) / (slope * h)
    # The tangent overstates the loss away from `at`; a nearly empty compartment must not fall below zero.
    return jnp.maximum(end, 0.0), jnp.maximum(mean, 0.0)
