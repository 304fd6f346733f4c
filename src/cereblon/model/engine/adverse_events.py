"""Adverse events over one week: who has them, who dies of them, who stops all treatment for them."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from cereblon.core.batching import stored
from cereblon.core.time_units import DAYS_PER_YEAR
from cereblon.model.dosing.measures import SUPPORTS
from cereblon.model.drugs.drug import drug_of, of_class
from cereblon.model.engine import effects, orders, trajectory
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.parameters import Numbers
from cereblon.model.engine.program import Layout
from cereblon.model.engine.state import AdverseEventState, IndividualParameters, LatentState, SubjectState
from cereblon.model.engine.weekly_draws import Draws
from cereblon.model.myeloma import clones
from cereblon.model.toxicity import events, risk_factors

WEEK = orders.WEEK
_PREVENTING = sum(1 << SUPPORTS.index(name) for name in ("aspirin", "anticoagulant"))
_TOXICITY_STOP = trajectory.STOP_CAUSES.index("toxicity")
_TOXICITY_DEATH = trajectory.DEATH_CAUSES.index("toxicity")


def doses_of_week(body: LatentState, ordered: orders.WeekOrders, subject: Subject) -> risk_factors.RecentDoses:
    """Give this week's intensity of each drug; lenalidomide by what is in the blood, so renal failure counts."""
    zero = jnp.zeros_like(subject.age)

    def mg(drug: str) -> Array:
        return orders.total(ordered.given[drug]) if drug in ordered.given else zero

    def intensity(drug: str) -> Array:
        declared = drug_of(drug)
        assert declared.week is not None  # these classes need it
        one = jnp.ones_like(zero)
        size = {"mg": one, "mg/m2": subject.bsa_m2, "mg/kg": subject.weight_kg}[declared.forms[0].unit]
        return mg(drug) / (size * declared.week)

    return risk_factors.RecentDoses(
        lenalidomide=body.lenalidomide_sum / (WEEK * risk_factors.REFERENCE_LENALIDOMIDE),
        dexamethasone=sum((intensity(drug) for drug in of_class("glucocorticoid")), zero),
        inhibitors={drug: intensity(drug) for drug in of_class("pi")},
    )


def disease_state(
    state: SubjectState,
    after: AdverseEventState,
    subject: Subject,
    fixed: IndividualParameters,
    p: Numbers,
    layout: Layout,
) -> risk_factors.DiseaseState:
    """Give how disease and blood stand at the end of the week."""
    body, antibody = state.body, jnp.zeros_like(subject.age)
    for drug in of_class("cd38"):
        if drug in layout.drugs:
            level = body.drugs.antibodies[drug].central / fixed.kinetics.antibodies[drug].central_volume
            antibody = jnp.maximum(antibody, effects.saturation(drug, level, p))
    transplanted = jnp.isfinite(state.events.transplant_day).any().astype(antibody.dtype)
    return risk_factors.DiseaseState(
        burden=clones.total(body.burden),
        neutrophils=subject.neutrophils * body.neutrophils[4],
        antibody=antibody,
        lenalidomide_years=after.lenalidomide_years,
        transplanted=jnp.maximum(transplanted, p["second_cancers"]["prior_melphalan"]),
    )


def act_adverse_events(
    state: SubjectState,
    day: Array,
    present: Array,
    on: Array,
    draws: Draws,
    ordered: orders.WeekOrders,
    subject: Subject,
    fixed: IndividualParameters,
    once: Array,
    p: Numbers,
    layout: Layout,
) -> tuple[SubjectState, Array]:
    """Let adverse events begin, end, kill, and stop all treatment; also give the grades, packed.

    Parameters
    ----------
    draws
        Uniform numbers of this week: one per term, and one for stopping; see `events.N_DRAWS`.
    """
    given = doses_of_week(state.body, ordered, subject)
    years = state.adverse_events.lenalidomide_years + given.lenalidomide * (WEEK / DAYS_PER_YEAR)
    recent = risk_factors.remember(state.adverse_events.recent, given, p["adverse_events"]["memory"])
    ongoing = state.adverse_events._replace(recent=recent, lenalidomide_years=years)
    age = subject.age + day / DAYS_PER_YEAR

    def begin() -> events.ByTerm:
        prevented = (state.rules.support & jnp.uint32(_PREVENTING)) > 0
        now = risk_factors.RiskFactors(
            patient=risk_factors.PatientFactors(age, subject.frailty, fixed.bmi, subject.cardiac_history),
            recent=recent,
            disease_state=disease_state(state, ongoing, subject, fixed, p, layout),
            prophylaxis=jnp.where(prevented, fixed.prophylaxis, 0.0),
            years_of_line=WEEK * state.course.line_week.astype(age.dtype) / DAYS_PER_YEAR,
        )
        own = {term: rate * fixed.susceptibility[term] for term, rate in events.hazards(now, p).items()}
        return events.begun(ongoing.grade, own, draws, events.severity(age, p))

    begins = stored(begin, once)
    brought = stored(lambda: events.week(ongoing.grade, begins, draws, events.severity(age, p)), once)
    words = stored(lambda: events.pack(brought.grade), once)
    seen = jnp.where(present, jnp.stack(words), jnp.uint32(0))
    after = state._replace(adverse_events=ongoing._replace(grade=brought.grade))
    return _consequences(after, day, present, on, brought, draws[events.STOP], subject), seen


def _consequences(
    state: SubjectState,
    day: Array,
    present: Array,
    on: Array,
    brought: events.WeekOfEvents,
    draws: Array,
    subject: Subject,
) -> SubjectState:
    at = day + 0.5 * WEEK  # events are dated to the middle of their week
    fatal = present & state.alive & brought.fatal & (at <= subject.follow_up_days)
    stops = on & state.alive & (draws < brought.stop) & ~fatal
    line = state.course.line
    noted = state.events._replace(
        death_day=jnp.where(fatal, at, state.events.death_day),
        death_cause=jnp.where(fatal, _TOXICITY_DEATH, state.events.death_cause),
        stop_day=trajectory.note(state.events.stop_day, line, stops, day + WEEK),
        stop_cause=trajectory.note(
            state.events.stop_cause, line, stops, jnp.full_like(state.events.stop_cause[0], _TOXICITY_STOP)
        ),
    )
    return state._replace(
        course=state.course._replace(on=state.course.on & ~stops),
        alive=state.alive & ~fatal,
        events=noted,
    )
