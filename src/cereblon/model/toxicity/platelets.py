"""Platelets: proliferating pool, two stages, circulation; proteasome inhibitors block release, not production."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import jax
import jax.numpy as jnp

from cereblon.core.arrays import Value
from cereblon.model.toxicity.neutrophils import SUBSTEP_EDGES

_WIDTHS = tuple(b - a for a, b in pairwise(SUBSTEP_EDGES))
Chain = tuple[Value, ...]


def day(
    chain: Chain, loss: Sequence[Value], release_block: Sequence[Value], rate: Value, feedback: Value, gain: Value
) -> Chain:
    """Advance the chain by one day, in the substeps of the neutrophil chain.

    The pool is solved exactly, because a strong drug effect empties it faster than a substep; the rest takes midpoint
    steps.

    Parameters
    ----------
    chain
        Proliferating, two stages, circulating; relative to baseline.
    loss
        Added loss of the proliferating pool in each substep, 1/day.
    release_block
        Fraction of release that is blocked in each substep, 0 to below 1.
    rate
        Rate of each stage, 1/day.
    feedback
        Exponent of circulating platelets on production.
    gain
        Factor on production, of `marrow.platelet_gain`.

    Source
    ------
    Chain: 10.1002/psp4.12815. That bortezomib acts on release with fast recovery: 10.1182/blood-2005-03-1173.
    """

    def substep(chain: Chain, step: tuple[Value, Value, Value]) -> tuple[Chain, None]:
        return _substep(chain, *step, rate, feedback, gain), None

    steps = (jnp.stack(list(loss)), jnp.stack(list(release_block)), jnp.asarray(_WIDTHS, chain[0].dtype))
    return jax.lax.scan(substep, chain, steps)[0]


def _substep(
    chain: Chain, loss: Value, release_block: Value, width: Value, rate: Value, feedback: Value, gain: Value
) -> Chain:
    pool, first, second, circulating = chain
    released = rate * (1.0 - release_block)
    # What is not released ages in the last stage; half of what is held back is lost there.
    leaving = released + 0.5 * rate * release_block
    middle = circulating + 0.5 * width * (released * second - rate * circulating)
    made = gain * rate * jnp.exp(-feedback * jnp.log(jnp.maximum(middle, 1e-6)))
    fading = rate + loss
    settled, left = made / fading, jnp.exp(-fading * width)
    pool_mean = settled + (pool - settled) * (1.0 - left) / (fading * width)
    first_middle = first + 0.5 * width * rate * (pool_mean - first)
    second_middle = second + 0.5 * width * (rate * first - leaving * second)
    after = (
        settled + (pool - settled) * left,
        first + width * rate * (pool_mean - first_middle),
        second + width * (rate * first_middle - leaving * second_middle),
        circulating + width * (released * second_middle - rate * middle),
    )
    return tuple(jnp.maximum(cells, 0.0) for cells in after)
