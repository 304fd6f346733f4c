"""Printing rows, paragraphs and tables on the command line, for machines and for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cereblon.cli.running import one_format, print_csv, print_json

__all__ = ["check_endings", "print_json", "print_rows", "print_table", "print_text", "print_with_notes"]

if TYPE_CHECKING:
    from cereblon.evidence import Row
    from cereblon.questions.result import Result


def print_rows(rows: Sequence[Row], columns: Sequence[str], *, as_json: bool, as_csv: bool) -> bool:
    """Print rows for machines if asked to; say whether that was the case."""
    one_format(as_json, as_csv)
    if as_json:
        print_json(rows)
    elif as_csv:
        print_csv(rows, columns)
    return as_json or as_csv


def print_text(text: str, *, indent: str = "") -> None:
    """Print a paragraph wrapped to the terminal; further lines are set in."""
    from cereblon.core.plain_text import paragraph

    typer.echo(paragraph(text, indent=indent))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, folded: Sequence[str] = ()) -> None:
    """Print a table that fits the terminal; the columns named in `folded` give way first."""
    from cereblon.core.plain_text import table_text

    typer.echo(table_text(columns, rows, folded=folded))


def print_with_notes(answer: Result) -> None:
    """Print an answer for people: in words, then what has to be known."""
    typer.echo(answer.text())
    if answer.notes:
        typer.echo("\nnotes")
        for note in answer.notes:
            print_text(f"- {note}")


def check_endings(*, html: Path | None, png: Path | None, svg: Path | None) -> None:
    """Refuse, before anything is computed, a file whose name does not end as its option says."""
    for path, ending in ((html, ".html"), (png, ".png"), (svg, ".svg")):
        if path is not None and path.suffix.lower() != ending:
            raise typer.BadParameter(f"--{ending[1:]} {path}: the name does not end in {ending}")
