"""Effector state of the immune system, the part of the treatment that works without direct killing."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array


def effector_day(
    effector: Array, imid: Array, glucocorticoid: Array, antibody: Array, p: Mapping[str, Array]
) -> tuple[Array, Array]:
    """Advance the effector state by one day, exactly for drivers constant over the day.

    Parameters
    ----------
    effector
        State relative to untreated, positive.
    imid, glucocorticoid, antibody
        Day effects between 0 and 1.

    Returns
    -------
        The state at the end of the day and its average over the day.
    """
    target = (1.0 + p["effector_by_lenalidomide"] * imid) * (
        1.0 - p["effector_by_dexamethasone"] * glucocorticoid - p["effector_by_cd38_antibody"] * antibody
    )
    return follow(effector, jnp.maximum(target, 0.05), p["effector_turnover"])


def follow(signal: Array, driver: Array, rate: Array) -> tuple[Array, Array]:
    """Let a delayed signal follow a driver that is constant over one day.

    Returns
    -------
        The signal at the end of the day and its average over the day.
    """
    gap = signal - driver
    left = jnp.exp(-rate)
    return driver + gap * left, driver + gap * (1.0 - left) / rate
