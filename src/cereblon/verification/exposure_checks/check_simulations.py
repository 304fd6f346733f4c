"""Simulated counterparts of the check-values, by the key that `check_values.yaml` gives them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.model.drugs import antibody, daratumumab, melphalan
from cereblon.model.drugs.disposition import IV, ORAL, SC, Modes, auc
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import kinetic_model
from cereblon.model.drugs.exposure import area, course, half_life, peak
from cereblon.model.drugs.occupancy import day_occupancy
from cereblon.model.drugs.patient import Patient
from cereblon.verification.exposure_checks.check_exposures import exposure_checks

_NG = 1000.0  # mg/L to ng/mL
_HOURS = 24.0
_TWICE_WEEKLY = (0.0, 3.0, 7.0, 10.0)
_COURSE_POINTS_PER_DAY = 1440


def adult() -> Patient:
    """Give the reference patient: man of 65, 75 kg, 172 cm, 1.9 m2, creatinine clearance 90 mL/min, IgG myeloma."""
    return Patient(*(jnp.asarray(value, dtype=float) for value in (65.0, 1.0, 75.0, 172.0, 1.9, 90.0, 37.0, 1.0)))


def simulate_checks(drug: str | None = None) -> dict[str, float]:
    """Simulate the check-values of a drug, or all of them; in the units of `check_values.yaml`."""
    parts = {
        "lenalidomide": _lenalidomide,
        "dexamethasone": _dexamethasone,
        "bortezomib": _bortezomib,
        "ixazomib": _ixazomib,
        "carfilzomib": _carfilzomib,
        "daratumumab": _daratumumab,
        "melphalan": _melphalan,
    }
    chosen = [part for name, part in parts.items() if drug in (None, name)]
    # The patient is an argument only so that the compiler does not try to work everything out beforehand.
    engine = {key: float(value) for part in chosen for key, value in jax.jit(part)(adult()).items()}
    return engine | exposure_checks(drug)


def _summary(modes: Modes, route: int, mg: float) -> tuple[Array, Array, Array, Array]:
    """Give AUC in ng h/mL, Cmax in ng/mL, tmax and half-life in h of one dose."""
    highest, at = peak(modes, route, mg, (0.0,), 0.0, 1.0)
    return (
        auc(modes, route, mg) * _NG * _HOURS,
        highest * _NG,
        at * _HOURS,
        half_life(modes, route) * _HOURS,
    )


def _lenalidomide(patient: Patient) -> dict[str, Array]:
    p, eta = drug_values("lenalidomide"), jnp.zeros(kinetic_model("lenalidomide").N_ETA)

    def at(crcl: float, *, fed: bool = False) -> Modes:
        someone = patient._replace(crcl_ml_min=jnp.full_like(patient.crcl_ml_min, crcl))
        return kinetic_model("lenalidomide").disposition(someone, eta, p, fed=fed)

    area_10, cmax, tmax, t_half = _summary(at(90.0), ORAL, 10.0)
    fed_auc, fed_cmax, fed_tmax, _ = _summary(at(90.0, fed=True), ORAL, 10.0)
    per_mg = {crcl: auc(at(crcl), ORAL, 1.0) for crcl in (5.0, 23.0, 40.0, 66.0, 90.0, 105.0)}
    pooled = 0.5 * (per_mg[66.0] + per_mg[105.0])
    target = 25.0 * per_mg[90.0]
    return {
        "lenalidomide_auc": area_10,
        "lenalidomide_cmax": cmax,
        "lenalidomide_tmax": tmax,
        "lenalidomide_half_life": t_half,
        "lenalidomide_moderate": per_mg[40.0] / pooled,
        "lenalidomide_severe": per_mg[23.0] / pooled,
        "lenalidomide_esrd": per_mg[5.0] / pooled,
        "lenalidomide_half_life_moderate": half_life(at(40.0), ORAL) * _HOURS - t_half,
        "lenalidomide_half_life_esrd": half_life(at(5.0), ORAL) * _HOURS - t_half,
        "lenalidomide_label_moderate": 10.0 * per_mg[40.0] / target,
        "lenalidomide_label_severe": 7.5 * per_mg[23.0] / target,
        "lenalidomide_label_esrd": 5.0 * per_mg[5.0] / target,
        "lenalidomide_food_auc": fed_auc / area_10,
        "lenalidomide_food_cmax": fed_cmax / cmax,
        "lenalidomide_food_tmax": fed_tmax - tmax,
    }


def _dexamethasone(patient: Patient) -> dict[str, Array]:
    modes = kinetic_model("dexamethasone").disposition(
        patient, jnp.zeros(kinetic_model("dexamethasone").N_ETA), drug_values("dexamethasone")
    )
    area_20, cmax, tmax, t_half = _summary(modes, ORAL, 20.0)
    return {
        "dexamethasone_auc": area_20,
        "dexamethasone_cmax": cmax,
        "dexamethasone_tmax": tmax,
        "dexamethasone_half_life": t_half,
        "dexamethasone_fed_auc": area_20,
        "dexamethasone_fed_cmax": cmax,
    }


def _occupancy_course(modes: Modes, mg: float, days: tuple[float, ...], length: int, p: Mapping[str, float]) -> Array:
    """Follow occupancy finely after doses into the vein, [time] at `_COURSE_POINTS_PER_DAY` a day."""
    width = 1.0 / _COURSE_POINTS_PER_DAY
    middles = (jnp.arange(length * _COURSE_POINTS_PER_DAY, dtype=modes.rate.dtype) + 0.5) * width
    levels = course(modes, IV, mg, days, middles)

    def step(occupied: Array, level: Array) -> tuple[Array, Array]:
        end, _ = day_occupancy(
            occupied, level[None], jnp.full_like(level, width)[None], p["occupancy_on"], p["occupancy_off"]
        )
        return end, end

    return jax.lax.scan(step, jnp.zeros_like(levels[0]), levels)[1]


def _at_hour(occupied: Array, hour: float) -> Array:
    return 100.0 * occupied[round(hour / _HOURS * _COURSE_POINTS_PER_DAY) - 1]


def _bortezomib(patient: Patient) -> dict[str, Array]:
    p = drug_values("bortezomib")
    smaller = patient._replace(bsa_m2=jnp.full_like(patient.bsa_m2, 1.8))
    modes = kinetic_model("bortezomib").disposition(smaller, jnp.zeros(kinetic_model("bortezomib").N_ETA), p)
    mg, doses = 1.3 * 1.8, _TWICE_WEEKLY
    iv = area(modes, IV, mg, doses, 10.0, 13.0) * _NG * _HOURS
    sc = area(modes, SC, mg, doses, 10.0, 13.0) * _NG * _HOURS
    sc_peak, sc_at = peak(modes, SC, mg, doses, 10.0, 1.0)
    early = course(modes, IV, mg, doses, 10.0 + jnp.asarray([2.0, 6.0]) / 1440.0) * _NG
    occupied = _occupancy_course(modes, mg, doses, 15, p)
    return {
        "bortezomib_iv_auc": iv,
        "bortezomib_iv_c2min": early[0],
        "bortezomib_iv_c6min": early[1],
        "bortezomib_sc_auc": sc,
        "bortezomib_sc_cmax": sc_peak * _NG,
        "bortezomib_sc_tmax": sc_at * _HOURS,
        "bortezomib_sc_to_iv": sc / iv,
        "bortezomib_half_life": half_life(modes, IV) * _HOURS,
        "bortezomib_clearance": 1.0 / auc(modes, IV, 1.0) / _HOURS,
        "bortezomib_first_auc": area(modes, IV, mg, (0.0,), 0.0, 2.0) * _NG * _HOURS,
        "bortezomib_iv_auc_48h": area(modes, IV, mg, doses, 10.0, 12.0) * _NG * _HOURS,
        "bortezomib_occupancy_peak": 100.0 * jnp.max(occupied[10 * _COURSE_POINTS_PER_DAY :]),
        "bortezomib_occupancy_recovered": 100.0 - _at_hour(occupied, 14.0 * _HOURS),
    }


def _ixazomib(patient: Patient) -> dict[str, Array]:
    p = drug_values("ixazomib")
    modes = kinetic_model("ixazomib").disposition(patient, jnp.zeros(kinetic_model("ixazomib").N_ETA), p)
    doses = (0.0, 7.0, 14.0)
    highest, at = peak(modes, ORAL, 4.0, doses, 14.0, 1.0)
    volume = p["central_volume"] + p["slow_volume"] + p["quick_volume"] * (1.9 / p["reference_bsa"]) ** 2.06
    return {
        "ixazomib_cmax": highest * _NG,
        "ixazomib_tmax": at * _HOURS,
        "ixazomib_auc": area(modes, ORAL, 4.0, doses, 14.0, 21.0) * _NG * _HOURS,
        "ixazomib_half_life": half_life(modes, ORAL),
        "ixazomib_volume": jnp.asarray(volume),
    }


def _carfilzomib(patient: Patient) -> dict[str, Array]:
    p, eta = drug_values("carfilzomib"), jnp.zeros(kinetic_model("carfilzomib").N_ETA)

    def over(minutes: float) -> Modes:
        return kinetic_model("carfilzomib").disposition(patient, eta, {**p, "infusion": minutes / 1440.0})

    area_27, cmax, _, t_half = _summary(over(5.0), IV, 27.0 * 1.9)
    area_56, cmax_56, _, _ = _summary(over(30.0), IV, 56.0 * 1.9)
    usual = over(10.0)
    first = _occupancy_course(usual, 15.0 * 1.9, (0.0,), 1, p)
    paired = _occupancy_course(usual, 20.0 * 1.9, (0.0, 1.0), 2, p)
    cycle = _occupancy_course(usual, 27.0 * 1.9, (0.0, 1.0, 7.0, 8.0, 14.0, 15.0), 28, p)
    dialysed = patient._replace(crcl_ml_min=jnp.full_like(patient.crcl_ml_min, 5.0))
    kidney = kinetic_model("carfilzomib").disposition(dialysed, eta, p)
    return {
        "carfilzomib_cmax": cmax,
        "carfilzomib_auc": area_27,
        "carfilzomib_cmax_56": cmax_56,
        "carfilzomib_auc_56": area_56,
        "carfilzomib_half_life": t_half,
        "carfilzomib_clearance": 1.0 / auc(usual, IV, 1.0) / _HOURS,
        "carfilzomib_esrd": auc(kidney, IV, 1.0) / auc(usual, IV, 1.0),
        "carfilzomib_occupancy_15": _at_hour(first, 1.0),
        "carfilzomib_occupancy_48h": _at_hour(paired, 48.0),
        "carfilzomib_occupancy_rest": 100.0 - _at_hour(cycle, 28.0 * _HOURS),
    }


def _troughs(patients: Patient, eta: Array, route: int) -> Array:
    """Give the concentration on day 56 after eight weekly doses, [subject]."""
    p = drug_values("daratumumab")

    def trough(patient: Patient, eta: Array) -> Array:
        c = antibody.coefficients(daratumumab.pk_parameters(patient, eta, p))
        mg = 16.0 * patient.weight_kg if route == IV else jnp.full_like(patient.weight_kg, 1800.0)

        def step(state: antibody.State, day: Array) -> tuple[antibody.State, None]:
            today = jnp.where(jnp.mod(day, 7.0) == 0.0, mg, 0.0)
            return antibody.day_step(antibody.dose(state, today, route, c), day, c)[0], None

        days = jnp.arange(56, dtype=eta.dtype)
        return jax.lax.scan(step, antibody.empty(c), days)[0].central / c.central_volume

    return jax.vmap(trough)(patients, eta)


def _daratumumab(patient: Patient) -> dict[str, Array]:
    """Follow 1,000 patients like COLUMBA's (58 % IgG; weight 75 (16) kg and albumin 37 (5) g/L are guesses)."""
    n, draw = 1000, np.random.default_rng(1)
    patients = Patient(*(jnp.broadcast_to(value, (n,)) for value in patient))._replace(
        weight_kg=jnp.asarray(draw.normal(75.0, 16.0, n).clip(40.0, 130.0), dtype=float),
        male=jnp.asarray(draw.random(n) < 0.53, dtype=float),
        albumin_g_l=jnp.asarray(draw.normal(37.0, 5.0, n).clip(22.0, 50.0), dtype=float),
        igg=jnp.asarray(draw.random(n) < 0.58, dtype=float),
    )
    eta = jnp.asarray(draw.standard_normal((n, daratumumab.N_ETA)), dtype=float)
    iv, sc = _troughs(patients, eta, IV), _troughs(patients, eta, SC)
    typical = daratumumab.pk_parameters(patient, jnp.zeros(daratumumab.N_ETA), drug_values("daratumumab"))
    return {
        "daratumumab_iv_trough": jnp.mean(iv),
        "daratumumab_iv_trough_sd": jnp.std(iv),
        "daratumumab_sc_trough": jnp.mean(sc),
        "daratumumab_sc_trough_sd": jnp.std(sc),
        "daratumumab_sc_to_iv": jnp.mean(sc) / jnp.mean(iv),
        "daratumumab_first_peak": 16.0 * patient.weight_kg / typical.central_volume,
    }


def _melphalan(patient: Patient) -> dict[str, Array]:
    p, eta = drug_values("melphalan"), jnp.zeros(melphalan.N_ETA)
    patient = patient._replace(bsa_m2=jnp.full_like(patient.bsa_m2, 1.85))
    typical = melphalan.auc(200.0 * 1.85, patient, eta, p) * _HOURS
    extreme = math.exp(2.51 * p["clearance_sd"])  # the largest of 100 normal draws lies at 2.51 SD on average
    return {
        "melphalan_auc": typical,
        "melphalan_auc_low": typical / extreme,
        "melphalan_auc_high": typical * extreme,
        "melphalan_half_life": half_life(kinetic_model("melphalan").disposition(patient, eta, p), IV) * _HOURS,
        "melphalan_volume": jnp.asarray((p["central_volume"] + p["peripheral_volume"]) / 1.85),
    }
