"""The same kinetics written as differential equations and solved by diffrax; it shares no code with the package."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array


class PKParameters(NamedTuple):
    """Clearances and volumes in L and day of a depot before three compartments; exchanges of 0 for fewer."""

    cl: float
    v1: float
    q2: float = 0.0
    v2: float = 1.0
    q3: float = 0.0
    v3: float = 1.0
    ka: float = 1.0
    infusion_rate: float = 0.0


def _flow(t: Array, y: Array, args: Array) -> Array:
    cl, v1, q2, v2, q3, v3, ka, infusion = args
    depot, a1, a2, a3, _ = y
    c1, c2, c3 = a1 / v1, a2 / v2, a3 / v3
    d1 = ka * depot + infusion - cl * c1 - q2 * (c1 - c2) - q3 * (c1 - c3)
    return jnp.stack([-ka * depot, d1, q2 * (c1 - c2), q3 * (c1 - c3), c1])


@cache
def _advance() -> Any:
    @jax.jit
    def run(y: Array, duration: Array, args: Array) -> Array:
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(_flow),
            diffrax.Dopri5(),
            t0=0.0,
            t1=duration,
            dt0=1e-4,
            y0=y,
            args=args,
            stepsize_controller=diffrax.PIDController(rtol=1e-9, atol=1e-12),
            max_steps=100_000,
        )
        return solution.ys[-1]

    return run


class Course(NamedTuple):
    """Solution at the chosen times: concentration [time] and mean concentration of each span between them."""

    concentration: np.ndarray
    mean: np.ndarray


def solve(
    pk_parameters: PKParameters,
    doses: Sequence[tuple[float, float, str]],
    times: np.ndarray,
    *,
    lag: float = 0.0,
    length: float = 0.0,
) -> Course:
    """Solve the equations.

    Parameters
    ----------
    pk_parameters
        Kinetics.
    doses
        Day, mg that reach the body, and where: "depot", "centre" or "infusion".
    times
        Increasing, the first one before any dose.
    lag, length
        Day before a depot dose starts to be absorbed, and length of an infusion.
    """
    changes = {float(t) for t in times}
    for day, _, place in doses:
        changes |= {day + lag} if place == "depot" else {day}
        changes |= {day + length} if place == "infusion" else set()
    stops = sorted(change for change in changes if change <= times[-1])
    y, before, concentrations, areas = jnp.zeros(5), stops[0], [], []
    for stop in stops:
        running = sum(mg / length for day, mg, place in doses if place == "infusion" and day <= before < day + length)
        args = jnp.asarray([*pk_parameters[:-1], float(running)])
        if stop > before:
            y = _advance()(y, jnp.asarray(stop - before), args)
        if stop in times:
            concentrations.append(float(y[1]) / pk_parameters.v1)
            areas.append(float(y[4]))
        for day, mg, place in doses:
            if place == "depot" and day + lag == stop:
                y = y.at[0].add(mg)
            if place == "centre" and day == stop:
                y = y.at[1].add(mg)
        before = stop
    return Course(np.asarray(concentrations), np.diff(areas) / np.diff(times))
