"""Columns that tables of curves and of patients share: arms, and times within what a follow-up can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cereblon.core.bounds import judge
from cereblon.core.errors import InputError
from cereblon.core.names import find_name_problem
from cereblon.core.text_tables import TextTable
from cereblon.core.words import is_missing, plain

ARMS = ("arm", "treatment", "trt", "trt01p", "arm_name")
EVENTS = ("event", "observed", "status", "cnsr", "died", "death")


def months_of(
    table: TextTable,
    time_unit: str | None,
    problems: list[str],
    notes: list[str],
    *,
    allow_implausible: bool = False,
    before_zero: bool = False,
) -> NDArray[np.float64]:
    """Read the column of time in months; a time that no follow-up can have is added to `problems`.

    Parameters
    ----------
    table, time_unit
        As in `TextTable.time_column`.
    problems
        Gains a line for each time that is no number, implausible, or before zero.
    notes
        Gains a line where implausible times are accepted.
    allow_implausible
        Whether times beyond what a follow-up can be are accepted.
    before_zero
        Whether times before zero are left to the caller, who knows how far a digitiser may miss the axis.

    Raises
    ------
    InputError
        As `TextTable.time_column`.
    """
    column, scale = table.time_column(time_unit)
    months = np.array(table.numbers(column, problems)) * scale
    place = table.place(column)
    if not before_zero:
        early = np.flatnonzero(months < 0).tolist()
        problems += [f"{place(row)}: {months[row] / scale:g} is before time zero" for row in early]
    late = np.where(months > 0, months, np.nan).tolist()
    judge("follow-up", late, place, allow_implausible=allow_implausible, problems=problems, notes=notes)
    return np.asarray(months, dtype=np.float64)


def events_of(table: TextTable, coding: str | None, problems: list[str]) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Read who had the event; CNSR of CDISC beside a column of events must say the same.

    Parameters
    ----------
    table
        With one of `EVENTS`.
    coding
        As in `read_event_indicator`.
    problems
        Gains a line for each cell that is no indicator, and where two columns contradict each other.

    Returns
    -------
        The columns that were read, and the indicator.

    Raises
    ------
    InputError
        If there is no such column, or more than one.
    """
    named = [name for name in EVENTS if name != "cnsr"]
    if "cnsr" not in table.columns or table.find(named) is None:
        column = table.need(EVENTS, "who had the event")
        return (column,), _indicator(table, column, coding, problems)
    column = table.need(named, "who had the event")
    before = len(problems)
    seen, also = _indicator(table, column, coding, problems), _indicator(table, "cnsr", None, problems)
    if len(problems) == before:
        problems += [
            f"{table.place(column)(row)}: is {table.rows[row][column]!r}, but cnsr is {table.rows[row]['cnsr']!r}; "
            "cnsr is 0 for an event"
            for row in np.flatnonzero(seen != also).tolist()
        ]
    return (column, "cnsr"), seen


def _indicator(table: TextTable, column: str, coding: str | None, problems: list[str]) -> NDArray[np.bool_]:
    try:
        return table.events(column, coding=coding)
    except InputError as error:
        hint = (error.hint or "").replace("name the coding:", "name the coding with --event-coding:")
        problems.append(f"{error.message}\n({hint})" if hint else error.message)
        return np.zeros(len(table), np.bool_)


def names_of(table: TextTable, column: str, problems: list[str]) -> list[str]:
    """Read a column of names, such as arms; one that is missing or too long is added to `problems`."""
    cells, place = table.cells(column), table.place(column)
    problems += [f"{place(row)}: is missing" for row, cell in enumerate(cells) if is_missing(cell)]
    problems += [f"{place(row)}: {why}" for row, cell in enumerate(cells) if (why := find_name_problem(cell))]
    return cells


def rows_by_name(cells: Sequence[str]) -> dict[str, list[int]]:
    """Give the rows of each name, in the order of the alphabet: the order of rows means nothing."""
    rows = dict[str, list[int]]()
    for index, cell in enumerate(cells):
        rows.setdefault(cell, []).append(index)
    return dict(sorted(rows.items()))


def alike(names: Sequence[str], what: str) -> list[str]:
    """Say which names differ only by case, spaces or hyphens, and are still taken as different."""
    by_plain = dict[str, list[str]]()
    for name in sorted(set(names)):
        by_plain.setdefault(plain(name), []).append(name)
    return [
        f"{what} {' and '.join(map(repr, same))} differ only in how they are written; they are taken as different"
        for same in by_plain.values()
        if len(same) > 1
    ]


def unused(table: TextTable, used: Sequence[str | None]) -> list[str]:
    """Name the columns that are not used."""
    left = table.unused(used)
    return [f"{table.where}: column{'s' if len(left) > 1 else ''} {', '.join(left)} not used"] if left else []
