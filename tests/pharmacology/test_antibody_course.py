"""Antibodies stepped through saturable loss, against their differential equations written out again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from cereblon.core.errors import InputError
from cereblon.core.parameter import values
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.drugs.patient import patients
from cereblon.model.exposure.course import Dose, Schedule, follow
from cereblon.model.exposure.exposure import Dosing, expose

DOSE_DAYS = (0.0, 7.0, 14.0, 21.0, 35.0)
READ = np.asarray([0.5, 3.0, 6.9, 10.0, 20.0, 34.0, 36.0, 50.0, 80.0])
# Each step is right to a millionth, and a course has hundreds of them. The other solver is of another family.
SOLVING = 1e-3


def _isatuximab(t: float, y: np.ndarray) -> list[float]:
    """Fau 2020 for a man of 75.6 kg with IgG myeloma and B2M 3.9; hours, mg."""
    v = values("isatuximab")
    volume = v["central_volume"] * v["volume_material_factor"]
    level = y[0] / volume
    g, k = v["fall_steepness"], v["fall_time"]
    cl = v["clearance"] * np.exp(v["clearance_fall"] * (1.0 - t**g / (k**g + t**g)))
    exchange = v["exchange"] * (level - y[1] / v["peripheral_volume"])
    loss = cl * level + volume * v["capacity"] * level / (v["half"] + level)
    return [-loss - exchange, exchange]


def _elotuzumab(t: float, y: np.ndarray) -> list[float]:
    """Ide 2022 for a man of 75 kg, B2M below 3.5, M-protein 20 g/L, with lenalidomide; days, mg."""
    v = values("elotuzumab")
    level = y[0] / v["central_volume"]
    outer = y[1] / v["peripheral_volume"]
    exchange = v["exchange"] * (level - outer)
    vmax = v["capacity"] * np.exp(v["capacity_m_protein_slope"] * 2.0)
    loss = v["clearance"] * level + vmax * y[0] / (level + v["half"])
    bound = v["uptake"] * y[1] * y[2]
    return [-loss - exchange, exchange - bound, -bound / v["peripheral_volume"]]


def _daratumumab(t: float, y: np.ndarray) -> list[float]:
    """Luo 2021 for a man of 78.6 kg with albumin 37 g/L and IgG myeloma, under the skin; hours, mg."""
    v = values("daratumumab")
    volume = v["central_volume"] * (1.0 + v["volume_male_change"])
    level = y[1] / volume
    exchange = v["exchange"] * (level - y[2] / v["peripheral_volume"])
    loss = v["clearance"] * (1.0 + v["clearance_igg_rise"]) * level
    loss += v["target_capacity"] * np.exp(-v["target_decay"] * t) * level / (v["target_half"] + level)
    absorbed = v["absorption_rate"] * y[0]
    return [-absorbed, absorbed - loss - exchange, exchange]


def _solved(slope, y: list[float], entry: int, amount: float, per_day: float) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Integrate from dose to dose; states at `READ`."""
    out, now, state = [], 0.0, np.asarray(y, float)
    for stop in sorted({*DOSE_DAYS, *READ}):
        if stop > now:
            found = solve_ivp(slope, (now * per_day, stop * per_day), state, method="DOP853", rtol=1e-9, atol=1e-9)
            state, now = found.y[:, -1], stop
        if stop in READ:
            out.append(state.copy())
        if stop in DOSE_DAYS:
            state[entry] += amount
    return np.asarray(out)


@pytest.mark.parametrize("mg", [750.0, 60.0])
@pytest.mark.parametrize("drug", ["isatuximab", "elotuzumab", "daratumumab"])
def test_antibodies_agree_with_their_differential_equations(drug: str, mg: float) -> None:
    """At the usual dose and at one that leaves saturation; every parameter enters on both sides."""
    traits = {
        "isatuximab": {"weight_kg": 75.6, "height_cm": 172.0, "b2m_mg_l": 3.9},
        "elotuzumab": {"weight_kg": 75.0, "height_cm": 172.0, "b2m_mg_l": 3.0, "m_protein_g_l": 20.0},
        "daratumumab": {"weight_kg": 78.6, "height_cm": 172.0, "albumin_g_l": 37.0},
    }[drug]
    v = values(drug)
    if drug == "isatuximab":
        states, volume = (
            _solved(_isatuximab, [0.0, 0.0], 0, mg, 24.0),
            v["central_volume"] * v["volume_material_factor"],
        )
        expected = states[:, 0] / volume
    elif drug == "elotuzumab":
        expected = _solved(_elotuzumab, [0.0, 0.0, v["target"]], 0, mg, 1.0)[:, 0] / v["central_volume"]
    else:
        states = _solved(_daratumumab, [0.0, 0.0, 0.0], 0, mg * v["bioavailability_sc"], 24.0)
        expected = states[:, 1] / (v["central_volume"] * (1.0 + v["volume_male_change"]))
    kinetics = load_kinetics(drug)
    pk_parameters = kinetics.pk_parameters(patients(traits, n=1), np.zeros((1, kinetics.n_eta)))
    doses = [Dose(day=day, mg=mg, absorbed=drug == "daratumumab") for day in DOSE_DAYS]
    found, _ = follow(pk_parameters, doses, READ)
    high = expected > 1.0
    assert high.any()
    np.testing.assert_allclose(found[0][high], expected[high], rtol=SOLVING)


def test_area_and_loss_balance_without_saturable_loss() -> None:
    """What is not saturable leaves through the clearance: the area is dose over clearance."""
    kinetics = load_kinetics("daratumumab")
    pk_parameters = kinetics.pk_parameters(patients({}, n=1), np.zeros((1, 5)))._replace(capacity=np.zeros(1))
    _, area = follow(pk_parameters, [Dose(day=0.0, mg=1000.0, absorbed=False)], [2000.0])
    # The rest after 2000 days is a millionth; the step's own error is below a thousandth.
    assert area[0, 0] == pytest.approx(1000.0 / float(pk_parameters.clearance[0]), rel=1e-3)


def test_an_antibody_has_no_steady_state() -> None:
    kinetics = load_kinetics("isatuximab")
    order = Dosing(mg=np.asarray([750.0]), route="iv", schedule=Schedule(starts=(0.0,), length=14.0))
    with pytest.raises(InputError, match="no steady state here: its elimination changes with time"):
        expose(kinetics, patients({}, n=1), np.zeros((1, 9)), order, days=14.0, at_steady_state=True)


def test_albumin_that_falls_raises_the_clearance_of_daratumumab() -> None:
    """Power of -1.85: from 37 to 25 g/L the clearance doubles (2.07), so less is left six days later."""
    kinetics = load_kinetics("daratumumab")
    eta = np.zeros((1, 5))
    order = Dosing(mg=np.asarray([1200.0]), route="iv", schedule=Schedule(starts=(0.0,), length=56.0))
    whole = {"weight_kg": 75.0, "height_cm": 172.0}
    same = expose(kinetics, patients(whole, n=1), eta, order, days=56.0)
    lower = patients({**whole, "albumin_g_l": 25.0}, n=1)
    falling = expose(kinetics, patients(whole, n=1), eta, order, days=56.0, changes=[(14.0, lower)])
    early = same.hours <= 14.0 * 24.0
    np.testing.assert_allclose(falling.levels[:, early], same.levels[:, early], rtol=1e-12)
    later = int(np.searchsorted(same.hours, 20.0 * 24.0))
    assert falling.levels[0, later] < 0.8 * same.levels[0, later]
