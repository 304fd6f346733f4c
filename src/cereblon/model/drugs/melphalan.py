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

from cereblon.model.drugs.compartments import Input, modes, two_compartments
from cereblon.model.drugs.disposition import Modes, Person
from cereblon.model.drugs.flows import Flows

N_ETA = 1  # clearance


def clearance(person: Person, eta: Array, p: Mapping[str, float]) -> Array:
    """Give the clearance of one subject, L/day."""
    size = person.bsa_m2 / p["reference_bsa"]
    return p["clearance"] * size ** p["clearance_bsa_exponent"] * jnp.exp(p["clearance_sd"] * eta[0])


def flows(person: Person, eta: Array, p: Mapping[str, float]) -> Flows:
    """Give clearances and volumes of one subject.

    Parameters
    ----------
    person
        Body surface is used.
    eta
        [1] standard normal draw: clearance.
    p
        `drug_values("melphalan")`.

    Returns
    -------
        Two compartments.
    """
    cl = clearance(person, eta, p)
    one = jnp.ones_like(cl)
    return Flows(cl, p["central_volume"] * one, p["exchange"] * one, p["peripheral_volume"] * one)


def disposition(person: Person, eta: Array, p: Mapping[str, float]) -> Modes:
    """Give the kinetics of one subject as two modes, an infusion into the vein; parameters as of `flows`."""
    flow = flows(person, eta, p)
    assert flow.q2 is not None and flow.v2 is not None
    bolus = two_compartments(flow.cl, flow.v1, flow.q2, flow.v2)
    return modes(bolus.rate, iv=Input(bolus.coefficient, infusion=p["infusion"]))


def auc(dose_mg: Array | float, person: Person, eta: Array, p: Mapping[str, float]) -> Array:
    """Compute the area under the concentration of one dose, mg day/L (times 24 for the usual mg h/L)."""
    return dose_mg / clearance(person, eta, p)
