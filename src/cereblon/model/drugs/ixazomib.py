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

from cereblon.model.drugs.compartments import Input, absorb, modes, three_compartments
from cereblon.model.drugs.disposition import Modes, Person
from cereblon.model.drugs.flows import Flows

N_ETA = 3  # clearance, bioavailability (correlated), quick volume


def flows(person: Person, eta: Array, p: Mapping[str, float]) -> Flows:
    """Give clearances, volumes and absorption of one subject.

    Parameters
    ----------
    person
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
    size = person.bsa_m2 / p["reference_bsa"]
    return Flows(
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


def disposition(person: Person, eta: Array, p: Mapping[str, float]) -> Modes:
    """Give the kinetics of one subject as four modes, oral route with a lag; parameters as of `flows`."""
    flow = flows(person, eta, p)
    assert flow.q2 is not None and flow.v2 is not None and flow.q3 is not None and flow.v3 is not None
    assert flow.ka is not None
    bolus = three_compartments(flow.cl, flow.v1, flow.q2, flow.v2, flow.q3, flow.v3)
    rate, oral, _ = absorb(bolus, flow.ka, flow.available)
    return modes(rate, oral=Input(oral, lag=flow.lag))
