"""Metrics of exposure: analytic, noncompartmental and of long runs; residual error; hourly summaries."""

from __future__ import annotations

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.core.random_streams import normals, normals_by_number, root_key
from cereblon.model.drugs.disposition import ORAL
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import kinetic_model
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.drugs.patient import Patient, patients
from cereblon.model.exposure.bands import Floats, expose_many
from cereblon.model.exposure.course import Dose, Schedule, follow
from cereblon.model.exposure.exposure import Dosing, Exposure, expose
from cereblon.model.exposure.hourly import hourly_bands
from cereblon.model.exposure.noncompartmental import noncompartmental
from cereblon.model.exposure.residual import log_sd, measured


def _exposure(drug: str, route: str, schedule: Schedule, mg: float, days: float) -> Exposure:
    kinetics = load_kinetics(drug)
    order = Dosing(mg=np.asarray([mg]), route=route, schedule=schedule, infusion=kinetics.infusion(route))
    return expose(kinetics, patients({}, n=1), np.zeros((1, kinetics.n_eta)), order, days=days)


@pytest.mark.parametrize(
    ("drug", "route", "mg", "hours"),
    [
        ("lenalidomide", "oral", 25.0, 36.0),
        ("dexamethasone", "oral", 40.0, 36.0),
        ("pomalidomide", "oral", 4.0, 160.0),
        ("bortezomib", "sc", 2.4, 700.0),
        ("melphalan", "iv", 370.0, 9.0),
    ],
)
def test_noncompartmental_metrics_agree_with_the_analytic_ones(
    drug: str, route: str, mg: float, hours: float
) -> None:
    """120 samples dense after the dose, so trapezoids err by less than 0.5 % and peaks by less than 2 %.

    The line that fits best may take in the end of the distribution, so half-lives agree to 4 %.
    """
    kinetics = load_kinetics(drug)
    pk_parameters = kinetics.pk_parameters(patients({}, n=1), np.zeros((1, kinetics.n_eta)))
    times = hours * np.linspace(0.0, 1.0, 121) ** 2
    dose = Dose(day=0.0, mg=mg, absorbed=route != "iv", infusion=kinetics.infusion(route))
    level = follow(pk_parameters, [dose], times / 24.0)[0][0] * kinetics.per_mg_l
    found = noncompartmental(times, level)
    analytic = _exposure(drug, route, Schedule(starts=(0.0,), length=hours / 24.0), mg, hours / 24.0).metrics
    assert found.auc_inf == pytest.approx(float(analytic["auc_inf"].values[0]), rel=5e-3)
    assert found.half_life == pytest.approx(float(analytic["half_life"].values[0]), rel=4e-2)
    assert found.cmax == pytest.approx(float(analytic["cmax"].values[0]), rel=2e-2)
    assert abs(found.tmax - float(analytic["tmax"].values[0])) <= np.diff(times).max() / 10.0
    assert found.extrapolated < 0.05


def test_the_peak_of_one_compartment_is_where_the_textbook_has_it() -> None:
    """tmax = ln(ka/k)/(ka - k); lenalidomide of the reference patient, k = 12.0/68.8 and ka = 6.55 per hour."""
    k, ka = 12.0 / 68.8, 6.55
    expected = np.log(ka / k) / (ka - k)
    found = _exposure("lenalidomide", "oral", Schedule(starts=(0.0,), length=1.0), 25.0, 1.0).metrics
    # 400 readings that are dense after the dose stand 1 minute apart here.
    assert float(found["tmax"].values[0]) == pytest.approx(expected, abs=1.0 / 60.0)
    peak = 25.0 / 68.8 * 1000.0 * (ka / k) ** (-k / (ka - k))
    assert float(found["cmax"].values[0]) == pytest.approx(peak, rel=1e-4)
    assert float(found["auc_24h_ss"].values[0]) == pytest.approx(25.0 / 12.0 * 1000.0, rel=1e-9)
    assert float(found["accumulation"].values[0]) == pytest.approx(1.0 / (1.0 - np.exp(-24.0 * k)), rel=1e-3)


def test_a_curve_at_steady_state_begins_and_ends_at_one_level() -> None:
    kinetics = load_kinetics("ixazomib")
    order = Dosing(mg=np.asarray([4.0]), route="oral", schedule=Schedule(starts=(0.0, 7.0, 14.0), length=28.0))
    found = expose(kinetics, patients({}, n=1), np.zeros((1, 3)), order, days=28.0, at_steady_state=True)
    assert found.levels[0, 0] == pytest.approx(found.levels[0, -1], rel=1e-9)
    assert found.levels[0, 0] > 0.0


def test_a_single_dose_has_no_metrics_of_steady_state() -> None:
    kinetics = load_kinetics("lenalidomide")
    order = Dosing(mg=np.asarray([25.0]), route="oral", schedule=Schedule(starts=(0.0,), length=3.0), repeated=False)
    found = expose(kinetics, patients({}, n=1), np.zeros((1, 2)), order, days=3.0)
    assert set(found.metrics) == {"auc_24h", "auc_inf", "cmax", "tmax", "half_life"}


def test_noncompartmental_refuses_profiles_without_an_end() -> None:
    with pytest.raises(InputError, match="no terminal slope"):
        noncompartmental(np.arange(5.0), np.asarray([0.0, 1.0, 2.0, 3.0, 2.5]))
    with pytest.raises(InputError, match="not negative"):
        noncompartmental(np.arange(5.0), np.asarray([0.0, 1.0, -2.0, 3.0, 2.5]))
    with pytest.raises(InputError, match="increasing times"):
        noncompartmental(np.zeros(5), np.ones(5))


def test_residual_error_has_the_spread_that_was_published() -> None:
    """Dexamethasone 0.213 on the log scale (Krzyzanski 2021); standard error of an SD of 20,000 draws is 0.5 %."""
    draw = np.random.default_rng(5)
    true = np.full(20_000, 0.1)
    first, second = draw.standard_normal((2, 20_000))
    log_normal = measured(true, np.full_like(true, 3.0), drug_values("dexamethasone"), first, second)
    assert np.std(np.log(log_normal)) == pytest.approx(0.213, rel=0.02)
    additive = measured(true, np.full_like(true, 3.0), drug_values("lenalidomide"), first, second)
    assert np.std(additive) == pytest.approx(0.0385, rel=0.02)
    combined = measured(true * 1000.0, np.full_like(true, 3.0), drug_values("isatuximab"), first, second)
    assert np.std(combined / 100.0) == pytest.approx(0.225, rel=0.02)


def test_residual_error_of_ixazomib_settles_and_that_of_elotuzumab_falls() -> None:
    """Gupta 2017: 1.90 at the dose, 0.46 late. Ide 2022: half-way between 2.46 and 0.0976 at 6.17 mg/L."""
    level = np.asarray([0.02, 0.02])
    early, late = log_sd(level, np.asarray([0.0, 100.0]), drug_values("ixazomib"))
    assert (early, late) == (pytest.approx(1.90), pytest.approx(0.46))
    half, high = log_sd(np.asarray([6.17, 1e6]), np.zeros(2), drug_values("elotuzumab"))
    assert half == pytest.approx((2.46 + 0.0976) / 2.0)
    assert high == pytest.approx(0.0976, rel=1e-3)


def test_an_assay_reports_nothing_below_zero() -> None:
    low = measured(np.zeros(3), np.zeros(3), drug_values("lenalidomide"), np.zeros(3), np.asarray([-3.0, 0.0, 3.0]))
    assert (low >= 0.0).all()
    assert low[2] > 0.0


def test_clearance_and_volume_of_pomalidomide_vary_together() -> None:
    """Printed covariance 0.0599, variances 0.168 and 0.0352: correlation 0.779; 20,000 draws leave 0.003."""
    kinetics = load_kinetics("pomalidomide")
    eta = np.random.default_rng(2).standard_normal((20_000, 3))
    pk_parameters = kinetics.pk_parameters(patients({}, n=20_000), eta)
    clearance, volume = np.log(np.asarray(pk_parameters.cl)), np.log(np.asarray(pk_parameters.v1))  # type: ignore[union-attr]
    assert np.corrcoef(clearance, volume)[0, 1] == pytest.approx(0.779, abs=0.01)
    assert np.std(clearance) ** 2 == pytest.approx(0.168, rel=0.03)
    assert np.std(volume) ** 2 == pytest.approx(0.0352, rel=0.03)


def test_hourly_summaries_agree_with_courses_of_doses() -> None:
    """40 days, a dose on 21 of 28; nearest ranks of 41 subjects are members, so both sides pick the same ones."""
    kinetics, n = load_kinetics("lenalidomide"), 41
    patient = patients({"crcl_ml_min": np.linspace(20.0, 120.0, n)}, n=n)
    eta = np.random.default_rng(4).standard_normal((n, 2))
    dosed = np.arange(40) % 28 < 21
    doses = [Dose(day=float(day), mg=25.0, absorbed=True) for day in np.flatnonzero(dosed)]
    hours = np.arange(40 * 24)
    levels, _ = follow(kinetics.pk_parameters(patient, eta), doses, hours / 24.0)
    ranked = np.sort(levels, axis=0)[[2, 20, 38]]
    people = Patient(*(jnp.asarray(value, jnp.float32) for value in patient))
    p = drug_values("lenalidomide")
    kinetic = jax.jit(jax.vmap(lambda who, e: kinetic_model("lenalidomide").disposition(who, e, p)))
    modes = kinetic(people, jnp.asarray(eta, jnp.float32))
    found = hourly_bands(modes, ORAL, np.full(n, 25.0, np.float32), dosed)
    assert found.values == n * 40 * 24
    # 32 bit against 64 bit, and decays of many days: a few parts in ten thousand of the level.
    np.testing.assert_allclose(found.percentiles, ranked, rtol=1e-3, atol=1e-6)
    whole = follow(kinetics.pk_parameters(patient, eta), doses, [40.0])[1][:, 0]
    np.testing.assert_allclose(found.area, whole, rtol=1e-4)
    np.testing.assert_allclose(found.highest, levels.max(axis=1), rtol=1e-4)


@pytest.mark.parametrize(("drug", "infusion", "apart"), [("lenalidomide", 0.0, 0.0), ("daratumumab", 0.2, 1e-4)])
def test_percentiles_do_not_depend_on_how_many_subjects_are_computed_at_once(
    drug: str, infusion: float, apart: float
) -> None:
    """They are those of all curves held at once, assay and a change of covariates included, to the bit.

    Subjects of an antibody share the steps of a solver, whose error is a hundredth of what they may be apart.
    """
    kinetics, count = load_kinetics(drug), 23
    eta = np.random.default_rng(5).standard_normal((count, kinetics.n_eta))
    who, later = patients({"weight_kg": 60.0 + np.arange(count)}, n=count), patients({"weight_kg": 90.0}, n=count)
    schedule = Schedule(starts=(0.0, 1.0), length=7.0)
    route = kinetics.routes[0]
    order = Dosing(mg=10.0 + np.arange(count), route=route, schedule=schedule, cycles=2, infusion=infusion)
    whole = expose(kinetics, who, eta, order, days=14.0, changes=[(8.0, later)])

    def assay(levels: Floats, since: Floats, subjects: slice, readings: slice) -> Floats:
        return levels * (1.0 + 0.001 * np.arange(subjects.start, subjects.stop)[:, None]) + 1e-4 * since[readings]

    reported = assay(whole.levels, whole.hours_after_dose, slice(0, count), slice(None))
    wanted = np.percentile(reported, (5.0, 50.0, 95.0), axis=0)
    for block in (8, count):
        found = expose_many(kinetics, who, eta, order, days=14.0, changes=[(8.0, later)], assay=assay, block=block)
        np.testing.assert_allclose(found.band, wanted, rtol=apart, atol=apart)
        np.testing.assert_array_equal(found.hours, whole.hours)
        assert list(found.metrics) == list(whole.metrics)
        for name, metric in whole.metrics.items():
            np.testing.assert_allclose(found.metrics[name].values, metric.values, rtol=apart)


def test_draws_by_their_number_are_those_of_the_stream() -> None:
    root, ids = root_key(3), np.asarray([0, 5, 4_000_000_000])
    every = normals(root, "assay", ids, 50)
    np.testing.assert_array_equal(normals_by_number(root, "assay", ids, np.asarray([7, 0, 49])), every[:, [7, 0, 49]])


_MEMORY = """
import cereblon as cb
for n in (2_000, 40_000):
    cb.pk("lenalidomide", days=1, subjects=cb.Subjects(n=n, population="ndmm", measured=True)).to_json()
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(int(status["VmHWM"].split()[0]) // 1024)  # getrusage would give the peak of who started this, too
"""


@pytest.mark.slow
def test_a_hundred_thousand_subjects_take_less_than_a_gigabyte() -> None:
    """A curve of each would take a gigabyte by themselves; 2,000 of them take the rest of the memory.

    What 40,000 take beyond that shows what more take.
    """
    told = subprocess.run([sys.executable, "-c", _MEMORY], capture_output=True, check=True).stdout
    few, many = map(int, told.split())
    by_subjects = (many - few) * (100_000 - 2_000) / (40_000 - 2_000)
    assert few + by_subjects < 1_000
    assert by_subjects < 500
