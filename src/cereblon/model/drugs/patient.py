"""What kinetics may know of subjects: covariates as arrays, checked where they enter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jax import Array
from numpy.typing import ArrayLike, NDArray

from cereblon.core.arrays import NumberOrArray
from cereblon.core.body import body_surface_area
from cereblon.core.errors import InputError

Floats = NDArray[np.float64]


REFERENCE: dict[str, float] = {
    "age": 65.0,
    "male": 1.0,
    "weight_kg": 75.0,
    "height_cm": 172.0,
    "crcl_ml_min": 90.0,
    "albumin_g_l": 37.0,
    "igg": 1.0,
    "b2m_mg_l": 3.9,
    "m_protein_g_l": 20.5,
    "total_protein_g_l": 73.0,
    "asian": 0.0,
    "with_pomalidomide": 0.0,
}
"""The reference patient: who a subject is as far as nothing else is said."""


class Patient(NamedTuple):
    """Covariates of one subject, or arrays of many; those at the end are of the reference patient if left out.

    Parameters
    ----------
    age
        Years.
    male
        1 for men, 0 for women.
    weight_kg, height_cm, bsa_m2
        Body size; the surface in m2.
    crcl_ml_min
        Creatinine clearance, mL/min.
    albumin_g_l, total_protein_g_l
        Serum albumin and total serum protein, g/L.
    igg
        1 for IgG myeloma, 0 otherwise.
    b2m_mg_l
        Beta-2 microglobulin, mg/L.
    m_protein_g_l
        Serum M-protein, g/L.
    asian
        1 for Asian ancestry.
    with_pomalidomide
        1 if the partner drug is pomalidomide rather than lenalidomide.
    """

    age: Array
    male: Array
    weight_kg: Array
    height_cm: Array
    bsa_m2: Array
    crcl_ml_min: Array
    albumin_g_l: Array
    igg: Array
    b2m_mg_l: NumberOrArray = REFERENCE["b2m_mg_l"]
    m_protein_g_l: NumberOrArray = REFERENCE["m_protein_g_l"]
    total_protein_g_l: NumberOrArray = REFERENCE["total_protein_g_l"]
    asian: NumberOrArray = REFERENCE["asian"]
    with_pomalidomide: NumberOrArray = REFERENCE["with_pomalidomide"]


LIMITS: dict[str, tuple[float, float, str]] = {
    "age": (18.0, 110.0, "years"),
    "male": (0.0, 1.0, "1 for men, 0 for women"),
    "weight_kg": (25.0, 300.0, "kg"),
    "height_cm": (100.0, 250.0, "cm"),
    "bsa_m2": (0.7, 4.0, "m2"),
    "crcl_ml_min": (0.0, 300.0, "mL/min"),
    "albumin_g_l": (5.0, 70.0, "g/L"),
    "igg": (0.0, 1.0, "1 for IgG myeloma, 0 otherwise"),
    "b2m_mg_l": (0.2, 100.0, "mg/L"),
    "m_protein_g_l": (0.0, 150.0, "g/L"),
    "total_protein_g_l": (30.0, 200.0, "g/L"),
    "asian": (0.0, 1.0, "1 or 0"),
    "with_pomalidomide": (0.0, 1.0, "1 or 0"),
}
"""What is possible: lowest and highest value and unit of each covariate."""

FLAGS = ("male", "igg", "asian", "with_pomalidomide")


def covariate_problem(name: str, value: float) -> str | None:
    """Say why a value cannot be, or None."""
    low, high, unit = LIMITS[name]
    allowed = unit if name in FLAGS else f"{low:g} to {high:g} {unit}"
    wrong = value not in (0.0, 1.0) if name in FLAGS else not low <= value <= high  # refuses what is not a number
    return f"{name} {value:g} is not possible ({allowed})" if wrong else None


def patients(values: Mapping[str, ArrayLike], n: int | None = None) -> Patient:
    """Build patients from covariates by name; what is left out is that of the reference patient.

    Parameters
    ----------
    values
        Numbers or arrays by field of `Patient`. Without `bsa_m2` it follows from weight and height.
    n
        Number of subjects; the longest array if left out.

    Returns
    -------
        Arrays of float64, one entry for each subject. Weight without height, or height without weight, leaves the
        other and the body surface NaN: `needed_covariates` refuses what a drug or dose cannot do without.

    Raises
    ------
    InputError
        Listing every unknown name and impossible value.
    """
    problems = [f"{name!r} is not a covariate" for name in values if name not in Patient._fields]
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in values.items() if name in LIMITS}
    for name, value in arrays.items():
        problems += sorted({text for one in np.unique(value) if (text := covariate_problem(name, float(one)))})[:3]
    if problems:
        raise InputError("\n".join(problems), hint=f"covariates: {', '.join(Patient._fields)}")
    size_given = {"weight_kg", "height_cm"} & set(arrays)
    if len(size_given) == 1:
        # Whoever states one of them is not the reference patient; the other one is not ours to guess.
        arrays |= {name: np.asarray(np.nan) for name in {"weight_kg", "height_cm"} - size_given}
    full = {**{name: np.asarray(value) for name, value in REFERENCE.items()}, **arrays}
    full.setdefault("bsa_m2", body_surface_area(full["weight_kg"], full["height_cm"]))
    size = n if n is not None else max(value.size for value in full.values())
    shaped = {name: np.broadcast_to(full[name], (size,)).astype(np.float64) for name in Patient._fields}
    return Patient(**shaped)  # type: ignore[arg-type]  # numpy outside compiled code, jax inside


def needed_covariates(patient: Patient, names: tuple[str, ...], *, why: str) -> None:
    """Refuse patients of whom a covariate is unknown (NaN).

    Raises
    ------
    InputError
        Naming the covariates and why they are needed.
    """
    missing = [name for name in names if not np.isfinite(np.asarray(getattr(patient, name))).all()]
    if missing:
        raise InputError(
            f"{', '.join(missing)} is not known, but {why}",
            hint="state weight and height together" if {"bsa_m2", "weight_kg"} & set(missing) else None,
        )
