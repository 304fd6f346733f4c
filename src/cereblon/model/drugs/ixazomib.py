"""Ixazomib by mouth: three compartments, first-order absorption after a lag.

Known miss: the peak is three times too low (the published model does not describe the first hours), so effects are
driven by occupancy over the day and never by the peak.

Source
------
Gupta 2017; see `parameters/ixazomib.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import PKParameters

N_ETA = 3  # clearance, bioavailability (correlated), quick volume


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> PKParameters:
    """Give clearances, volumes and absorption of one subject.

    Parameters
    ----------
    patient
        Body surface is used.
    eta
        [3] independent standard normal draws: clearance, bioavailability, quick volume. The correlation of the first
        two is applied here.
    p
        `drug_values("ixazomib")`.

    Returns
    -------
        Three compartments with absorption after a lag.
    """
    together = p["clearance_bioavailability_correlation"]
    eta_f = together * eta[0] + (1.0 - together**2) ** 0.5 * eta[1]
    size = patient.bsa_m2 / p["reference_bsa"]
    return PKParameters(
        cl=p["clearance"] * jnp.exp(p["clearance_sd"] * eta[0]),
        v1=jnp.full_like(size, p["central_volume"]),
        q2=jnp.full_like(size, p["exchange_slow"]),
        v2=jnp.full_like(size, p["slow_volume"]),
        q3=jnp.full_like(size, p["exchange_quick"]),
        v3=p["quick_volume"] * size ** p["quick_volume_bsa_exponent"] * jnp.exp(p["quick_volume_sd"] * eta[2]),
        ka=jnp.full_like(size, p["absorption_rate"]),
        available=p["bioavailability"] * jnp.exp(p["bioavailability_sd"] * eta_f),
        lag=p["lag"],
    )
