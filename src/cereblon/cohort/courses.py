"""Lines of therapy of many patients: eras and transplantations of each become a course, and its lines become rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
import pyarrow as pa

from cereblon.cohort.course import Course, Era, Graft, Line, LineDecision, Progression
from cereblon.cohort.lines import lines_of
from cereblon.cohort.regimen_names import regimen_name
from cereblon.cohort.rules_of_lines import LineRules
from cereblon.cohort.schemas import DECISIONS_OF_LINES, LINES
from cereblon.cohort.treatment_concepts import TreatmentConcepts

_EPOCH = date(1970, 1, 1)
Said = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class MadeLines:
    """Rows of the tables of lines and of decisions."""

    lines: pa.Table
    decisions: pa.Table


def as_date(day: int) -> date:
    """Give the date of a whole number of days since 1970."""
    return _EPOCH + timedelta(days=day)


def make_lines(
    people: pl.DataFrame,
    eras: pl.DataFrame,
    transplants: pl.DataFrame,
    progressions: Mapping[str, Sequence[Progression]],
    rules: LineRules,
    concepts: TreatmentConcepts,
    progress: Said | None = None,
) -> MadeLines:
    """Make the lines of all patients.

    Parameters
    ----------
    people
        Columns person_id, last_day, died.
    eras
        Columns person_id, era, drug, start_date, end_date, last_start_date.
    transplants
        Columns person_id, day, row.
    progressions
        By patient, in days since 1970.
    rules, concepts
        How lines are made, and of what.
    progress
        Is called with the number of patients done.
    """
    lines: dict[str, list[Any]] = {name: [] for name in LINES.names}
    decisions: dict[str, list[Any]] = {name: [] for name in DECISIONS_OF_LINES.names}
    names: dict[frozenset[str], str] = {}
    for done, (person, course) in enumerate(courses(people, eras, transplants, progressions), start=1):
        found, decided = lines_of(course, rules, concepts)
        for number, line in enumerate(found, start=1):
            key = frozenset(line.regimen)
            if key not in names:
                names[key] = regimen_name(key, concepts) or "transplantation alone"
            _add_line(lines, person, number, line, names[key])
        for one in decided:
            _add_decision(decisions, person, one)
        if progress is not None and done % 1000 == 0:
            progress(1000)
    return MadeLines(pa.table(lines, schema=LINES), pa.table(decisions, schema=DECISIONS_OF_LINES))


def courses(
    people: pl.DataFrame,
    eras: pl.DataFrame,
    transplants: pl.DataFrame,
    progressions: Mapping[str, Sequence[Progression]],
) -> Iterator[tuple[str, Course]]:
    """Give the course of each patient, in the order of their names."""
    given = eras.with_columns(
        pl.col("start_date", "end_date", "last_start_date").cast(pl.Int32),
        row="eras:" + pl.col("era").cast(pl.String),
    ).select("person_id", "drug", "start_date", "end_date", "last_start_date", "row")
    by_person: dict[str, list[Era]] = {}
    for person, *era in given.iter_rows():
        by_person.setdefault(person, []).append(Era(*era))
    grafts: dict[str, list[Graft]] = {}
    for person, day, row in transplants.with_columns(pl.col("day").cast(pl.Int32)).iter_rows():
        grafts.setdefault(person, []).append(Graft(day, row))
    rows = people.select("person_id", pl.col("last_day").cast(pl.Int32), "died").sort("person_id")
    for person, last_day, died in rows.iter_rows():
        if person in by_person or person in grafts:
            yield (
                person,
                Course(
                    tuple(by_person.get(person, ())),
                    tuple(grafts.get(person, ())),
                    tuple(progressions.get(person, ())),
                    last_day,
                    died,
                ),
            )


def _add_line(columns: dict[str, list[Any]], person: str, number: int, line: Line, name: str) -> None:
    values = {
        "person_id": person,
        "line": number,
        "regimen": name,
        "drugs": sorted(line.drugs),
        "start_date": as_date(line.start),
        "end_date": as_date(line.end),
        "end_reason": line.end_reason,
        "transplant_date": as_date(line.transplants[0]) if line.transplants else None,
        "maintenance_start": None if line.maintenance_start is None else as_date(line.maintenance_start),
        "rule": line.rule,
        "rows": line.rows,
    }
    for column, value in values.items():
        columns[column].append(value)


def _add_decision(columns: dict[str, list[Any]], person: str, one: LineDecision) -> None:
    values = (person, as_date(one.day), one.line, one.rule, one.said, one.row)
    for column, value in zip(DECISIONS_OF_LINES.names, values, strict=True):
        columns[column].append(value)
