"""Proteasome occupancy and saturating effects: exact steps, limits, and the error of six intervals a day."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pk_patients import person

from cereblon.model.drugs.disposition import IV, ORAL, SC, dose_average, dose_level
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import linear_drugs
from cereblon.model.drugs.exposure import course
from cereblon.model.drugs.occupancy import day_occupancy, occupancy_step
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.saturation import day_effect, graded_edges, graded_nodes, graded_widths, hill

FINE = 20_000


@given(
    start=st.floats(0.0, 1.0),
    level=st.floats(0.0, 5.0),
    width=st.floats(0.01, 1.0),
    kon=st.floats(1.0, 5000.0),
    kout=st.floats(0.1, 60.0),
)
@settings(max_examples=100)
def test_occupancy_stays_a_share_and_moves_towards_its_limit(
    start: float, level: float, width: float, kon: float, kout: float
) -> None:
    end, average = occupancy_step(*map(jnp.float32, (start, level, width)), kon, kout)
    limit = kon * level / (kon * level + kout)
    between = sorted((start, limit))
    for value in (float(end), float(average)):
        assert between[0] - 1e-5 <= value <= between[1] + 1e-5


def test_occupancy_step_agrees_with_small_euler_steps() -> None:
    """20,000 explicit steps of dO/dt = kon C (1 - O) - kout O, written out here; first order, so 1e-4 apart."""
    kon, kout, level, width = 1320.0, 9.1, 0.02, 0.25
    occupied, area = 0.1, 0.0
    for _ in range(FINE):
        area += occupied * width / FINE
        occupied += (kon * level * (1.0 - occupied) - kout * occupied) * width / FINE
    end, average = occupancy_step(*map(jnp.float32, (0.1, level, width)), kon, kout)
    assert float(end) == pytest.approx(occupied, rel=2e-4)
    assert float(average) == pytest.approx(area / width, rel=2e-4)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(
    ("drug", "route", "mg", "largest"),
    [
        # Most of an intravenous dose of bortezomib is gone from plasma within the first 40-minute interval, whose
        # average hides the peak; the slow release evens that out over the day.
        ("bortezomib", IV, 2.34, 0.005),
        ("bortezomib", SC, 2.34, 0.005),
        ("ixazomib", ORAL, 4.0, 0.005),
        # Irreversible binding depends on the area alone, which is exact; only its moment is lost.
        ("carfilzomib", IV, 51.3, 0.005),
    ],
)
def test_six_intervals_a_day_give_the_day_s_occupancy(drug: str, route: int, mg: float, largest: float) -> None:
    p, module = drug_values(drug), linear_drugs()[drug]
    modes = jax.jit(lambda who: module.disposition(who, jnp.zeros(module.N_ETA), p))(person())
    days, kon, kout = (0.0, 3.0), p["occupancy_on"], p["occupancy_off"]

    def run(edges: jax.Array) -> tuple[jax.Array, jax.Array]:
        widths = jnp.diff(edges)

        def day(occupied: jax.Array, number: jax.Array) -> tuple[jax.Array, jax.Array]:
            means = sum(
                mg * jnp.where(number >= given, 1.0, 0.0) * dose_average(modes, edges + number - given)[route]
                for given in days
            )
            if widths.shape[0] == 6:
                return day_occupancy(occupied, means, widths, kon, kout)

            def small(o: jax.Array, x: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
                return occupancy_step(o, *x, kon, kout)

            end, averages = jax.lax.scan(small, occupied, (means, widths))
            return end, jnp.sum(averages * widths)

        return jax.lax.scan(day, jnp.zeros(()), jnp.arange(6.0))

    _, coarse = jax.jit(run)(graded_edges())
    _, fine = jax.jit(run)(graded_edges(1200))
    np.testing.assert_allclose(coarse, fine, atol=largest)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(("drug", "mg"), [("lenalidomide", 25.0), ("dexamethasone", 40.0)])
def test_six_intervals_a_day_give_the_day_s_saturating_effect(drug: str, mg: float) -> None:
    module = linear_drugs()[drug]

    @jax.jit
    def effects(who: Patient, ec50: jax.Array) -> tuple[jax.Array, ...]:
        modes = module.disposition(who, jnp.zeros(module.N_ETA), drug_values(drug))
        means = mg * dose_average(modes, graded_edges())[ORAL]
        plain = mg * dose_average(modes, jnp.linspace(0.0, 1.0, 2))[ORAL]
        levels = course(modes, ORAL, mg, (0.0,), jnp.linspace(0.0, 1.0, FINE + 1))
        moments, weights = graded_nodes()
        nodes = mg * dose_level(modes, moments)[ORAL]
        six = jax.vmap(lambda half: day_effect(means, graded_widths(), half, 1.5))(ec50)
        at_nodes = jax.vmap(lambda half: day_effect(nodes, weights, half, 1.5))(ec50)
        once = jax.vmap(lambda half: hill(plain, half, 1.5)[0])(ec50)
        fine = jax.vmap(lambda half: jnp.trapezoid(hill(levels, half, 1.5), dx=1.0 / FINE))(ec50)
        return six, at_nodes, once, fine

    six, nodes, once, fine = map(np.asarray, effects(person(), jnp.asarray([0.01, 0.05, 0.2, 1.0])))
    # As a share of the largest effect. The average concentration of the whole day is off by up to 0.3 here.
    np.testing.assert_allclose(six, fine, atol=0.015)
    np.testing.assert_allclose(nodes, fine, atol=0.003)
    assert (np.abs(once - fine) > 3.0 * np.abs(six - fine)).all()


def test_edges_cover_the_day_and_are_dense_after_the_dose() -> None:
    edges, widths = np.asarray(graded_edges()), np.asarray(graded_widths())
    assert edges[0] == 0.0 and edges[-1] == 1.0
    assert (np.diff(widths) > 0.0).all()
    assert widths.sum() == pytest.approx(1.0)
    moments, weights = map(np.asarray, graded_nodes())
    assert weights.sum() == pytest.approx(1.0)
    # Exact for polynomials in u up to degree 11: here the mean of t^2 = u^4 over the day, 1/3.
    assert (weights * moments**2).sum() == pytest.approx(1.0 / 3.0)


def test_half_effect_at_ec50_and_none_without_drug() -> None:
    levels = jnp.asarray([-1e-12, 0.0, 0.3, 1e6])
    np.testing.assert_allclose(hill(levels, 0.3, 2.0), [0.0, 0.0, 0.5, 1.0], atol=1e-6)
    slope = jax.grad(lambda c: hill(c, 0.3, 1.0))(jnp.float32(0.1))
    # Derivative of c / (c + ec50): ec50 / (c + ec50)^2.
    assert float(slope) == pytest.approx(0.3 / 0.4**2, rel=1e-5)
