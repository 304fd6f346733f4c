"""Paragraphs and tables as plain text that fits the terminal: the one place that lays text out."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence


def terminal_width() -> int:
    """Columns to write in: those of the terminal, 80 where there is none."""
    return max(60, shutil.get_terminal_size(fallback=(80, 24)).columns)


def paragraph(text: str, *, indent: str = "") -> str:
    """Wrap a paragraph; further lines are set in."""
    lines = textwrap.wrap(text, terminal_width(), initial_indent=indent, subsequent_indent=f"{indent}    ")
    return "\n".join(lines)


def table_text(columns: Sequence[str], rows: Sequence[Sequence[str]], *, folded: Sequence[str] = ()) -> str:
    """Lay out a table without lines or colour; the columns named in `folded` give way first.

    Not by rich: it takes over a second for the 1500 rows of all studies.
    """
    grid = [list(columns), *rows]
    widths = {name: max(len(row[index]) for row in grid) for index, name in enumerate(columns)}
    for name in (*folded, *folded, *sorted(columns, key=lambda name: -widths[name])):
        excess = sum(widths.values()) + 2 * (len(widths) - 1) - terminal_width()
        widths[name] -= max(0, min(excess, widths[name] - 16))
    lines = []
    for row in grid:
        cells = [
            [cell] if len(cell) <= width else textwrap.wrap(cell, width)
            for cell, width in zip(row, widths.values(), strict=True)
        ]
        for index in range(max(map(len, cells))):
            parts = (cell[index] if index < len(cell) else "" for cell in cells)
            line = "  ".join(part.ljust(width) for part, width in zip(parts, widths.values(), strict=True))
            lines.append(line.rstrip())
    return "\n".join(lines)


def aligned(rows: Sequence[Mapping[str, str]]) -> str:
    """Align rows of text under their column names, however long the lines become."""
    names = list(rows[0])
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in names}
    lines = ["  ".join(name.ljust(widths[name]) for name in names).rstrip()]
    lines += ["  ".join(row[name].ljust(widths[name]) for name in names).rstrip() for row in rows]
    return "\n".join(lines)
