"""What goes into a simulation of each subject: covariates, arm and follow-up, as arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array

from cereblon.model.patients.virtual_patients import VirtualPatients


class Subject(NamedTuple):
    """One subject's covariates and place in the trial; scalars inside the model, arrays of them outside."""

    subject_id: Array
    replicate: Array
    arm: Array
    follow_up_days: Array
    years_since_2010: Array
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


def subjects_of(
    patients: VirtualPatients,
    *,
    replicate: np.ndarray,
    arm: np.ndarray,
    follow_up_days: np.ndarray,
    run_in_weeks: np.ndarray | int = 0,
    years_since_2010: np.ndarray | None = None,
) -> Subject:
    """Turn drawn people and their place in the trial into the model's arrays.

    Follow-up counts from randomisation, the model's days from the beginning of a run-in of so many weeks. Without the
    years from 2010 to enrolment it is 2010.
    """
    columns: dict[str, np.ndarray] = {
        "subject_id": patients.subject_id,
        "replicate": replicate,
        "arm": arm,
        "follow_up_days": follow_up_days + 7 * run_in_weeks,
        "years_since_2010": np.zeros(len(arm)) if years_since_2010 is None else years_since_2010,
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
