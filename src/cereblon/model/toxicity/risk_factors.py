"""What the hazard of an adverse event depends on: the patient, recent doses, disease and blood counts.

Doses are relative to a usual week of the label, so that a rate reads as events per year of usual treatment and a
reduced dose brings less of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.model.drugs.drug import of_class

WEEK = 7.0
REFERENCE_LENALIDOMIDE = 0.065  # mg/L: 25 mg on 21 of 28 days at normal renal function, mean over the cycle

Values = Mapping[str, Array]


class PatientFactors(NamedTuple):
    """Risk factors of the patient."""

    age: Array  # years, today
    frailty: Array  # 0 fit to 2 frail
    bmi: Array  # kg/m2
    cardiac_history: Array  # 1 with heart failure, ischaemia or arrhythmia before day 0


class RecentDoses(NamedTuple):
    """Recent intensity of drugs; 1 is a usual week."""

    lenalidomide: Array  # all IMiDs, as lenalidomide
    dexamethasone: Array  # all glucocorticoids
    inhibitors: dict[str, Array]  # each proteasome inhibitor

    @property
    def proteasome_inhibitor(self) -> Array:
        """Intensity of all proteasome inhibitors together."""
        return sum(self.inhibitors.values(), jnp.zeros_like(self.lenalidomide))

    def of_inhibitors(self, p: Values, name: str) -> Array:
        """Add the hazards up that proteasome inhibitors bring, each by a parameter of its own where there is one.

        Parameters
        ----------
        p
            Values of an adverse event's parameter file.
        name
            Of the parameters, with `{}` for the drug, as `rate_{}`.
        """
        known = ((name.format(drug), dose) for drug, dose in self.inhibitors.items())
        return sum((p[own] * dose for own, dose in known if own in p), jnp.zeros_like(self.lenalidomide))


def no_doses(zero: Array) -> RecentDoses:
    """Give the intensity before treatment; `zero` gives the kind of the numbers."""
    return RecentDoses(zero, zero, dict.fromkeys(of_class("pi"), zero))


class DiseaseState(NamedTuple):
    """Disease and blood counts this week."""

    burden: Array  # relative to baseline
    neutrophils: Array  # true count, 1e9/L
    antibody: Array  # saturation of CD38 by antibodies, 0 to 1
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
    moved: RecentDoses = jax.tree.map(lambda before, now: kept * before + (1.0 - kept) * now, recent, week)
    return moved


def by_age(age: Array, slope: Array) -> Array:
    """Give the hazard ratio against age 65; `slope` per year on the log scale."""
    return jnp.exp(slope * (age - 65.0))


def disease(burden: Array) -> Array:
    """Give how much the disease still weakens: its burden, at most one and a half times that at baseline."""
    return jnp.minimum(burden, 1.5)
