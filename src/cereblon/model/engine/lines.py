"""Cycles, transplant and lines of therapy: when they end and what follows."""

from __future__ import annotations

from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.core.batching import stored
from cereblon.criteria import progression
from cereblon.model.engine import orders, trajectory
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.parameters import Numbers
from cereblon.model.engine.program import Program
from cereblon.model.engine.state import IndividualParameters, SubjectState, TreatmentCourse

T = TypeVar("T")
WEEK = orders.WEEK


def move_lines(
    state: SubjectState, number: Array, day: Array, present: Array, subject: Subject, program: Program
) -> SubjectState:
    """End the line at confirmed progression, plan and start the next one."""
    changed = stored(lambda: _moved(state, number, day, present, subject, program), program.once)
    return state._replace(**changed)


def _moved(
    state: SubjectState, number: Array, day: Array, present: Array, subject: Subject, program: Program
) -> dict[str, Any]:
    course, events = state.course, state.events
    line, fresh = (
        course.line,
        state.progression_monitor.progressed & jnp.isinf(state.events.progression_day[state.course.line]),
    )
    fresh = fresh & present & ~course.finished
    last = line + 1 >= program.n_lines[subject.arm]
    events = events._replace(
        progression_day=trajectory.note(
            events.progression_day, line, fresh, state.progression_monitor.progression_day
        ),
        confirmed_day=trajectory.note(events.confirmed_day, line, fresh, day),
        stop_day=trajectory.note(events.stop_day, line, fresh & course.on, day),
        stop_cause=trajectory.note(events.stop_cause, line, fresh & course.on, jnp.array(1, jnp.int32)),
    )
    next_week = jnp.where(fresh & ~last, number + program.gap_weeks[subject.arm], course.next_week)
    begins = (next_week == number) & present
    line = jnp.where(begins, line + 1, line)
    zero = jnp.zeros_like(line)
    course = TreatmentCourse(
        line=line,
        cycle=jnp.where(begins, zero, course.cycle),
        day_in_cycle=jnp.where(begins, zero, course.day_in_cycle),
        on=(course.on & ~fresh) | begins,
        finished=course.finished | (fresh & last),
        next_week=jnp.where(begins, -1, next_week),
        line_week=jnp.where(begins, zero, course.line_week),
        marrow_week=jnp.where(begins, zero - 1, course.marrow_week),
    )
    restart = progression.start(state.progression_monitor.previous_value, jnp)._replace(previous_day=day)
    return {
        "course": course,
        "events": events._replace(start_day=trajectory.note(events.start_day, line, begins, day)),
        "progression_monitor": choose(begins, restart, state.progression_monitor),
        "stop_load": jnp.where(begins, 0.0, state.stop_load),
    }


def choose(condition: Array, yes: T, no: T) -> T:
    """Take every value from `yes` or from `no`."""
    chosen: T = jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
    return chosen


def turn_cycle(
    state: SubjectState, day: Array, present: Array, subject: Subject, program: Program
) -> tuple[SubjectState, Array]:
    """Begin the next cycle when the last one is over, or complete the line."""
    changed, template = stored(lambda: _turned(state, day, present, subject, program), program.once)
    return state._replace(**changed), template


def _turned(
    state: SubjectState, day: Array, present: Array, subject: Subject, program: Program
) -> tuple[dict[str, Any], Array]:
    course = state.course
    n_cycles, repeats = program.n_cycles[subject.arm, course.line], program.repeats[subject.arm, course.line]

    def template_of(cycle: Array) -> Array:
        return program.cycle_template[subject.arm, course.line, jnp.minimum(cycle, n_cycles - 1)]

    over = course.on & (course.day_in_cycle >= program.template_days[template_of(course.cycle)])
    cycle = jnp.where(over, course.cycle + 1, course.cycle)
    completed = over & (cycle >= n_cycles) & ~repeats
    cause = jnp.array(trajectory.STOP_CAUSES.index("completed"), jnp.int32)
    events = state.events._replace(
        stop_day=trajectory.note(state.events.stop_day, course.line, completed & present, day),
        stop_cause=trajectory.note(state.events.stop_cause, course.line, completed & present, cause),
    )
    course = course._replace(
        cycle=jnp.where(completed, course.cycle, cycle),
        day_in_cycle=jnp.where(over, 0, course.day_in_cycle),
        on=course.on & ~completed,
    )
    return {"course": course, "events": events}, template_of(course.cycle)


def note_transplant(
    state: SubjectState,
    day: Array,
    on: Array,
    template: Array,
    fixed: IndividualParameters,
    program: Program,
    p: Numbers,
) -> SubjectState:
    """Note a transplant of this week; who dies of it dies on that day."""
    changed = stored(lambda: _transplanted(state, day, on, template, fixed, program, p), program.once)
    return state._replace(**changed)


def _transplanted(
    state: SubjectState,
    day: Array,
    on: Array,
    template: Array,
    fixed: IndividualParameters,
    program: Program,
    p: Numbers,
) -> dict[str, Any]:
    offset = program.template_transplant_day[template] - 1 - state.course.day_in_cycle
    here = on & (program.template_transplant_day[template] > 0) & (offset >= 0) & (offset < WEEK)
    at = day + offset.astype(jnp.float32)
    fatal = here & (fixed.transplant_death_draw < p["mortality"]["transplant_mortality"]) & state.alive
    events = state.events._replace(
        transplant_day=trajectory.note(state.events.transplant_day, state.course.line, here, at),
        death_day=jnp.where(fatal, at + 14.0, state.events.death_day),
        death_cause=jnp.where(fatal, trajectory.DEATH_CAUSES.index("toxicity"), state.events.death_cause),
    )
    return {"events": events, "alive": state.alive & ~fatal}
