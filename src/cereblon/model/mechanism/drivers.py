"""What drives the network from outside, on the solver's grid: three concentrations and proteasome occupancy.

Every step has three moments (start, middle, end). Concentrations of linear drugs are exact, occupancy follows exact
averages of half steps, and daratumumab, which is not linear, takes Runge-Kutta steps of half the size.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.disposition import ROUTES, SC, Modes, concentration, dose_average
from cereblon.model.drugs.occupancy import occupancy_step
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters
from cereblon.model.mechanism.treatment import (
    PROTEASOME_INHIBITORS,
    Treatment,
    TreatmentDose,
    antibody_flow,
    antibody_kinetics,
    linear_modes,
    occupancy_rates,
)

STEPS_PER_DAY = 240
STEP = 1.0 / STEPS_PER_DAY  # day


class Drivers(NamedTuple):
    """Inputs of the network, [step, moment], moments are start, middle and end of the step."""

    lenalidomide: Array  # mg/L in plasma
    dexamethasone: Array  # mg/L
    proteasome_occupancy: Array  # by all inhibitors together, at most 1
    daratumumab: Array  # mg/L


def drivers(treatment: Treatment, patient: Patient, days: int) -> Drivers:
    """Compute the inputs of one treatment.

    Parameters
    ----------
    treatment
        What is given.
    patient
        To whom; typical kinetics.
    days
        Length of the course, whole days.
    """
    n = days * STEPS_PER_DAY
    nothing = jnp.zeros((n, 3))
    modes = linear_modes(treatment, patient)
    plasma = {
        drug: _moments(_course(modes[drug], dose, n)) if (dose := treatment.of(drug)) else nothing
        for drug in ("lenalidomide", "dexamethasone")
    }
    occupied = nothing
    for drug in PROTEASOME_INHIBITORS:
        if dose := treatment.of(drug):
            occupied = occupied + _moments(_occupancy(modes[drug], dose, n))
    antibody = treatment.of("daratumumab")
    return Drivers(
        lenalidomide=plasma["lenalidomide"],
        dexamethasone=plasma["dexamethasone"],
        proteasome_occupancy=jnp.minimum(occupied, 1.0),
        daratumumab=_antibody(patient, antibody, days) if antibody else nothing,
    )


def _moments(values: Array) -> Array:
    """Cut values at every half step into start, middle and end of each step."""
    return jnp.stack([values[:-2:2], values[1:-1:2], values[2::2]], axis=1)


def _course(modes: Modes, dose: TreatmentDose, n: int) -> Array:
    """Give the exact concentration at every half step, mg/L."""
    level: Array = _levels(modes, *_given(dose), ROUTES.index(dose.route), n)
    return level


def _given(dose: TreatmentDose) -> tuple[Array, Array]:
    """Give amounts, mg, and days of the doses."""
    return dose.mg * jnp.asarray(dose.shares, dtype=float), jnp.asarray(dose.days, dtype=float)


@partial(jax.jit, static_argnames=("route", "n"))
def _levels(modes: Modes, mg: Array, days: Array, route: int, n: int) -> Array:
    halves = jnp.arange(2 * n + 1) * (0.5 * STEP)
    return jnp.sum(jax.vmap(lambda one, day: concentration(modes, route, one, halves - day))(mg, days), axis=0)


def _occupancy(modes: Modes, dose: TreatmentDose, n: int) -> Array:
    """Give the occupancy by one inhibitor at every half step."""
    occupied: Array = _occupied(modes, *_given(dose), occupancy_rates(dose.drug), ROUTES.index(dose.route), n)
    return occupied


@partial(jax.jit, static_argnames=("route", "n"))
def _occupied(
    modes: Modes, mg: Array, days: Array, rates: tuple[NumberOrArray, NumberOrArray], route: int, n: int
) -> Array:
    edges = jnp.arange(2 * n + 1) * (0.5 * STEP)
    level = jnp.sum(jax.vmap(lambda one, day: one * dose_average(modes, edges - day)[route])(mg, days), axis=0)

    def step(occupied: Array, average: Array) -> tuple[Array, Array]:
        end, _ = occupancy_step(occupied, average, 0.5 * STEP, *rates)
        return end, end

    zero = jnp.zeros(())
    return jnp.concatenate([zero[None], jax.lax.scan(step, zero, level)[1]])


def _antibody(patient: Patient, dose: TreatmentDose, days: int) -> Array:
    """Give daratumumab in plasma at the three moments of every step, mg/L."""
    c = antibody_kinetics(patient)
    given = np.zeros(days)
    for day, share in zip(dose.days, dose.shares, strict=True):
        if day < days:
            given[day] = share * dose.mg
    into = (float(c.available), 0.0, 0.0) if dose.route == ROUTES[SC] else (0.0, 1.0, 0.0)
    level: Array = _bound(c, jnp.asarray(given), jnp.asarray(into), float(min(dose.days, default=0)))
    return level


@jax.jit
def _bound(c: AntibodyPKParameters, given: Array, into: Array, first: NumberOrArray) -> Array:
    h = 0.5 * STEP

    def flow(amount: Array, time: Array) -> Array:
        return jnp.stack(antibody_flow(tuple(amount), time - first, c))

    def half(amount: Array, time: Array) -> tuple[Array, Array]:
        k1 = flow(amount, time)
        k2 = flow(amount + 0.5 * h * k1, time + 0.5 * h)
        k3 = flow(amount + 0.5 * h * k2, time + 0.5 * h)
        k4 = flow(amount + h * k3, time + h)
        after = amount + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        return after, after[1]

    def one_day(amount: Array, today: tuple[Array, Array]) -> tuple[Array, Array]:
        start, mg = today
        amount = amount + mg * into
        after, central = jax.lax.scan(half, amount, start + jnp.arange(2 * STEPS_PER_DAY) * h)
        return after, jnp.concatenate([amount[1][None], central])

    _, central = jax.lax.scan(one_day, jnp.zeros(3), (jnp.arange(float(len(given))), given))
    return jax.vmap(_moments)(central / c.central_volume).reshape(-1, 3)
