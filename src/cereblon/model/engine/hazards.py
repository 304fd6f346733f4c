"""Death, stopping and acquired resistance over one week, and the check that numbers are finite."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from cereblon.core.batching import stored
from cereblon.core.time_units import DAYS_PER_YEAR
from cereblon.model.drugs.drug import of_class
from cereblon.model.engine import orders, trajectory
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.parameters import Numbers
from cereblon.model.engine.program import Layout
from cereblon.model.engine.state import IndividualParameters, SubjectState
from cereblon.model.myeloma import clones, mortality

WEEK = orders.WEEK


def act_hazards(
    state: SubjectState,
    day: Array,
    present: Array,
    on: Array,
    ordered: orders.WeekOrders,
    subject: Subject,
    fixed: IndividualParameters,
    once: Array,
    p: Numbers,
    layout: Layout,
) -> SubjectState:
    """Let death, stopping and acquired resistance act over the week."""
    burden, changed = stored(lambda: _acted(state, day, present, on, ordered, subject, fixed, p, layout), once)
    return state._replace(body=state.body._replace(burden=burden), **changed)


def _acted(
    state: SubjectState,
    day: Array,
    present: Array,
    on: Array,
    ordered: orders.WeekOrders,
    subject: Subject,
    fixed: IndividualParameters,
    p: Numbers,
    layout: Layout,
) -> tuple[clones.Clones, dict[str, Any]]:
    m, line = p["mortality"], state.course.line
    burden = clones.total(state.body.burden)
    treated = on.astype(jnp.float32)
    failed = line.astype(jnp.float32) + state.course.finished
    age = subject.age + day / DAYS_PER_YEAR
    background = mortality.background_hazard(age, subject.age, subject.male, subject.frailty, m)
    disease = mortality.disease_hazard(burden, subject.iss, failed, m)
    toxic = mortality.treatment_hazard(subject.age, treated, m)
    load = WEEK * (background + disease + toxic)
    after = state.death_load + load
    dies = present & state.alive & (after >= fixed.death_threshold)
    at = day + WEEK * jnp.clip((fixed.death_threshold - state.death_load) / load, 0.0, 1.0)
    dies = dies & (at <= subject.follow_up_days)
    share = jnp.stack([disease, disease + toxic]) / (background + disease + toxic)
    cause = jnp.where(fixed.death_cause_draw < share[0], 1, jnp.where(fixed.death_cause_draw < share[1], 2, 3))
    inhibited = jnp.zeros_like(treated)
    for drug in layout.drugs:
        if drug in of_class("pi"):
            inhibited = jnp.maximum(inhibited, jnp.where(orders.total(ordered.planned[drug]) > 0.0, 1.0, 0.0))
    stop_load = state.stop_load + WEEK * mortality.stop_hazard(subject.age, treated, inhibited, m)
    stops = on & (stop_load >= fixed.stop_threshold[line]) & ~dies
    reported = fixed.stop_cause_draw[line] < m["stop_share_toxicity"]
    events = state.events._replace(
        death_day=jnp.where(dies, at, state.events.death_day),
        death_cause=jnp.where(dies, cause, state.events.death_cause),
        stop_day=trajectory.note(state.events.stop_day, line, stops, day + WEEK),
        stop_cause=trajectory.note(state.events.stop_cause, line, stops, jnp.where(reported, 2, 3)),
    )
    code = jnp.where(jnp.isfinite(after + stop_load), 0, 4)
    # What spoils something else stands later: a burden that is no number spoils counts, amounts of drug spoil both.
    code = jnp.where(jnp.isfinite(state.body.neutrophils[4] + state.body.platelets[3]), code, 2)
    code = jnp.where(jnp.isfinite(burden), code, 1)
    code = jnp.where(jnp.isfinite(state.body.occupancy_sum + state.body.lenalidomide_sum), code, 3)
    return clones.acquire(state.body.burden, p["clones"]["acquisition"], WEEK), {
        "course": state.course._replace(on=state.course.on & ~stops),
        "death_load": after,
        "stop_load": stop_load,
        "alive": state.alive & ~dies,
        "events": events,
        "result_code": jnp.maximum(state.result_code, code),
    }
