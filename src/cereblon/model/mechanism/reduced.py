"""The network in reduced form: lenalidomide's effects of one day, as the trial engine takes them.

What is fast (cereblon, IKZF1 and IKZF3, hours) is taken as if it were always settled, what is slow (IRF4, MYC,
arrest, cFLIP, two days together) as one delay. So is the way to the block of maturation (IKZF1 and PU.1 of marrow
progenitors, 18 hours together), where half of the effect needs a much higher concentration:

    share   = day average of f C / (K + f C)
    dE/dt   = k (share - E)                                         direct killing, and the drive of interleukin-2
    dI/dt   = k_I (max(0.05, (1 + a_L E)(1 - a_D D - a_A S)) - I)   effector state
    dM/dt   = k_M (C / (1 + f C / K_M) - M)                         concentration that acts on marrow progenitors
    block   = slope M                                               loss of neutrophil proliferation

`fidelity` compares this with the full network. Scalars and tuples of scalars: the compiler then vectorises over
subjects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray

LEAST_EFFECTOR = 0.05
MOST_BLOCK = 0.98


def settled_share(levels: Sequence[Array], weights: Sequence[float], half: NumberOrArray) -> Array:
    """Average c / (half + c) over a day.

    Parameters
    ----------
    levels
        Concentration at moments of the day, mg/L.
    weights
        Of these moments, adding up to 1.
    half
        Concentration of half effect, mg/L.
    """
    parts = [weight * level / (half + level) for weight, level in zip(weights, levels, strict=True)]
    return sum(parts[1:], parts[0])


def follow(signal: Array, driver: Array, rate: NumberOrArray) -> tuple[Array, Array]:
    """Let a delayed signal follow a driver that is constant over one day.

    Parameters
    ----------
    signal, driver
        At the start of the day, and what it moves towards.
    rate
        1/day, positive; of a part of the day, times its length.

    Returns
    -------
        The signal at the end of the day and its average over the day.
    """
    gap = signal - driver
    left = jnp.exp(-jnp.asarray(rate))
    return driver + gap * left, driver + gap * (1.0 - left) / rate


def imid_day(
    signal: Array, plasma: Sequence[Array], weights: Sequence[float], p: Mapping[str, Array]
) -> tuple[Array, Array]:
    """Advance lenalidomide's signal by one day: direct killing, and the drive of the effector state.

    Parameters
    ----------
    signal
        At the start of the day, 0 to 1.
    plasma
        Lenalidomide in plasma at moments of the day, mg/L.
    weights
        Of these moments, adding up to 1.
    p
        Values of `effects.yaml`.

    Returns
    -------
        The signal at the end of the day and its average over the day.
    """
    free = [p["lenalidomide_unbound"] * level for level in plasma]
    return follow(signal, settled_share(free, weights, p["lenalidomide_half_effect"]), p["imid_delay"])


def effector_day(
    effector: Array, imid: Array, glucocorticoid: Array, antibody: Array, p: Mapping[str, Array]
) -> tuple[Array, Array]:
    """Advance the effector state of NK and T cells by one day, exactly for drivers constant over the day.

    Parameters
    ----------
    effector
        State relative to untreated, positive.
    imid, glucocorticoid, antibody
        Day effects between 0 and 1.
    p
        Values of `effects.yaml`.

    Returns
    -------
        The state at the end of the day and its average over the day.
    """
    target = (1.0 + p["effector_by_lenalidomide"] * imid) * (
        1.0 - p["effector_by_dexamethasone"] * glucocorticoid - p["effector_by_cd38_antibody"] * antibody
    )
    return follow(effector, jnp.maximum(target, LEAST_EFFECTOR), p["effector_turnover"])


def marrow_day(
    acting: Array, plasma: Sequence[Array], widths: Sequence[float], p: Mapping[str, Array]
) -> tuple[Array, tuple[Array, ...]]:
    """Advance the concentration that acts on marrow progenitors through the intervals of a day.

    It is lenalidomide in plasma, delayed, and less than it where IKZF1 runs out.

    Parameters
    ----------
    acting
        At the start of the day, mg/L.
    plasma
        Lenalidomide in plasma, averaged over each interval, mg/L.
    widths
        Of the intervals, day.
    p
        Values of `effects.yaml`.

    Returns
    -------
        At the end of the last interval, and its average over each, mg/L.
    """
    half, means = p["marrow_half_effect"] / p["lenalidomide_unbound"], []
    for level, width in zip(plasma, widths, strict=True):
        acting, mean = follow(acting, level / (1.0 + level / half), p["marrow_delay"] * width)
        means.append(mean)
    return acting, tuple(means)


def proliferation_loss(slope: NumberOrArray, acting: Array, steady: NumberOrArray = 0.0) -> Array:
    """Give the loss of neutrophil proliferation, the block of maturation in reduced form.

    Parameters
    ----------
    slope
        Loss per acting concentration, L/mg.
    acting
        Concentration that acts on marrow progenitors, see `marrow_day`, mg/L.
    steady
        Loss by other drugs.

    Returns
    -------
        A share, at most 0.98.
    """
    return jnp.minimum(slope * acting + steady, MOST_BLOCK)
