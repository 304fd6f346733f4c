"""The slow reference: the model of one subject as one system of differential equations, solved by diffrax.

In continuous time and in 64 bit; see `equations`. Doses are given, not decided, so that both follow the same course.
Needs the development dependency diffrax.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.core.errors import CereblonError
from cereblon.model.drugs import daratumumab
from cereblon.model.drugs.disposition import IV, SC, Modes
from cereblon.model.drugs.drug import drug_of, of_class
from cereblon.model.drugs.drugs import linear_drugs
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.kinetics import patient_of
from cereblon.model.engine.parameters import Parameters
from cereblon.model.engine.program import Layout
from cereblon.model.engine.state import IndividualParameters
from cereblon.model.engine.trace import Latent, Trace
from cereblon.verification.engine.equations import State, System, flow

RTOL, ATOL = 1e-8, 1e-10


class Segment(NamedTuple):
    """A stretch of the day in which every input is constant."""

    start: Array  # day
    end: Array
    jump: dict[str, Array]  # [route], 1 where a dose enters at the start
    flow: dict[str, Array]  # [route], 1/day while a dose runs in


def solve(given: Trace, parameters: Parameters, layout: Layout) -> Latent:
    """Solve the equations under the doses of a trace.

    Parameters
    ----------
    given
        What the fast engine gave, and to whom.
    parameters, layout
        As in the fast engine.

    Returns
    -------
        The same values at the same days as `given.latent`.

    Raises
    ------
    CereblonError
        If diffrax is not installed.
    """
    fixed = given.individual_parameters._replace(kinetics=None, weekly_streams=None)  # type: ignore[arg-type]
    with jax.enable_x64(True):
        double = partial(jax.tree.map, lambda value: jnp.asarray(np.asarray(value), jnp.float64))
        numbers: Parameters = double(parameters)
        system = _system(double(given.subject), double(fixed), double(given.kinetic_draws), given, numbers, layout)
        doses = {
            drug: jax.nn.one_hot(given.route[drug], 3, dtype=jnp.float64) * jnp.asarray(mg, jnp.float64)[:, None]
            for drug, mg in given.given_mg.items()
        }
        first = _start(system, layout)
        gains = jnp.stack([jnp.asarray(gain, jnp.float64) for gain in given.gains], axis=1)
        states = _days()(first, doses, gains, _segments(system.modes), system)
        both = jax.tree.map(lambda a, b: np.concatenate([np.asarray(a)[None], np.asarray(b)]), first, states)
    return Latent(
        burden=np.exp(both["log_burden"]),
        m_protein=both["m_protein"],
        neutrophils=both["neutrophils"][:, 4] * np.float64(given.subject.neutrophils),
        platelets=both["platelets"][:, 3] * np.float64(given.subject.platelets),
        haemoglobin=both["haemoglobin"],
        effector=both["effector"],
    )


def _system(
    subject: Subject,
    fixed: IndividualParameters,
    eta: Mapping[str, Array],
    given: Trace,
    p: Parameters,
    layout: Layout,
) -> System:
    body, modules = patient_of(subject), linear_drugs()
    antibody: Any = None
    began = jnp.float64(0.0)
    if "daratumumab" in layout.drugs:
        antibody = daratumumab.pk_parameters(body, eta["daratumumab"], p["daratumumab"])
        began = jnp.argmax(jnp.asarray(given.given_mg["daratumumab"]) > 0.0).astype(jnp.float64)
    return System(
        subject=subject,
        individual=fixed,
        modes={d: modules[d].disposition(body, eta[d], p[d]) for d in layout.drugs if d in modules},
        antibody=antibody,
        first_antibody_day=began,
        p=p,
    )


def _segments(modes: Mapping[str, Modes]) -> Segment:
    """Cut a day wherever an input begins or ends; fields have a leading axis of segments."""
    edges = {0.0, 1.0}
    for drug in modes.values():
        lag, length = np.asarray(drug.lag_by_route), np.asarray(drug.infusion_by_route)
        edges |= set(lag.tolist()) | set((lag + length).tolist())
    cut = np.asarray(sorted(edges))
    jump, flow = {}, {}
    for name, drug in modes.items():
        lag, length = np.asarray(drug.lag_by_route), np.asarray(drug.infusion_by_route)
        start, end = cut[:-1, None], cut[1:, None]
        jump[name] = jnp.asarray((start == lag) & (length == 0.0), jnp.float64)
        running = (start >= lag) & (end <= lag + length) & (length > 0.0)
        flow[name] = jnp.asarray(running / np.where(length > 0.0, length, 1.0))
    return Segment(jnp.asarray(cut[:-1]), jnp.asarray(cut[1:]), jump, flow)


def _start(s: System, layout: Layout) -> State:
    one, zero = jnp.float64(1.0), jnp.float64(0.0)
    return {
        "amplitude": {drug: jnp.zeros_like(modes.rate) for drug, modes in s.modes.items()},
        "antibody": jnp.zeros(3),
        "occupancy": {drug: zero for drug in layout.drugs if drug in of_class("pi")},
        "other_sites": {drug: zero for drug in layout.drugs if drug_of(drug).other_sites},
        "imid": zero,
        "marrow": zero,
        "glucocorticoid": zero,
        "effector": one,
        "log_burden": jnp.log(jnp.stack(s.individual.biology.fraction)),
        "m_protein": s.subject.m_protein,
        "neutrophils": jnp.ones(5),
        "platelets": jnp.ones(4),
        "haemoglobin": s.subject.haemoglobin,
    }


@cache
def _days() -> Callable[[State, dict[str, Array], Array, Segment, System], State]:
    """Build the compiled loop over days and their segments."""
    try:
        import diffrax
    except ImportError as error:
        raise CereblonError(
            "diffrax is not installed", hint="install the development group of dependencies"
        ) from error

    def segment(y: State, part: Segment, day: Array, mg: dict[str, Array], gain: Array, s: System) -> State:
        entering = {
            d: jnp.sum((mg[d] * part.jump[d])[:, None] * m.weight_by_route, axis=0) for d, m in s.modes.items()
        }
        inflow = {d: jnp.sum((mg[d] * part.flow[d])[:, None] * m.weight_by_route, axis=0) for d, m in s.modes.items()}
        y = y | {"amplitude": {drug: a + entering[drug] for drug, a in y["amplitude"].items()}}
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(flow),
            diffrax.Tsit5(),
            t0=day + part.start,
            t1=day + part.end,
            dt0=1e-5,
            y0=y,
            args=(inflow, gain, s),
            stepsize_controller=diffrax.PIDController(rtol=RTOL, atol=ATOL),
            max_steps=100_000,
        )
        after: State = jax.tree.map(lambda values: values[-1], solution.ys)
        return after

    @jax.jit
    def run(first: State, doses: dict[str, Array], gains: Array, segments: Segment, s: System) -> State:
        def one_day(y: State, today: tuple[Array, dict[str, Array], Array]) -> tuple[State, State]:
            day, mg, gain = today
            if s.antibody is not None:
                under_skin = s.antibody.available * mg["daratumumab"][SC]
                y = y | {"antibody": y["antibody"] + jnp.stack([under_skin, mg["daratumumab"][IV], jnp.float64(0.0)])}
            y, _ = jax.lax.scan(lambda y, part: (segment(y, part, day, mg, gain, s), None), y, segments)
            return y, y

        n = next(iter(doses.values())).shape[0]
        states: State = jax.lax.scan(one_day, first, (jnp.arange(n, dtype=jnp.float64), doses, gains))[1]
        return states

    return run
