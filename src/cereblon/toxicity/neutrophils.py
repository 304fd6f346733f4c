"""Neutrophils: proliferating cells, three transit stages, circulation, with feedback on proliferation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import jax
import jax.numpy as jnp
from jax import Array

SUBSTEP_EDGES = (0.0, 0.25, 4.0 / 9.0, 25.0 / 36.0, 1.0)  # days; a subset of the graded edges of drug effects


_WIDTHS = tuple(b - a for a, b in pairwise(SUBSTEP_EDGES))
Chain = tuple[Array, ...]


def rate(z: Array, p: Mapping[str, Array]) -> Array:
    """Give one subject's transit rate, 1/day."""
    return 4.0 / (p["transit_time"] * jnp.exp(p["transit_time_sd"] * z))


def day(chain: Chain, drug: Sequence[Array], transit: Array, feedback: Array) -> Chain:
    """Advance the chain by one day.

    Friberg's structure relative to baseline. Within a substep the drug effect is constant (its exact average) and
    the system is integrated by the midpoint rule: the chain moves by a fifth of a transit step, so second order is
    enough (see the comparison with the reference solution).

    Parameters
    ----------
    chain
        Proliferating, three stages, circulating; relative to baseline.
    drug
        Loss of proliferation in each substep of `SUBSTEP_EDGES`, no unit.
    transit
        1/day.
    feedback
        Exponent of circulating cells on proliferation.

    Source
    ------
    10.1200/JCO.2002.02.140.
    """

    # A loop rather than four steps in a row: each of five outputs would otherwise repeat the whole chain.
    def substep(chain: Chain, step: tuple[Array, Array]) -> tuple[Chain, None]:
        loss, width = step
        middle = _step(chain, slope(chain, loss, transit, feedback), 0.5 * width)
        return _step(chain, slope(middle, loss, transit, feedback), width), None

    return jax.lax.scan(substep, chain, (jnp.stack(drug), jnp.asarray(_WIDTHS, chain[0].dtype)))[0]


def slope(chain: Chain, loss: Array, transit: Array, feedback: Array) -> Chain:
    """Give the rates of change of the chain, 1/day."""
    proliferating, first, second, third, circulating = chain
    gain = (1.0 - loss) * jnp.exp(-feedback * jnp.log(jnp.maximum(circulating, 1e-6)))
    return (
        transit * proliferating * (gain - 1.0),
        transit * (proliferating - first),
        transit * (first - second),
        transit * (second - third),
        transit * (third - circulating),
    )


def _step(chain: Chain, slopes: Chain, width: Array | float) -> Chain:
    return tuple(jnp.maximum(cells + width * change, 0.0) for cells, change in zip(chain, slopes, strict=True))
