"""One subject from randomisation to the end of follow-up: weeks of measuring and deciding, days of drug and disease.

Written for one subject; `batch` maps it over many. Clinical rules read measured values only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.criteria import progression
from cereblon.model.dosing import dosing_state
from cereblon.model.dosing.dosing_state import Decision
from cereblon.model.dosing.measures import SUPPORTS
from cereblon.model.engine import effects, orders, trajectory
from cereblon.model.engine.adverse_events import act_adverse_events
from cereblon.model.engine.days import damage_nerves, week_of_days, with_gains
from cereblon.model.engine.hazards import act_hazards
from cereblon.model.engine.individual_parameters import individual_parameters
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.lines import move_lines, note_transplant, turn_cycle
from cereblon.model.engine.parameters import Numbers
from cereblon.model.engine.program import Layout, Program
from cereblon.model.engine.state import (
    AdverseEventState,
    IndividualParameters,
    LatentState,
    SubjectState,
    TreatmentCourse,
)
from cereblon.model.engine.trajectory import WeeklyValues
from cereblon.model.engine.visits import Counts, Visit, baseline_value, blood_visit, response_visit
from cereblon.model.engine.weekly_draws import draw_week
from cereblon.model.myeloma.proteins import Measured
from cereblon.model.toxicity import events, risk_factors

WEEK = orders.WEEK
GCSF = SUPPORTS.index("g-csf")


def start_body(subject: Subject, fixed: IndividualParameters, layout: Layout) -> LatentState:
    """Give the untreated body."""
    zero = jnp.zeros_like(subject.age)
    one = zero + 1.0
    return LatentState(
        drugs=effects.initial(fixed.kinetics, zero, layout),
        burden=fixed.biology.fraction,
        m_protein=subject.m_protein,
        neutrophils=(one,) * 5,
        platelets=(one,) * 4,
        haemoglobin=subject.haemoglobin,
        neutrophil_gain=one,
        platelet_gain=one,
        occupancy_sum=zero,
        lenalidomide_sum=zero,
    )


def start(subject: Subject, fixed: IndividualParameters, layout: Layout) -> SubjectState:
    """Give the state at randomisation."""
    zero, whole = jnp.zeros_like(subject.age), jnp.zeros_like(subject.arm)
    return SubjectState(
        body=start_body(subject, fixed, layout),
        course=TreatmentCourse(whole, whole, whole, whole == 0, whole == 1, whole - 1, whole, whole - 1),
        rules=dosing_state.start(len(layout.drugs)),
        progression_monitor=progression.start(baseline_value(subject), jnp),
        damage=zero,
        adverse_events=AdverseEventState(dict.fromkeys(events.TERMS, zero), risk_factors.no_doses(zero), zero),
        death_load=zero,
        stop_load=zero,
        alive=whole == 0,
        events=trajectory.no_events(layout.n_lines)._replace(
            start_day=jnp.where(jnp.arange(layout.n_lines) == 0, 0.0, jnp.inf)
        ),
        result_code=whole,
    )


def begin(
    subject: Subject, root: Array, once: Array, p: Numbers, layout: Layout
) -> tuple[SubjectState, IndividualParameters]:
    """Draw one subject's individual parameters, and give the state before the first week.

    Parameters
    ----------
    subject
        Covariates, arm and follow-up; scalars.
    root
        Key of the run.
    once
        The number 1; see `core.batching`.
    p
        Parameter values by group.
    layout
        Static shape.
    """
    fixed = individual_parameters(subject, root, once, p, layout)
    return start(subject, fixed, layout), fixed


def advance(
    state: SubjectState,
    first_week: Array,
    subject: Subject,
    fixed: IndividualParameters,
    program: Program,
    p: Numbers,
    layout: Layout,
    *,
    weeks: int,
) -> tuple[SubjectState, WeeklyValues]:
    """Advance one subject by some weeks; others as in `begin`.

    Parameters
    ----------
    first_week
        Weeks since the beginning.
    program
        Orders of all arms.
    weeks
        How many.

    Returns
    -------
        The state after them, and weekly values, each with a leading week axis.
    """

    def one(state: SubjectState, passed: Array) -> tuple[SubjectState, WeeklyValues]:
        return week(state, first_week + passed, subject, fixed, program, p, layout)

    after: tuple[SubjectState, WeeklyValues] = jax.lax.scan(one, state, jnp.arange(weeks))
    return after


def week(
    state: SubjectState,
    number: Array,
    subject: Subject,
    fixed: IndividualParameters,
    program: Program,
    p: Numbers,
    layout: Layout,
) -> tuple[SubjectState, WeeklyValues]:
    """Advance one subject by one week: visits and decisions on its first day, then seven days, then hazards.

    Parameters
    ----------
    number
        Weeks since randomisation.
    """
    day = WEEK * number.astype(jnp.float32)
    present = state.alive & (day <= subject.follow_up_days)
    once = program.once
    noise, draws = draw_week(fixed.weekly_streams, number, once)
    state, seen, visit = response_visit(state, number, day, present, noise, subject, program, p)
    state = _randomise(state, number, day, program.randomised_week[subject.arm], baseline_value(subject))
    state = move_lines(state, number, day, present, subject, program)
    state, template = turn_cycle(state, day, present, subject, program)
    state, counts, decided = blood_visit(state, day, present, noise, template, subject, program, p, layout)
    on = state.course.on & present
    waits = decided.waits & on
    ordered = orders.week_orders(
        program, template, state.course.day_in_cycle, on & ~waits, subject, state.rules, decided.starting, layout
    )
    state = note_transplant(state, day, on & ~waits, template, fixed, program, p)
    gcsf = ((state.rules.support >> jnp.uint32(GCSF)) & jnp.uint32(1)).astype(jnp.float32)
    prepared = with_gains(state.body, gcsf, subject, once, p)
    body = week_of_days(prepared, ordered, subject, fixed, once, p, layout)
    damage = damage_nerves(state.damage, body, ordered, subject, fixed, once, p)
    state = state._replace(body=body, damage=damage)
    state, event_grades = act_adverse_events(state, day, present, on, draws, ordered, subject, fixed, once, p, layout)
    state = act_hazards(state, day, present, on, ordered, subject, fixed, once, p, layout)
    flags = _flags(seen, visit, counts, on, waits)
    course = state.course
    out = _weekly_values(flags, course, seen, counts, decided, event_grades, ordered, layout)
    moved = course._replace(
        day_in_cycle=course.day_in_cycle + jnp.where(waits, 0, WEEK),
        line_week=course.line_week + 1,
        marrow_week=jnp.where(visit.marrow, 0, jnp.where(course.marrow_week >= 0, course.marrow_week + 1, -1)),
    )
    return state._replace(course=moved), out


def _flags(seen: Measured, visit: Visit, counts: Counts, on: Array, waits: Array) -> Array:
    """Sum the bits of one week: what was measured, and whether treatment went on."""
    return (
        visit.response * trajectory.VISIT_RESPONSE
        + counts.measured * trajectory.VISIT_BLOOD
        + visit.marrow * trajectory.VISIT_MARROW
        + (seen.immunofixation > 0.5) * trajectory.IMMUNOFIXATION_POSITIVE
        + on * trajectory.ON_TREATMENT
        + waits * trajectory.CYCLE_WAITS
    )


def _weekly_values(
    flags: Array,
    course: TreatmentCourse,
    seen: Measured,
    counts: Counts,
    decided: Decision,
    event_grades: Array,
    ordered: orders.WeekOrders,
    layout: Layout,
) -> WeeklyValues:
    """Record what was measured, decided and given in one week, in the types of the tables."""
    return WeeklyValues(
        flags=flags.astype(jnp.uint8),
        line=course.line.astype(jnp.uint8),
        cycle=course.cycle.astype(jnp.int16),
        m_protein=seen.m_protein,
        involved_flc=seen.involved_flc,
        uninvolved_flc=seen.uninvolved_flc,
        plasma_cells=seen.marrow_plasma_cells,
        clonal_share=seen.clonal_share,
        neutrophils=counts.neutrophils,
        platelets=counts.platelets,
        haemoglobin=counts.haemoglobin,
        neuropathy=counts.neuropathy.astype(jnp.uint8),
        fired=jnp.stack(decided.fired),
        ended=jnp.stack(decided.ended),
        dose=jnp.stack(decided.dose),
        stopped=_bits(decided.stopped),
        adverse_events=event_grades,
        planned_mg=_by_drug(ordered.planned, layout, orders.total),
        given_mg=_by_drug(ordered.given, layout, orders.total),
        planned_doses=_by_drug(ordered.planned, layout, orders.count).astype(jnp.uint8),
        given_doses=_by_drug(ordered.given, layout, orders.count).astype(jnp.uint8),
    )


def _randomise(
    state: SubjectState, number: Array, day: Array, randomised_week: Array, baseline: Array
) -> SubjectState:
    """Forget what was lowest before randomisation, where treatment has begun before it; the baseline stays."""
    here = (number == randomised_week) & (number > 0) & ~state.progression_monitor.progressed
    anew = progression.start(baseline, jnp)._replace(
        previous_value=state.progression_monitor.previous_value, previous_day=day
    )
    progression_monitor = jax.tree.map(
        lambda fresh, old: jnp.where(here, fresh, old), anew, state.progression_monitor
    )
    return state._replace(progression_monitor=progression_monitor)


def _bits(flags: Sequence[Array]) -> Array:
    return reduce(or_, (flag.astype(jnp.uint16) << place for place, flag in enumerate(flags)))


def _by_drug(doses: Mapping[str, orders.Days], layout: Layout, of: Callable[[orders.Days], Array]) -> Array:
    return jnp.stack([of(doses[drug]) for drug in layout.drugs])
