"""Daratumumab, intravenous or subcutaneous: two compartments, linear plus target-mediated elimination.

dD/dt = -ka D
dA1/dt = F ka D - (CL + Q) C - Vmax exp(-kdes t) C / (Km + C) + Q A2/V2,    C = A1/V1
dA2/dt = Q C - Q A2/V2

The target-mediated part falls with time since the first dose, as the tumour does. It is not linear, so a day is
stepped. An intravenous dose enters at once: the hours of its infusion are left out.

Source
------
Luo 2021; see `parameters/daratumumab.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from cereblon.core.errors import InputError
from cereblon.model.drugs.disposition import IV, SC, Person

N_ETA = 5  # clearance, central volume, target capacity, target decay, absorption rate
SUBSTEPS = 4


class State(NamedTuple):
    """Amounts of one subject, mg: under the skin, central, peripheral."""

    depot: Array
    central: Array
    peripheral: Array


class Coefficients(NamedTuple):
    """Kinetics of one subject in days, mg and L; each field is a scalar."""

    clearance: Array
    central_volume: Array
    exchange: Array
    peripheral_volume: Array
    target_capacity: Array
    target_decay: Array
    target_half: Array
    absorption_rate: Array
    bioavailability_sc: Array


def empty(person: Person) -> State:
    """Give the state before the first dose."""
    zero = jnp.zeros_like(person.weight_kg)
    return State(zero, zero, zero)


def coefficients(person: Person, eta: Array, p: Mapping[str, float]) -> Coefficients:
    """Give the kinetics of one subject.

    Parameters
    ----------
    person
        Weight, albumin, sex and IgG myeloma are used.
    eta
        [5] standard normal draws: clearance, central volume, target capacity, target decay, absorption rate.
    p
        `drug_values("daratumumab")`.

    Returns
    -------
        Coefficients in house units.
    """
    weight = person.weight_kg / p["reference_weight"]
    albumin = person.albumin_g_l / p["reference_albumin"]
    one = jnp.ones_like(weight)
    return Coefficients(
        clearance=p["clearance"]
        * weight ** p["clearance_weight_exponent"]
        * albumin ** p["clearance_albumin_exponent"]
        * (1.0 + p["clearance_igg_rise"] * person.igg)
        * jnp.exp(p["clearance_sd"] * eta[0]),
        central_volume=p["central_volume"]
        * weight ** p["volume_weight_exponent"]
        * (1.0 + p["volume_male_change"] * person.male)
        * jnp.exp(p["central_volume_sd"] * eta[1]),
        exchange=p["exchange"] * one,
        peripheral_volume=p["peripheral_volume"] * one,
        target_capacity=p["target_capacity"] * jnp.exp(p["target_capacity_sd"] * eta[2]),
        target_decay=p["target_decay"] * jnp.exp(p["target_decay_sd"] * eta[3]),
        target_half=p["target_half"] * one,
        absorption_rate=p["absorption_rate"] * jnp.exp(p["absorption_rate_sd"] * eta[4]),
        bioavailability_sc=p["bioavailability_sc"] * one,
    )


def dose(state: State, mg: Array | float, route: int, c: Coefficients) -> State:
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
        If the route is another one.
    """
    if route == IV:
        return state._replace(central=state.central + mg)
    if route == SC:
        return state._replace(depot=state.depot + c.bioavailability_sc * mg)
    raise InputError("daratumumab is given iv or sc")


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
    half = c.target_half * c.central_volume
    capacity = c.target_capacity * jnp.exp(-c.target_decay * jnp.maximum(day_since_first + 0.5, 0.0))
    k_linear = (c.clearance + c.exchange) / c.central_volume
    # Amounts leave a compartment by exact exponentials, and what leaves one enters the next within the step: stable
    # at any rate, and nothing is lost. Returns from the periphery are split in halves around the step.
    absorbed = -jnp.expm1(-c.absorption_rate * h)
    half_returned = -jnp.expm1(-0.5 * h * c.exchange / c.peripheral_volume)
    area = jnp.zeros_like(state.central)
    depot, central, peripheral = state
    for _ in range(SUBSTEPS):
        back = peripheral * half_returned
        peripheral, central = peripheral - back, central + back
        inflow = depot * absorbed / h
        middle, _ = _tangent_step(central, central, inflow, k_linear, capacity, half, 0.5 * h)
        central, mean = _tangent_step(central, middle, inflow, k_linear, capacity, half, h)
        area = area + mean * h
        depot = depot - depot * absorbed
        peripheral = peripheral + mean * h * c.exchange / c.central_volume
        back = peripheral * half_returned
        peripheral, central = peripheral - back, central + back
    return State(depot, central, peripheral), area / c.central_volume


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
