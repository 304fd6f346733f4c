"""Years of hourly concentrations in very many subjects, summarised as they are made.

A block of days is computed for all subjects at once by compiled code, in 32 bit and by the same closed forms as the
trial engine; its percentiles are taken by another thread while the next block is computed. No more than a few blocks
are in memory at a time.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.model.drugs.disposition import Modes, dose_average, dose_carry, dose_level, node_decay

_HOURS = 24
_BLOCK = 14  # days; a block of 10,000 subjects takes 13 MB
_IN_FLIGHT = 4


class HourlyBands(NamedTuple):
    """Summary of hourly concentrations.

    Parameters
    ----------
    percentiles
        [percentile, hour], mg/L: 5, 50 and 95 % of subjects at each hour, the nearest ranks.
    area
        [subject], mg day/L, over the whole time; exact, not from the hourly values.
    highest
        [subject], mg/L, of the hourly values.
    values
        Number of concentrations computed.
    """

    percentiles: NDArray[np.float32]
    area: NDArray[np.float32]
    highest: NDArray[np.float32]
    values: int


class _HourlyCoefficients(NamedTuple):
    decay: Array  # [hour, mode, subject]
    level: Array  # [hour, subject], of the subject's dose
    carry: Array  # [mode, subject]
    mean: Array  # [mode, subject], average of a mode over the day
    dose_mean: Array  # [subject]


@partial(jax.jit, static_argnames="route")
def _coefficients(modes: Modes, mg: Array, route: int) -> _HourlyCoefficients:
    def one(subject: Modes, dose: Array) -> _HourlyCoefficients:
        hours = jnp.arange(_HOURS, dtype=subject.rate.dtype) / _HOURS
        day = jnp.asarray([0.0, 1.0], dtype=subject.rate.dtype)
        return _HourlyCoefficients(
            decay=node_decay(subject.rate, hours),
            level=dose * dose_level(subject, hours)[route],
            carry=dose * dose_carry(subject)[route],
            mean=-jnp.expm1(-subject.rate) / subject.rate,
            dose_mean=dose * dose_average(subject, day)[route, 0],
        )

    return jax.vmap(one, out_axes=-1)(modes, mg)


@jax.jit
def _block(
    amplitude: Array, area: Array, highest: Array, dosed: Array, c: _HourlyCoefficients
) -> tuple[Array, Array, Array, Array]:
    """Compute a block of days: state, area and peak so far, and levels [day, hour, subject]."""

    def day(carried: tuple[Array, Array, Array], given: Array) -> tuple[tuple[Array, Array, Array], Array]:
        amplitude, area, highest = carried
        levels = given * c.level
        for mode in range(amplitude.shape[0]):
            levels = levels + c.decay[:, mode, :] * amplitude[mode][None, :]
        levels = jnp.maximum(levels, 0.0)
        area = area + jnp.sum(c.mean * amplitude, axis=0) + given * c.dose_mean
        # A day's decay is an hour's decay after the last hour of the day.
        last = c.decay[_HOURS - 1] * c.decay[1]
        amplitude = last * amplitude + given * c.carry
        return (amplitude, area, jnp.maximum(highest, jnp.max(levels, axis=0))), levels

    (amplitude, area, highest), levels = jax.lax.scan(day, (amplitude, area, highest), dosed)
    return amplitude, area, highest, levels


def _percentiles(levels: Array, ranks: tuple[int, int, int]) -> NDArray[np.float32]:
    """Pick three ranks of each hour, [rank, hour]: the middle one first, then one in each half, without sorting."""
    low, middle, high = ranks
    rows = np.array(levels).reshape(-1, levels.shape[-1])
    rows.partition(middle, axis=-1)
    if low < middle:
        rows[:, :middle].partition(low, axis=-1)
    if high > middle:
        rows[:, middle + 1 :].partition(high - middle - 1, axis=-1)
    return np.ascontiguousarray(rows[:, [low, middle, high]].T)


def hourly_bands(modes: Modes, route: int, mg: NDArray[np.float32], dosed: NDArray[np.bool_]) -> HourlyBands:
    """Follow many subjects hour by hour through days with and without a dose.

    Parameters
    ----------
    modes
        Linear kinetics, each field with the subjects as its first axis.
    route
        `ORAL`, `IV` or `SC`.
    mg
        [subject], each dose, mg.
    dosed
        [day], whether a dose is given at its start.

    Returns
    -------
        Percentiles at each hour, and area and highest concentration of each subject.

    Raises
    ------
    InputError
        If there is no subject or no day.
    """
    n, days = len(mg), len(dosed)
    if n == 0 or days == 0:
        raise InputError("hourly concentrations need at least one subject and one day")
    ranks = (round(0.05 * (n - 1)), round(0.5 * (n - 1)), round(0.95 * (n - 1)))
    c = _coefficients(modes, jnp.asarray(mg), route)
    area = highest = jnp.zeros_like(c.dose_mean)
    amplitude = jnp.zeros_like(c.carry)
    waiting: deque[Future[NDArray[np.float32]]] = deque()
    parts: list[NDArray[np.float32]] = []
    with ThreadPoolExecutor(max_workers=2) as threads:
        for start in range(0, days, _BLOCK):
            within = min(_BLOCK, days - start)
            block = jnp.asarray(dosed[start : start + within], dtype=c.level.dtype)
            amplitude, area, highest, levels = _block(amplitude, area, highest, block, c)
            waiting.append(threads.submit(_percentiles, levels, ranks))
            if len(waiting) >= _IN_FLIGHT:
                parts.append(waiting.popleft().result())
        parts += [one.result() for one in waiting]
    return HourlyBands(
        percentiles=np.concatenate(parts, axis=1),
        area=np.asarray(area),
        highest=np.asarray(highest),
        values=n * days * _HOURS,
    )
