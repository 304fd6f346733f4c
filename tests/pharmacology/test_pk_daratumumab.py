"""Daratumumab's day step against its differential equations, and what must always hold."""

from __future__ import annotations

from functools import partial

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array
from pk_patients import crowd, person

from cereblon.core.errors import InputError
from cereblon.model.drugs import antibody
from cereblon.model.drugs import daratumumab as dara
from cereblon.model.drugs.disposition import IV, ORAL, SC
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters

DAYS = 140
DOSE_DAYS = [0, 7, 14, 21, 28, 35, 42, 49]


@partial(jax.jit, static_argnames="route")
def _stepped(people: Patient, eta: Array, route: int, mg: float) -> tuple[antibody.State, Array]:
    """Give amounts at each day's start before its dose and each day's mean concentration, [day, subject]."""
    amounts = jnp.zeros(DAYS).at[jnp.asarray(DOSE_DAYS)].set(mg)

    def one(who: Patient, eta: Array) -> tuple[antibody.State, Array]:
        c = antibody.coefficients(dara.pk_parameters(who, eta, drug_values("daratumumab")))

        def step(
            state: antibody.State, today: tuple[Array, Array]
        ) -> tuple[antibody.State, tuple[antibody.State, Array]]:
            day, mg = today
            after, mean = antibody.day_step(antibody.dose(state, mg, route, c), day, c)
            return after, (state, mean)

        return jax.lax.scan(step, antibody.empty(c), (jnp.arange(DAYS, dtype=amounts.dtype), amounts))[1]

    return jax.vmap(one)(people, eta)


@jax.jit
def _solved(people: Patient, eta: Array, depot_mg: float, central_mg: float) -> tuple[Array, Array]:
    """Solve the equations of the module's docstring; the coefficients are the package's, the equations are not.

    The dose is a number of the program, so that both routes are solved by one.
    """

    def flow(t: Array, y: Array, c: AntibodyPKParameters) -> Array:
        depot, a1, a2, _ = y
        c1 = a1 / c.central_volume
        target = c.capacity * jnp.exp(-c.capacity_decay * t) * c1 / (c.half + c1)
        back = c.exchange * a2 / c.peripheral_volume
        enter = c.ka * depot
        return jnp.stack(
            [-enter, enter - (c.clearance + c.exchange) * c1 - target + back, c.exchange * c1 - back, c1]
        )

    def one(who: Patient, eta: Array) -> tuple[Array, Array]:
        c = dara.pk_parameters(who, eta, drug_values("daratumumab"))
        given = jnp.stack([c.available * depot_mg, jnp.asarray(central_mg), jnp.zeros(()), jnp.zeros(())])
        amounts = jnp.zeros(DAYS).at[jnp.asarray(DOSE_DAYS)].set(1.0)

        def day(y: Array, today: tuple[Array, Array]) -> tuple[Array, tuple[Array, Array]]:
            t, amount = today
            start = (y + amount * given).at[3].set(0.0)
            end = diffrax.diffeqsolve(
                diffrax.ODETerm(flow),
                diffrax.Dopri5(),
                t0=t,
                t1=t + 1.0,
                dt0=0.01,
                y0=start,
                args=c,
                stepsize_controller=diffrax.PIDController(rtol=1e-8, atol=1e-8),
            ).ys[-1]
            return end, (y[1], end[3])

        return jax.lax.scan(day, jnp.zeros(4), (jnp.arange(DAYS, dtype=amounts.dtype), amounts))[1]

    return jax.vmap(one)(people, eta)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(("route", "mg"), [(IV, 1200.0), (SC, 1800.0)])
def test_day_step_agrees_with_the_differential_equations(route: int, mg: float) -> None:
    people, eta = crowd(24)
    people = Patient(*(jnp.asarray(trait) for trait in people))
    states, means = _stepped(people, jnp.asarray(eta), route, mg)
    depot_mg, central_mg = (mg, 0.0) if route == SC else (0.0, mg)
    amount, solved_means = _solved(people, jnp.asarray(eta), depot_mg, central_mg)
    solved = np.asarray(solved_means)
    error = np.abs(np.asarray(means) / solved - 1.0)
    # Four second-order steps a day: a few tenths of a percent at therapeutic levels; up to 1 % on the first day under
    # the skin and where target-mediated loss turns from constant to proportional (a few times Km of 2.56 mg/L).
    assert error[solved > 100.0].max() < 3e-3
    assert error[solved > 0.05].max() < 1e-2
    lasting = np.asarray(amount)[:, 1:] > 50.0
    error = np.abs(np.asarray(states.central)[:, 1:] / np.asarray(amount)[:, 1:] - 1.0)
    assert error[lasting].max() < 5e-3


def test_amounts_stay_positive_and_finite_in_extreme_people() -> None:
    people, eta = crowd(300)
    extreme = Patient(*(jnp.asarray(trait, dtype=float) for trait in people))
    states, means = _stepped(extreme, jnp.asarray(2.0 * eta, dtype=float), SC, 300.0)
    for values in (*states[:3], means):
        assert np.isfinite(values).all()
        assert (np.asarray(values) >= 0.0).all()


def test_without_target_the_area_is_the_bioavailable_dose_over_clearance() -> None:
    p = {**drug_values("daratumumab"), "target_capacity": 0.0}
    c = antibody.coefficients(dara.pk_parameters(person(weight_kg=90.0), jnp.zeros(5), p))

    def step(state: antibody.State, day: Array) -> tuple[antibody.State, Array]:
        return antibody.day_step(state, day, c)

    start = antibody.dose(antibody.empty(c), 1800.0, SC, c)
    end, means = jax.jit(lambda s: jax.lax.scan(step, s, jnp.arange(1500, dtype=float)))(start)
    remaining = float(end.central + end.peripheral + end.depot)
    area = float(jnp.sum(means)) + remaining / float(c.clearance)
    # What leaves one compartment enters the next by construction; only 32-bit rounding of 6,000 steps remains.
    assert area == pytest.approx(0.689 * 1800.0 / float(c.clearance), rel=1e-3)


@pytest.mark.parametrize(
    ("change", "direction"),
    [({"albumin_g_l": 45.0}, "up"), ({"igg": 0.0}, "up"), ({"weight_kg": 110.0}, "down")],
)
def test_covariates_move_the_trough_as_published(change: dict[str, float], direction: str) -> None:
    """Luo 2021: clearance falls with albumin, rises with weight and in IgG myeloma."""

    def trough(who: Patient) -> float:
        people = Patient(*(trait[None] for trait in who))
        states, _ = _stepped(people, jnp.zeros((1, 5)), SC, 1800.0)
        return float(
            states.central[0, 56] / dara.pk_parameters(who, jnp.zeros(5), drug_values("daratumumab")).central_volume
        )

    higher = trough(person(**change)) > trough(person())
    assert higher == (direction == "up")


def test_a_tablet_of_daratumumab_is_refused() -> None:
    c = antibody.coefficients(dara.pk_parameters(person(), jnp.zeros(5), drug_values("daratumumab")))
    with pytest.raises(InputError, match="iv or sc"):
        antibody.dose(antibody.empty(c), 1800.0, ORAL, c)
