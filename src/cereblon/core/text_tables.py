"""A table of text cells, and how its columns are read: numbers, closed words, events, times."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.core.decimal_commas import DECIMAL_COMMA
from cereblon.core.errors import InputError
from cereblon.core.event_indicator import read_event_indicator
from cereblon.core.time_units import MONTHS_PER, TIME_UNITS, read_time_unit
from cereblon.core.words import Words, is_missing

_TIME_WITHOUT_UNIT = ("time", "t", "trisk", "t_risk")


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as text, with lower-case column names.

    Parameters
    ----------
    where
        Name of the file, for messages.
    columns
        In the order of the file; lower case, a space within a name written as an underscore.
    rows
        Cells by column, without spaces around them.
    lines
        Line of the file that each row begins on.
    remarks
        What was read in another way than plain CSV, and what was passed over, in sentences for the user.
    decimal_comma
        Whether numbers are written with a decimal comma.
    doubtful_commas
        Whether every number with a comma could as well be a thousand (1,234), so that none can be read.
    """

    where: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]
    remarks: tuple[str, ...] = ()
    decimal_comma: bool = False
    doubtful_commas: bool = False

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.rows)

    def place(self, column: str) -> Callable[[int], str]:
        """Name the place of a row's cell in a column, for messages."""
        return lambda position: f"{self.where}, line {self.lines[position]}, {column}"

    def cells(self, column: str) -> list[str]:
        """Give the cells of a column as text."""
        return [row[column] for row in self.rows]

    def find(self, names: Sequence[str]) -> str | None:
        """Find the one of several names that is a column.

        Raises
        ------
        InputError
            If more than one is: which was meant is not guessed.
        """
        there = [name for name in dict.fromkeys(names) if name in self.columns]
        if len(there) > 1:
            raise InputError(
                f"{self.where}: the columns {' and '.join(there)} say the same thing", hint="keep one of them"
            )
        return there[0] if there else None

    def need(self, names: Sequence[str], what: str) -> str:
        """Find the one of several names that is a column, or refuse a table that has none.

        Raises
        ------
        InputError
            If there is none, or more than one.
        """
        found = self.find(names)
        if found is None:
            raise InputError(
                f"{self.where}: there is no column of {what} among {', '.join(self.columns)}",
                hint=f"call it {' or '.join(names)}",
            )
        return found

    def unused(self, used: Sequence[str | None]) -> tuple[str, ...]:
        """Name the columns that are not among `used`."""
        return tuple(column for column in self.columns if column not in used)

    def number(self, cell: str) -> float | None:
        """Read one cell as a finite number, or None."""
        text = cell
        if "," in cell:
            if not self.decimal_comma or not DECIMAL_COMMA.fullmatch(cell):
                return None
            text = cell.replace(",", ".")
        try:
            value = float(text) if "_" not in text else math.nan
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def numbers(self, column: str, problems: list[str], *, may_miss: bool = False) -> list[float]:
        """Read a column of numbers.

        A cell that is no finite number is added to `problems` and read as NaN; so is a missing one unless `may_miss`.
        """
        cells, place = self.cells(column), self.place(column)
        read = {cell: self.number(cell) for cell in set(cells)}
        wrong = {cell: self._refusal(cell) for cell, value in read.items() if value is None}
        if may_miss:
            wrong = {cell: text for cell, text in wrong.items() if not is_missing(cell)}
        if wrong:
            problems += [f"{place(row)}: {wrong[cell]}" for row, cell in enumerate(cells) if cell in wrong]
        return [math.nan if (value := read[cell]) is None else value for cell in cells]

    def _refusal(self, cell: str) -> str:
        why = "; it is missing" if is_missing(cell) else self._comma_hint(cell)
        return f"{cell!r} is not a number{why}"

    def _comma_hint(self, cell: str) -> str:
        if "," not in cell:
            return ""
        if self.doubtful_commas and DECIMAL_COMMA.fullmatch(cell):
            return f"; is it {cell.replace(',', '')} or {cell.replace(',', '.')}?"
        if DECIMAL_COMMA.fullmatch(cell):
            return "; the table has decimal points elsewhere"
        return "; write numbers without separators of thousands"

    def words(
        self, column: str, words: Words, problems: list[str], remarks: list[str], *, may_miss: bool = False
    ) -> list[str | None]:
        """Read a column of closed words; see `Words.read`."""
        return words.read(self.cells(column), self.place(column), problems, remarks, may_miss=may_miss)

    def events(self, column: str, *, coding: str | None = None) -> NDArray[np.bool_]:
        """Read a column that says who had the event; a column called cnsr is 0 for an event, as in CDISC ADTTE.

        Raises
        ------
        InputError
            Naming each cell that is no indicator of an event.
        """
        own = "cnsr" if column == "cnsr" and coding is None else coding
        return read_event_indicator(self.cells(column), place=self.place(column), coding=own)

    def time_column(self, time_unit: str | None) -> tuple[str, float]:
        """Find the column of time and the length of its unit in months.

        A column named by a unit (month, weeks, days, yr ...) says its unit; one called time or t needs `time_unit`.

        Raises
        ------
        InputError
            If there is no such column or more than one, its name contradicts `time_unit`, or no unit is named.
        """
        units = {column: unit for column in self.columns if (unit := _unit_of_column(column)) is not None}
        bare = [column for column in self.columns if column in _TIME_WITHOUT_UNIT]
        if len(units) + len(bare) == 0:
            raise InputError(
                f"{self.where}: there is no column of time among {', '.join(self.columns)}",
                hint="call it month, week, day or year, or call it time and name its unit (--time-unit)",
            )
        if len(units) + len(bare) > 1:
            raise InputError(
                f"{self.where}: {' and '.join([*units, *bare])} are columns of time", hint="keep one of them"
            )
        asked = None if time_unit is None else read_time_unit(time_unit)
        if bare:
            if asked is None:
                raise InputError(
                    f"{self.where}: the column {bare[0]!r} does not say its unit of time",
                    hint="name it (--time-unit days, weeks, months or years), or call the column month, week, day "
                    "or year",
                )
            return bare[0], MONTHS_PER[asked]
        column, own = next(iter(units.items()))
        if asked is not None and asked != own:
            raise InputError(f"{self.where}: the column {column!r} contradicts the time unit {asked}")
        return column, MONTHS_PER[own]

    def months(self, time_unit: str | None, problems: list[str]) -> NDArray[np.float64]:
        """Read the column of time in months; what is no number, or negative, is added to `problems`.

        Raises
        ------
        InputError
            As `time_column`.
        """
        column, scale = self.time_column(time_unit)
        values = np.array(self.numbers(column, problems))
        place = self.place(column)
        problems += [f"{place(int(i))}: {values[i]:g} is before time zero" for i in np.flatnonzero(values < 0)]
        return np.asarray(values * scale)


def _unit_of_column(column: str) -> str | None:
    return TIME_UNITS.find(column) if len(column) > 1 else None
