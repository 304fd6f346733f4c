"""Body size and kidney function from what is measured at a visit, of one patient or of many."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def body_mass_index(weight_kg: Array, height_cm: Array) -> Array:
    """Compute the body mass index, kg/m2."""
    metres = height_cm / 100.0
    return weight_kg / (metres * metres)


def body_surface_area(weight_kg: ArrayLike, height_cm: ArrayLike) -> Array:
    """Compute the body surface area, m2.

    Source
    ------
    Mosteller 1987, doi:10.1056/NEJM198710223171717: square root of height times weight over 3600.
    """
    return np.asarray(np.sqrt(np.multiply(weight_kg, height_cm) / 3600.0), dtype=np.float64)


def cockcroft_gault(age: Array, weight_kg: Array, male: NDArray[np.bool_], creatinine_mg_dl: Array) -> Array:
    """Compute the creatinine clearance, mL/min.

    Parameters
    ----------
    age
        Years, below 140.
    weight_kg
        Actual body weight, as in the lenalidomide trials.
    male
        True for men.
    creatinine_mg_dl
        In serum, mg/dL, positive.

    Source
    ------
    Cockcroft and Gault 1976, doi:10.1159/000180580.
    """
    return (140.0 - age) * weight_kg * np.where(male, 1.0, 0.85) / (72.0 * creatinine_mg_dl)


def creatinine_of_clearance(age: Array, weight_kg: Array, male: NDArray[np.bool_], crcl_ml_min: Array) -> Array:
    """Give the serum creatinine, mg/dL, that has this Cockcroft-Gault clearance."""
    return (140.0 - age) * weight_kg * np.where(male, 1.0, 0.85) / (72.0 * crcl_ml_min)
