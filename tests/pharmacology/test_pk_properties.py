"""What is true of linear kinetics in every person and at every dose."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pk_patients import person

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.core.parameter import Parameter, load_parameters
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.compartments import absorb, one_compartment, three_compartments, two_compartments
from cereblon.model.drugs.disposition import IV, ORAL, SC, auc, concentration, dose_average, route_index
from cereblon.model.drugs.drug import of_class
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import linear_drugs
from cereblon.model.drugs.exposure import area, course, half_life, peak
from cereblon.model.drugs.lenalidomide import relative_clearance
from cereblon.model.drugs.patient import Patient

# Sums of a few 32-bit exponentials: rounding of about one in a million, times ten where modes nearly cancel.
ROUNDING = 1e-4

flow = st.floats(0.05, 500.0)
volume = st.floats(1.0, 2000.0)
dose = st.floats(0.1, 1000.0)
normal = st.floats(-3.0, 3.0)


@cache
def _three() -> Any:
    return jax.jit(three_compartments)


@cache
def _two() -> Any:
    return jax.jit(two_compartments)


@cache
def _modes(drug: str) -> Any:
    module = linear_drugs()[drug]
    return jax.jit(lambda who, eta: module.disposition(who, eta, drug_values(drug)))


@cache
def _relative() -> Any:
    return jax.jit(lambda crcl: relative_clearance(crcl, drug_values("lenalidomide")))


@cache
def _level() -> Any:
    return jax.jit(lambda modes, mg, times: concentration(modes, SC, mg, times))


@cache
def _twice() -> Any:
    return jax.jit(lambda modes, mg, times: course(modes, SC, mg, (0.0, 3.0), times))


@given(cl=flow, v1=volume, q=flow, v2=volume)
@settings(max_examples=200)
def test_two_compartments_keep_volume_and_clearance(cl: float, v1: float, q: float, v2: float) -> None:
    rate, coefficient = _two()(*map(jnp.float32, (cl, v1, q, v2)))
    assert (np.asarray(rate) > 0.0).all() and (np.asarray(coefficient) >= 0.0).all()
    assert float(jnp.sum(coefficient)) == pytest.approx(1.0 / v1, rel=ROUNDING)
    assert float(jnp.sum(coefficient / rate)) == pytest.approx(1.0 / cl, rel=ROUNDING)


@given(
    cl=flow, v1=st.floats(2.0, 20.0), q2=st.floats(300.0, 900.0), q3=st.floats(80.0, 900.0), size=st.floats(0.5, 2.0)
)
@settings(max_examples=200)
def test_three_compartments_keep_volume_and_clearance(
    cl: float, v1: float, q2: float, q3: float, size: float
) -> None:
    """Over the region of bortezomib and ixazomib: exchange far quicker than elimination, one deep compartment."""
    rate, coefficient = _three()(*map(jnp.float32, (cl, v1, q2, 32.0 * size, q3, 975.0 * size)))
    assert (np.diff(np.asarray(rate)) < 0.0).all()
    assert (np.asarray(rate) > 0.0).all()
    assert (np.asarray(coefficient) > 0.0).all()
    assert float(jnp.sum(coefficient)) == pytest.approx(1.0 / v1, rel=ROUNDING)
    assert float(jnp.sum(coefficient / rate)) == pytest.approx(1.0 / cl, rel=1e-3)


@pytest.mark.parametrize(
    ("drug", "route", "available"),
    [
        ("lenalidomide", ORAL, 1.0),
        ("dexamethasone", ORAL, 1.0),
        ("bortezomib", IV, 1.0),
        ("bortezomib", SC, 1.0),
        ("ixazomib", ORAL, 0.58),
        ("carfilzomib", IV, 1.0),
        ("melphalan", IV, 1.0),
    ],
)
def test_area_is_bioavailable_dose_over_clearance(drug: str, route: int, available: float) -> None:
    """Typical clearances of the parameter files at the covariates at which they hold."""
    raw = load_parameters(drug)
    reference = {
        "reference_crcl": "crcl_ml_min",
        "reference_bsa": "bsa_m2",
        "reference_weight": "weight_kg",
    }
    who = person(**{reference[name]: p.value for name, p in raw.items() if name in reference})
    module = linear_drugs()[drug]

    @jax.jit
    def areas(who: Patient) -> tuple[jax.Array, jax.Array]:
        modes = module.disposition(who, jnp.zeros(module.N_ETA), drug_values(drug))
        return auc(modes, route, 10.0), area(modes, route, 10.0, (0.0,), 0.0, 400.0)

    expected = available * 10.0 / (raw["clearance"].value * 24.0)
    to_infinity, to_the_end = areas(who)
    assert float(to_infinity) == pytest.approx(expected, rel=ROUNDING)
    assert float(to_the_end) == pytest.approx(expected, rel=ROUNDING)


@given(mg=dose, factor=st.floats(0.1, 10.0), e=st.tuples(normal, normal, normal))
@settings(max_examples=50)
def test_concentration_is_proportional_to_dose_and_doses_add_up(
    mg: float, factor: float, e: tuple[float, float, float]
) -> None:
    modes = _modes("bortezomib")(person(), jnp.asarray(e))
    times = np.linspace(0.0, 9.0, 40, dtype=np.float32)
    one, more, later = (
        np.asarray(_level()(modes, amount, t))
        for amount, t in ((mg, times), (mg * factor, times), (mg, times - np.float32(3.0)))
    )
    assert (one >= 0.0).all()
    np.testing.assert_allclose(more, one * factor, rtol=ROUNDING)
    np.testing.assert_allclose(_twice()(modes, mg, times) - one, later, atol=1e-5 * one.max())


@given(low=st.floats(0.0, 150.0), high=st.floats(0.0, 150.0))
@settings(max_examples=200)
def test_lenalidomide_clearance_rises_with_kidney_function(low: float, high: float) -> None:
    low, high = sorted((low, high))
    at_low, at_high = (float(_relative()(jnp.float32(x))) for x in (low, high))
    assert 0.0 < at_low <= at_high * (1.0 + 1e-6)


def test_lenalidomide_clearance_is_flat_above_its_cap_and_one_at_its_reference() -> None:
    p = drug_values("lenalidomide")
    assert float(relative_clearance(jnp.float32(120.0), p)) == float(relative_clearance(jnp.float32(500.0), p))
    assert float(relative_clearance(jnp.float32(90.0), p)) == pytest.approx(1.0, abs=1e-6)


def test_a_meal_lowers_and_delays_the_peak_of_lenalidomide() -> None:
    p = drug_values("lenalidomide")

    @partial(jax.jit, static_argnames="fed")
    def highest(who: Patient, *, fed: bool) -> tuple[jax.Array, jax.Array]:
        return peak(
            linear_drugs()["lenalidomide"].disposition(who, jnp.zeros(2), p, fed=fed), ORAL, 25.0, (0.0,), 0.0, 1.0
        )

    (high, early), (low, late) = highest(person(), fed=False), highest(person(), fed=True)
    assert low < high
    assert early < late


def test_absorption_at_the_rate_of_a_mode_gives_finite_weights_and_the_same_area() -> None:
    bolus = one_compartment(jnp.float32(50.0), jnp.float32(50.0))
    rate, weight, _ = absorb(bolus, jnp.float32(1.0), 0.5)
    assert np.isfinite(weight).all()
    assert float(jnp.sum(weight / rate)) == pytest.approx(0.5 / 50.0, rel=1e-4)


def test_half_life_leaves_out_modes_that_the_route_does_not_excite() -> None:
    """A slow absorption mode governs the oral half-life only (flip-flop kinetics)."""
    p = {**drug_values("bortezomib"), "absorption_rate": 0.01}
    module = linear_drugs()["bortezomib"]
    modes = jax.jit(lambda who: module.disposition(who, jnp.zeros(3), p))(person())
    assert float(half_life(modes, SC)) == pytest.approx(np.log(2.0) / 0.01, rel=1e-5)
    assert float(half_life(modes, IV)) < 6.0


def test_shifted_windows_share_one_area() -> None:
    modes = _modes("carfilzomib")(person(), jnp.zeros(2))
    edges = np.asarray([0.0, 0.003, 0.01, 0.2, 1.0], dtype=np.float32)
    average = jax.jit(dose_average)
    pieces = np.asarray(average(modes, edges))[IV] * np.diff(edges)
    whole = np.asarray(average(modes, edges[[0, -1]]))[IV, 0]
    assert pieces.sum() == pytest.approx(float(whole), rel=ROUNDING)


def test_every_drug_has_a_module_and_numbers_in_house_units() -> None:
    assert set(linear_drugs()) | set(of_class("cd38", "slamf7")) == set(DRUGS)
    assert drug_values("lenalidomide")["clearance"] == 12.0 * 24.0
    assert drug_values("carfilzomib")["infusion"] == pytest.approx(10.0 / 1440.0)
    assert drug_values("daratumumab")["clearance_sd"] == 0.544


def test_wrong_names_are_refused_with_a_hint() -> None:
    with pytest.raises(UnknownNameError, match="did you mean lenalidomide"):
        drug_values("lenalidomid")
    with pytest.raises(UnknownNameError, match="route 'subcutaneous' is not known"):
        route_index("subcutaneous")
    assert [route_index(route) for route in ("oral", "iv", "sc")] == [ORAL, IV, SC]


def test_a_parameter_in_a_foreign_unit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = Parameter(name="clearance", value=1.0, unit="gal/h", meaning="x", source="y", basis="assumed")
    monkeypatch.setattr("cereblon.model.drugs.drug_values.load_parameters", lambda drug: {"clearance": odd})
    with pytest.raises(InputError, match=r"unit 'gal/h' cannot be converted"):
        drug_values("lenalidomide")
