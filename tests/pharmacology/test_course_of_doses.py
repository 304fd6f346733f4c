"""Many subjects under doses: against differential equations, the engine's closed forms, and long runs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pk_reference import PKParameters as Reference
from pk_reference import solve

from cereblon.core.errors import InputError
from cereblon.model.drugs.disposition import IV, ORAL, SC
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import linear_drugs
from cereblon.model.drugs.exposure import course
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.drugs.patient import Patient, patients
from cereblon.model.drugs.pk_parameters import PKParameters
from cereblon.model.exposure.course import Dose, Schedule, follow, steady_body
from cereblon.model.exposure.linear_body import LinearBody

# Both sides are exact but for the solver's tolerance of 1e-9 a step, or 64-bit rounding of a few exponentials.
AGREEMENT = 1e-6


def _pk_parameters(**numbers: float) -> PKParameters:
    return PKParameters(**{name: np.asarray([value]) for name, value in numbers.items()})  # type: ignore[arg-type]


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(
    ("drug", "route", "mg"),
    [
        ("lenalidomide", ORAL, 25.0),
        ("dexamethasone", ORAL, 40.0),
        ("bortezomib", IV, 2.4),
        ("bortezomib", SC, 2.4),
        ("ixazomib", ORAL, 4.0),
        ("carfilzomib", IV, 50.0),
        ("melphalan", IV, 370.0),
    ],
)
def test_courses_agree_with_the_closed_forms_of_the_engine(drug: str, route: int, mg: float) -> None:
    """Two ways to solve the same kinetics: eigenvectors here, roots of a cubic there."""
    kinetics, patient = load_kinetics(drug), patients({"weight_kg": [60.0, 95.0], "height_cm": [160.0, 180.0]})
    eta = np.asarray([[0.5] * kinetics.n_eta, [-1.0] * kinetics.n_eta])
    infusion = kinetics.infusion("iv") if route == IV else 0.0
    days = (0.0, 1.0, 4.0)
    times = np.asarray([0.004, 0.03, 0.2, 0.9, 1.5, 3.99, 4.6, 9.0])
    doses = [Dose(day=day, mg=mg, absorbed=route != IV, infusion=infusion) for day in days]
    found, _ = follow(kinetics.pk_parameters(patient, eta), doses, times)
    module = linear_drugs()[drug]

    def one(person: Patient, draws: jax.Array) -> jax.Array:
        modes = module.disposition(person, draws, drug_values(drug))
        return course(modes, route, mg, days, jnp.asarray(times))

    people = Patient(*(jnp.asarray(value) for value in patient))
    expected = jax.jit(jax.vmap(one))(people, jnp.asarray(eta))
    np.testing.assert_allclose(found, expected, rtol=AGREEMENT, atol=1e-12)


@pytest.mark.usefixtures("double")
def test_a_clearance_that_follows_kidney_function_agrees_with_the_differential_equation() -> None:
    """Creatinine clearance falls from 90 to 30 mL/min on day 2 and recovers on day 5; solved piece by piece."""
    kinetics = load_kinetics("lenalidomide")
    eta = np.zeros((1, 2))
    pk_parameters = {crcl: kinetics.pk_parameters(patients({"crcl_ml_min": crcl}, n=1), eta) for crcl in (90.0, 30.0)}
    times = np.asarray([0.5, 1.5, 2.0, 2.3, 3.5, 4.7, 5.2, 6.5])
    doses = [Dose(day=float(day), mg=25.0, absorbed=True) for day in range(7)]
    found, area = follow(
        pk_parameters[90.0], doses, times, changes=[(2.0, pk_parameters[30.0]), (5.0, pk_parameters[90.0])]
    )
    expected = _solved_in_pieces(pk_parameters, times)
    np.testing.assert_allclose(found[0], expected, rtol=AGREEMENT)
    constant, constant_area = follow(pk_parameters[90.0], doses, times)
    assert found[0, 4] > 1.5 * constant[0, 4]
    assert area[0, -1] > constant_area[0, -1]


def _solved_in_pieces(pk_parameters: dict[float, Any], times: np.ndarray) -> list[float]:
    """Runge-Kutta at a fixed step of 10 seconds, written out; its error is far below the tolerance."""
    h, depot, centre, out = 1.0 / 8640.0, 0.0, 0.0, []
    ka, volume = float(pk_parameters[90.0].ka[0]), float(pk_parameters[90.0].v1[0])

    def slope(d: float, c: float, k: float) -> tuple[float, float]:
        return -ka * d, ka * d - k * c

    reads = {round(t / h) for t in times}
    for step in range(round(times[-1] / h) + 1):
        if step in reads:
            out.append(centre / volume)
        if step % 8640 == 0:
            depot += 25.0
        low = 2 * 8640 <= step < 5 * 8640
        k = float(pk_parameters[30.0 if low else 90.0].cl[0]) / volume
        a1, b1 = slope(depot, centre, k)
        a2, b2 = slope(depot + h / 2 * a1, centre + h / 2 * b1, k)
        a3, b3 = slope(depot + h / 2 * a2, centre + h / 2 * b2, k)
        a4, b4 = slope(depot + h * a3, centre + h * b3, k)
        depot += h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
        centre += h / 6 * (b1 + 2 * b2 + 2 * b3 + b4)
    return out


@pytest.mark.usefixtures("double")
def test_three_compartments_with_an_infusion_and_a_lag_agree_with_diffrax() -> None:
    numbers = {"cl": 100.0, "v1": 8.0, "q2": 300.0, "v2": 40.0, "q3": 120.0, "v3": 500.0, "ka": 9.0}
    times = np.asarray([0.01, 0.05, 0.11, 0.3, 1.2, 1.6, 4.0])
    doses = [(0.0, 10.0, "infusion"), (1.0, 20.0, "depot")]
    expected = solve(Reference(**numbers), doses, np.concatenate([[0.0], times]), lag=0.25, length=0.1)
    pk_parameters = _pk_parameters(**numbers)._replace(lag=0.25)
    given = [Dose(day=0.0, mg=10.0, absorbed=False, infusion=0.1), Dose(day=1.0, mg=20.0, absorbed=True)]
    level, area = follow(pk_parameters, given, times)
    np.testing.assert_allclose(level[0], expected.concentration[1:], rtol=AGREEMENT, atol=1e-12)
    means = np.diff(np.concatenate([[0.0], area[0]])) / np.diff(np.concatenate([[0.0], times]))
    np.testing.assert_allclose(means, expected.mean, rtol=AGREEMENT)


def test_absorption_as_fast_as_elimination_does_no_harm() -> None:
    """Textbook limit: with ka = k the concentration is dose/V k t exp(-k t)."""
    pk_parameters = _pk_parameters(cl=20.0, v1=10.0, ka=2.0)
    times = np.asarray([0.2, 1.0, 3.0])
    level, _ = follow(pk_parameters, [Dose(day=0.0, mg=5.0, absorbed=True)], times)
    np.testing.assert_allclose(level[0], 0.5 * 2.0 * times * np.exp(-2.0 * times), rtol=1e-12)


def test_a_change_of_volume_keeps_the_amounts() -> None:
    body = LinearBody(_pk_parameters(cl=10.0, v1=5.0, q2=20.0, v2=30.0))
    body.give(100.0, absorbed=False)
    body.read(np.asarray([0.1]))
    before = body.amounts()
    body.change(_pk_parameters(cl=4.0, v1=9.0, q2=2.0, v2=50.0))
    np.testing.assert_allclose(body.amounts(), before, rtol=1e-12)
    assert body.read(np.zeros(1))[0][0, 0] == pytest.approx(before[0, 0] / 9.0, rel=1e-12)


@pytest.mark.parametrize("absorbed", [True, False])
def test_steady_state_is_where_a_long_run_ends(absorbed: bool) -> None:
    """Days 1, 4, 8 and 11 of 21, for 60 cycles: the slowest mode (half-life 12 days) has then left 1e-31."""
    pk_parameters = _pk_parameters(cl=13.0, v1=10.0, q2=25.0, v2=30.0, q3=15.0, v3=150.0, ka=18.0)
    infusion = 0.0 if absorbed else 0.2
    schedule = Schedule(starts=(0.0, 3.0, 7.0, 10.0), length=21.0)
    times = np.asarray([0.01, 0.5, 5.0, 12.0, 20.0])
    settled = steady_body(pk_parameters, schedule.doses(2.0, absorbed=absorbed, infusion=infusion), 21.0)
    once = schedule.doses(2.0, absorbed=absorbed, infusion=infusion)
    at_once, area = follow(pk_parameters, once, [*times, 21.0], body=settled)
    long, _ = follow(
        pk_parameters, schedule.doses(2.0, absorbed=absorbed, infusion=infusion, cycles=61), 60 * 21.0 + times
    )
    np.testing.assert_allclose(at_once[:, :-1], long, rtol=1e-9)
    # Over a cycle at steady state the area is that of its doses alone, to infinity.
    assert area[0, -1] == pytest.approx(4 * 2.0 / 13.0, rel=1e-9)


def test_a_dose_that_outlasts_its_cycle_has_no_steady_state() -> None:
    pk_parameters = _pk_parameters(cl=1.0, v1=1.0)
    with pytest.raises(InputError, match="still entering at the end of its cycle of 1 days"):
        steady_body(pk_parameters, [Dose(day=0.5, mg=1.0, absorbed=False, infusion=0.6)], 1.0)


def test_subjects_differ_only_by_their_own_numbers() -> None:
    kinetics = load_kinetics("bortezomib")
    eta = np.random.default_rng(3).standard_normal((5, kinetics.n_eta))
    many = kinetics.pk_parameters(patients({}, n=5), eta)
    doses = [Dose(day=0.0, mg=np.arange(1.0, 6.0), absorbed=True)]
    together, _ = follow(many, doses, [0.1, 2.0])
    alone, _ = follow(
        kinetics.pk_parameters(patients({}, n=1), eta[2:3]), [Dose(day=0.0, mg=3.0, absorbed=True)], [0.1, 2.0]
    )
    np.testing.assert_allclose(together[2:3], alone, rtol=1e-12)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"weight_kg": 0.0}, "weight_kg 0 is not possible"),
        ({"crcl_ml_min": -5.0}, "crcl_ml_min -5 is not possible"),
        ({"albumin_g_l": float("nan")}, "albumin_g_l nan is not possible"),
        ({"male": 0.5}, "male 0.5 is not possible"),
        ({"creatinine": 1.0}, "'creatinine' is not a covariate"),
    ],
)
def test_impossible_covariates_are_refused(values: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        patients(values)


def test_a_weight_without_height_is_refused_where_body_surface_acts() -> None:
    kinetics = load_kinetics("bortezomib")
    with pytest.raises(InputError, match="body surface area is not known, but it acts on bortezomib"):
        kinetics.pk_parameters(patients({"weight_kg": 80.0}, n=1), np.zeros((1, 3)))
    # Lenalidomide needs weight alone.
    load_kinetics("lenalidomide").pk_parameters(patients({"weight_kg": 80.0}, n=1), np.zeros((1, 2)))


def test_routes_that_a_drug_does_not_have_are_refused() -> None:
    with pytest.raises(InputError, match="lenalidomide is not given into the vein"):
        load_kinetics("lenalidomide").checked_route("iv")
    with pytest.raises(InputError, match="route 'im' is not known"):
        load_kinetics("bortezomib").checked_route("im")
    with pytest.raises(InputError, match="drug 'aspirin' is not known"):
        load_kinetics("aspirin")
