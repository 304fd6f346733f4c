"""Who was in a known trial: its base population, entry criteria and baseline figures beyond the evidence files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import Field

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.validation import StrictModel, validate
from cereblon.core.yaml_files import read_yaml
from cereblon.model.patients.baseline import TARGETS
from cereblon.model.patients.eligibility import Eligibility
from cereblon.model.patients.library import load_population, population_for_setting, population_names
from cereblon.model.patients.matched_population import MatchedPopulation, match_population
from cereblon.model.patients.population import Population
from cereblon.model.patients.quantities import Number


class StudyPeople(StrictModel):
    """The people of one study.

    Parameters
    ----------
    study
        Key of the study in the evidence.
    population
        Name of the package's population to start from.
    eligibility
        Entry criteria.
    baseline
        Figures by endpoint that the evidence file does not have.
    set_aside
        Endpoints that are not used although they could be, each with the reason.
    """

    study: str
    population: str
    note: str = ""
    eligibility: Eligibility = Eligibility()
    baseline: dict[str, Number] = Field(default_factory=dict)
    set_aside: dict[str, str] = Field(default_factory=dict)


def _folder() -> Path:
    return Path(str(files("cereblon.model.patients") / "studies"))


def studies_with_criteria() -> list[str]:
    """Name the studies whose entry criteria are on file."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


@cache
def load_study_people(study: str) -> StudyPeople:
    """Load the people of one study.

    Raises
    ------
    UnknownNameError
        If there is no file for it.
    """
    if study not in studies_with_criteria():
        raise unknown_name("entry criteria of study", study, studies_with_criteria())
    return read_study_people(_folder() / f"{study}.yaml")


def read_study_people(path: Path) -> StudyPeople:
    """Read a file of a study's people.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    people = validate(StudyPeople, read_yaml(path), where=path.name)
    problems = []
    if people.study != path.stem:
        problems.append(f"{path.name}, study: {people.study!r} differs from the file's name")
    if people.population not in population_names():
        problems.append(
            f"{path.name}, population: {people.population!r} is not one of {', '.join(population_names())}"
        )
    for endpoint in [*people.baseline, *people.set_aside]:
        if endpoint not in TARGETS:
            problems.append(f"{path.name}: {endpoint!r} is not a figure that people can be moved to")
    if problems:
        raise InputError("\n".join(problems), hint=f"figures: {', '.join(TARGETS)}")
    return people


def people_like(
    study: str, setting: str, facts: Sequence[tuple[str, float]] = (), *, start: Population | None = None
) -> MatchedPopulation:
    """Give the population of a study.

    Starts from the population named in the study's file, or else from that of its setting without entry criteria.
    A figure of `facts` goes before the one of the file.

    Parameters
    ----------
    study
        Key of the study, which need not have a file.
    setting
        Setting of the evidence vocabulary, for a study without a file.
    facts
        Published baseline figures, from `pooled_baseline`.
    start
        Population to start from instead.

    Raises
    ------
    UnknownNameError
        If the study has no file and its setting no population.
    """
    if study not in studies_with_criteria():
        return match_population(
            start or load_population(population_for_setting(setting)), facts, name=f"like {study}"
        )
    people = load_study_people(study)
    own = [(endpoint, number.value) for endpoint, number in people.baseline.items()]
    matched = match_population(
        start or load_population(people.population),
        [*facts, *own],
        people.eligibility,
        set_aside=people.set_aside,
        name=f"like {study}",
    )
    given = {endpoint for endpoint, _ in facts}
    unchecked = tuple(
        endpoint
        for endpoint, number in people.baseline.items()
        if number.basis == "assumed" and endpoint not in given
    )
    return replace(matched, from_memory=unchecked)
