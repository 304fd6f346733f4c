"""Daratumumab, intravenous or subcutaneous: two compartments, linear plus target-mediated elimination.

The target-mediated part falls with time since the first dose, as the tumour does.

Source
------
Luo 2021; see `parameters/daratumumab.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters

N_ETA = 5  # clearance, central volume, target capacity, target decay, absorption rate


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> AntibodyPKParameters:
    """Give the kinetics of one subject.

    Parameters
    ----------
    patient
        Weight, albumin, sex and IgG myeloma are used.
    eta
        [5] standard normal draws: clearance, central volume, target capacity, target decay, absorption rate.
    p
        `drug_values("daratumumab")`.

    Returns
    -------
        Kinetics with absorption from under the skin.
    """
    weight = patient.weight_kg / p["reference_weight"]
    albumin = patient.albumin_g_l / p["reference_albumin"]
    one = jnp.ones_like(weight)
    return AntibodyPKParameters(
        clearance=p["clearance"]
        * weight ** p["clearance_weight_exponent"]
        * albumin ** p["clearance_albumin_exponent"]
        * (1.0 + p["clearance_igg_rise"] * patient.igg)
        * jnp.exp(p["clearance_sd"] * eta[0]),
        central_volume=p["central_volume"]
        * weight ** p["volume_weight_exponent"]
        * (1.0 + p["volume_male_change"] * patient.male)
        * jnp.exp(p["central_volume_sd"] * eta[1]),
        exchange=p["exchange"] * one,
        peripheral_volume=p["peripheral_volume"] * one,
        capacity=p["target_capacity"] * jnp.exp(p["target_capacity_sd"] * eta[2]),
        capacity_decay=p["target_decay"] * jnp.exp(p["target_decay_sd"] * eta[3]),
        half=p["target_half"] * one,
        ka=p["absorption_rate"] * jnp.exp(p["absorption_rate_sd"] * eta[4]),
        available=p["bioavailability_sc"] * one,
    )
