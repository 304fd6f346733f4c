"""Who is in a cohort and how it is read, as data: shown back in words, and changed in a file of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from cereblon.cohort.laboratory_concepts import LabCodes, with_tests
from cereblon.cohort.rules_of_lines import LineRules, find_line_rules
from cereblon.cohort.schemas import ESTIMANDS
from cereblon.cohort.treatment_concepts import ConceptAdditions, with_additions
from cereblon.core.arguments import need_one_of
from cereblon.core.errors import unknown_name
from cereblon.core.validation import Distinct, Name, StrictModel, validate
from cereblon.core.yaml_files import parse_yaml, read_yaml


class CaseRule(StrictModel):
    """How a patient with myeloma is found.

    Parameters
    ----------
    codes
        Codes of myeloma: one, or two and more.
    apart_days
        Days that the first and the last of two codes lie apart at least.
    also
        What must be there besides: nothing, or a drug of myeloma or a marker.
    """

    codes: Literal[1, 2] = 2
    apart_days: int = Field(30, ge=0, le=3650)
    also: Literal["nothing", "drug_or_marker"] = "nothing"


class IndexRule(StrictModel):
    """The line that time is counted from.

    Parameters
    ----------
    line
        Its number; None takes the first that has the regimen.
    regimens
        Short names, one of which it must have; any unless given.
    maintenance
        Whether time is counted from the first day of maintenance within it.
    """

    line: int | None = Field(None, ge=1, le=30)
    regimens: Annotated[tuple[Name, ...], Distinct] = ()
    maintenance: bool = False


class CohortDefinition(StrictModel):
    """A cohort.

    Parameters
    ----------
    observed_before
        Days of observation before the index date.
    youngest, oldest
        Age at the index date, years.
    line_rules
        Name of a preset, a file, or rules written out.
    baseline_days
        How long before a line the baseline of a marker may lie.
    estimand
        Kind of response and progression that outcomes are given by; a command may ask for another.
    small_cell
        Numbers below this are masked in what is exported.
    concepts, tests
        A user's own codes.
    """

    name: Name
    label: Name
    case: CaseRule = CaseRule()
    index: IndexRule = IndexRule(line=1)
    observed_before: int = Field(0, ge=0, le=36_500)
    youngest: int = Field(18, ge=0, le=120)
    oldest: int = Field(110, ge=0, le=120)
    line_rules: str | dict[str, Any] = "imwg2015"
    baseline_days: int = Field(90, ge=0, le=3650)
    estimand: Literal["strict", "relaxed", "real_world"] = "relaxed"
    small_cell: int = Field(5, ge=1, le=1000)
    concepts: ConceptAdditions | None = None
    tests: tuple[LabCodes, ...] = ()

    def asked_concepts(self) -> list[int]:
        """Give every concept of which a source is asked for descendants, or for the strength of drugs."""
        concepts = with_additions(self.concepts)
        lists = [*concepts.diagnoses.values(), *concepts.procedures.values(), *concepts.adverse_events.values()]
        found = {number for each in lists for number in each.concept_ids} | set(concepts.drugs_by_concept())
        return sorted(found | {number for one in with_tests(self.tests).tests for number in one.concept_ids})

    def estimand_or(self, given: str | None) -> str:
        """Give the kind of response and progression that is asked for, or that of the definition.

        Raises
        ------
        UnknownNameError
            If there is no such kind.
        """
        asked = self.estimand if given is None else given
        need_one_of("estimand", asked, ESTIMANDS)
        return asked

    def rules(self) -> LineRules:
        """Give the rules of lines."""
        return find_line_rules(self.line_rules)

    def in_words(self) -> list[str]:
        """Say who is in the cohort and how lines are made, a sentence each."""
        case, index = self.case, self.index
        found = (
            "Patients with a code of myeloma."
            if case.codes == 1
            else f"Patients with two codes of myeloma at least {case.apart_days} days apart."
        )
        said = [found, "Codes of solitary plasmacytoma and of plasma cell leukaemia do not count."]
        if case.also == "drug_or_marker":
            said.append("A drug of myeloma, or an M-protein or light chain result, must be in the record too.")
        what = "maintenance in " if index.maintenance else ""
        which = f"line {index.line}" if index.line else "the first line"
        regimens = f" with {' or '.join(index.regimens)}" if index.regimens else " of the record" * (not index.line)
        said.append(f"Time is counted from the start of {what}{which}{regimens}.")
        if self.observed_before:
            said.append(f"They are observed for at least {self.observed_before} days before.")
        said.append(f"They are {self.youngest} to {self.oldest} years old then.")
        said.append(
            f"The baseline of a marker is its highest value within {self.baseline_days} days before a line, else the "
            "earliest in it."
        )
        said.append(ESTIMANDS_SAID[self.estimand])
        return [*said, *self.rules().in_words()]


ESTIMANDS_SAID = {
    "strict": "Response and progression by the IMWG criteria as written; what is not recorded counts as missing.",
    "relaxed": "Response and progression relaxed for practice: one followed marker is enough, without marrow.",
    "real_world": "Progression is the first of one laboratory value that meets it, the next line, and death.",
}
"""What each kind of response and progression is, in a sentence."""


def definition_names() -> list[str]:
    """Name the definitions of the package."""
    folder = files("cereblon.cohort.definitions")
    return sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml"))


def find_definition(given: str | Path | Mapping[str, Any] | CohortDefinition) -> CohortDefinition:
    """Give the definition that is named or written out.

    Parameters
    ----------
    given
        Name of a definition of the package, a YAML file, or what such a file holds.

    Raises
    ------
    InputError
        Listing every problem of a file.
    UnknownNameError
        If there is no definition of the name.
    """
    if isinstance(given, CohortDefinition):
        return given
    if isinstance(given, Mapping):
        found = validate(CohortDefinition, dict(given), where="definition")
    elif str(given).endswith((".yaml", ".yml")) or "/" in str(given):
        found = validate(CohortDefinition, read_yaml(Path(given)), where=str(given))
    elif given in definition_names():
        text = (files("cereblon.cohort.definitions") / f"{given}.yaml").read_text(encoding="utf-8")
        found = validate(CohortDefinition, parse_yaml(text, where=str(given)), where=str(given))
    else:
        raise unknown_name("definition of a cohort", str(given), definition_names())
    found.rules()
    return found
