"""Adverse events that laboratory values show: CTCAE grades of blood counts within each line of therapy."""

from __future__ import annotations

import numpy as np
import polars as pl

from cereblon.cohort.folder import CohortTables
from cereblon.cohort.line_outcomes import line_groups, share_row
from cereblon.core.rows import Row
from cereblon.criteria.ctcae import anaemia_grade, neutropenia_grade, thrombocytopenia_grade

AFTER_DAYS = 30
"""Days after the last day of treatment within which a value still counts, as trials do."""

GRADES = {"3+": 3, "4": 4}
"""Ranges that are counted, by their least grade; a count gives no grade 4 of anaemia."""

_TESTS = {"neutrophils": "neutropenia", "platelets": "thrombocytopenia", "haemoglobin": "anaemia"}


def adverse_event_rows(built: CohortTables, *, fewest: int | None = None, level: float = 0.95) -> list[Row]:
    """Count the lines with each grade of neutropenia, thrombocytopenia and anaemia, of all and by regimen.

    The worst value from the day after the start of the line to 30 days after treatment, at most up to the next line,
    decides. Lines without a value in that time do not count.

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
        Rows with endpoint (ae_ and the event), grade, arm, value, unit, low, high, level, n, events and method.
    """
    return [
        row
        for name, lines in line_groups(built, fewest=fewest)
        for row in line_laboratory_events(built, lines, name, level=level)
    ]


def line_laboratory_events(built: CohortTables, lines: pl.DataFrame, name: str, *, level: float = 0.95) -> list[Row]:
    """Count the lines with each grade, of some of `qualifying_lines`; as `adverse_event_rows`."""
    return [
        {"grade": grade, **share_row(f"ae_{event}", name, int((worst >= least).sum()), len(worst), level, _METHOD)}
        for event, worst in worst_grades(built, lines).items()
        for grade, least in GRADES.items()
        if len(worst) and not (event == "anaemia" and least > 3)
    ]


_METHOD = f"of lines with a value up to {AFTER_DAYS} days after treatment"


def worst_grades(built: CohortTables, lines: pl.DataFrame) -> dict[str, np.ndarray]:
    """Give the worst grade of each event in each line that has a value of it.

    Parameters
    ----------
    built
        The cohort.
    lines
        Some of `qualifying_lines`.
    """
    worst = graded(built, lines).group_by("person_id", "line", "event").agg(pl.col("grade").max())
    worst = worst.sort("person_id", "line")
    return {event: worst.filter(pl.col("event") == event)["grade"].to_numpy() for event in _TESTS.values()}


def graded(built: CohortTables, lines: pl.DataFrame) -> pl.DataFrame:
    """Give the grade of every blood count of lines: person_id, line, event, date and grade, 0 for none.

    Parameters
    ----------
    built
        The cohort.
    lines
        Columns person_id, line, zero, end_date, last_date, next_start (null for none) and sex.
    """
    until = pl.min_horizontal(pl.col("end_date") + pl.duration(days=AFTER_DAYS), "last_date", "next_start")
    within = lines.select("person_id", "line", "zero", "sex", until=until)
    values = built.frame("labs").filter(pl.col("test").is_in(list(_TESTS)))
    values = values.join(within, on="person_id").filter(
        (pl.col("date") > pl.col("zero")) & (pl.col("date") <= pl.col("until"))
    )
    parts = []
    for test, event in _TESTS.items():
        own = values.filter(pl.col("test") == test)
        count, female = own["value"].to_numpy(), (own["sex"] == "female").to_numpy()
        grade = anaemia_grade(count, female, np) if event == "anaemia" else _GRADE[event](count, np)
        parts.append(
            own.select("person_id", "line", "date", event=pl.lit(event)).with_columns(grade=pl.Series(grade))
        )
    return pl.concat(parts)


_GRADE = {"neutropenia": neutropenia_grade, "thrombocytopenia": thrombocytopenia_grade}
