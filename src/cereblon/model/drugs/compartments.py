"""Rates and coefficients of one-, two- and three-compartment kinetics in closed form, safe in 32 bit.

A mammillary model with elimination from the centre answers a bolus of 1 mg with `sum_i c_i exp(-rate_i t)`, where
`sum c_i = 1/V1` and `sum c_i/rate_i = 1/CL`. The rates interlace with the return rates, so all are real, positive
and distinct.

Source
------
Standard solutions of linear compartment models, e.g. Gabrielsson and Weiner, Pharmacokinetic and Pharmacodynamic Data
Analysis; the forms that avoid cancellation were derived here and are tested against 64 bit.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.model.drugs.disposition import Modes


class BolusResponse(NamedTuple):
    """Answer of the central concentration to 1 mg put there at once: rates [mode] 1/day, coefficients [mode] 1/L."""

    rate: Array
    coefficient: Array


class Input(NamedTuple):
    """How a dose by one route reaches the centre: [mode] weights of an instant dose, lag and infusion in days."""

    weight: Array
    lag: NumberOrArray = 0.0
    infusion: NumberOrArray = 0.0


def one_compartment(cl: Array, v: Array) -> BolusResponse:
    """Solve one compartment; clearance L/day, volume L."""
    return BolusResponse(jnp.stack([cl / v]), jnp.stack([1.0 / v]))


def two_compartments(cl: Array, v1: Array, q: Array, v2: Array) -> BolusResponse:
    """Solve two compartments; clearances L/day, volumes L. The faster mode comes first."""
    k10, k12, k21 = cl / v1, q / v1, q / v2
    gap = k10 + k12 - k21
    root = jnp.sqrt(gap * gap + 4.0 * k12 * k21)
    # (root + gap) / 2 times (root - gap) / 2 is k12 k21: add up the larger of the two, divide to get the other.
    larger = 0.5 * (root + jnp.abs(gap))
    smaller = k12 * k21 / larger
    fast_excess = jnp.where(gap >= 0.0, larger, smaller)  # fast rate - k21
    slow_lack = jnp.where(gap >= 0.0, smaller, larger)  # k21 - slow rate
    fast = k21 + fast_excess
    slow = k10 * k21 / fast
    return BolusResponse(jnp.stack([fast, slow]), jnp.stack([fast_excess, slow_lack]) / (root * v1))


def three_compartments(cl: Array, v1: Array, q2: Array, v2: Array, q3: Array, v3: Array) -> BolusResponse:
    """Solve three compartments; clearances L/day, volumes L. Modes from fast to slow."""
    k10, k12, k21, k13, k31 = cl / v1, q2 / v1, q2 / v2, q3 / v1, q3 / v3
    # The rates are the roots of x^3 - b x^2 + c x - d.
    b = k10 + k12 + k13 + k21 + k31
    c = k10 * k21 + k10 * k31 + k12 * k31 + k13 * k21 + k21 * k31
    d = k10 * k21 * k31
    spread = jnp.sqrt(jnp.maximum(b * b - 3.0 * c, 0.0))
    cosine = (2.0 * b**3 - 9.0 * b * c + 27.0 * d) / (2.0 * spread**3)
    fast = (b + 2.0 * spread * jnp.cos(jnp.arccos(jnp.clip(cosine, -1.0, 1.0)) / 3.0)) / 3.0
    # The trigonometric form would leave the slowest rate, a thousandth of the fastest, with four digits in 32 bit; so
    # the other two rates follow from their sum and product.
    product = d / fast
    total = (c - product) / fast
    middle = 0.5 * (total + jnp.sqrt(jnp.maximum(total * total - 4.0 * product, 0.0)))
    slow = product / middle
    rate = jnp.stack([fast, middle, slow])
    others = jnp.stack(
        [(middle - fast) * (slow - fast), (fast - middle) * (slow - middle), (fast - slow) * (middle - slow)]
    )
    return BolusResponse(rate, (k21 - rate) * (k31 - rate) / (others * v1))


def absorb(bolus: BolusResponse, ka: Array, bioavailability: NumberOrArray = 1.0) -> tuple[Array, Array, Array]:
    """Put first-order absorption before a bolus response.

    Parameters
    ----------
    bolus
        Response to an instant input.
    ka
        Absorption rate, 1/day. Within 1 % of one of the rates it is moved to 1 % above it: the sum of exponentials
        is singular there. The area is not touched, the peak by less than half a percent.
    bioavailability
        Fraction of the dose that reaches the centre.

    Returns
    -------
        All rates with the absorption rate last [mode + 1], the weights of an absorbed dose [mode + 1], and the
        weights of a dose put into the centre [mode + 1].
    """
    for i in range(bolus.rate.shape[0]):
        near = bolus.rate[i]
        ka = jnp.where(jnp.abs(ka - near) < 0.01 * near, 1.01 * near, ka)
    weight = bioavailability * bolus.coefficient * ka / (ka - bolus.rate)
    rate = jnp.concatenate([bolus.rate, ka[None]])
    absorbed = jnp.concatenate([weight, -jnp.sum(weight, keepdims=True)])
    return rate, absorbed, jnp.concatenate([bolus.coefficient, jnp.zeros_like(ka)[None]])


def modes(rate: Array, *, oral: Input | None = None, iv: Input | None = None, sc: Input | None = None) -> Modes:
    """Gather the routes of a drug; the row of a route not given is zero."""
    none = Input(jnp.zeros_like(rate))
    rows = [none if row is None else row for row in (oral, iv, sc)]
    zero = jnp.zeros_like(rate[0])
    return Modes(
        rate=rate,
        weight_by_route=jnp.stack([row.weight for row in rows]),
        lag_by_route=jnp.stack([zero + row.lag for row in rows]),
        infusion_by_route=jnp.stack([zero + row.infusion for row in rows]),
    )
