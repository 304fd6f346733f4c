"""Simulated counterparts of further check-values, by courses of doses in the reference patient."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.drugs.patient import patients
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters, PKParameters
from cereblon.model.exposure.course import Dose, Schedule, body_of, follow
from cereblon.model.exposure.exposure import Dosing, Exposure, expose, linear_part
from cereblon.model.exposure.linear_body import LinearBody

Floats = NDArray[np.float64]
_DAILY = Schedule(starts=(0.0,), length=1.0)
_H = 24.0
_NG = 1000.0  # mg/L to ng/mL


def exposure_checks(drug: str | None = None) -> dict[str, float]:
    """Simulate the check-values of this module, of a drug or all; in the units of `check_values.yaml`."""
    parts = {
        "lenalidomide": _lenalidomide,
        "dexamethasone": _dexamethasone,
        "bortezomib": _bortezomib,
        "ixazomib": _ixazomib,
        "daratumumab": _daratumumab,
        "melphalan": _melphalan,
        "pomalidomide": _pomalidomide,
        "isatuximab": _isatuximab,
        "elotuzumab": _elotuzumab,
    }
    chosen = [part for name, part in parts.items() if drug in (None, name)]
    return {key: value for part in chosen for key, value in part().items()}


def _typical(
    drug: str, mg: float, schedule: Schedule, *, cycles: int = 1, **covariates: float
) -> tuple[Exposure, PKParameters | AntibodyPKParameters]:
    """Give the exposure and PK parameters of one typical subject."""
    kinetics, patient = load_kinetics(drug), patients(covariates, n=1)
    eta = np.zeros((1, kinetics.n_eta))
    order = Dosing(
        mg=np.asarray([mg]),
        route=kinetics.routes[0],
        schedule=schedule,
        cycles=cycles,
        infusion=kinetics.infusion(kinetics.routes[0]),
    )
    return expose(kinetics, patient, eta, order, days=schedule.length * cycles), kinetics.pk_parameters(patient, eta)


def _numbers(exposure: Exposure) -> dict[str, float]:
    return {name: float(metric.values[0]) for name, metric in exposure.metrics.items()}


def _clearance(pk_parameters: PKParameters) -> float:
    return float(np.asarray(pk_parameters.cl)[0]) / _H


def _lenalidomide() -> dict[str, float]:
    found, pk_parameters = _typical("lenalidomide", 25.0, _DAILY)
    p = load_kinetics("lenalidomide").values
    # What is left of the clearance without kidney function is not renal.
    bare = patients({"crcl_ml_min": 0.0}, n=1)
    without = load_kinetics("lenalidomide").pk_parameters(bare, np.zeros((1, 2)))
    assert isinstance(pk_parameters, PKParameters) and isinstance(without, PKParameters)
    renal = _clearance(pk_parameters) - _clearance(without)

    def area(crcl: float) -> float:
        return _numbers(_typical("lenalidomide", 25.0, _DAILY, crcl_ml_min=crcl)[0])["auc_inf"]

    return {
        "lenalidomide_accumulation": _numbers(found)["accumulation"],
        "lenalidomide_renal_clearance": renal,
        "lenalidomide_renal_share": 100.0 * renal / (p["clearance"] / _H),
        "lenalidomide_label_mild": area(66.0) / area(90.0),
        "lenalidomide_moderate_to_normal": area(40.0) / area(105.0),
        "lenalidomide_esrd_to_normal": area(5.0) / area(105.0),
    }


def _dexamethasone() -> dict[str, float]:
    found = _numbers(_typical("dexamethasone", 20.0, _DAILY)[0])
    return {
        "dexamethasone_fed_tmax": found["tmax"],
        "dexamethasone_fed_half_life": found["half_life"],
        "dexamethasone_label_half_life": found["half_life"],
    }


def _ixazomib() -> dict[str, float]:
    found = _numbers(_typical("ixazomib", 4.0, Schedule(starts=(0.0, 7.0, 14.0), length=28.0))[0])
    return {"ixazomib_half_life_east_asia": found["half_life"] / _H}


def _bortezomib() -> dict[str, float]:
    kinetics = load_kinetics("bortezomib")
    pk_parameters = kinetics.pk_parameters(patients({"bsa_m2": 1.8}, n=1), np.zeros((1, kinetics.n_eta)))
    assert isinstance(pk_parameters, PKParameters)
    first = follow(pk_parameters, [Dose(day=0.0, mg=1.3 * 1.8, absorbed=False)], [6.0 / 1440.0])[0]
    volumes = (
        np.asarray(volume)[0]
        for volume in (pk_parameters.v1, pk_parameters.v2, pk_parameters.v3)
        if volume is not None
    )
    return {
        "bortezomib_first_c6min": float(first[0, 0]) * _NG,
        "bortezomib_volume": float(sum(volumes)),
        "bortezomib_first_clearance": _clearance(pk_parameters),
    }


def _daratumumab() -> dict[str, float]:
    kinetics = load_kinetics("daratumumab")
    patient = patients({}, n=1)
    pk_parameters = kinetics.pk_parameters(patient, np.zeros((1, kinetics.n_eta)))
    assert isinstance(pk_parameters, AntibodyPKParameters)
    mg = 16.0 * 75.0
    doses = [Dose(day=7.0 * week, mg=mg, absorbed=False) for week in range(8)]
    level, _ = follow(pk_parameters, doses, [49.0 + 1e-6, 56.0])
    _, area = follow(pk_parameters, doses[:1], [400.0])
    return {
        "daratumumab_first_auc": float(area[0, 0]) * _H,
        "daratumumab_last_peak": float(level[0, 0]),
        "daratumumab_last_trough": float(level[0, 1]),
        "daratumumab_half_life": float(LinearBody(linear_part(pk_parameters)).half_life(absorbed=False)[0]),
        "daratumumab_linear_clearance": float(np.asarray(pk_parameters.clearance)[0]) * 1000.0,
    }


def _melphalan() -> dict[str, float]:
    found, pk_parameters = _typical("melphalan", 100.0 * 1.85, Schedule(starts=(0.0,), length=28.0), bsa_m2=1.85)
    assert isinstance(pk_parameters, PKParameters)
    area = _numbers(found)["auc_inf"]
    return {
        "melphalan_auc_100": area,
        "melphalan_auc_100_renal": area,
        "melphalan_clearance": _clearance(pk_parameters),
        "melphalan_clearance_surface": _clearance(pk_parameters) / 1.85,
    }


def _pomalidomide() -> dict[str, float]:
    found = _numbers(_typical("pomalidomide", 4.0, _DAILY)[0])
    return {
        "pomalidomide_auc": found["auc_24h_ss"],
        "pomalidomide_cmax": found["cmax_ss"],
        "pomalidomide_tmax": found["tmax"],
        "pomalidomide_half_life": found["half_life"],
        "pomalidomide_accumulation": found["accumulation"],
    }


def _isatuximab() -> dict[str, float]:
    # Chinese patients; 60 kg is a guess.
    size: Mapping[str, float] = {"weight_kg": 60.0, "height_cm": 165.0, "asian": 1.0}
    kinetics = load_kinetics("isatuximab")
    pk_parameters = kinetics.pk_parameters(patients(size, n=1), np.zeros((1, kinetics.n_eta)))
    infusion = kinetics.infusion("iv")
    doses = [Dose(day=7.0 * week, mg=1200.0, absorbed=False, infusion=infusion) for week in range(4)]
    level, area = follow(pk_parameters, doses, [infusion, 7.0, 28.0])
    shown = kinetics.pk_parameters(patients({}, n=1), np.zeros((1, kinetics.n_eta)))
    assert isinstance(shown, AntibodyPKParameters)
    volume = np.asarray(shown.central_volume) + np.asarray(shown.peripheral_volume)
    return {
        "isatuximab_cmax": float(level[0, 0]),
        "isatuximab_auc": float(area[0, 1]) * _H,
        "isatuximab_accumulation": float(level[0, 2] / level[0, 1]),
        "isatuximab_volume": float(volume[0]),
    }


def _elotuzumab() -> dict[str, float]:
    kinetics = load_kinetics("elotuzumab")
    pk_parameters = kinetics.pk_parameters(patients({}, n=1), np.zeros((1, kinetics.n_eta)))
    days = [*np.arange(0.0, 56.0, 7.0), *np.arange(56.0, 365.0, 14.0)]
    infusion = kinetics.infusion("iv")
    doses = [Dose(day=day, mg=750.0, absorbed=False, infusion=infusion) for day in days]
    last = days[-1] + infusion
    after = np.arange(0.0, 300.0, 0.5)
    level, _ = follow(pk_parameters, doses, last + after, body=body_of(pk_parameters))
    gone = after[np.argmax(level[0] < 0.03 * level[0, 0])]
    return {"elotuzumab_washout": float(gone)}
