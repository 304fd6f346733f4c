"""High-dose melphalan by infusion: two compartments; its area drives the kill of clones and marrow.

Clearance depends on kidney function, fat-free mass and haematocrit. The published forms were not available: body
surface stands for size, and the rest is left in the between-subject variability.

Source
------
Nath 2010 (clearance), Moreau 1996 and Tricot 1996 (volume, half-life); see `parameters/melphalan.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import PKParameters

N_ETA = 1  # clearance


def clearance(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> Array:
    """Give the clearance of one subject, L/day."""
    size = patient.bsa_m2 / p["reference_bsa"]
    return p["clearance"] * size ** p["clearance_bsa_exponent"] * jnp.exp(p["clearance_sd"] * eta[0])


def pk_parameters(patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> PKParameters:
    """Give clearances and volumes of one subject.

    Parameters
    ----------
    patient
        Body surface is used.
    eta
        [1] standard normal draw: clearance.
    p
        `drug_values("melphalan")`.

    Returns
    -------
        Two compartments.
    """
    cl = clearance(patient, eta, p)
    one = jnp.ones_like(cl)
    return PKParameters(cl, p["central_volume"] * one, p["exchange"] * one, p["peripheral_volume"] * one)


def auc(dose_mg: NumberOrArray, patient: Patient, eta: Array, p: Mapping[str, NumberOrArray]) -> Array:
    """Compute the area under the concentration of one dose, mg day/L (times 24 for the usual mg h/L)."""
    return dose_mg / clearance(patient, eta, p)
