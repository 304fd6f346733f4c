"""Carfilzomib by short infusion: two compartments, clearance proportional to body surface.

Source
------
Derived from the label's peak and area at 27 mg/m2; see `parameters/carfilzomib.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from cereblon.model.drugs.compartments import Input, modes, two_compartments
from cereblon.model.drugs.disposition import Modes, Person
from cereblon.model.drugs.flows import Flows

N_ETA = 2  # clearance, central volume


def flows(person: Person, eta: Array, p: Mapping[str, float]) -> Flows:
    """Give clearances and volumes of one subject.

    Parameters
    ----------
    person
        Body surface is used.
    eta
        [2] standard normal draws: clearance, central volume.
    p
        `drug_values("carfilzomib")`.

    Returns
    -------
        Two compartments.
    """
    size = person.bsa_m2 / p["reference_bsa"]
    return Flows(
        cl=p["clearance"] * size * jnp.exp(p["clearance_sd"] * eta[0]),
        v1=p["central_volume"] * jnp.exp(p["central_volume_sd"] * eta[1]),
        q2=jnp.full_like(size, p["exchange"]),
        v2=jnp.full_like(size, p["peripheral_volume"]),
    )


def disposition(person: Person, eta: Array, p: Mapping[str, float]) -> Modes:
    """Give the kinetics of one subject as two modes, an infusion into the vein; parameters as of `flows`."""
    flow = flows(person, eta, p)
    assert flow.q2 is not None and flow.v2 is not None
    bolus = two_compartments(flow.cl, flow.v1, flow.q2, flow.v2)
    return modes(bolus.rate, iv=Input(bolus.coefficient, infusion=p["infusion"]))
