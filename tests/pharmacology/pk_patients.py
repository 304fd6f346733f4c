"""Patients for the tests of this folder."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from cereblon.model.drugs.patient import REFERENCE, Patient, patients


def person(**changes: float) -> Patient:
    typical = {
        "age": 68.0,
        "male": 1.0,
        "weight_kg": 75.0,
        "height_cm": 172.0,
        "bsa_m2": 1.9,
        "crcl_ml_min": 80.0,
        "albumin_g_l": 37.0,
        "igg": 1.0,
    }
    known = {**REFERENCE, **typical, **changes}
    return Patient(**{name: jnp.asarray(value, dtype=float) for name, value in known.items()})


def crowd(n: int) -> tuple[Patient, np.ndarray]:
    """Draw `n` varied people and five standard normal numbers for each, as float64 arrays."""
    draw = np.random.default_rng(20)
    people = patients(
        {
            "age": draw.uniform(30.0, 90.0, n),
            "male": (draw.random(n) < 0.5).astype(float),
            "weight_kg": draw.uniform(40.0, 130.0, n),
            "height_cm": draw.uniform(145.0, 200.0, n),
            "bsa_m2": draw.uniform(1.3, 2.5, n),
            "crcl_ml_min": draw.uniform(5.0, 150.0, n),
            "albumin_g_l": draw.uniform(22.0, 50.0, n),
            "igg": (draw.random(n) < 0.5).astype(float),
        }
    )
    return people, draw.standard_normal((n, 5)).clip(-3.0, 3.0)
