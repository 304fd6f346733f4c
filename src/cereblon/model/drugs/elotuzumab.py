"""Elotuzumab into the vein: two compartments, linear and saturable elimination, and a target pool in the periphery.

Saturable elimination rises with the M-protein; the target in the periphery is not renewed.

Source
------
Ide 2022, with lenalidomide or pomalidomide and dexamethasone; see `parameters/elotuzumab.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters

N_ETA = 7  # clearance, central volume, exchange, peripheral volume, target, uptake, half-saturation


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> AntibodyPKParameters:
    """Give the kinetics of one subject.

    Parameters
    ----------
    patient
        Weight, sex, Asian ancestry, beta-2 microglobulin, M-protein and the partner drug are used.
    eta
        [7] standard normal draws: clearance, central volume, exchange, peripheral volume, target, uptake,
        half-saturation.
    p
        `drug_values("elotuzumab")`.

    Returns
    -------
        Kinetics without absorption.
    """
    weight = patient.weight_kg / p["reference_weight"]
    female = 1.0 - patient.male
    high_b2m = jnp.where(patient.b2m_mg_l >= p["high_b2m"], p["volume_high_b2m_factor"], 1.0)
    volume = (
        p["central_volume"]
        * weight ** p["volume_weight_exponent"]
        * p["volume_female_factor"] ** female
        * p["volume_asian_factor"] ** patient.asian
        * high_b2m
        * jnp.exp(p["central_volume_sd"] * eta[1])
    )
    return AntibodyPKParameters(
        clearance=p["clearance"]
        * weight ** p["clearance_weight_exponent"]
        * p["clearance_pomalidomide_factor"] ** patient.with_pomalidomide
        * jnp.exp(p["clearance_sd"] * eta[0]),
        central_volume=volume,
        exchange=p["exchange"] * weight ** p["exchange_weight_exponent"] * jnp.exp(p["exchange_sd"] * eta[2]),
        peripheral_volume=p["peripheral_volume"]
        * weight ** p["peripheral_weight_exponent"]
        * jnp.exp(p["peripheral_volume_sd"] * eta[3]),
        capacity=volume * p["capacity"] * jnp.exp(p["capacity_m_protein_slope"] * patient.m_protein_g_l),
        half=p["half"] * jnp.exp(p["half_sd"] * eta[6]),
        uptake=p["uptake"]
        * p["uptake_pomalidomide_factor"] ** patient.with_pomalidomide
        * jnp.exp(p["uptake_sd"] * eta[5]),
        target=p["target"] * jnp.exp(p["target_sd"] * eta[4]),
    )
