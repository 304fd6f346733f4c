"""Which codes of a database mean which laboratory test, unit, limit and result."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from cereblon.core.validation import Name, StrictModel, validate
from cereblon.core.yaml_files import parse_yaml


class LabCodes(StrictModel):
    """Codes of one test.

    Parameters
    ----------
    use
        `whole`: the value is the test's; `band`: one of several of a sample, of which the sum is; `never`: kept out.
    because
        Why it is kept out.
    """

    test: Name
    use: Literal["whole", "band", "never"]
    loinc: tuple[str, ...] = ()
    concept_ids: tuple[int, ...] = ()
    because: str = ""


class LaboratoryConcepts(StrictModel):
    """All of them; keys of units, limits and results are concept ids of OMOP."""

    tests: tuple[LabCodes, ...]
    units: dict[str, str] = Field(default_factory=dict)
    limits: dict[str, Literal["below", "above"]] = Field(default_factory=dict)
    results: dict[str, int] = Field(default_factory=dict)


@cache
def packaged_laboratory() -> LaboratoryConcepts:
    """Give the codes that come with the package."""
    entry = files("cereblon.cohort.concepts") / "laboratory.yaml"
    return validate(
        LaboratoryConcepts, parse_yaml(entry.read_text(encoding="utf-8"), where=entry.name), where=entry.name
    )


def with_tests(added: tuple[LabCodes, ...]) -> LaboratoryConcepts:
    """Give the packaged codes with a user's own, which come first."""
    base = packaged_laboratory()
    return base.model_copy(update={"tests": (*added, *base.tests)})
