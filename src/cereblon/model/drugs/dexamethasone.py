"""Dexamethasone by mouth, 20 to 40 mg: two compartments, first-order absorption.

Source
------
Derived from a bioavailability study of the 20 mg tablet; see `parameters/dexamethasone.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import PKParameters

N_ETA = 2  # clearance, absorption rate


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> PKParameters:
    """Give clearance, volumes and absorption of one subject.

    Parameters
    ----------
    patient
        Not used beyond its number type: no covariate was published at these doses.
    eta
        [2] standard normal draws: clearance, absorption rate.
    p
        `drug_values("dexamethasone")`.

    Returns
    -------
        Two compartments with absorption.
    """
    one = jnp.ones_like(patient.weight_kg)
    cl = p["clearance"] * jnp.exp(p["clearance_sd"] * eta[0])
    ka = p["absorption_rate"] * jnp.exp(p["absorption_rate_sd"] * eta[1])
    return PKParameters(cl, p["central_volume"] * one, p["exchange"] * one, p["peripheral_volume"] * one, ka=ka)
