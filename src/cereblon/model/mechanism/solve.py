"""Solve the full network for one patient: Runge-Kutta of fourth order in steps of six minutes, 64 bit.

The fastest rate of the network is the degradation of IKZF1 by fully occupied cereblon, 6 per hour: the step is stable
for every dose. Accuracy is tested against diffrax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from cereblon.core.arrays import NumberOrArray
from cereblon.core.errors import InputError, unknown_name
from cereblon.model.mechanism.drivers import STEP, STEPS_PER_DAY, Drivers, drivers
from cereblon.model.mechanism.formulas import evaluate
from cereblon.model.mechanism.network import constants, load_network
from cereblon.model.mechanism.treatment import Treatment, adult

Floats = NDArray[np.float64]
LONGEST = 365  # days


@dataclass(frozen=True, eq=False, kw_only=True)
class MarkerCourse:
    """The markers of one treatment over time.

    Parameters
    ----------
    treatment
        What was given.
    day
        [time], day; 0 is the first dose of the cycle.
    inputs, markers
        By name, [time]; markers in units of their untreated value, or shares, see `network.yaml`.
    """

    treatment: Treatment
    day: Floats
    inputs: dict[str, Floats]
    markers: dict[str, Floats]

    def day_means(self, marker: str) -> Floats:
        """Average a marker over each day, [day]."""
        values = self.markers[marker]
        steps = 0.5 * (values[:-1] + values[1:])
        mean: Floats = steps.reshape(-1, STEPS_PER_DAY).mean(axis=1)
        return mean


def knocked_out(names: Sequence[str]) -> tuple[str, ...]:
    """Check the names of nodes to hold at their untreated value.

    Raises
    ------
    UnknownNameError
        If there is no such node.
    """
    nodes = load_network().nodes
    for name in names:
        if name not in nodes:
            raise unknown_name("node", name, list(nodes))
    return tuple(dict.fromkeys(names))


def solve(
    treatments: Sequence[Treatment],
    *,
    days: int = 28,
    covariates: Mapping[str, float] | None = None,
    knockout: Sequence[str] = (),
    changes: Mapping[str, float] | None = None,
) -> list[MarkerCourse]:
    """Solve the network for several treatments of the same patient.

    Parameters
    ----------
    treatments
        At least one.
    days
        Length of the course, 1 to 365.
    covariates
        As in `treatment.adult`.
    knockout
        Nodes held at their untreated value, as if the cell could not answer: nothing passes through them.
    changes
        Parameters to replace, by name.

    Returns
    -------
        One course for each treatment, every six minutes.

    Raises
    ------
    InputError
        If length, patient, node or parameter cannot be.
    """
    if not 1 <= days <= LONGEST:
        raise InputError(f"a course of {days} days cannot be solved; 1 to {LONGEST} can")
    held, numbers = knocked_out(knockout), constants(changes)
    with jax.enable_x64(True):
        patient = adult(covariates)
        driving = [drivers(treatment, patient, days) for treatment in treatments]
        stacked = Drivers(*(jnp.stack(parts) for parts in zip(*driving, strict=True)))
        solved = _run(stacked, numbers, held)
    markers = {name: np.asarray(solved[name]) for name in load_network().nodes}
    day: Floats = np.arange(days * STEPS_PER_DAY + 1, dtype=np.float64) * STEP
    return [
        MarkerCourse(
            treatment=treatment,
            day=day,
            inputs={name: _at_steps(getattr(own, name)) for name in Drivers._fields},
            markers={name: values[i] for name, values in markers.items()},
        )
        for i, (treatment, own) in enumerate(zip(treatments, driving, strict=True))
    ]


def _at_steps(moments: Array) -> Floats:
    """Give the value at the start of every step and at the end of the last."""
    return np.append(np.asarray(moments[:, 0], np.float64), float(moments[-1, 2]))


def untreated() -> dict[str, float]:
    """Give every node's value without drugs."""
    return {name: node.untreated for name, node in load_network().nodes.items()}


def complete(
    states: Mapping[str, Array], inputs: Mapping[str, Array], p: Mapping[str, NumberOrArray], held: Sequence[str]
) -> dict[str, NumberOrArray]:
    """Add the nodes that are values to those that are states; what is held stays untreated."""
    known: dict[str, NumberOrArray] = {**p, **inputs, **states}
    for name, node in load_network().nodes.items():
        if node.value is not None:
            known[name] = jnp.zeros(()) + node.untreated if name in held else evaluate(node.value, known)
    return known


def flow(
    states: Mapping[str, Array], inputs: Mapping[str, Array], p: Mapping[str, NumberOrArray], held: Sequence[str]
) -> dict[str, Array]:
    """Give the rate of change of every state, 1/day.

    Parameters
    ----------
    states, inputs
        Values by name; inputs in mg/L, occupancy as a share.
    p
        Numbers by name, in house units.
    held
        Nodes that stay at their untreated value.
    """
    known, network = complete(states, inputs, p, held), load_network()
    return {
        name: jnp.zeros_like(states[name])
        if name in held
        else jnp.asarray(evaluate(network.nodes[name].formula, known))
        for name in network.states
    }


@partial(jax.jit, static_argnames=("held",))
def _run(driving: Drivers, p: dict[str, NumberOrArray], held: tuple[str, ...]) -> dict[str, Array]:
    """Solve all treatments at once; gives nodes by name, [treatment, time]."""
    return jax.vmap(lambda own: _one(own, p, held))(driving)


def _one(driving: Drivers, p: dict[str, NumberOrArray], held: tuple[str, ...]) -> dict[str, Array]:
    start = {name: jnp.asarray(untreated()[name], dtype=float) for name in load_network().states}

    def moved(y: dict[str, Array], k: dict[str, Array], h: float) -> dict[str, Array]:
        return {name: value + h * k[name] for name, value in y.items()}

    def step(y: dict[str, Array], now: Drivers) -> tuple[dict[str, Array], dict[str, Array]]:
        at = [{name: getattr(now, name)[moment] for name in Drivers._fields} for moment in range(3)]
        k1 = flow(y, at[0], p, held)
        k2 = flow(moved(y, k1, 0.5 * STEP), at[1], p, held)
        k3 = flow(moved(y, k2, 0.5 * STEP), at[1], p, held)
        k4 = flow(moved(y, k3, STEP), at[2], p, held)
        after = {name: y[name] + STEP / 6.0 * (k1[name] + 2 * k2[name] + 2 * k3[name] + k4[name]) for name in y}
        return after, y

    last, before = jax.lax.scan(step, start, driving)
    states = {name: jnp.append(before[name], last[name]) for name in before}
    inputs = {name: jnp.append(moments[:, 0], moments[-1, 2]) for name, moments in driving._asdict().items()}
    known = complete(states, inputs, p, held)
    shape = states[next(iter(states))].shape
    return {name: jnp.broadcast_to(known[name], shape) for name in load_network().nodes}
