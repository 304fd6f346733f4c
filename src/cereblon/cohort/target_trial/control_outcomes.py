"""Outcomes that the treatment cannot cause, as a user's table has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from cereblon.core.errors import InputError
from cereblon.core.given_tables import read_table
from cereblon.core.names import find_name_problem
from cereblon.core.problems import refuse_problems
from cereblon.core.text_tables import TextTable
from cereblon.core.words import is_missing, same_but_written_otherwise

MOST_OUTCOMES = 200
"""Studies have 50 to 100; more are a column of something else, and each takes as long as the trial itself."""


def read_control_outcomes(path: Path | str, lines: pl.DataFrame, *, line: int) -> pl.DataFrame:
    """Read outcomes and count their days from the start of a line.

    Parameters
    ----------
    path
        Of a table of person_id, outcome (its name) and date as year-month-day.
    lines
        Lines of a built cohort.
    line
        Number of the line whose start is day 0.

    Returns
    -------
    polars.DataFrame
        outcome, person_id and day of each row whose patient has such a line.

    Raises
    ------
    InputError
        Naming each cell that is no date or no name, if there are too many outcomes, or if no patient is one of the
        cohort.
    """
    table = read_table(path)
    person, outcome, when = (
        table.cells(table.need([name], what))
        for name, what in (("person_id", "patients"), ("outcome", "names"), ("date", "dates"))
    )
    refuse_problems(_name_problems(table, outcome))
    problems: list[str] = []
    rows = pl.DataFrame(
        {"person_id": person, "outcome": outcome, "date": _dates(table, when, problems)},
        schema={"person_id": pl.String, "outcome": pl.String, "date": pl.Date},
    )
    refuse_problems(problems, hint="write dates as 2019-05-31")
    if not set(person) & set(lines["person_id"]):
        raise InputError(
            f"{table.where}: none of its {len(set(person)):,} patients is one of the cohort, e.g. {person[0]!r}",
            hint="person_id is the identifier that the tables of the cohort have",
        )
    zero = lines.filter(pl.col("line") == line).select("person_id", "start_date")
    return rows.join(zero, on="person_id").select(
        "outcome", "person_id", day=(pl.col("date") - pl.col("start_date")).dt.total_days()
    )


def _name_problems(table: TextTable, outcomes: Sequence[str]) -> list[str]:
    """Say which outcomes are no names, which two are one, and whether there are too many."""
    first = {name: row for row, name in reversed(list(enumerate(outcomes)))}
    place = table.place("outcome")
    problems = [
        f"{place(row)}: {name!r} is no name; it is missing" for name, row in first.items() if is_missing(name)
    ]
    problems += [f"{place(row)}: {why}" for name, row in first.items() if (why := find_name_problem(name))]
    if two := same_but_written_otherwise(first):
        problems.append(f"{table.where}: {two[0]!r} and {two[1]!r} differ in nothing but how they are written")
    if len(first) > MOST_OUTCOMES:
        ((common, rows),) = Counter(outcomes).most_common(1)
        problems.append(
            f"{table.where}: {len(first):,} outcomes, of which {common!r} has the most rows, {rows:,}; at most "
            f"{MOST_OUTCOMES} are compared"
        )
    return problems


def _dates(table: TextTable, cells: Sequence[str], problems: list[str]) -> list[date | None]:
    place, dates = table.place("date"), list[date | None]()
    for row, text in enumerate(cells):
        try:
            dates.append(date.fromisoformat(text))
        except ValueError:
            dates.append(None)
            problems.append(f"{place(row)}: {text!r} is no date")
    return dates
