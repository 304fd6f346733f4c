"""Adverse events that diagnoses show: which were coded newly within a line of therapy. A code has no grade."""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa

from cereblon.cohort.exposure import code_ids
from cereblon.cohort.folder import CohortTables
from cereblon.cohort.laboratory_events import AFTER_DAYS
from cereblon.cohort.line_outcomes import line_groups, share_row
from cereblon.cohort.patients import is_coded
from cereblon.cohort.schemas import CONDITIONS
from cereblon.cohort.source import CohortSource
from cereblon.cohort.source_codes import plain_code
from cereblon.cohort.treatment_concepts import CodeList, TreatmentConcepts
from cereblon.core.rows import Row

BEFORE_DAYS = 365
"""An event is new in a line if it was not coded in so many days up to its start."""

ANY_GRADE = "any"


def find_conditions(source: CohortSource, people: Any, concepts: TreatmentConcepts) -> pa.Table:
    """Give the diagnoses of patients that are adverse events: person_id, date, event, row; one of a kind a day.

    Parameters
    ----------
    source
        The database.
    people
        Table of the engine with the person_id of those asked for.
    concepts
        Whose `adverse_events` say which codes are which.
    """
    events = concepts.adverse_events
    if not events:
        return CONDITIONS.empty_table()
    every = CodeList(
        concept_ids=tuple(one for codes in events.values() for one in codes.concept_ids),
        codes=tuple(one for codes in events.values() for one in codes.codes),
    )
    rows = source.tables["condition_occurrence"].semi_join(people, "person_id")
    rows = rows.filter(is_coded(source, rows, "condition", every)).select(
        "person_id",
        date=rows.condition_start_date,
        concept_id=rows.condition_concept_id,
        code=plain_code(rows.condition_source_value),
        row="condition_occurrence:" + rows.condition_occurrence_id,
    )
    found = pl.DataFrame(pl.from_arrow(rows.to_pyarrow()))
    parts = [
        found.filter(_is_event(source, codes)).select("person_id", "date", "row", event=pl.lit(name))
        for name, codes in events.items()
    ]
    each = pl.concat(parts).group_by("person_id", "date", "event").agg(pl.col("row").min())
    return each.sort("person_id", "date", "event").select(CONDITIONS.names).to_arrow().cast(CONDITIONS)


def _is_event(source: CohortSource, codes: CodeList) -> pl.Expr:
    found = pl.col("concept_id").is_in(code_ids(source, codes))
    for start in codes.starts:
        found = found | pl.col("code").str.starts_with(start).fill_null(False)
    return found


def diagnosed_event_rows(built: CohortTables, *, fewest: int | None = None, level: float = 0.95) -> list[Row]:
    """Count the lines with each event that was diagnosed newly, of all and by regimen.

    From the day after the start of the line to 30 days after treatment, at most up to the next line; lines of
    patients who had the event in the year before do not count.

    Parameters
    ----------
    built
        The cohort.
    fewest
        Regimens with fewer lines are not shown alone; the small-cell limit of the definition unless given.
    level
        Of the exact intervals.

    Returns
    -------
        Rows as of `laboratory_events.adverse_event_rows`, with grade `any`; events that nobody had have none.
    """
    return [
        row
        for name, lines in line_groups(built, fewest=fewest)
        for row in line_diagnosed_events(built, lines, name, level=level)
    ]


def line_diagnosed_events(built: CohortTables, lines: pl.DataFrame, name: str, *, level: float = 0.95) -> list[Row]:
    """Count the lines with each new event, of some of `qualifying_lines`; as `diagnosed_event_rows`."""
    conditions = built.frame("conditions")
    return [
        {"grade": ANY_GRADE, **share_row(f"ae_{event}", name, *_counted(conditions, lines, event), level, _METHOD)}
        for event in conditions["event"].unique().sort()
    ]


_METHOD = f"of lines without it in the year before, coded up to {AFTER_DAYS} days after treatment"


def _counted(conditions: pl.DataFrame, lines: pl.DataFrame, event: str) -> tuple[int, int]:
    """Count lines with a new event, and lines that could have one."""
    until = pl.min_horizontal(pl.col("end_date") + pl.duration(days=AFTER_DAYS), "last_date", "next_start")
    spans = lines.select("person_id", "line", "zero", until=until)
    dated = spans.join(conditions.filter(pl.col("event") == event).select("person_id", "date"), on="person_id")
    days = (pl.col("date") - pl.col("zero")).dt.total_days()
    had = dated.filter(days.is_between(-BEFORE_DAYS, 0)).select("person_id", "line").unique()
    new = dated.filter((days > 0) & (pl.col("date") <= pl.col("until"))).select("person_id", "line").unique()
    return new.join(had, on=["person_id", "line"], how="anti").height, spans.height - had.height
