"""The one reader of tables that users bring as text, whatever separates their columns and decimals."""

from __future__ import annotations

import csv
import gc
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cereblon.core.control_characters import refuse_control_characters
from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.event_indicator import read_event_indicator
from cereblon.core.text_files import read_text
from cereblon.core.time_units import MONTHS_PER, TIME_UNITS, read_time_unit
from cereblon.core.words import Words, is_missing

if TYPE_CHECKING:
    import polars as pl

_FROM_MEMORY = "the table given"
_SEPARATORS: dict[str, str] = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_TIME_WITHOUT_UNIT = ("time", "t", "trisk", "t_risk")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_MAY_BE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
_MOST_PROBLEMS = 25

MOST_LINES = 2_000_000
MOST_COLUMNS = 5_000
MOST_CELLS = 10_000_000
"""A table with more is refused; read, ten million cells take about a gigabyte of memory."""
LONGEST_LINE = 1_000_000
"""Characters; a line of more is no row of a table."""


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
            if not self.decimal_comma or not _DECIMAL_COMMA.fullmatch(cell):
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
        if self.doubtful_commas and _DECIMAL_COMMA.fullmatch(cell):
            return f"; is it {cell.replace(',', '')} or {cell.replace(',', '.')}?"
        if _DECIMAL_COMMA.fullmatch(cell):
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


def refuse_problems(problems: Sequence[str], *, hint: str | None = None) -> None:
    """Refuse a file with its problems, if there are any; the first ones are shown and the rest counted.

    Raises
    ------
    InputError
        If `problems` holds a line.
    """
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        shown = [*problems[:_MOST_PROBLEMS], *([f"and {more} more problems"] if more > 0 else [])]
        raise InputError("\n".join(shown), hint=hint)


GivenTable: TypeAlias = "Path | str | pl.DataFrame | Mapping[str, Sequence[object]]"
"""A table as a user has it: a text file, a data frame of polars, or columns by name."""


def name_of(given: GivenTable) -> str:
    """Name a table as messages do: its path, or that it was given in memory."""
    return str(given) if isinstance(given, (str, Path)) else _FROM_MEMORY


def short_name_of(given: GivenTable) -> str:
    """Name a table as titles do: its file without the folders."""
    return Path(given).name if isinstance(given, (str, Path)) else _FROM_MEMORY


def read_table(given: GivenTable, *, where: str | None = None) -> TextTable:
    """Read a table from a text file, or take one from memory through the same checks; see `parse_table`.

    Parameters
    ----------
    given
        Path or table.
    where
        How messages call it; None for `name_of`.

    Raises
    ------
    InputError
        If it cannot be read, with the cause.
    ArgumentError
        If it is neither a path nor a table.
    """
    where = name_of(given) if where is None else where
    if isinstance(given, (str, Path)):
        return parse_table(read_text(given), where=where)
    return parse_table(_text_of(given, where), where=where)


def _text_of(given: Any, where: str) -> str:
    """Write a table from memory as text, so that it goes through the same checks."""
    import polars as pl

    try:
        if isinstance(given, Mapping):
            lengths = {name: len(column) for name, column in given.items()}
            if len(set(lengths.values())) > 1:
                raise InputError(f"columns of different lengths: {', '.join(f'{k} {n}' for k, n in lengths.items())}")
            given = pl.DataFrame(dict(given), strict=False)
        if hasattr(given, "to_csv") and hasattr(given, "index"):  # of pandas
            return str(given.to_csv(index=given.index.name is not None))
        if hasattr(given, "write_csv"):
            return str(given.write_csv())
    except InputError:
        raise
    except (pl.exceptions.PolarsError, ValueError, TypeError, OverflowError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(
            f"{where}: cannot be read as a table ({reason})", hint="columns of numbers, words and dates are read"
        ) from error
    raise ArgumentError(
        f"a table is needed, not {type(given).__name__}",
        hint="give the path of a text file, a data frame of polars or pandas, or columns by name",
    )


def parse_table(text: str, *, where: str) -> TextTable:
    """Read a table with a header from text.

    Columns are separated by commas, semicolons, tabs, bars or, where there are none of these, by white space. Lines
    that begin with # are comments. Numbers may have decimal commas where the whole table has them.

    Raises
    ------
    InputError
        If there is no header or no row, the separator cannot be told, a column has no name or the name of another,
        a row has another number of cells than the header, or the table is larger than the bounds above.
    """
    refuse_control_characters(text, where=where)
    refuse_more(text.count("\n"), MOST_LINES, "lines", where)
    all_lines = text.removeprefix("\ufeff").split("\n")
    comments = sum(line.lstrip().startswith("#") for line in all_lines)
    longest = max(range(len(all_lines)), key=lambda place: len(all_lines[place]))
    if len(all_lines[longest]) > LONGEST_LINE:
        raise InputError(f"{where}, line {longest + 1}: is longer than {LONGEST_LINE:,} characters")
    kept = "\n".join("" if line.lstrip().startswith("#") else line for line in all_lines)
    remarks = [f"{where}: {comments} line{'s' if comments > 1 else ''} of comment passed over"] if comments else []
    with _uncollected():
        return _parsed(kept, remarks, where)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from walking through all rows again and again while more are made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _parsed(kept: str, remarks: list[str], where: str) -> TextTable:
    separator, lines = _split(kept, where)
    if separator not in (",", "\t"):
        remarks.append(f"{where}: columns are separated by {_SEPARATORS.get(separator, 'white space')}")
    header = [re.sub(r"\s+", "_", cell.strip().lower()) for cell in lines[0][1]]
    body = [(number, [cell.strip() for cell in cells]) for number, cells in lines[1:]]
    problems = [
        f"{where}, line {number}: {len(cells)} cells; the header has {len(header)}"
        for number, cells in body
        if len(cells) != len(header)
    ]
    problems += [f"{where}: column {name!r} appears twice" for name in sorted(_twice(header))]
    refuse_problems(problems, hint=_cell_hint(separator) if problems else None)
    header, body = _drop_unnamed(header, body, where, remarks)
    decimal_comma, doubtful = _decimals([cell for _, cells in body for cell in cells])
    if decimal_comma:
        remarks.append(f"{where}: numbers are read with a decimal comma")
    return TextTable(
        where=where,
        columns=tuple(header),
        rows=tuple(dict(zip(header, cells, strict=True)) for _, cells in body),
        lines=tuple(number for number, _ in body),
        remarks=tuple(remarks),
        decimal_comma=decimal_comma,
        doubtful_commas=doubtful,
    )


def _twice(header: Sequence[str]) -> set[str]:
    return {name for name in header if name and header.count(name) > 1}


def _cell_hint(separator: str) -> str:
    name = _SEPARATORS.get(separator, "white space")
    return f"cells are separated by {name}; put a cell that holds one in double quotes"


def _split(text: str, where: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """Find the separator and split the text into numbered rows of cells, the header first."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    if not first:
        raise InputError(f"{where}: is empty", hint="the first line names the columns, each further line is a row")
    unquoted = re.sub(r'"[^"]*"', "", first)
    candidates = [separator for separator in _SEPARATORS if separator in unquoted]
    for separator in candidates or [" "]:
        refuse_more(first.count(separator) + 1, MOST_COLUMNS, "columns", where)
        refuse_more(text.count(separator) + text.count("\n"), MOST_CELLS, "cells", where)
    tried = {separator: _rows(text, separator, where) for separator in candidates}
    if not candidates and len(first.split()) > 1:
        tried = {" ": _rows_by_space(text)}
    if tried and not any(tried.values()):
        raise InputError(f"{where}: has no cell with anything in it", hint="the first line names the columns")
    tried = {separator: rows for separator, rows in tried.items() if rows}
    if not tried:
        raise InputError(
            f"{where}: one column found, {first.strip()[:60]!r}",
            hint="separate columns with commas (semicolons and tabs are read too)",
        )
    even = {s: rows for s, rows in tried.items() if len({len(cells) for _, cells in rows}) == 1}
    choice = max(even or tried, key=lambda s: len(tried[s][0][1]))
    rivals = [s for s in even if s != choice and len(even[s][0][1]) == len(even[choice][0][1])]
    if choice in even and rivals:
        raise InputError(
            f"{where}: may be separated by {_SEPARATORS[choice]} or by {_SEPARATORS[rivals[0]]}",
            hint="put cells that hold one of them in double quotes",
        )
    rows = tried[choice]
    if len(rows) < 2:
        raise InputError(
            f"{where}: holds no row below the header",
            hint="the first line names the columns, each further line is a row",
        )
    return choice, rows


def refuse_more(count: int, most: int, what: str, where: str) -> None:
    """Refuse a table with more of something than is read.

    Parameters
    ----------
    count, most
        How many there are, and may be.
    what, where
        Name of the things and of the table, for messages.

    Raises
    ------
    InputError
        With both numbers.
    """
    if count > most:
        raise InputError(
            f"{where}: has {count:,} {what}; at most {most:,} are read",
            hint="split it, or keep the columns that are needed",
        )


def _rows(text: str, separator: str, where: str) -> list[tuple[int, list[str]]]:
    try:
        return _quoted_rows(text, separator, where)
    except InputError:  # strict reading wants the separator right behind a closing quote; some tools put spaces there
        return _quoted_rows(re.sub(rf'" +(?={re.escape(separator)}|$)', '"', text, flags=re.M), separator, where)


def _quoted_rows(text: str, separator: str, where: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True, skipinitialspace=True)
    found: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{where}, line {begins}: is no row of a table ({error})", hint="check the double quotes from there on"
        ) from error
    return found


def _rows_by_space(text: str) -> list[tuple[int, list[str]]]:
    return [(number, line.split()) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]


def _drop_unnamed(
    header: list[str], body: list[tuple[int, list[str]]], where: str, remarks: list[str]
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Leave out columns without a name: empty ones, and the numbers of rows that R writes first; refuse others."""
    unnamed = [place for place, name in enumerate(header) if not name]
    for place in unnamed:
        cells = [row[place] for _, row in body]
        numbered = place == 0 and cells == [str(number) for number in range(1, len(cells) + 1)]
        if numbered:
            remarks.append(f"{where}: the first column has no name and numbers the rows; it is not used")
        elif any(cells):
            raise InputError(f"{where}: column {place + 1} has no name", hint="name every column in the first line")
    kept = [place for place in range(len(header)) if place not in unnamed]
    if len(kept) == len(header):
        return header, body
    return [header[p] for p in kept], [(number, [row[p] for p in kept]) for number, row in body]


def _decimals(cells: Sequence[str]) -> tuple[bool, bool]:
    """Say whether numbers have decimal commas, and whether those with commas could all be thousands."""
    commas = [cell for cell in cells if "," in cell and _DECIMAL_COMMA.fullmatch(cell)]
    if not commas or any(_DECIMAL_POINT.fullmatch(cell) for cell in cells):
        return False, False
    doubtful = all(_MAY_BE_THOUSANDS.fullmatch(cell) for cell in commas)
    return not doubtful, doubtful
