"""Columns of a user's CSV file by name, with every unreadable cell named by its line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cereblon.errors import InputError

MONTHS_PER: dict[str, float] = {
    "months": 1.0,
    "years": 12.0,
    "weeks": 7 * 12 / 365.25,
    "days": 12 / 365.25,
}
"""Length of each unit of time in months of 365.25 / 12 days."""

_TIME_NAMES: dict[str, str | None] = {
    **{name: "months" for name in ("month", "months")},
    **{name: "years" for name in ("year", "years")},
    **{name: "weeks" for name in ("week", "weeks")},
    **{name: "days" for name in ("day", "days")},
    **{name: None for name in ("time", "t", "trisk", "t_risk")},
}


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV file as text, with lower-case column names.

    Parameters
    ----------
    where
        Name of the file, for messages.
    columns
        In the order of the file.
    rows
        Cells by column.
    lines
        Line of the file that each row stands on.
    """

    where: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]

    def find(self, names: Sequence[str]) -> str | None:
        """Find the first of several names that is a column."""
        return next((name for name in names if name in self.columns), None)

    def numbers(self, column: str, problems: list[str]) -> list[float]:
        """Read a column of numbers; a cell that is none is added to `problems` and read as NaN."""
        found = []
        for line, row in zip(self.lines, self.rows, strict=True):
            try:
                value = float(row[column])
            except ValueError:
                problems.append(f"{self.where}, line {line}, {column}: {row[column]!r} is not a number")
                value = float("nan")
            else:
                if value != value or value in (float("inf"), float("-inf")):
                    problems.append(f"{self.where}, line {line}, {column}: {row[column]!r} is not a finite number")
            found.append(value)
        return found

    def time_column(self, time_unit: str | None) -> tuple[str, float]:
        """Find the column of time and the length of its unit in months.

        A column called month, week, day or year says its unit; one called time needs `time_unit`, months if None.

        Raises
        ------
        InputError
            If there is no such column, or its name contradicts `time_unit`.
        """
        column = self.find(list(_TIME_NAMES))
        if column is None:
            raise InputError(
                f"{self.where}: there is no column of time among {', '.join(self.columns)}",
                hint="call it month, week, day or year, or call it time and give --time-unit",
            )
        own = _TIME_NAMES[column]
        if time_unit is not None and time_unit not in MONTHS_PER:
            raise InputError(f"time unit {time_unit!r} is not one of {', '.join(MONTHS_PER)}")
        if own is not None and time_unit is not None and own != time_unit:
            raise InputError(f"{self.where}: the column {column!r} contradicts the time unit {time_unit}")
        return column, MONTHS_PER[own or time_unit or "months"]

    def months(self, time_unit: str | None, problems: list[str]) -> NDArray[np.float64]:
        """Read the column of time in months; what is no number is added to `problems`.

        Raises
        ------
        InputError
            As `time_column`.
        """
        column, scale = self.time_column(time_unit)
        return np.array(self.numbers(column, problems)) * scale


def read_csv(path: Path) -> CsvTable:
    """Read a CSV file with a header.

    Raises
    ------
    InputError
        If it cannot be read, is empty, or a row has another number of cells than the header.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: cannot be read ({error})", hint="a text file with comma-separated values"
        ) from error
    lines = [(number, cells) for number, cells in _numbered(text) if any(cell.strip() for cell in cells)]
    if len(lines) < 2:
        raise InputError(f"{path}: holds no row below the header")
    columns = tuple(cell.strip().lower() for cell in lines[0][1])
    problems = [
        f"{path}: column {name!r} appears twice" for name in sorted({c for c in columns if columns.count(c) > 1})
    ]
    problems += [
        f"{path}, line {number}: {len(cells)} cells; the header has {len(columns)}"
        for number, cells in lines[1:]
        if len(cells) != len(columns)
    ]
    if problems:
        raise InputError("\n".join(problems))
    rows = tuple(dict(zip(columns, (cell.strip() for cell in cells), strict=True)) for _, cells in lines[1:])
    return CsvTable(str(path), columns, rows, tuple(number for number, _ in lines[1:]))


def _numbered(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(text.splitlines())
    return [(reader.line_num, cells) for cells in reader]
