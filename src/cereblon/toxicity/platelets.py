"""Platelets: proliferating pool, two stages, circulation; proteasome inhibitors block release, not production."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

_SUBSTEPS = 2


Chain = tuple[Array, ...]


def day(chain: Chain, loss: Array, release_block: Array, rate: Array, feedback: Array) -> Chain:
    """Advance the chain by one day, with two midpoint steps.

    Parameters
    ----------
    chain
        Proliferating, two stages, circulating; relative to baseline.
    loss
        Added loss of the proliferating pool, 1/day, average of the day.
    release_block
        Fraction of release that is blocked, 0 to below 1.
    rate
        Rate of each stage, 1/day.
    feedback
        Exponent of circulating platelets on production.

    Source
    ------
    Chain: 10.1002/psp4.12815. That bortezomib acts on release with fast recovery: 10.1182/blood-2005-03-1173.
    """
    width = 1.0 / _SUBSTEPS

    def substep(_: int, chain: Chain) -> Chain:
        middle = _step(chain, slope(chain, loss, release_block, rate, feedback), 0.5 * width)
        return _step(chain, slope(middle, loss, release_block, rate, feedback), width)

    after: Chain = jax.lax.fori_loop(0, _SUBSTEPS, substep, chain)
    return after


def slope(chain: Chain, loss: Array, release_block: Array, rate: Array, feedback: Array) -> Chain:
    """Give the rates of change of the chain, 1/day."""
    pool, first, second, circulating = chain
    made = rate * jnp.exp(-feedback * jnp.log(jnp.maximum(circulating, 1e-6)))
    # What is not released ages in the last stage; half of what is held back is lost there.
    released = rate * second * (1.0 - release_block)
    return (
        made - (rate + loss) * pool,
        rate * (pool - first),
        rate * first - released - 0.5 * rate * release_block * second,
        released - rate * circulating,
    )


def _step(chain: Chain, slopes: Chain, width: float) -> Chain:
    return tuple(jnp.maximum(cells + width * change, 0.0) for cells, change in zip(chain, slopes, strict=True))
