"""Lenalidomide by mouth: one compartment, clearance saturating with creatinine clearance.

CL/F = CL * g(CrCl) / g(90) with g(x) = floor + span x^h / (x^h + x50^h); V/F proportional to weight; first-order
absorption. Known miss: the peak is 30 % too low.

Source
------
Hughes 2019 (structure, clearance, volume), Liang 2024 (absorption), Chen 2007 (kidney function); see
`parameters/lenalidomide.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import PKParameters

N_ETA = 2  # clearance, volume


def relative_clearance(crcl_ml_min: Array, p: Mapping[str, NumberOrArray]) -> Array:
    """Compute the clearance relative to the reference creatinine clearance; mL/min in, no unit out."""

    def curve(crcl: NumberOrArray) -> Array:
        power = (jnp.asarray(crcl) / p["renal_half"]) ** p["renal_hill"]
        return p["renal_floor"] + p["renal_span"] * power / (1.0 + power)

    return curve(jnp.minimum(crcl_ml_min, p["largest_crcl"])) / curve(p["reference_crcl"])


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray], *, fed: bool = False) -> PKParameters:
    """Give clearance, volume and absorption of one subject.

    Parameters
    ----------
    patient
        Weight and creatinine clearance are used.
    eta
        [2] standard normal draws: clearance, volume.
    p
        `drug_values("lenalidomide")`.
    fed
        Taken with a high-fat meal: slower and less absorption.

    Returns
    -------
        One compartment with absorption.
    """
    cl = p["clearance"] * relative_clearance(patient.crcl_ml_min, p) * jnp.exp(p["clearance_sd"] * eta[0])
    v = p["volume"] * patient.weight_kg / p["reference_weight"] * jnp.exp(p["volume_sd"] * eta[1])
    ka, available = (p["fed_absorption_rate"], p["fed_bioavailability"]) if fed else (p["absorption_rate"], 1.0)
    return PKParameters(cl, v, ka=jnp.full_like(cl, ka), available=available)
