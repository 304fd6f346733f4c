"""The full network against diffrax, against libRoadRunner, and its reduced form against it and in the engine."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cereblon.core.parameter import load_parameters
from cereblon.model.drugs.disposition import ORAL
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.exposure import course as concentration
from cereblon.model.engine import effects
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.kinetics import WIDTHS, kinetics
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.engine.program import Layout
from cereblon.model.mechanism.fidelity import CASES, QUANTITIES, Pair, pair, reduced_course, treatment
from cereblon.model.mechanism.network import constants, load_network
from cereblon.model.mechanism.reduced import proliferation_loss
from cereblon.model.mechanism.sbml import sbml_problems, to_sbml
from cereblon.model.mechanism.solve import MarkerCourse, flow, untreated
from cereblon.model.mechanism.treatment import adult, linear_modes

Solve = Callable[..., MarkerCourse]


@pytest.mark.slow
def test_the_solver_agrees_with_diffrax(course: Solve) -> None:
    """Lenalidomide and dexamethasone over the first eight days, a relative tolerance of 1e-9 a step.

    1e-4 is far below anything that can be read off a picture; what remains is the absorption peak, an hour wide,
    under steps of six minutes.
    """
    import diffrax

    ours, days = course("rd"), 8
    with jax.enable_x64(True):
        p = constants()
        modes = linear_modes(ours.treatment, adult())
        doses = {dose.drug: dose for dose in ours.treatment.doses}

        def rates(t: jax.Array, y: dict[str, jax.Array], _: None) -> dict[str, jax.Array]:
            level = {
                drug: concentration(modes[drug], ORAL, dose.mg, dose.days, t[None])[0] for drug, dose in doses.items()
            }
            return flow(y, level | {"proteasome_occupancy": jnp.zeros(()), "daratumumab": jnp.zeros(())}, p, ())

        states = load_network().states
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(rates),
            diffrax.Tsit5(),
            t0=0.0,
            t1=float(days),
            dt0=1e-4,
            y0={name: jnp.asarray(untreated()[name]) for name in states},
            saveat=diffrax.SaveAt(ts=jnp.arange(1.0, days + 1.0)),
            stepsize_controller=diffrax.PIDController(rtol=1e-9, atol=1e-11, jump_ts=jnp.arange(0.0, days)),
            max_steps=200_000,
        )
    at = [int(np.argmin(np.abs(ours.day - day))) for day in range(1, days + 1)]
    for name in states:
        np.testing.assert_allclose(ours.markers[name][at], np.asarray(solution.ys[name]), atol=1e-4, err_msg=name)


@pytest.mark.parametrize("key", ["r", "rd", "rv", "i", "k", "ra", "rda", "stepped"])
def test_the_exported_sbml_is_consistent_and_runs_elsewhere_with_the_same_result(key: str, course: Solve) -> None:
    """libSBML finds nothing wrong, units included; CVODE in libRoadRunner agrees within 2e-4 on any day.

    Markers are of order 1. CVODE runs at a relative tolerance of 1e-8, so the difference is our step of six minutes.
    Its absolute tolerances are given one by one: a single one is scaled by the current values, which for a drug that
    has left the body is zero.
    """
    import roadrunner

    ours = course(key)
    text = to_sbml(ours.treatment)
    assert sbml_problems(text) == []
    other = roadrunner.RoadRunner(text)
    n = len(other.integrator.getAbsoluteToleranceVector())
    other.integrator.setValue("relative_tolerance", 1e-8)
    other.integrator.setValue("absolute_tolerance", [1e-10] * n)
    other.integrator.setValue("maximum_time_step", 0.02)
    names = [*ours.inputs, *ours.markers]
    other.timeCourseSelections = ["time", *names]
    table = np.array(other.simulate(0, 28, 2 * 28 + 1))
    at = [int(np.argmin(np.abs(ours.day - day))) for day in table[:, 0]]
    between = np.abs(table[:, 0] % 1.0) > 0.25  # at the moment of a dose either side of the jump is right
    for number, name in enumerate(names, start=1):
        own = (ours.inputs | ours.markers)[name][at]
        scale = max(1.0, float(own.max()))
        np.testing.assert_allclose(
            table[between, number] / scale, own[between] / scale, atol=2e-4, rtol=0.0, err_msg=name
        )
    assert table[:, 1:].std() > 0.0


def test_a_knockout_is_exported_too() -> None:
    import roadrunner

    other = roadrunner.RoadRunner(to_sbml(treatment(CASES[0]), knockout=["cereblon"]))
    other.timeCourseSelections = ["time", "direct_killing", "effector"]
    table = np.array(other.simulate(0, 7, 8))
    assert table[:, 1].max() == 0.0
    assert table[-1, 2] > 1.05


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return [pair(case) for case in CASES if case.by_label]


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.name)
@pytest.mark.slow
def test_the_reduced_form_keeps_its_bounds_at_the_doses_of_the_label(quantity, pairs: list[Pair]) -> None:  # type: ignore[no-untyped-def]
    """Bounds and their reasons stand with the quantities."""
    assert max(abs(one.mean_gap(quantity.name)) for one in pairs) < quantity.bound
    assert max(one.worst_gap(quantity.name) for one in pairs) < quantity.worst_day


def test_the_reduced_form_is_not_trivially_near(pairs: list[Pair]) -> None:
    """The bounds are small against what they bound."""
    usual = next(one for one in pairs if one.case.mg == 25 and one.case.crcl_ml_min == 90)
    for quantity in QUANTITIES:
        rest = untreated()[quantity.name]
        moved = abs(usual.full[quantity.name][:21].mean() - rest)
        assert quantity.bound < 0.16 * moved, quantity.name


def test_the_network_and_the_fitted_slope_block_maturation_alike(pairs: list[Pair]) -> None:
    """`pu_1_fall` is derived from `neutrophils.slope_lenalidomide`: equal means at 25 mg, within a twentieth."""
    usual = next(one for one in pairs if one.case.mg == 25 and one.case.crcl_ml_min == 90)
    full, reduced = (1.0 - course["maturation"][7:21].mean() for course in (usual.full, usual.reduced))
    assert full == pytest.approx(reduced, rel=0.05)


def test_the_reduced_block_has_the_numbers_of_the_network() -> None:
    """Half of the settled loss of IKZF1, a/(1 + a) c / (K/(1 + a) + c), and the two delays one after the other."""
    n, p = constants(), load_parameters("effects")
    half = n["cereblon_affinity"] / (1.0 + n["progenitor_degradation"])
    delay = 1.0 / (1.0 / n["ikzf_turnover"] + 1.0 / n["pu_1_rate"])
    assert p["marrow_half_effect"].value == pytest.approx(half, rel=0.005)
    assert p["marrow_delay"].value == pytest.approx(delay, rel=0.005)


@pytest.mark.slow
def test_the_trial_engine_evaluates_the_reduced_form() -> None:
    """The engine's day effects of the same doses in the same person; 32 against 64 bit."""
    given = treatment(CASES[0])
    layout = Layout(drugs=("lenalidomide", "dexamethasone"), routes=((ORAL,), (ORAL,)), n_lines=1)
    person = adult()
    known = person._asdict() | {"isotype": jnp.asarray(0), "m_protein": person.m_protein_g_l}
    subject = Subject(**{name: known.get(name, jnp.nan) for name in Subject._fields})
    p = jax.tree.map(jnp.float32, model_parameters())
    coefficients = kinetics(subject, {drug: jnp.zeros(2) for drug in layout.drugs}, jnp.int32(1), p, layout)
    doses = np.zeros((2, 28), np.float32)
    for row, dose in enumerate(given.doses):
        doses[row, list(dose.days)] = dose.mg
    route = dict.fromkeys(layout.drugs, jnp.int32(0))

    def day(state: effects.DrugState, mg: jax.Array) -> tuple[effects.DrugState, tuple[jax.Array, ...]]:
        after, acting = effects.day(state, dict(zip(layout.drugs, mg, strict=True)), route, coefficients, p, layout)
        loss = [proliferation_loss(slope, level) for level in acting.marrow_intervals]
        block = sum(width * part for width, part in zip(WIDTHS, loss, strict=True))
        return after, (acting.kill["lenalidomide"], acting.effector, 1.0 - block)  # type: ignore[return-value]

    first = effects.initial(coefficients, jnp.float32(0.0), layout)
    slope = p["neutrophils"]["slope_lenalidomide"]
    _, (killing, effector, maturation) = jax.jit(lambda: jax.lax.scan(day, first, jnp.asarray(doses.T)))()
    reduced = reduced_course(given, {})
    np.testing.assert_allclose(killing, reduced["direct_killing"], atol=2e-5)
    np.testing.assert_allclose(effector, reduced["effector"], atol=2e-5)
    np.testing.assert_allclose(maturation, reduced["maturation"], atol=2e-5)


def test_drugs_of_the_export_have_the_kinetics_of_the_engine() -> None:
    """Typical values, no draws: the reference person's lenalidomide leaves at CL/V of the parameter file."""
    values = drug_values("lenalidomide")
    rate = float(np.asarray(linear_modes(treatment(CASES[0]), adult())["lenalidomide"].rate).min())
    assert rate == pytest.approx(values["clearance"] / values["volume"], rel=1e-5)
    assert load_parameters("mechanism")["cereblon_affinity"].unit == "mg/L"
