"""Pomalidomide by mouth in myeloma: two compartments, first-order absorption after a lag.

The kidney has no effect in the published model; its clearance is mostly metabolic.

Source
------
Li 2015; see `parameters/pomalidomide.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import PKParameters

N_ETA = 3  # clearance, central volume (correlated), absorption rate


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> PKParameters:
    """Give clearances, volumes and absorption of one subject.

    Parameters
    ----------
    patient
        Sex, weight and total serum protein are used.
    eta
        [3] independent standard normal draws: clearance, central volume, absorption rate. The correlation of the
        first two is applied here.
    p
        `drug_values("pomalidomide")`.

    Returns
    -------
        Two compartments with absorption after a lag.
    """
    together = p["clearance_volume_correlation"]
    eta_v = together * eta[0] + (1.0 - together**2) ** 0.5 * eta[1]
    weight = patient.weight_kg / p["reference_weight"]
    protein = 1.0 + p["volume_protein_slope"] * (patient.total_protein_g_l - p["reference_protein"])
    return PKParameters(
        cl=p["clearance"]
        * (1.0 + p["clearance_female_change"] * (1.0 - patient.male))
        * jnp.exp(p["clearance_sd"] * eta[0]),
        v1=p["central_volume"]
        * weight ** p["volume_weight_exponent"]
        * protein
        * jnp.exp(p["central_volume_sd"] * eta_v),
        q2=jnp.full_like(weight, p["exchange"]),
        v2=jnp.full_like(weight, p["peripheral_volume"]),
        ka=p["absorption_rate"] * jnp.exp(p["absorption_rate_sd"] * eta[2]),
        lag=p["lag"],
    )
