"""Times of an event data set in hours: numbers in a named unit, or times of day with dates."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.core.text_tables import TextTable
from cereblon.core.words import Words, is_missing

Floats = NDArray[np.float64]
HOURS_PER: dict[str, float] = {"hours": 1.0, "days": 24.0, "weeks": 168.0, "minutes": 1.0 / 60.0}
UNITS = Words(
    "unit of time",
    tuple(HOURS_PER),
    {
        **dict.fromkeys(("h", "hr", "hrs", "hour"), "hours"),
        **dict.fromkeys(("d", "day"), "days"),
        **dict.fromkeys(("w", "wk", "week"), "weeks"),
        **dict.fromkeys(("min", "mins", "minute"), "minutes"),
    },
)
_DATES = ("date", "dat1", "dat2", "dat3")
_NAMED = re.compile(r"(?:time_?)?[(\[]?([a-z]+)[)\]]?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*([ap]m)?", re.I)
_PARTS = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})")
_MONTH_NAMED = ("%d%b%Y", "%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%d%b%y", "%b %d, %Y", "%d %B %Y")


class RowTimes(NamedTuple):
    """When each row is.

    Parameters
    ----------
    hours
        Since time 0, or since the earliest row of the subject where times of day are given.
    shown
        As in the file, in `unit`; in hours where times of day are given.
    unit
        Of `shown`, II and the time in rates.
    columns
        Columns that were used.
    """

    hours: Floats
    shown: Floats
    unit: str
    columns: tuple[str, ...]


def read_times(
    table: TextTable, subject: NDArray[np.int64], time_unit: str | None, problems: list[str], notes: list[str]
) -> RowTimes:
    """Read the times of all rows.

    Parameters
    ----------
    table
        The data set.
    subject
        Number of the subject of each row.
    time_unit
        Unit of a column TIME that does not name its own; None if nobody says.
    problems, notes
        Gain what cannot be read, and what was understood.

    Raises
    ------
    InputError
        If no column or more than one holds the time, its unit is not named, or is contradicted.
    """
    asked = None if time_unit is None else UNITS.find(time_unit)
    if time_unit is not None and asked is None:
        raise InputError(f"--time-unit {UNITS.refusal(time_unit)}")
    named = {column: unit for column in table.columns if (unit := _unit_of(column))}
    bare = table.find(("time",))
    dates = table.find(_DATES)
    timed = bare or next(iter(named), None)
    if timed is None:
        raise InputError(
            f"{table.where}: there is no column of time among {', '.join(table.columns)}",
            hint="call it TIME and name its unit (--time-unit hours or days), or call it HOURS or DAYS",
        )
    if dates or any(":" in cell for cell in table.cells(timed)):
        if asked is not None:
            raise InputError(f"{table.where}: {timed.upper()} holds times of day, which need no --time-unit")
        return _times_of_day(table, subject, timed, dates or _day_column(named, timed), problems, notes)
    if len(named) > 1:
        raise InputError(f"{table.where}: {' and '.join(named)} are columns of time", hint="keep one of them")
    own = next(iter(named.items()), None)
    if own is None and asked is None:
        raise InputError(
            f"{table.where}: the column TIME does not say its unit",
            hint="name it with --time-unit hours or --time-unit days, or call the column HOURS or DAYS",
        )
    if own is not None and asked is not None and own[1] != asked:
        raise InputError(f"{table.where}: the column {own[0].upper()} contradicts --time-unit {asked}")
    return _numbers(table, timed, own, own[1] if own is not None else str(asked), problems, notes)


def _unit_of(column: str) -> str | None:
    found = _NAMED.fullmatch(column)
    if found is None or (len(found[1]) < 2 and not column.startswith("time")):
        return None
    return UNITS.find(found[1])


def _day_column(named: dict[str, str], timed: str) -> str | None:
    """Give the column that counts the days beside times of day."""
    return next((column for column, unit in named.items() if unit == "days" and column != timed), None)


def _numbers(
    table: TextTable, timed: str, own: tuple[str, str] | None, unit: str, problems: list[str], notes: list[str]
) -> RowTimes:
    shown = np.array(table.numbers(timed, problems))
    columns = (timed,) if own is None else tuple(dict.fromkeys((timed, own[0])))
    if len(columns) == 2 and not np.allclose(shown, table.numbers(columns[1], problems), rtol=1e-9, equal_nan=True):
        raise InputError(f"{table.where}: TIME and {columns[1].upper()} differ", hint="keep the one that is meant")
    place = table.place(timed)
    problems += [
        f"{place(int(i))}: {shown[i]:g} is before time zero; count from the first record on"
        for i in np.flatnonzero(shown < 0.0)
    ]
    notes.append(f"TIME and II are read in {unit}")
    return RowTimes(shown * HOURS_PER[unit], shown, unit, columns)


def _times_of_day(
    table: TextTable,
    subject: NDArray[np.int64],
    timed: str,
    dates: str | None,
    problems: list[str],
    notes: list[str],
) -> RowTimes:
    """Read times of day, with dates or numbered days beside them, as hours since the subject's earliest row."""
    place = table.place(timed)
    read = [_clock(cell, place(row), dates is not None, problems) for row, cell in enumerate(table.cells(timed))]
    if dates is None:
        days = [date for date, _ in read]
        if any(day is None for day in days) and any(day is not None for day in days):
            raise InputError(f"{table.where}: some times of {timed.upper()} have a date and some have none")
    else:
        days = read_dates(table, dates, problems)
    known = days[0] is not None if days else False
    absolute = np.array([24.0 * (day or 0) + hours for day, (_, hours) in zip(days, read, strict=True)])
    first = np.full(int(subject.max(initial=0)) + 1, np.inf)
    np.fmin.at(first, subject, absolute)
    hours = np.round(absolute - first[subject], 9)
    if not known:
        falls = np.flatnonzero((np.diff(hours) < 0.0) & (np.diff(subject) == 0)) + 1
        if falls.size:
            raise InputError(
                f"{place(int(falls[0]))}: the time of day is before that of the row above, and there is no date",
                hint="add a column DATE (2024-01-31), DAY (1, 2, ...) or DAT1 (31/01/2024)",
            )
    beside = f" with {dates.upper()}" if dates else ""
    notes.append(f"{timed.upper()}{beside} is read as hours since each subject's earliest record; II in hours")
    return RowTimes(hours, hours, "hours", (timed, *([dates] if dates else ())))


def _clock(cell: str, where: str, dated: bool, problems: list[str]) -> tuple[int | None, float]:
    """Read a time of day, with a date before it or not: the day, and hours."""
    head, _, tail = cell.replace("T", " ").rpartition(" ")
    if tail.lower() in ("am", "pm"):
        head, tail = "", cell
    found = _CLOCK.fullmatch(tail.strip())
    if found:
        hours = int(found[1]) + int(found[2]) / 60.0 + float(found[3] or 0.0) / 3600.0
        if found[4]:
            hours = hours % 12.0 + (12.0 if found[4].lower() == "pm" else 0.0)
        if hours <= 24.0 and int(found[2]) < 60:
            day = _iso(head) if head else None
            if not head or day is not None:
                return day, hours
    elif dated:
        try:
            hours = float(cell)
        except ValueError:
            hours = -1.0
        if 0.0 <= hours <= 24.0:
            return None, hours
    what = (
        "is missing; nothing is assumed for it" if is_missing(cell) else f"{cell!r} is no time of day such as 08:30"
    )
    problems.append(f"{where}: {what}")
    return None, 0.0


def _iso(text: str) -> int | None:
    try:
        return datetime.date.fromisoformat(text.strip()).toordinal()
    except ValueError:
        return None


def read_dates(table: TextTable, column: str, problems: list[str]) -> list[int | None]:
    """Read a column of dates as numbers of days.

    DAT1 has the day first, DAT2 the year, month, day, and DAT3 the year, day, month, as in NONMEM. In a column of
    another name the order is taken from dates that have only one, and refused where there are none.

    Raises
    ------
    InputError
        If day and month could change places.
    """
    cells = table.cells(column)
    order = {"dat1": "dmy", "dat2": "ymd", "dat3": "ydm"}.get(column)
    parts = {cell: found.groups() for cell in dict.fromkeys(cells) if (found := _PARTS.fullmatch(cell))}
    if order is None and any(len(found[0]) < 3 for found in parts.values()):
        order = _order_of(table, column, list(parts.values()))
    place = table.place(column)
    read: dict[str, int | None] = {cell: _day(cell, parts.get(cell), order) for cell in set(cells)}
    problems += [
        f"{place(row)}: {cell!r} is no date such as 2024-01-31"
        for row, cell in enumerate(cells)
        if read[cell] is None
    ]
    return [read[cell] or 0 for cell in cells]


def _order_of(table: TextTable, column: str, parts: Sequence[tuple[str, ...]]) -> str:
    short = [found for found in parts if len(found[0]) < 3]
    day_first = any(int(found[0]) > 12 for found in short) or all(found[1] == "." for found in short)
    month_first = any(int(found[2]) > 12 for found in short)
    if day_first == month_first:
        day, sign, month, year = short[0]
        example = f"{day}{sign}{month}{sign}{year}"
        raise InputError(
            f"{table.where}: {column.upper()} {example!r} may have the day or the month first",
            hint="call the column DAT1 if the day comes first, or write 2024-01-31",
        )
    return "dmy" if day_first else "mdy"


def _day(cell: str, parts: tuple[str, ...] | None, order: str | None) -> int | None:
    if parts is not None:
        written = order if order in ("ymd", "ydm") or len(parts[0]) < 3 else "ymd"
        numbers = dict(zip(str(written), (parts[0], parts[2], parts[3]), strict=True))
        year = int(numbers["y"])
        try:
            return datetime.date(year + (2000 if year < 100 else 0), int(numbers["m"]), int(numbers["d"])).toordinal()
        except ValueError:
            return None
    if re.fullmatch(r"\d{1,5}", cell):
        return int(cell)
    readers: list[Callable[[], int]] = [
        lambda form=form: datetime.datetime.strptime(cell, form).toordinal()  # type: ignore[misc]
        for form in _MONTH_NAMED
    ]
    for reader in readers:
        try:
            return reader()
        except ValueError:
            continue
    return None
