"""Cells of a text that users bring, whatever separates its columns: separators, quotes, comments, unnamed columns."""

from __future__ import annotations

import csv
import gc
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cereblon.core.control_characters import refuse_control_characters
from cereblon.core.decimal_commas import decimal_commas
from cereblon.core.errors import InputError
from cereblon.core.problems import refuse_problems
from cereblon.core.text_files import LONGEST_LINE
from cereblon.core.text_tables import TextTable

_SEPARATORS: dict[str, str] = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

MOST_LINES = 2_000_000
MOST_COLUMNS = 5_000
MOST_CELLS = 10_000_000
"""A table with more is refused; read, ten million cells take about a gigabyte of memory."""


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
    decimal_comma, doubtful = decimal_commas([cell for _, cells in body for cell in cells])
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
