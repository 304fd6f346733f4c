"""`evidence.studies` and `evidence.show`: the studies, and one study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.errors import ArgumentError
from cereblon.core.output import json_text
from cereblon.core.plain_text import capital, paragraph, table_text
from cereblon.evidence.facts_table import COLUMNS, Row
from cereblon.evidence.library import load_study
from cereblon.evidence.study import Fact, Study, as_written
from cereblon.evidence.study_choice import choose_studies
from cereblon.evidence.wording import regimen_lines
from cereblon.questions.facts_answer import (
    EvidenceList,
    fact_rows_of,
    facts_chart,
    facts_lines,
    facts_section,
    facts_text,
    main_results,
)
from cereblon.questions.result import Result
from cereblon.report.document import Bullets, Document, Section, part

if TYPE_CHECKING:
    import altair as alt

    from cereblon.report.narrow import NarrowLine


def studies(*, setting: str | None = None, role: str | None = None, kind: str | None = None) -> StudyList:
    """List the studies with setting, role and number of facts.

    Parameters
    ----------
    setting, role, kind
        Keep one setting (`rrmm`), role (calibration, validation, context) or kind (`randomised`); None for all.

    Returns
    -------
        Table `studies`; `facts` counts the published numbers of a study.

    Raises
    ------
    UnknownNameError
        If no study may have such a value, with those it may have.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.evidence.studies(setting="rrmm", role="calibration", kind="single-arm").table()["study"].to_list()
    ['len-renal-pk-phase2', 'len-single-agent-014', 'pre1003']
    """
    notes = list[str]()
    rows: list[Row] = [
        {
            "study": study.id,
            "name": study.name,
            "kind": study.kind,
            "setting": study.setting,
            "role": study.role,
            "role_reason": study.role_reason,
            "facts": len(study.facts),
        }
        for study in choose_studies(setting, role, kind, notes)
    ]
    return StudyList(tuple(rows), tuple(notes))


@dataclass(frozen=True, repr=False)
class StudyList(EvidenceList):
    """The studies of the evidence library."""

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give one row per study."""
        return {"studies": self.rows}

    @property
    def title(self) -> str:
        """What is listed."""
        return "Studies"

    def text(self) -> str:
        """Give the studies of each kind."""
        parts = [f"{len(self.rows)} studies."]
        columns = ("study", "setting", "role", "facts")
        for group in dict.fromkeys(row["kind"] for row in self.rows):
            members = [row for row in self.rows if row["kind"] == group]
            parts.append(f"\n{group} ({len(members)})")
            parts.append(table_text(columns, [[str(row[name]) for name in columns] for row in members]))
        return "\n".join(parts)

    def document(self) -> Document:
        """Give the list as a document."""
        return replace(super().document(), lead=[f"{len(self.rows)} studies.", *self.notes])


def show(study: str | Path | Study) -> PublishedStudy:
    """Show one study: population, arms, every number with its source, conflicts and cautions.

    Parameters
    ----------
    study
        Id of a study, path of a study file, or what `load_study` gives.

    Returns
    -------
        Tables `facts` and `arms`; picture `points` of at most 100 numbers. As JSON it is the study file.

    Raises
    ------
    UnknownNameError
        If there is no study of this id, with the nearest ones.
    InputError
        If a study file cannot be read or breaks the schema, listing every problem.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.evidence.show("swog-s0777").study.setting
    'ndmm'
    """
    if not isinstance(study, (str, Path, Study)):
        raise ArgumentError(f"study is {study!r}; an id, a path or a study is needed")
    return PublishedStudy(study if isinstance(study, Study) else load_study(study))


@dataclass(frozen=True, repr=False)
class PublishedStudy(Result):
    """One study with all that is published of it.

    Attributes
    ----------
    study
        The study.
    """

    study: Study

    @property
    def facts(self) -> tuple[tuple[Study, Fact], ...]:
        """Each number with its study."""
        return tuple((self.study, fact) for fact in self.study.facts)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give one row per number, and one per arm."""
        arms: list[Row] = [
            {
                "arm": name,
                "label": arm.label,
                "drugs": ", ".join(arm.drugs),
                "patients": self.study.patients(name),
                "regimen": "; ".join(regimen_lines(arm)),
            }
            for name, arm in self.study.arms.items()
        ]
        return {"facts": fact_rows_of(self.facts), "arms": arms}

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Name the columns of the numbers."""
        return {"facts": COLUMNS}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw at most 100 numbers with their intervals; more have no picture."""
        return facts_chart(self.facts)

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give the picture as a list."""
        return facts_lines(self.facts)

    def content(self) -> Mapping[str, object]:
        """Give the study as its file has it."""
        written: Mapping[str, object] = as_written(self.study)
        return written

    def to_json(self) -> str:
        """Write the study so that it can be read again as a study file."""
        return json_text(self.content())

    def text(self) -> str:
        """Give population, arms, numbers with references, conflicts and cautions."""
        study = self.study
        parts = [paragraph(f"{study.name} ({study.id})"), *map(paragraph, main_results(study)), ""]
        parts += [paragraph(f"{name}: {text}") for name, text in self._about().items() if text]
        parts.append("\narms")
        for name, arm in study.arms.items():
            parts.append(paragraph(f"{name}: {arm.label}", indent="  "))
            parts += [paragraph(line, indent="    ") for line in regimen_lines(arm)]
        parts += ["", facts_text(self.facts, with_study=False)]
        for title, said in (("conflicts", study.conflicts), ("notes", study.notes)):
            if said:
                parts += [f"\n{title}", *(paragraph(f"- {line}") for line in said)]
        return "\n".join(parts)

    def _about(self) -> dict[str, str | None]:
        study = self.study
        registry = ", ".join(study.registry)
        phase = (f", phase {study.phase}" if study.phase else "") + (f", {registry}" if registry else "")
        return {
            "kind": study.kind + phase,
            "setting": study.setting,
            "design": study.design,
            "enrolled": None if study.enrolled is None else f"{study.enrolled.first} to {study.enrolled.last}",
            "population": study.population,
            "role": f"{study.role} ({study.role_reason})",
        }

    def document(self) -> Document:
        """Give the study as a document."""
        study = self.study
        about = [f"{capital(name)}: {text}" for name, text in self._about().items() if text]
        panels = [
            facts_section(self.facts),
            part("Arms", rows=self.tables()["arms"]),
            Section("The study", [Bullets(about)]),
        ]
        said = (("Conflicts", study.conflicts), ("Notes", study.notes))
        panels += [Section(title, [Bullets(lines)]) for title, lines in said if lines]
        return Document(title=f"{study.name} ({study.id})", lead=main_results(study), sections=panels)
