"""What goes into a simulation: arms as arrays, subjects as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array

from cereblon.model.dosing.library import load_rule_set
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.dosing.tables import RuleTables, rule_tables
from cereblon.model.drugs import DRUGS
from cereblon.model.patients.virtual_patients import VirtualPatients
from cereblon.model.regimens.grid import StrategyGrid


class Subject(NamedTuple):
    """One subject's covariates and place in the trial; scalars inside the model, arrays of them outside."""

    subject_id: Array
    replicate: Array
    arm: Array
    follow_up_days: Array
    age: Array
    male: Array
    weight_kg: Array
    height_cm: Array
    bsa_m2: Array
    crcl_ml_min: Array
    albumin_g_l: Array
    b2m_mg_l: Array
    iss: Array
    high_risk: Array
    isotype: Array
    m_protein: Array
    involved_flc: Array
    uninvolved_flc: Array
    plasma_cells: Array
    neutrophils: Array
    platelets: Array
    haemoglobin: Array
    frailty: Array
    prior_lines: Array
    refractory: Array
    exposed: Array
    neuropathy: Array
    cardiac_history: Array


_KINDS = {"subject_id": np.uint32, "replicate": np.uint32, "arm": np.int32, "isotype": np.int32}


class Program(NamedTuple):
    """The arms' orders: templates of all arms together, cycles by arm and line."""

    template_dose: Array  # [template, day, drug], in the order's unit
    template_unit: Array  # [template, drug]: 0 mg, 1 mg/m2, 2 mg/kg
    template_route: Array  # [template, drug]: 0 oral, 1 iv, 2 sc
    template_days: Array  # [template]
    template_transplant_day: Array  # [template], 0 for none
    template_maintenance: Array  # [template]: lenalidomide alone, at most 15 mg
    template_highest: Array  # [template, drug]: highest dose, in the order's unit
    rules: RuleTables  # dose rules, as data
    cycle_template: Array  # [arm, line, cycle]
    n_cycles: Array  # [arm, line]
    repeats: Array  # [arm, line]
    n_lines: Array  # [arm]
    gap_weeks: Array  # [arm]
    randomised_week: Array  # [arm]: 0 unless treatment begins before
    once: Array  # the number 1; see `core.batching`


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What fixes the shape of the compiled program; hashable.

    Parameters
    ----------
    drugs
        Drugs that any arm orders, in the order of `cereblon.model.drugs.DRUGS`.
    routes
        For each drug the routes that are used, as numbers.
    n_weeks
        Weeks from randomisation to the end of the longest follow-up.
    n_lines
        Lines of the longest strategy.
    response_every_weeks
        Interval of response visits.
    """

    drugs: tuple[str, ...]
    routes: tuple[tuple[int, ...], ...]
    n_weeks: int
    n_lines: int
    response_every_weeks: int = 4


def build_program(
    strategies: Sequence[StrategyGrid], rules: RuleSet | None = None, run_in_weeks: Sequence[int] | None = None
) -> tuple[Program, tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Stack the arms' strategies into one program.

    Parameters
    ----------
    strategies
        By arm.
    rules
        Dose rules of the trial; `us-label` unless given.
    run_in_weeks
        Weeks of treatment before randomisation, by arm; none unless given.

    Returns
    -------
        The program, the drugs that are used, and the routes of each.
    """
    days = max(grid.template_dose.shape[1] for grid in strategies)
    lines = max(len(grid.n_cycles) for grid in strategies)
    cycles = max(grid.cycle_template.shape[1] for grid in strategies)
    offset, doses, cycle_template = 0, [], np.full((len(strategies), lines, cycles), -1, np.int32)
    n_cycles, repeats = np.zeros((len(strategies), lines), np.int32), np.zeros((len(strategies), lines), bool)
    for arm, grid in enumerate(strategies):
        doses.append(np.pad(grid.template_dose, ((0, 0), (0, days - grid.template_dose.shape[1]), (0, 0))))
        own_lines, own_cycles = grid.cycle_template.shape
        shifted = np.where(grid.cycle_template >= 0, grid.cycle_template + offset, -1)
        cycle_template[arm, :own_lines, :own_cycles] = shifted
        n_cycles[arm, :own_lines], repeats[arm, :own_lines] = grid.n_cycles, grid.repeats
        offset += len(grid.template_days)
    dose = np.concatenate(doses)
    used = [drug for index, drug in enumerate(DRUGS) if dose[:, :, index].any()]
    keep = [DRUGS.index(drug) for drug in used]
    unit = np.concatenate([grid.template_unit for grid in strategies])[:, keep]
    route = np.concatenate([grid.template_route for grid in strategies])[:, keep]
    dose = dose[:, :, keep]
    given = np.asarray(dose.any(axis=1))
    routes = tuple(tuple(sorted({int(r) for r in route[given[:, i], i]})) for i in range(len(used)))
    arrays = {
        "template_dose": dose.astype(np.float32),
        "template_unit": unit.astype(np.int32),
        "template_route": route.astype(np.int32),
        "template_days": np.concatenate([grid.template_days for grid in strategies]).astype(np.int32),
        "template_transplant_day": np.concatenate([g.template_transplant_day for g in strategies]).astype(np.int32),
        "template_maintenance": _maintenance(dose, used),
        "template_highest": dose.max(axis=1).astype(np.float32),
        "rules": tuple(np.asarray(table) for table in rule_tables(rules or load_rule_set("us-label"), used)),
        "cycle_template": cycle_template,
        "n_cycles": n_cycles,
        "repeats": repeats,
        "n_lines": np.array([len(grid.n_cycles) for grid in strategies], np.int32),
        "gap_weeks": np.array([-(-grid.gap_days // 7) for grid in strategies], np.int32),
        "randomised_week": np.array(run_in_weeks or [0] * len(strategies), np.int32),
        "once": np.int32(1),
    }
    moved = jax.device_put(arrays)  # at once: to convert each on the device would compile a program for each
    program = Program(**{**moved, "rules": RuleTables(*moved["rules"])})
    return program, tuple(used), routes


def _maintenance(dose: np.ndarray, used: Sequence[str]) -> np.ndarray:
    """Tell templates in which lenalidomide is given alone at 15 mg or less: the maintenance rules hold there."""
    if "lenalidomide" not in used:
        return np.zeros(len(dose), bool)
    index = used.index("lenalidomide")
    highest = dose.max(axis=1)
    alone = np.delete(highest, index, axis=1).max(axis=1, initial=0.0) == 0.0
    return np.asarray(alone & (highest[:, index] > 0.0) & (highest[:, index] <= 15.0))


def subjects_of(
    patients: VirtualPatients,
    *,
    replicate: np.ndarray,
    arm: np.ndarray,
    follow_up_days: np.ndarray,
    run_in_weeks: np.ndarray | int = 0,
) -> Subject:
    """Turn drawn people and their place in the trial into the model's arrays.

    Follow-up counts from randomisation, the model's days from the beginning of a run-in of so many weeks.
    """
    columns: dict[str, np.ndarray] = {
        "subject_id": patients.subject_id,
        "replicate": replicate,
        "arm": arm,
        "follow_up_days": follow_up_days + 7 * run_in_weeks,
        "age": patients.age,
        "male": patients.male,
        "weight_kg": patients.weight_kg,
        "height_cm": patients.height_cm,
        "bsa_m2": patients.bsa_m2,
        "crcl_ml_min": patients.crcl_ml_min,
        "albumin_g_l": patients.albumin_g_l,
        "b2m_mg_l": patients.b2m_mg_l,
        "iss": patients.iss,
        "high_risk": patients.high_risk_cytogenetics,
        "isotype": patients.isotype,
        "m_protein": patients.m_protein_g_l,
        "involved_flc": patients.involved_flc_mg_l,
        "uninvolved_flc": patients.uninvolved_flc_mg_l,
        "plasma_cells": patients.marrow_plasma_cells_percent,
        "neutrophils": patients.neutrophils_1e9_l,
        "platelets": patients.platelets_1e9_l,
        "haemoglobin": patients.haemoglobin_g_l,
        "frailty": patients.frailty,
        "prior_lines": patients.prior_lines,
        "refractory": patients.lenalidomide_refractory,
        "exposed": patients.bortezomib_exposed,
        "neuropathy": patients.baseline_neuropathy_grade,
        "cardiac_history": patients.cardiac_history,
    }
    return Subject(**jax.device_put({name: values.astype(kind_of(name)) for name, values in columns.items()}))


def kind_of(column: str) -> Any:
    """Name the kind of number of a column of `Subject`."""
    return _KINDS.get(column, np.float32)
