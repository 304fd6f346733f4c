"""Long lines on a terminal: broken between words, and continued under the column that they belong to."""

from __future__ import annotations

import re
import textwrap
from typing import TextIO

from cereblon.core.plain_text import terminal_width

_DEEPEST_INDENT = 0.6
"""A column further right than this share of the line is too narrow to be read; its text goes on further left."""


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
