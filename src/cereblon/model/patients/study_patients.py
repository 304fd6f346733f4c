"""Who was in a study: the population to start from, entry criteria, and figures that were not published as facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field, field_validator

from cereblon.core.validation import StrictModel, validate
from cereblon.model.patients.baseline import TARGETS
from cereblon.model.patients.eligibility import Eligibility
from cereblon.model.patients.library import load_population, population_for_setting, population_names
from cereblon.model.patients.matched_population import MatchedPopulation, match_population
from cereblon.model.patients.population import Population
from cereblon.model.patients.quantities import Number


class StudyPatients(StrictModel):
    """The patients of one study: the block `patients` under `simulation` of its file.

    Parameters
    ----------
    population
        Name of the package's population to start from.
    eligibility
        Entry criteria.
    baseline
        Figures by endpoint that the facts of the study do not have.
    set_aside
        Endpoints that are not used although they could be, each with the reason.
    """

    population: str
    note: str = ""
    eligibility: Eligibility = Eligibility()
    baseline: dict[str, Number] = Field(default_factory=dict)
    set_aside: dict[str, str] = Field(default_factory=dict)

    @field_validator("population")
    @classmethod
    def _is_known(cls, population: str) -> str:
        if population not in population_names():
            raise ValueError(f"{population!r} is not one of {', '.join(population_names())}")
        return population

    @field_validator("baseline", "set_aside")
    @classmethod
    def _move_figures(cls, figures: dict[str, Any]) -> dict[str, Any]:
        strange = [endpoint for endpoint in figures if endpoint not in TARGETS]
        if strange:
            named = ", ".join(map(repr, strange))
            raise ValueError(f"patients cannot be moved to {named}; figures: {', '.join(TARGETS)}")
        return figures


def parse_study_patients(data: dict[str, Any], *, where: str) -> StudyPatients:
    """Build the patients of a study from parsed data.

    Raises
    ------
    InputError
        Listing every problem.
    """
    return validate(StudyPatients, data, where=where)


def match_study(
    study: str,
    setting: str,
    facts: Sequence[tuple[str, float]] = (),
    *,
    patients: StudyPatients | None = None,
    start: Population | None = None,
) -> MatchedPopulation:
    """Give the population of a study.

    Starts from the population that its patients name, or else from that of its setting without entry criteria. A
    figure of `facts` goes before one of the patients.

    Parameters
    ----------
    study
        Key of the study, for the name of the population.
    setting
        Setting of the evidence vocabulary, for a study that states no patients.
    facts
        Published baseline figures, from `pooled_baseline`.
    patients
        What the study states of its patients; None for nothing.
    start
        Population to start from instead.

    Raises
    ------
    UnknownNameError
        If the study states no patients and its setting has no population.
    InputError
        If hardly anybody meets the entry criteria, or a figure is impossible.
    """
    if patients is None:
        base = start or load_population(population_for_setting(setting))
        return match_population(base, facts, name=f"like {study}")
    own = [(endpoint, number.value) for endpoint, number in patients.baseline.items()]
    matched = match_population(
        start or load_population(patients.population),
        [*facts, *own],
        patients.eligibility,
        set_aside=patients.set_aside,
        name=f"like {study}",
    )
    given = {endpoint for endpoint, _ in facts}
    unchecked = tuple(
        endpoint
        for endpoint, number in patients.baseline.items()
        if number.basis == "assumed" and endpoint not in given
    )
    return replace(matched, from_memory=unchecked)
