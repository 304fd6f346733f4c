"""Daily latent values of one subject, to look inside and to check against the slow reference.

The trial engine keeps latent values to itself. Here its weeks run once more for one subject, and the doses that its
rules gave are replayed day by day through the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.model.dosing.dosing_state import starting_doses
from cereblon.model.engine import effects, orders, trajectory
from cereblon.model.engine.days import day as advance_day
from cereblon.model.engine.individual_parameters import individual_parameters, kinetic_draws
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.kinetics import WIDTHS
from cereblon.model.engine.parameters import Numbers, Parameters
from cereblon.model.engine.program import Layout, Program
from cereblon.model.engine.state import IndividualParameters, LatentState, SubjectState
from cereblon.model.engine.subject import start, start_body
from cereblon.model.engine.subject import week as advance_week
from cereblon.model.engine.trajectory import Column
from cereblon.model.myeloma import clones
from cereblon.model.myeloma.clones import Effect

Floats = NDArray[np.floating]


class Latent(NamedTuple):
    """True values at the start of each day, before its doses, and at the end of the last day."""

    burden: Column  # [day + 1, clone], relative to the baseline total
    m_protein: Column  # g/L
    neutrophils: Column  # 1e9/L
    platelets: Column  # 1e9/L
    haemoglobin: Column  # g/L
    effector: Column  # relative to untreated


class Gains(NamedTuple):
    """What lifted blood cell production, [day]."""

    neutrophils: Column
    platelets: Column


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """One subject from day to day.

    Parameters
    ----------
    subject
        Whom the trace is of; scalars.
    individual_parameters
        What was drawn for the subject.
    kinetic_draws
        Standard normal draws behind the kinetics, by drug.
    latent
        True values, [day + 1].
    given_mg
        By drug, [day], mg.
    route
        By drug, [day]: 0 oral, 1 intravenous, 2 subcutaneous.
    kill
        By drug, [day]: average effect on a clone that the drug reaches.
    lenalidomide
        Mean plasma concentration, [day], mg/L.
    occupancy
        Mean occupancy of the proteasome, [day].
    gains
        Factors on blood cell production, [day].
    weeks, events, result_code
        As the trial engine gives them.
    last_day
        Day of death or end of follow-up; later values mean nothing.
    """

    subject: Subject
    individual_parameters: IndividualParameters
    kinetic_draws: dict[str, Floats]
    latent: Latent
    given_mg: dict[str, Floats]
    route: dict[str, NDArray[np.integer]]
    kill: dict[str, Floats]
    lenalidomide: Floats
    occupancy: Floats
    gains: Gains
    weeks: trajectory.WeeklyValues
    events: trajectory.DatedEvents
    result_code: int
    last_day: float


def one_of(subjects: Subject, number: int) -> Subject:
    """Take the subject at a position out of arrays of subjects."""
    return Subject(*(jnp.asarray(column)[number] for column in subjects))


def trace(
    one: Subject, root: Array, program: Program, parameters: Parameters, layout: Layout, *, n_weeks: int
) -> Trace:
    """Simulate one subject and keep its latent values of every day.

    Parameters
    ----------
    one
        Scalars; see `one_of`.
    root, program, parameters, layout, n_weeks
        As in `simulation.simulate`.

    Raises
    ------
    InputError
        If `one` holds arrays of several subjects.
    """
    if np.ndim(one.age):
        raise InputError(f"a trace is of one subject; got {len(np.asarray(one.age))}", hint="take one with one_of()")
    numbers = jax.tree.map(lambda value: jnp.asarray(value, jnp.float32), parameters)
    fixed, eta = _individual_parameters(one, root, program.once, numbers, layout)
    weeks, state, ordered, gains = _weeks(one, fixed, program, numbers, layout, n_weeks)
    latent, days = _replay(one, fixed, ordered, gains, numbers, layout)
    flat = {drug: np.stack(mg, axis=1).reshape(-1) for drug, mg in ordered.given.items()}
    return Trace(
        subject=one,
        individual_parameters=fixed,
        kinetic_draws={drug: np.asarray(draws) for drug, draws in eta.items()},
        latent=Latent(*map(np.asarray, latent)),
        given_mg=flat,
        route={drug: np.repeat(np.asarray(route), orders.WEEK) for drug, route in ordered.route.items()},
        kill={drug: _day_average(effect) for drug, effect in days.kill.items()},
        lenalidomide=np.asarray(days.lenalidomide),
        occupancy=np.asarray(days.occupancy),
        gains=Gains(*(np.repeat(np.asarray(gain), orders.WEEK) for gain in gains)),
        weeks=trajectory.WeeklyValues(*map(np.asarray, weeks)),
        events=trajectory.DatedEvents(*map(np.asarray, state.events)),
        result_code=int(state.result_code),
        last_day=float(jnp.minimum(one.follow_up_days, state.events.death_day)),
    )


def _day_average(effect: Effect) -> Floats:
    if isinstance(effect, tuple):
        return np.tensordot(WIDTHS, np.asarray(effect), axes=1)
    return np.asarray(effect)


@partial(jax.jit, static_argnames=("layout",))
def _individual_parameters(
    one: Subject, root: Array, once: Array, p: Numbers, layout: Layout
) -> tuple[IndividualParameters, dict[str, Array]]:
    return individual_parameters(one, root, once, p, layout), kinetic_draws(one, root, once, layout)


@partial(jax.jit, static_argnames=("layout", "n_weeks"))
def _weeks(
    one: Subject, fixed: IndividualParameters, program: Program, p: Numbers, layout: Layout, n_weeks: int
) -> tuple[trajectory.WeeklyValues, SubjectState, orders.WeekOrders, Gains]:
    """Run the engine's weeks; give their values, the last state, and orders and gains of every week."""

    def week(
        state: SubjectState, number: Array
    ) -> tuple[SubjectState, tuple[trajectory.WeeklyValues, orders.WeekOrders, Gains]]:
        after, record = advance_week(state, number, one, fixed, program, p, layout)
        # The dosing state with which the week's orders were made: neither line nor rules change later in the week.
        course, on = after.course, (record.flags & trajectory.ON_TREATMENT) > 0
        last = program.n_cycles[one.arm, course.line] - 1
        template = program.cycle_template[one.arm, course.line, jnp.minimum(course.cycle, last)]
        waits = (record.flags & trajectory.CYCLE_WAITS) > 0
        passed = course.day_in_cycle - jnp.where(waits, 0, orders.WEEK)
        place = orders.TreatmentPosition(course.line, course.cycle, passed, course.line_week - 1)
        first = starting_doses(after.rules, program.rules, orders.known(program, template, place, one, layout))
        ordered = orders.week_orders(program, template, passed, on & ~waits, one, after.rules, first, layout)
        return after, (record, ordered, Gains(after.body.neutrophil_gain, after.body.platelet_gain))

    state, (weeks, ordered, gains) = jax.lax.scan(week, start(one, fixed, layout), jnp.arange(n_weeks))
    return weeks, state, ordered, gains


@partial(jax.jit, static_argnames=("layout",))
def _replay(
    one: Subject, fixed: IndividualParameters, ordered: orders.WeekOrders, gains: Gains, p: Numbers, layout: Layout
) -> tuple[Latent, effects.DayEffects]:
    """Advance the body under given doses and keep every day."""
    first = start_body(one, fixed, layout)

    def day(
        body: LatentState, today: dict[str, tuple[Array, Array]]
    ) -> tuple[LatentState, tuple[Latent, effects.DayEffects]]:
        mg, route = ({drug: both[i] for drug, both in today.items()} for i in range(2))
        drugs, acting = effects.day(body.drugs, mg, route, fixed.kinetics, p, layout)
        after = advance_day(body._replace(drugs=drugs), acting, one, fixed, p)
        return after, (_latent(after, one), acting)

    def week(
        body: LatentState, step: tuple[dict[str, tuple[Array, Array]], Gains]
    ) -> tuple[LatentState, tuple[Latent, effects.DayEffects]]:
        orders_, gain = step
        body = body._replace(neutrophil_gain=gain.neutrophils, platelet_gain=gain.platelets)
        body, (latent, acting) = jax.lax.scan(day, body, orders_)
        acquired = clones.acquire(body.burden, p["clones"]["acquisition"], orders.WEEK)
        latent = latent._replace(burden=latent.burden.at[-1].set(jnp.stack(acquired)))
        return body._replace(burden=acquired), (latent, acting)

    given = {drug: jnp.stack(mg, axis=1) for drug, mg in ordered.given.items()}
    steps = {drug: (mg, jnp.broadcast_to(ordered.route[drug][:, None], mg.shape)) for drug, mg in given.items()}
    _, (latent, acting) = jax.lax.scan(week, first, (steps, gains))
    latent, acting = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), (latent, acting))
    return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), _latent(first, one), latent), acting


def _latent(body: LatentState, one: Subject) -> Latent:
    return Latent(
        burden=jnp.stack(body.burden),
        m_protein=body.m_protein,
        neutrophils=one.neutrophils * body.neutrophils[4],
        platelets=one.platelets * body.platelets[3],
        haemoglobin=body.haemoglobin,
        effector=body.drugs.effector,
    )
