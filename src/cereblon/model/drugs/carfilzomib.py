"""Carfilzomib by short infusion: two compartments, clearance proportional to body surface.

Source
------
Derived from the label's peak and area at 27 mg/m2; see `parameters/carfilzomib.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import PKParameters

N_ETA = 2  # clearance, central volume


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> PKParameters:
    """Give clearances and volumes of one subject.

    Parameters
    ----------
    patient
        Body surface is used.
    eta
        [2] standard normal draws: clearance, central volume.
    p
        `drug_values("carfilzomib")`.

    Returns
    -------
        Two compartments.
    """
    size = patient.bsa_m2 / p["reference_bsa"]
    return PKParameters(
        cl=p["clearance"] * size * jnp.exp(p["clearance_sd"] * eta[0]),
        v1=p["central_volume"] * jnp.exp(p["central_volume_sd"] * eta[1]),
        q2=jnp.full_like(size, p["exchange"]),
        v2=jnp.full_like(size, p["peripheral_volume"]),
    )
