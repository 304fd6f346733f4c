"""Before and behind an observed cohort: what would be read of a source, and the course of one patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cereblon.cohort.cdm import TABLES
from cereblon.cohort.definition import CohortDefinition, find_definition
from cereblon.cohort.engine import MOST_MINUTES, engine_for
from cereblon.cohort.exposure import code_ids
from cereblon.cohort.folder import read_cohort_folder
from cereblon.cohort.source import CohortSource, open_source, source_name
from cereblon.cohort.timeline import timeline_rows
from cereblon.cohort.treatment_concepts import MYELOMA, with_additions
from cereblon.core.rows import Row
from cereblon.questions.result import Listing


@dataclass(frozen=True, eq=False, repr=False)
class CheckedSource(Listing):
    """What would be read of a source, and what a definition asks for, in words with counts."""

    where: str
    rows: tuple[Row, ...]
    understood: tuple[str, ...]
    words: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def title(self) -> str:
        """What was checked."""
        return self.where

    @property
    def notes(self) -> tuple[str, ...]:
        """What is missing or could not be read."""
        return self.remarks

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `tables`: name, rows, patients and years of each."""
        return {"tables": self.rows}

    def text(self) -> str:
        """Give tables with their counts, then the definition."""
        listed = [
            f"  {row['name']}: {row['rows']:,} rows"
            + (f" of {row['patients']:,} patients" if row["patients"] is not None else "")
            + (f", {row['first']} to {row['last']}" if row["first"] else "")
            for row in self.rows
        ]
        mapped = ["", "Understood", *(f"  {one}" for one in self.understood)] if self.understood else []
        return "\n".join(
            [f"OK: {self.where}", *listed, *mapped, "", "Definition", *(f"  {one}" for one in self.words)]
        )


@dataclass(frozen=True, eq=False, repr=False)
class PatientTimeline(Listing):
    """The course of one patient with every decision."""

    person: str
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """Whose course."""
        return f"Patient {self.person}"

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `timeline`: date, what, said, rule and row."""
        return {"timeline": self.rows}

    def answer(self) -> str:
        """Say how many lines of therapy there were, then each of them, and the death if there was one."""
        count = sum(row["what"] == "line" for row in self.rows)
        shown = [row for row in self.rows if row["what"] in ("line", "maintenance", "death")]
        said = f"{self.title}: {count or 'no'} line{'' if count == 1 else 's'} of therapy"
        return "\n".join([said, *(f"  {row['date']}  {row['said']}" for row in shown)])

    def text(self) -> str:
        """Give the lines of therapy, then the course day by day."""
        listed = [
            f"  {row['date']}  {row['what']!s:<11}  {row['said']}"
            + (f"  [{row['rule']}]" if row["rule"] else "")
            + (f"  ({row['row']})" if row["row"] else "")
            for row in self.rows
        ]
        return "\n".join([self.answer(), "", "Course", *listed])


def why(folder: Path | str, person: str) -> PatientTimeline:
    """Show the course of one patient of a built cohort, with every decision and the rows behind it.

    Parameters
    ----------
    folder
        As `build` wrote it.
    person
        Name of the patient in the source.

    Raises
    ------
    InputError
        If the folder is none of a built cohort.
    UnknownNameError
        If the patient is not in it.

    Examples
    --------
    >>> import cereblon as cb
    >>> print(cb.cohort.why("cohort", "17"))  # doctest: +SKIP
    """
    return PatientTimeline(str(person), tuple(timeline_rows(read_cohort_folder(folder), str(person))))


def check(
    source: Path | str,
    *,
    definition: str | Path | Mapping[str, Any] | CohortDefinition = "treated",
    minutes: float = MOST_MINUTES,
) -> CheckedSource:
    """Say what would be read of a source, with counts, and what a definition asks for, in words.

    Parameters
    ----------
    source, definition, minutes
        As for `build`.

    Raises
    ------
    InputError
        If the source or the definition cannot be read.

    Examples
    --------
    >>> import cereblon as cb
    >>> print(cb.cohort.check("cdm.duckdb"))  # doctest: +SKIP
    """
    asked = find_definition(definition)
    concepts = with_additions(asked.concepts)
    words = [*asked.in_words()]
    with engine_for(source_name(source), minutes) as engine:
        opened = open_source(source, engine=engine, definition=asked)
        count = len(code_ids(opened, concepts.diagnoses[MYELOMA]))
        rows = tuple(_table_row(opened, name) for name in TABLES if opened.has(name))
    concept = "concept" if count == 1 else "concepts"
    words.append(f"Myeloma is {count:,} {concept} of this source, with descendants, and the codes of ICD.")
    return CheckedSource(f"{opened.where} ({opened.kind})", rows, opened.understood, tuple(words), opened.remarks)


def _table_row(source: CohortSource, name: str) -> Row:
    table = source.tables[name]
    dates = [column for column, kind in TABLES[name].needed.items() if kind == "date"]
    asked = {"rows": table.count()}
    if "person_id" in TABLES[name].needed:
        asked["patients"] = table.person_id.nunique()
    if dates:
        asked |= {"first": table[dates[0]].min(), "last": table[dates[-1]].max()}
    (found,) = table.aggregate(**asked).to_pyarrow().to_pylist()
    return {"name": name, "patients": None, "first": None, "last": None, **found}
