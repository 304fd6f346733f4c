"""Closed forms against the same equations solved by diffrax in 64 bit."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array
from pk_patients import person
from pk_reference import PKParameters, solve

from cereblon.core.parameter import values
from cereblon.model.drugs.disposition import (
    IV,
    ORAL,
    SC,
    Modes,
    day_decay,
    dose_average,
    dose_carry,
    interval_average,
)
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import linear_drugs
from cereblon.model.drugs.exposure import course
from cereblon.model.drugs.saturation import graded_edges

DOSE_DAYS = (0.0, 1.0, 4.0)
DAYS = 6
H = 24.0

# The solver's relative tolerance is 1e-9 a step; over some thousand steps errors add up to less than a millionth.
AGREEMENT = 1e-6


def _lenalidomide(v: dict[str, float]) -> PKParameters:
    # Creatinine clearance 80 mL/min: the curve of the module's docstring, written out again.
    def g(x: float) -> float:
        return v["renal_floor"] + v["renal_span"] * x ** v["renal_hill"] / (
            x ** v["renal_hill"] + v["renal_half"] ** v["renal_hill"]
        )

    return PKParameters(v["clearance"] * g(80.0) / g(90.0) * H, v["volume"], ka=v["absorption_rate"] * H)


def _dexamethasone(v: dict[str, float]) -> PKParameters:
    return PKParameters(
        v["clearance"] * H,
        v["central_volume"],
        v["exchange"] * H,
        v["peripheral_volume"],
        ka=v["absorption_rate"] * H,
    )


def _bortezomib(v: dict[str, float]) -> PKParameters:
    size = 1.9 / 1.3
    return PKParameters(
        v["clearance"] * size**0.97 * H,
        v["central_volume"],
        v["exchange_shallow"] * H,
        v["shallow_volume"],
        v["exchange_deep"] * size**0.75 * H,
        v["deep_volume"] * size,
        v["absorption_rate"] * H,
    )


def _ixazomib(v: dict[str, float]) -> PKParameters:
    return PKParameters(
        v["clearance"] * H,
        v["central_volume"],
        v["exchange_slow"] * H,
        v["slow_volume"],
        v["exchange_quick"] * H,
        v["quick_volume"] * (1.9 / 1.87) ** 2.06,
        v["absorption_rate"] * H,
    )


def _carfilzomib(v: dict[str, float]) -> PKParameters:
    return PKParameters(v["clearance"] * H, v["central_volume"], v["exchange"] * H, v["peripheral_volume"])


def _melphalan(v: dict[str, float]) -> PKParameters:
    return PKParameters(
        v["clearance"] * 1.9 / 1.85 * H, v["central_volume"], v["exchange"] * H, v["peripheral_volume"]
    )


CASES = {
    "lenalidomide by mouth": ("lenalidomide", ORAL, "depot", 25.0, _lenalidomide),
    "dexamethasone by mouth": ("dexamethasone", ORAL, "depot", 40.0, _dexamethasone),
    "bortezomib into the vein": ("bortezomib", IV, "centre", 2.47, _bortezomib),
    "bortezomib under the skin": ("bortezomib", SC, "depot", 2.47, _bortezomib),
    "ixazomib by mouth with a lag": ("ixazomib", ORAL, "depot", 4.0, _ixazomib),
    "carfilzomib as an infusion": ("carfilzomib", IV, "infusion", 51.3, _carfilzomib),
    "melphalan as an infusion": ("melphalan", IV, "infusion", 380.0, _melphalan),
}


@partial(jax.jit, static_argnums=(1,))
def _by_days(modes: Modes, route: int, mg: Array) -> Array:
    """Run the engine's daily recursion; mean concentration of each of the six intervals of each day."""
    edges = graded_edges()
    decay, carry = interval_average(modes.rate, edges), dose_carry(modes)
    given = dose_average(modes, edges)

    def step(amplitude: Array, today: Array) -> tuple[Array, Array]:
        mean = decay @ amplitude + today * given[route]
        return day_decay(modes.rate) * amplitude + today * carry[route], mean

    doses = jnp.zeros(DAYS).at[jnp.asarray([int(day) for day in DOSE_DAYS])].set(mg)
    return jax.lax.scan(step, jnp.zeros_like(modes.rate), doses)[1].reshape(-1)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("case", list(CASES))
def test_modes_agree_with_the_differential_equations(case: str) -> None:
    drug, route, place, mg, flows_of = CASES[case]
    raw = values(drug)
    lag = raw.get("lag", 0.0) / 24.0
    length = raw.get("infusion", 0.0) / 1440.0
    reaching = mg * raw.get("bioavailability", 1.0)
    module = linear_drugs()[drug]
    modes = jax.jit(lambda who, eta: module.disposition(who, eta, drug_values(drug)))(
        person(), jnp.zeros(module.N_ETA)
    )

    # Days are written as sums of the same numbers in both, so that the solver stops exactly at each change.
    inner = np.asarray(graded_edges())[:-1]
    grid = np.concatenate([*(day + inner for day in range(DAYS)), [float(DAYS)]])
    expected = solve(flows_of(raw), [(day, reaching, place) for day in DOSE_DAYS], grid, lag=lag, length=length)

    np.testing.assert_allclose(_by_days(modes, route, jnp.asarray(mg)), expected.mean, rtol=AGREEMENT, atol=1e-12)
    # Not at the moment of a dose, where a bolus makes the concentration jump.
    between = [i for i, t in enumerate(grid) if t not in DOSE_DAYS]
    simulated = jax.jit(lambda m, t: course(m, route, mg, DOSE_DAYS, t))(modes, jnp.asarray(grid[between]))
    np.testing.assert_allclose(simulated, expected.concentration[between], rtol=AGREEMENT, atol=1e-12)


@pytest.mark.usefixtures("double")
def test_concentration_is_exact_while_an_infusion_runs_and_during_a_lag() -> None:
    raw = values("carfilzomib")
    modes = linear_drugs()["carfilzomib"].disposition(person(), jnp.zeros(2), drug_values("carfilzomib"))
    times = np.asarray([0.0, 1.0, 3.0, 7.0, 10.0, 12.0, 30.0]) / 1440.0
    expected = solve(_carfilzomib(raw), [(0.0, 51.3, "infusion")], times, length=10.0 / 1440.0)
    simulated = course(modes, IV, 51.3, (0.0,), jnp.asarray(times))
    np.testing.assert_allclose(simulated, expected.concentration, rtol=AGREEMENT, atol=1e-9)

    late = linear_drugs()["ixazomib"].disposition(person(), jnp.zeros(3), drug_values("ixazomib"))
    before = course(late, ORAL, 4.0, (0.0,), jnp.asarray([0.0, 0.1, 0.216]) / 24.0)
    assert (np.asarray(before) == 0.0).all()
