"""What one subject carries: latent state, course of treatment, and individual parameters."""

from __future__ import annotations

from typing import NamedTuple

from jax import Array

from cereblon.criteria import progression
from cereblon.model.dosing.dosing_state import DosingState
from cereblon.model.engine import effects
from cereblon.model.engine.kinetics import IndividualKinetics
from cereblon.model.engine.trajectory import DatedEvents
from cereblon.model.engine.weekly_draws import WeeklyStreams
from cereblon.model.myeloma import clones
from cereblon.model.toxicity import neutrophils, platelets, risk_factors


class LatentState(NamedTuple):
    """The latent state that days advance."""

    drugs: effects.DrugState
    burden: clones.Clones
    m_protein: Array
    neutrophils: neutrophils.Chain
    platelets: platelets.Chain
    haemoglobin: Array
    neutrophil_gain: Array  # of this week, on proliferation
    platelet_gain: Array  # of this week, on production
    occupancy_sum: Array  # over the days of the week
    lenalidomide_sum: Array


class TreatmentCourse(NamedTuple):
    """Where treatment stands."""

    line: Array
    cycle: Array
    day_in_cycle: Array
    on: Array  # treatment of this line is going on
    finished: Array  # no line is left after progression
    next_week: Array  # week in which the next line starts, -1 for none planned
    line_week: Array  # weeks since the line started
    marrow_week: Array  # weeks since the last marrow examination of this line, -1 for none


class AdverseEventState(NamedTuple):
    """Adverse events that are going on, and what brings them."""

    grade: dict[str, Array]  # of each term of `toxicity.events.TERMS`, 0 for none
    recent: risk_factors.RecentDoses
    lenalidomide_years: Array  # at usual intensity


class SubjectState(NamedTuple):
    """Everything one subject carries from week to week."""

    body: LatentState
    course: TreatmentCourse
    rules: DosingState
    progression_monitor: progression.ProgressionState
    damage: Array
    adverse_events: AdverseEventState
    death_load: Array  # cumulative hazard
    stop_load: Array
    alive: Array
    events: DatedEvents
    result_code: Array


class IndividualParameters(NamedTuple):
    """What is fixed for one subject."""

    biology: clones.Biology
    kill: dict[str, Array]
    kinetics: IndividualKinetics
    capacity: Array  # burden at which growth stops, relative to baseline
    protein_decay: Array
    neutrophil_rate: Array
    neutrophil_slope: Array
    marrow_sensitivity: Array  # to proteasome inhibitors, CD38 antibodies and melphalan, relative to the median
    platelet_rate: Array
    platelet_slope: Array
    release_sensitivity: Array
    haemoglobin_fall: Array
    nerve_susceptibility: Array
    melphalan_kill: Array
    death_threshold: Array
    death_cause_draw: Array
    stop_threshold: Array  # [line]
    stop_cause_draw: Array  # [line]
    transplant_death_draw: Array
    bmi: Array  # kg/m2
    susceptibility: dict[str, Array]  # hazard ratio of each term of `toxicity.events.TERMS`
    prophylaxis: Array  # 1 with thromboprophylaxis while on lenalidomide
    weekly_streams: WeeklyStreams
