"""What belongs to myeloma therapy by the codes of a database, with a user's own additions.

Drugs, diagnoses, procedures, and diagnoses that are adverse events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from pydantic import Field

from cereblon.core.errors import InputError
from cereblon.core.validation import Name, StrictModel, validate
from cereblon.core.yaml_files import parse_yaml

STEROID = "steroid"
MYELOMA, OTHER_DISEASE = "multiple myeloma", "other plasma cell disease"
TRANSPLANTS = ("autologous transplantation", "transplantation unspecified")


class CycleFill(StrictModel):
    """A fill of so many capsules, and the days of the cycle that it covers."""

    least: int = Field(ge=1)
    most: int = Field(ge=1)
    cover: int = Field(ge=1, le=90)


class DrugConcept(StrictModel):
    """One drug.

    Parameters
    ----------
    drug_class
        Class, such as imid or pi; `steroid` opens no line.
    concept_ids
        OMOP concept ids of the ingredient.
    hcpcs_mg
        Codes of billed administrations, with mg per unit.
    brands
        Brand names, which unmapped rows may hold.
    cycle_fill
        Fills of capsules that cover a cycle.
    """

    drug_class: str = Field(alias="class")
    concept_ids: tuple[int, ...] = ()
    hcpcs_mg: dict[str, float] = Field(default_factory=dict)
    brands: tuple[str, ...] = ()
    cycle_fill: tuple[CycleFill, ...] = ()


class CodeList(StrictModel):
    """Concepts of OMOP, whose descendants count, and codes of the source, of which each is the start."""

    concept_ids: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def starts(self) -> tuple[str, ...]:
        """The codes of the source as they are compared: in capitals, without points."""
        return tuple(code.upper().replace(".", "") for code in self.codes)


class TreatmentConcepts(StrictModel):
    """Drugs, diagnoses, procedures and adverse events that diagnoses are, by name."""

    drugs: dict[Name, DrugConcept]
    diagnoses: dict[Name, CodeList] = Field(default_factory=dict)
    procedures: dict[Name, CodeList] = Field(default_factory=dict)
    adverse_events: dict[Name, CodeList] = Field(default_factory=dict)

    def class_of(self, drug: str) -> str:
        """Give the class of a drug; a drug that nobody knows is a class of its own."""
        return self.drugs[drug].drug_class if drug in self.drugs else drug

    def drugs_by_concept(self) -> dict[int, str]:
        """Give the drug of each concept id."""
        return {number: name for name, drug in self.drugs.items() for number in drug.concept_ids}

    def drugs_by_hcpcs(self) -> dict[str, tuple[str, float]]:
        """Give drug and mg per unit of each HCPCS code."""
        return {code: (name, mg) for name, drug in self.drugs.items() for code, mg in drug.hcpcs_mg.items()}

    def drugs_by_word(self) -> dict[str, str]:
        """Give the drug of each generic and brand name, in small letters."""
        return {word.lower(): name for name, drug in self.drugs.items() for word in (name, *drug.brands)}


class ConceptAdditions(StrictModel):
    """What a user adds: concept ids, codes and drugs by our names; a new drug needs its class."""

    drugs: dict[Name, DrugConcept] = Field(default_factory=dict)
    diagnoses: dict[Name, CodeList] = Field(default_factory=dict)
    procedures: dict[Name, CodeList] = Field(default_factory=dict)
    adverse_events: dict[Name, CodeList] = Field(default_factory=dict)


@cache
def packaged_concepts() -> TreatmentConcepts:
    """Give the concepts that come with the package."""
    entry = files("cereblon.cohort.concepts") / "treatment.yaml"
    data = parse_yaml(entry.read_text(encoding="utf-8"), where=entry.name)
    return validate(TreatmentConcepts, data, where=entry.name)


def with_additions(added: ConceptAdditions | None) -> TreatmentConcepts:
    """Give the packaged concepts with a user's additions.

    Raises
    ------
    InputError
        If a drug would change its class, or a concept would stand for two drugs.
    """
    base = packaged_concepts()
    if added is None:
        return base
    drugs = dict(base.drugs)
    for name, drug in added.drugs.items():
        known = drugs.get(name)
        if known is not None and known.drug_class != drug.drug_class:
            raise InputError(f"concepts, {name}: is of class {known.drug_class}, not {drug.drug_class}")
        drugs[name] = drug if known is None else _merged(known, drug)
    found = TreatmentConcepts(
        drugs=drugs,
        diagnoses=_with_codes(base.diagnoses, added.diagnoses),
        procedures=_with_codes(base.procedures, added.procedures),
        adverse_events=_with_codes(base.adverse_events, added.adverse_events),
    )
    twice = _twice(number for drug in found.drugs.values() for number in drug.concept_ids)
    if twice is not None:
        raise InputError(f"concepts: {twice} stands for two drugs")
    return found


def _merged(known: DrugConcept, more: DrugConcept) -> DrugConcept:
    return known.model_copy(
        update={
            "concept_ids": tuple(dict.fromkeys((*known.concept_ids, *more.concept_ids))),
            "hcpcs_mg": {**known.hcpcs_mg, **more.hcpcs_mg},
            "brands": tuple(dict.fromkeys((*known.brands, *more.brands))),
            "cycle_fill": more.cycle_fill or known.cycle_fill,
        }
    )


def _with_codes(base: Mapping[str, CodeList], more: Mapping[str, CodeList]) -> dict[str, CodeList]:
    merged = dict(base)
    for name, codes in more.items():
        known = merged.get(name, CodeList())
        merged[name] = CodeList(
            concept_ids=(*known.concept_ids, *codes.concept_ids), codes=(*known.codes, *codes.codes)
        )
    return merged


def _twice(numbers: Iterable[int]) -> int | None:
    seen: set[int] = set()
    for number in numbers:
        if number in seen:
            return number
        seen.add(number)
    return None
