"""Paragraphs and tables as plain text that fits the terminal: the one place that lays text out."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import TextIO

_DEEPEST_INDENT = 0.6
"""A column further right than this share of the line is too narrow to be read; its text goes on further left."""

_LONGEST_WORD = 24
"""A column is as wide as its longest word, so that none is cut, but for addresses and file names."""


def terminal_width(otherwise: int = 80) -> int:
    """Columns to write in: those of the terminal, or the given number where there is none."""
    return max(60, shutil.get_terminal_size(fallback=(otherwise, 24)).columns)


def paragraph(text: str, *, indent: str = "") -> str:
    """Wrap a paragraph; further lines are set in."""
    lines = textwrap.wrap(text, terminal_width(), initial_indent=indent, subsequent_indent=f"{indent}    ")
    return "\n".join(lines)


def fit_terminal(text: str, stream: TextIO) -> str:
    """Break lines that are longer than the terminal is wide; what goes to a file or a pipe stays as it is.

    Parameters
    ----------
    text
        What is to be printed.
    stream
        Where it goes.

    Returns
    -------
    str
        The same words in the same order. Addresses stay in one piece.
    """
    if not stream.isatty():
        return text
    width = terminal_width()
    return "\n".join(_fit_line(line, width) for line in text.split("\n"))


def _fit_line(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    columns = [gap.end() for gap in re.finditer(r"(?<=\S) {2,}", line[: int(width * _DEEPEST_INDENT)])]
    further_in = len(line) - len(line.lstrip()) + 2
    return textwrap.fill(
        line,
        width,
        subsequent_indent=" " * max(columns, default=further_in),
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table_text(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    folded: Sequence[str] = (),
    right: Sequence[str] = (),
    narrowest: int = 16,
    otherwise: int = 80,
) -> str:
    """Lay out a table without lines or colour; columns that find no room stand below, beside the first one again.

    Not by rich: it takes over a second for the 1500 rows of all studies.

    Parameters
    ----------
    columns, rows
        Heading and cells; a row of empty cells is an empty line, a single cell is a heading of the rows below it.
    folded
        Columns that give way first where the table is too wide.
    right
        Columns of numbers, which end at the same place.
    narrowest
        How narrow a column may become where the table is too wide.
    otherwise
        Width where there is no terminal.
    """
    grid = [list(columns), *(row for row in rows if len(row) == len(columns))]
    widths = {name: max(len(row[index]) for row in grid) for index, name in enumerate(columns)}
    words = {name: max(_longest_word(row[index]) for row in grid) for index, name in enumerate(columns)}
    for name in (*folded, *folded, *sorted(columns, key=lambda name: -widths[name])):
        excess = sum(widths.values()) + 2 * (len(widths) - 1) - terminal_width(otherwise)
        least = max(narrowest, min(words[name], _LONGEST_WORD))
        widths[name] -= max(0, min(excess, widths[name] - least))
    lines: list[str] = []
    for block in _blocks(list(widths.values()), terminal_width(otherwise)):
        lines += [""] if lines else []
        for row in [list(columns), *rows]:
            if len(row) < len(columns):
                lines.append(textwrap.fill(row[0], terminal_width(otherwise), subsequent_indent="  "))
            else:
                shown = {columns[index]: widths[columns[index]] for index in block}
                lines += _row_lines([row[index] for index in block], shown, right)
    return "\n".join(lines)


def _blocks(widths: Sequence[int], room: int) -> list[list[int]]:
    """Divide columns, by number, into tables that fit one below the other; each begins with the first column."""
    blocks, filled = [[0]], widths[0]
    for index in range(1, len(widths)):
        if filled + 2 + widths[index] > room and len(blocks[-1]) > 1:
            blocks.append([0])
            filled = widths[0]
        blocks[-1].append(index)
        filled += 2 + widths[index]
    return blocks


def _row_lines(row: Sequence[str], widths: Mapping[str, int], right: Sequence[str]) -> list[str]:
    """Write one row, in as many lines as its longest cell needs."""
    cells = [
        [cell] if len(cell) <= width else _wrapped(cell, width)
        for cell, width in zip(row, widths.values(), strict=True)
    ]
    lines = []
    for index in range(max(map(len, cells))):
        parts = (cell[index] if index < len(cell) else "" for cell in cells)
        laid = (
            part.rjust(width) if name in right else part.ljust(width)
            for part, (name, width) in zip(parts, widths.items(), strict=True)
        )
        lines.append("  ".join(laid).rstrip())
    return lines


def _longest_word(cell: str) -> int:
    """Give the width of the longest word, with what sets the cell in."""
    return len(cell) - len(cell.lstrip()) + max(map(len, cell.split()), default=0)


def _wrapped(cell: str, width: int) -> list[str]:
    """Break a cell; what is set in stays so."""
    return textwrap.wrap(cell, width, subsequent_indent=" " * (len(cell) - len(cell.lstrip())))


def signed(value: float, digits: int) -> str:
    """Write a difference with its sign, and none where nothing of it is left: `+1.2`, `-0.3`, `0.0`.

    Parameters
    ----------
    value, digits
        The difference, and its digits behind the point.
    """
    shown = f"{value:+.{digits}f}"
    return shown if float(shown) else shown[1:]


def capital(sentence: str) -> str:
    """Begin a sentence with a capital letter; the rest stays as it is."""
    return sentence[:1].upper() + sentence[1:]
