"""A table that a user brings, as cells by column, whatever it was: a text file, Parquet, a data frame or lists."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cereblon.core.control_characters import refuse_control_characters
from cereblon.core.errors import InputError
from cereblon.core.given_tables import read_table
from cereblon.core.text_tables import TextTable
from cereblon.core.words import is_missing
from cereblon.tables.parquet import read_parquet


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells by column in lower case, with what names their place and reads their numbers."""

    where: str
    columns: dict[str, list[Any]]
    place: Callable[[str], Callable[[int], str]]
    number: Callable[[Any], float | None]
    remarks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()), []))

    def numbers(self, column: str, problems: list[str], *, may_miss: bool) -> list[float | None]:
        """Read a column of numbers, missing as None; what is none is added to `problems`."""
        place = self.place(column)
        return [
            self.read_number(cell, place(row), problems, may_miss=may_miss)
            for row, cell in enumerate(self.columns[column])
        ]

    def read_number(self, cell: Any, place: str, problems: list[str], *, may_miss: bool = False) -> float | None:
        """Read one number, missing as None; what is none is added to `problems`."""
        value = None if is_missing(cell) else self.number(cell)
        if value is None and not (is_missing(cell) and may_miss):
            problems.append(f"{place}: {_no_number(cell)}")
        return value


def _no_number(cell: Any) -> str:
    if is_missing(cell):
        return "is missing; a number is needed"
    if isinstance(cell, str) and cell.lstrip()[:1] in "<>≤≥" and cell.strip():
        return (
            f"{cell!r} is a limit of the assay, not a value; write the value that is to count (0 where nothing was "
            "seen) or leave the row out"
        )
    return f"{cell!r} is not a number"


def _plain_number(cell: Any) -> float | None:
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return None
    try:
        value = float(cell) if not isinstance(cell, str) or "_" not in cell else math.nan
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def cells_of(given: Any, name: str) -> Cells:
    """Take a table: a path to text or Parquet, a `TextTable`, an Arrow table, a data frame or a mapping of columns.

    Raises
    ------
    InputError
        If it is none of these or cannot be read.
    """
    if isinstance(given, (str, Path)):
        path = Path(given)
        given = read_parquet(path) if path.suffix.lower() == ".parquet" else read_table(path)
    if isinstance(given, TextTable):
        columns: dict[str, list[Any]] = {column: list(given.cells(column)) for column in given.columns}
        return Cells(given.where, columns, given.place, lambda cell: given.number(str(cell)), given.remarks)
    lists = _lists_of(given, name)
    if len({len(column) for column in lists.values()}) > 1:
        raise InputError(f"{name}: columns have different lengths")
    _refuse_unseen(lists, name)
    lower = {str(key).strip().lower(): column for key, column in lists.items()}
    if len(lower) != len(lists):
        raise InputError(f"{name}: two columns differ only in case among {', '.join(map(str, lists))}")

    def place(column: str) -> Callable[[int], str]:
        return lambda row: f"{name}, row {row + 1}, {column}"

    return Cells(name, lower, place, _plain_number)


def _lists_of(given: Any, name: str) -> dict[str, list[Any]]:
    """Give the columns of a table from memory."""
    try:
        if isinstance(given, Mapping):
            return {key: value.tolist() if hasattr(value, "tolist") else list(value) for key, value in given.items()}
        if hasattr(given, "__arrow_c_stream__"):
            table = pa.table(given)
            if len(set(table.column_names)) != table.num_columns:
                raise InputError(f"{name}: a column is there twice among {', '.join(table.column_names)}")
            return {key: column.to_pylist() for key, column in zip(table.column_names, table.columns, strict=True)}
    except InputError:
        raise
    except (TypeError, ValueError, OverflowError, pa.ArrowException) as error:
        raise InputError(
            f"{name}: cannot be read as a table ({error})", hint="give columns of numbers, words and dates by name"
        ) from error
    raise InputError(f"{name}: {type(given).__name__} is no table", hint="give a path, a data frame or columns")


def _refuse_unseen(lists: Mapping[str, list[Any]], name: str) -> None:
    """Refuse control characters in a table that did not come as text, where they would have been."""
    for column, cells in lists.items():
        refuse_control_characters(str(column), where=f"{name}, the name of a column")
        for row, cell in enumerate(cells, start=1):
            if isinstance(cell, str):
                refuse_control_characters(cell, where=f"{name}, row {row}, {column}")
