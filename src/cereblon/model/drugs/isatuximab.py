"""Isatuximab into the vein: two compartments; linear clearance that falls with time, and saturable elimination.

Source
------
Fau 2020, commercial material; see `parameters/isatuximab.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters

N_ETA = 9  # clearance, its fall, half-time and steepness of the fall, volumes, exchange, capacity, its half


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> AntibodyPKParameters:
    """Give the kinetics of one subject.

    Parameters
    ----------
    patient
        Weight, beta-2 microglobulin, sex, Asian ancestry and IgG myeloma are used.
    eta
        [9] standard normal draws: clearance, its fall (of the value itself), half-time and steepness of the fall,
        central volume, exchange, peripheral volume, capacity, half-saturation.
    p
        `drug_values("isatuximab")`.

    Returns
    -------
        Kinetics without absorption.
    """
    weight = patient.weight_kg / p["reference_weight"]
    other = 1.0 - patient.igg
    volume = (
        p["central_volume"]
        * p["volume_material_factor"]
        * weight ** p["volume_weight_exponent"]
        * jnp.exp(p["volume_asian_log"] * patient.asian + p["volume_female_log"] * (1.0 - patient.male))
        * jnp.exp(p["central_volume_sd"] * eta[4])
    )
    return AntibodyPKParameters(
        clearance=p["clearance"]
        * weight ** p["clearance_weight_exponent"]
        * (patient.b2m_mg_l / p["reference_b2m"]) ** p["clearance_b2m_exponent"]
        * jnp.exp(p["clearance_not_igg_log"] * other + p["clearance_sd"] * eta[0]),
        central_volume=volume,
        exchange=p["exchange"] * weight ** p["exchange_weight_exponent"] * jnp.exp(p["exchange_sd"] * eta[5]),
        peripheral_volume=p["peripheral_volume"]
        * weight ** p["peripheral_weight_exponent"]
        * jnp.exp(p["peripheral_volume_sd"] * eta[6]),
        capacity=volume * p["capacity"] * jnp.exp(p["capacity_sd"] * eta[7]),
        half=p["half"] * jnp.exp(p["half_sd"] * eta[8]),
        rise=p["clearance_fall"] + p["clearance_fall_natural_sd"] * eta[1],
        rise_half=p["fall_time"] * jnp.exp(p["fall_time_not_igg_log"] * other + p["fall_time_sd"] * eta[2]),
        rise_steepness=p["fall_steepness"] * jnp.exp(p["fall_steepness_sd"] * eta[3]),
    )
