"""Proteasome occupancy for all proteasome inhibitors in one equation.

dO/dt = kon C (1 - O) - kout O, where O is the share of inhibited sites. Where binding is reversible kout is release
from the site; carfilzomib binds for good, and kout is renewal of the proteasome. The step is exact over an interval
of constant concentration. Rates and sources stand in the drugs' parameter files (`occupancy_on`, `occupancy_off`).

These are the chymotrypsin-like sites, which usual doses nearly fill. Carfilzomib at higher doses takes the
other two kinds of sites as well, by the same equation with slower binding (`other_sites_on`), and kills more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray


def occupancy_step(
    start: Array, concentration: Array, width_days: NumberOrArray, kon: NumberOrArray, kout: NumberOrArray
) -> tuple[Array, Array]:
    """Advance occupancy over one interval of constant concentration.

    Parameters
    ----------
    start
        Occupancy at the start, 0 to 1.
    concentration
        Average of the interval, mg/L.
    width_days
        Length of the interval, day.
    kon
        Binding, L/(mg day).
    kout
        Release or renewal, 1/day, positive.

    Returns
    -------
        Occupancy at the end and averaged over the interval.
    """
    binding = kon * jnp.maximum(concentration, 0.0)  # rounding may leave a concentration of -1e-12
    rate = binding + kout
    limit = binding / rate
    change = -jnp.expm1(-rate * width_days)
    end = start + (limit - start) * change
    return end, limit + (start - limit) * change / (rate * width_days)


def strength_by_other_sites(held: Array, p: Mapping[str, NumberOrArray]) -> Array:
    """Give how much more a drug kills than after its usual dose, by the share that it holds of the other sites.

    Parameters
    ----------
    held
        Share of the trypsin-like and caspase-like sites, 0 to 1.
    p
        Parameters of the drug.

    Returns
    -------
        Factor of the kill rate; 1 where as much is held as right after the usual dose.
    """
    need = p["kill_by_other_sites"]
    return 1.0 - need + need * held / p["other_sites_usual"]


def day_occupancy(
    start: Array,
    interval_concentrations: Array | Sequence[Array],
    widths_days: Array | Sequence[float],
    kon: NumberOrArray,
    kout: NumberOrArray,
) -> tuple[Array, Array]:
    """Advance occupancy over one day.

    Parameters
    ----------
    start
        Occupancy at the start of the day, 0 to 1.
    interval_concentrations
        [interval], average concentration of each interval, mg/L.
    widths_days
        [interval], adding up to the length of the day.
    kon, kout
        As in `occupancy_step`.

    Returns
    -------
        Occupancy at the end of the day and averaged over it.
    """
    occupied, area, length = start, jnp.zeros_like(start), 0.0
    for level, width in zip(interval_concentrations, widths_days, strict=True):
        occupied, average = occupancy_step(occupied, level, width, kon, kout)
        area, length = area + average * width, length + width
    return occupied, area / length
