"""What is measured at visits, and how the dose rules act on it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.core.batching import stored
from cereblon.criteria import progression
from cereblon.model.dosing import dosing_state
from cereblon.model.dosing.dosing_state import Decision
from cereblon.model.engine import graded_events, orders, trajectory
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.parameters import Numbers
from cereblon.model.engine.program import Layout, Program
from cereblon.model.engine.state import SubjectState
from cereblon.model.engine.weekly_draws import Draws
from cereblon.model.myeloma import clones, proteins
from cereblon.model.toxicity import neuropathy


def followed_value(subject: Subject, m_protein: Array, involved: Array, uninvolved: Array) -> Array:
    """Give the value in which progression is followed: dFLC in light-chain disease, otherwise M-protein."""
    return jnp.where(subject.isotype == proteins.LIGHT_CHAIN, involved - uninvolved, m_protein)


def reported(value: Array) -> Array:
    """Round to one decimal of g/L or mg/L, as a laboratory reports M-protein and light chains."""
    return jnp.round(value, 1)


def baseline_value(subject: Subject) -> Array:
    """Give the followed value as measured before treatment."""
    values = (subject.m_protein, subject.involved_flc, subject.uninvolved_flc)
    return followed_value(subject, *map(reported, values))


class Visit(NamedTuple):
    """Whether the disease was measured this week, and whether marrow was examined."""

    response: Array
    marrow: Array


def response_visit(
    state: SubjectState,
    number: Array,
    day: Array,
    present: Array,
    noise: Draws,
    subject: Subject,
    program: Program,
    p: Numbers,
) -> tuple[SubjectState, proteins.Measured, Visit]:
    """Measure the disease if a visit is due, and follow the criteria of progression."""
    seen = stored(lambda: _measured(state, number == 0, noise, subject, p), program.once)
    progression_monitor, visit = stored(
        lambda: _watched(state, seen, number, day, present, noise, subject, program, p), program.once
    )
    return state._replace(progression_monitor=progression_monitor), seen, visit


def _measured(state: SubjectState, first: Array, noise: Draws, subject: Subject, p: Numbers) -> proteins.Measured:
    burden = clones.total(state.body.burden)
    chains = proteins.light_chains(subject.involved_flc, subject.uninvolved_flc, burden, p["proteins"])
    seen = proteins.measure(state.body.m_protein, chains, subject.plasma_cells, burden, noise[:6], p["proteins"])
    seen = seen._replace(
        m_protein=jnp.where(first, subject.m_protein, seen.m_protein),
        involved_flc=jnp.where(first, subject.involved_flc, seen.involved_flc),
        uninvolved_flc=jnp.where(first, subject.uninvolved_flc, seen.uninvolved_flc),
        marrow_plasma_cells=jnp.where(first, subject.plasma_cells, seen.marrow_plasma_cells),
    )
    return seen._replace(
        m_protein=reported(seen.m_protein),
        involved_flc=reported(seen.involved_flc),
        uninvolved_flc=reported(seen.uninvolved_flc),
    )


def _watched(
    state: SubjectState,
    seen: proteins.Measured,
    number: Array,
    day: Array,
    present: Array,
    noise: Draws,
    subject: Subject,
    program: Program,
    p: Numbers,
) -> tuple[progression.ProgressionState, Visit]:
    first = number == 0
    missed = jax.scipy.special.ndtr(noise[6]) < p["proteins"]["missed_visit"]
    due = present & (number % program.response_every_weeks[subject.arm] == 0) & (~missed | first)
    value = followed_value(subject, seen.m_protein, seen.involved_flc, seen.uninvolved_flc)
    measure = jnp.where(subject.isotype == proteins.LIGHT_CHAIN, progression.DFLC, progression.SERUM)
    counts = due & ~first & ~state.course.finished
    progression_monitor = progression.step(state.progression_monitor, value, day, counts, measure, jnp)
    # After progression the monitor stands still, but the next line begins from the value measured last.
    progression_monitor = progression_monitor._replace(
        previous_value=jnp.where(counts, value, progression_monitor.previous_value)
    )
    since = state.course.marrow_week
    marrow = due & (first | ((seen.immunofixation < 0.5) & ((since < 0) | (since >= 48))))
    return progression_monitor, Visit(due, marrow)


class Counts(NamedTuple):
    """Counts and neuropathy grade of a week; they were seen only where `measured`."""

    measured: Array
    neutrophils: Array
    platelets: Array
    haemoglobin: Array
    neuropathy: Array


def blood_visit(
    state: SubjectState,
    day: Array,
    present: Array,
    noise: Draws,
    template: Array,
    subject: Subject,
    program: Program,
    p: Numbers,
    layout: Layout,
) -> tuple[SubjectState, Counts, Decision]:
    """Count cells if a visit is due, grade adverse events, and apply the dose rules.

    Counts are weekly in the first eight weeks of a line, around a transplant and while a drug is held for counts,
    every second week to week twelve, then every fourth; on the first day of every cycle; and where a rule asks.
    """
    counts = stored(lambda: _counted(state, present, noise, template, subject, program, p), program.once)
    decision = _decide(state, counts, present, template, subject, program, layout)
    return _noted(state, day, decision, program.once), counts._replace(measured=decision.counted), decision


def _counted(
    state: SubjectState, present: Array, noise: Draws, template: Array, subject: Subject, program: Program, p: Numbers
) -> Counts:
    week, cycle_begins = state.course.line_week, state.course.on & (state.course.day_in_cycle == 0)
    due = (week < 8) | ((week < 12) & (week % 2 == 0)) | (week % 4 == 0) | cycle_begins
    due = due | orders.any_held(state.rules, program.rules) | (program.template_transplant_day[template] > 0)
    due = due & present & (state.course.on | (week % 4 == 0))
    body, first = state.body, (week == 0) & (state.course.line == 0)
    anc = subject.neutrophils * body.neutrophils[4] * jnp.exp(p["neutrophils"]["assay_proportional"] * noise[7])
    thrombocytes = subject.platelets * body.platelets[3] * jnp.exp(p["platelets"]["assay_proportional"] * noise[8])
    h = p["haemoglobin"]
    spread = jnp.hypot(h["assay_proportional"] * body.haemoglobin, h["wander"])
    haemoglobin_ = jnp.maximum(body.haemoglobin + spread * noise[9], 20.0)
    return Counts(
        measured=due,
        neutrophils=jnp.where(first, subject.neutrophils, anc),
        platelets=jnp.where(first, subject.platelets, thrombocytes),
        haemoglobin=jnp.where(first, subject.haemoglobin, haemoglobin_),
        neuropathy=neuropathy.grade(state.damage, subject.neuropathy),
    )


def _decide(
    state: SubjectState,
    counts: Counts,
    present: Array,
    template: Array,
    subject: Subject,
    program: Program,
    layout: Layout,
) -> Decision:
    """Apply the dose rules to what is known today."""
    course = state.course
    place = orders.TreatmentPosition(course.line, course.cycle, course.day_in_cycle, course.line_week)
    known = orders.known(program, template, place, subject, layout)
    grades = graded_events.grade_row(graded_events.graded(state, subject), subject.age)
    return dosing_state.visit(
        state.rules,
        program.rules,
        shared=stored(
            lambda: (*known, counts.neutrophils, counts.platelets, counts.haemoglobin, *grades), program.once
        ),
        ordered=orders.ordered_doses(program, template),
        counted=counts.measured,
        fresh=course.line_week == 0,
        on=course.on & present,
        once=program.once,
    )


def _noted(state: SubjectState, day: Array, decision: Decision, once: Array) -> SubjectState:
    """Keep the decision and date a stop of everything."""
    course, events = state.course, state.events
    cause = jnp.full_like(events.stop_cause[0], trajectory.STOP_CAUSES.index("toxicity"))
    stop_day, stop_cause = stored(
        lambda: (
            trajectory.note(events.stop_day, course.line, decision.stops_all, day),
            trajectory.note(events.stop_cause, course.line, decision.stops_all, cause),
        ),
        once,
    )
    return state._replace(
        rules=decision.state,
        events=events._replace(stop_day=stop_day, stop_cause=stop_cause),
        course=course._replace(on=course.on & ~decision.stops_all),
    )
