"""Bortezomib, intravenous or subcutaneous: three compartments, linear, as on repeated dosing.

The clearance of the very first dose is several times higher, because the drug binds to proteasomes throughout the
body; that is left out, so concentrations of the first days are overstated.

Source
------
Hanley 2017, scaled from children to adult body surface; see `parameters/bortezomib.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import PKParameters

N_ETA = 3  # clearance, central volume, deep exchange


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> PKParameters:
    """Give clearances, volumes and absorption of one subject.

    Parameters
    ----------
    patient
        Body surface is used.
    eta
        [3] standard normal draws: clearance, central volume, exchange with the deep compartment.
    p
        `drug_values("bortezomib")`.

    Returns
    -------
        Three compartments with absorption from under the skin.
    """
    size = patient.bsa_m2 / p["reference_bsa"]
    return PKParameters(
        cl=p["clearance"] * size ** p["clearance_bsa_exponent"] * jnp.exp(p["clearance_sd"] * eta[0]),
        v1=p["central_volume"] * jnp.exp(p["central_volume_sd"] * eta[1]),
        q2=jnp.full_like(size, p["exchange_shallow"]),
        v2=jnp.full_like(size, p["shallow_volume"]),
        q3=p["exchange_deep"] * size ** p["exchange_deep_bsa_exponent"] * jnp.exp(p["exchange_deep_sd"] * eta[2]),
        v3=p["deep_volume"] * size ** p["deep_volume_bsa_exponent"],
        ka=jnp.full_like(size, p["absorption_rate"]),
        available=p["bioavailability_sc"],
    )
