"""What the hazard of an adverse event depends on: the patient, recent doses, disease and blood counts.

Doses are relative to a usual week of the label, so that a rate reads as events per year of usual treatment and a
reduced dose brings less of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

WEEK = 7.0
REFERENCE_LENALIDOMIDE = 0.065  # mg/L: 25 mg on 21 of 28 days at normal renal function, mean over the cycle
REFERENCE_DEXAMETHASONE = 40.0  # mg a week
REFERENCE_BORTEZOMIB = 1.73  # mg/m2 a week: 1.3 on days 1, 4, 8 and 11 of 21
REFERENCE_CARFILZOMIB = 40.5  # mg/m2 a week: 27 on six days of 28
REFERENCE_IXAZOMIB = 3.0  # mg a week: 4 on three days of 28

Values = Mapping[str, Array]


class PatientFactors(NamedTuple):
    """Risk factors of the patient."""

    age: Array  # years, today
    frailty: Array  # 0 fit to 2 frail
    bmi: Array  # kg/m2
    cardiac_history: Array  # 1 with heart failure, ischaemia or arrhythmia before day 0


class RecentDoses(NamedTuple):
    """Recent intensity of each drug; 1 is a usual week."""

    lenalidomide: Array
    dexamethasone: Array
    bortezomib: Array
    carfilzomib: Array
    ixazomib: Array

    @property
    def proteasome_inhibitor(self) -> Array:
        """Intensity of all proteasome inhibitors together."""
        return self.bortezomib + self.carfilzomib + self.ixazomib


class DiseaseState(NamedTuple):
    """Disease and blood counts this week."""

    burden: Array  # relative to baseline
    neutrophils: Array  # true count, 1e9/L
    antibody: Array  # saturation by daratumumab, 0 to 1
    lenalidomide_years: Array  # at usual intensity, so far
    transplanted: Array  # 1 after melphalan 200


class RiskFactors(NamedTuple):
    """All that the hazard of an adverse event may depend on, this week."""

    patient: PatientFactors
    recent: RecentDoses
    disease_state: DiseaseState
    prophylaxis: Array  # 1 with aspirin or prophylactic heparin
    years_of_line: Array  # since the line of treatment began


def remember(recent: RecentDoses, week: RecentDoses, memory: Array) -> RecentDoses:
    """Move the recent intensity towards that of this week; `memory` in days."""
    kept = jnp.exp(-WEEK / memory)
    return RecentDoses(*(kept * before + (1.0 - kept) * now for before, now in zip(recent, week, strict=True)))


def by_age(age: Array, slope: Array) -> Array:
    """Give the hazard ratio against age 65; `slope` per year on the log scale."""
    return jnp.exp(slope * (age - 65.0))


def disease(burden: Array) -> Array:
    """Give how much the disease still weakens: its burden, at most one and a half times that at baseline."""
    return jnp.minimum(burden, 1.5)
