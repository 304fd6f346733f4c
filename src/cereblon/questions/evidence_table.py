"""`evidence.table` and `evidence.endpoints`: published numbers side by side, and what they may be numbers of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cereblon.core.arguments import several_texts, text_or_none
from cereblon.core.errors import unknown_name
from cereblon.core.plain_text import table_text
from cereblon.evidence.facts_table import COLUMNS, Row, is_arm_like, select_facts
from cereblon.evidence.library import load_all
from cereblon.evidence.study import Fact, Study
from cereblon.evidence.study_choice import choose_studies
from cereblon.questions.facts_answer import (
    EvidenceList,
    fact_rows_of,
    facts_chart,
    facts_lines,
    facts_section,
    facts_text,
)
from cereblon.report.document import Document, notes_sections
from cereblon.vocabulary.endpoints import vocabulary

if TYPE_CHECKING:
    import altair as alt

    from cereblon.report.narrow import NarrowLine


def table(
    endpoint: str | Sequence[str] | None = None,
    *,
    setting: str | None = None,
    role: str | None = None,
    kind: str | None = None,
    regimen: str | None = None,
) -> EvidenceTable:
    """Set the numbers of all studies side by side, each with its reference.

    Parameters
    ----------
    endpoint
        One or several of `evidence.endpoints`, for example `orr`; None for all.
    setting, role, kind
        Keep one setting (`rrmm`), role (calibration, validation, context) or kind (`randomised`); None for all.
    regimen
        Keep arms with this id, this word in their label, this drug, or exactly the drugs of this regimen.

    Returns
    -------
        Table `facts` with one row per number: study, arm, endpoint, value with its interval and unit, reference;
        picture `points` of at most 100 numbers.

    Raises
    ------
    UnknownNameError
        If an endpoint, setting, role, kind or regimen is not known, with the nearest ones.

    Source
    ------
    Every number names its own.

    Examples
    --------
    >>> import cereblon as cb
    >>> found = cb.evidence.table("orr", setting="rrmm", regimen="KRd").table()
    >>> found.filter(found["study"] == "aspire")["value"].to_list()
    [87.1]
    """
    notes = list[str]()
    studies = choose_studies(setting, role, kind, notes)
    text_or_none(regimen=regimen)
    facts = tuple(select_facts(studies, endpoints=several_texts("endpoint", endpoint) or None, regimen=regimen))
    if not facts:
        _refuse_unknown(regimen)
        none = f"none of {len(studies)} studies has one that fits all that was asked"
        notes.append(f"no such number is in the set: {none}")
    return EvidenceTable(fact_rows_of(facts), tuple(notes), facts)


def _refuse_unknown(regimen: str | None) -> None:
    """Refuse a regimen or drug that no arm of any study has."""
    arms = {arm.label: (name, arm) for study in load_all() for name, arm in study.arms.items()}
    if regimen is not None and not any(is_arm_like(name, arm, regimen) for name, arm in arms.values()):
        drugs = {drug for _, arm in arms.values() for drug in arm.drugs}
        raise unknown_name("regimen or drug", regimen, sorted({*drugs, *arms}))


@dataclass(frozen=True, repr=False)
class EvidenceTable(EvidenceList):
    """Published numbers side by side.

    Attributes
    ----------
    facts
        Each number with its study.
    """

    facts: tuple[tuple[Study, Fact], ...] = ()

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give one row per number."""
        return {"facts": self.rows}

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Name the columns of the numbers."""
        return {"facts": COLUMNS}

    @property
    def title(self) -> str:
        """What is listed."""
        return "Published numbers"

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw at most 100 numbers with their intervals; more have no picture."""
        return facts_chart(self.facts)

    @property
    def sentence(self) -> str:
        """How many numbers there are."""
        return f"{len(self.facts)} numbers, as published."

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give the picture as a list."""
        return facts_lines(self.facts)

    def text(self) -> str:
        """Give the numbers under their endpoints, with the references; empty where there is none."""
        return facts_text(self.facts, with_study=True)

    def document(self) -> Document:
        """Give picture and numbers as a document."""
        return Document(
            title=self.title, lead=[self.sentence], sections=[facts_section(self.facts), *notes_sections(self.notes)]
        )


def endpoints() -> EndpointList:
    """List the endpoints that a published number may have, with unit and meaning.

    Returns
    -------
        Table `endpoints`.

    Examples
    --------
    >>> import cereblon as cb
    >>> listed = cb.evidence.endpoints().table()
    >>> listed.filter(listed["endpoint"] == "orr")["unit"][0]
    'percent'
    """
    rows: list[Row] = [
        {"endpoint": e.name, "section": e.section, "kind": e.kind, "unit": " or ".join(e.units), "meaning": e.meaning}
        for e in vocabulary().endpoints.values()
    ]
    return EndpointList(tuple(rows))


@dataclass(frozen=True, repr=False)
class EndpointList(EvidenceList):
    """The endpoints of the vocabulary."""

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give one row per endpoint."""
        return {"endpoints": self.rows}

    @property
    def title(self) -> str:
        """What is listed."""
        return "Endpoints"

    def text(self) -> str:
        """Give name, unit and meaning of each."""
        columns = ("endpoint", "unit", "meaning")
        return table_text(columns, [[str(row[column]) for column in columns] for row in self.rows])

    def document(self) -> Document:
        """Give the list as a document."""
        return replace(super().document(), lead=["What a published number may be of."])
