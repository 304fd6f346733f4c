"""Neutrophils: proliferating cells, three transit stages, circulation, with feedback on proliferation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import jax
import jax.numpy as jnp

from cereblon.core.arrays import Value

SUBSTEP_EDGES = (0.0, 0.25, 4.0 / 9.0, 25.0 / 36.0, 1.0)  # days; a subset of the graded edges of drug effects


_WIDTHS = tuple(b - a for a, b in pairwise(SUBSTEP_EDGES))
Chain = tuple[Value, ...]


def rate(z: Value, p: Mapping[str, Value]) -> Value:
    """Give one subject's transit rate, 1/day."""
    return 4.0 / (p["transit_time"] * jnp.exp(p["transit_time_sd"] * z))


def day(chain: Chain, drug: Sequence[Value], transit: Value, feedback: Value) -> Chain:
    """Advance the chain by one day.

    Friberg's structure relative to baseline. Within a substep the drug effect is constant (its exact average).
    Proliferating cells grow exponentially under the feedback of the substep's middle, because they grow a hundredfold
    after melphalan; the rest takes midpoint steps.

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
    def substep(chain: Chain, step: tuple[Value, Value]) -> tuple[Chain, None]:
        return _substep(chain, *step, transit, feedback), None

    return jax.lax.scan(substep, chain, (jnp.stack(drug), jnp.asarray(_WIDTHS, chain[0].dtype)))[0]


def _substep(chain: Chain, loss: Value, width: Value, transit: Value, feedback: Value) -> Chain:
    proliferating = chain[0]
    moved = transit * width
    middle = tuple(cells + 0.5 * moved * (before - cells) for before, cells in pairwise(chain))
    gain = (1.0 - loss) * jnp.exp(-feedback * jnp.log(jnp.maximum(middle[3], 1e-6)))
    grown = jnp.exp(0.5 * moved * (gain - 1.0))
    halfway = (proliferating * grown, *middle)
    flows = (before - now for before, now in pairwise(halfway))
    after = (cells + moved * flow for cells, flow in zip(chain[1:], flows, strict=True))
    return (proliferating * grown * grown, *(jnp.maximum(cells, 0.0) for cells in after))
