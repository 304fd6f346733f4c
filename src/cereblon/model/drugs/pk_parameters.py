"""Clearances and volumes of one drug: what its kinetics are made of, before they are solved."""

from __future__ import annotations

from typing import NamedTuple

from jax import Array

from cereblon.core.arrays import NumberOrArray


class PKParameters(NamedTuple):
    """Linear kinetics of one drug in L and day; a depot before one to three compartments.

    Each field is a scalar for one subject, or an array over subjects.

    Parameters
    ----------
    cl
        Clearance from the centre, L/day.
    v1
        Central volume, L.
    q2, v2, q3, v3
        Exchange with the second and third compartment, L/day, and their volumes, L; None where there is none.
    ka
        First-order absorption, 1/day; None for a drug given into the vein only.
    available
        Share of an absorbed dose that reaches the centre.
    lag
        Day between an absorbed dose and the start of its absorption.
    """

    cl: Array
    v1: Array
    q2: Array | None = None
    v2: Array | None = None
    q3: Array | None = None
    v3: Array | None = None
    ka: Array | None = None
    available: NumberOrArray = 1.0
    lag: NumberOrArray = 0.0


class AntibodyPKParameters(NamedTuple):
    """Kinetics of one antibody in mg, L and day: linear, saturable and target-mediated loss.

    dD/dt  = -ka D
    dA1/dt = available ka D - (CL(t) + Q) C - Vmax exp(-decay t) C / (half + C) + Q A2/V2,    C = A1/V1
    dA2/dt = Q C - Q A2/V2 - uptake T A2
    dT/dt  = -uptake T A2/V2
    CL(t)  = CL exp(rise (1 - t^g / (rise_half^g + t^g))),   g = rise_steepness

    Time counts from the first dose. Each field is a scalar for one subject, or an array over subjects.

    Parameters
    ----------
    clearance
        Linear clearance at the end, L/day.
    central_volume, exchange, peripheral_volume
        V1, L; Q, L/day; V2, L.
    capacity
        Largest saturable loss Vmax at the start, mg/day.
    capacity_decay
        1/day.
    half
        Concentration of half the largest saturable loss, mg/L.
    rise
        Logarithm of linear clearance at the start over that at the end.
    rise_half
        Time at which half of that logarithm is gone, day.
    rise_steepness
        Exponent of that course.
    uptake
        Binding to a target in the periphery that is not renewed, L/(mg day).
    target
        That target at the start, mg/L.
    ka
        First-order absorption, 1/day; None for an antibody given into the vein only.
    available
        Share of an absorbed dose that reaches the centre.
    """

    clearance: Array
    central_volume: Array
    exchange: Array
    peripheral_volume: Array
    capacity: Array
    half: Array
    capacity_decay: NumberOrArray = 0.0
    rise: NumberOrArray = 0.0
    rise_half: NumberOrArray = 1.0
    rise_steepness: NumberOrArray = 1.0
    uptake: NumberOrArray = 0.0
    target: NumberOrArray = 0.0
    ka: Array | None = None
    available: NumberOrArray = 1.0
