"""Where a command puts its answer: the options of output, what is printed, what is written, and places looked at."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cereblon.core.control_characters import visible
from cereblon.core.errors import InputError
from cereblon.core.output_files import find_target_problem

if TYPE_CHECKING:
    from cereblon.questions.result import Result


def ending(*endings: str) -> Callable[[Path | None], Path | None]:
    """Refuse, before anything is computed, a file of another ending or in no place to write; for `callback`."""

    def check(path: Path | None) -> Path | None:
        if path is not None and path.suffix.lower() not in endings:
            raise typer.BadParameter(f"{path}: the name does not end in {' or '.join(endings)}")
        refuse_places(path)
        return path

    return check


def file_place(path: Path | None) -> Path | None:
    """Refuse, before anything is computed, a place where no file can be written; for `callback`."""
    refuse_places(path)
    return path


def folder_place(path: Path | None) -> Path | None:
    """Refuse, before anything is computed, a place where no folder can be made or written to; for `callback`."""
    problem = None if path is None else _folder_problem(path)
    if problem:
        raise InputError(problem, hint="name another folder; nothing was computed yet")
    return path


Html = Annotated[Path | None, typer.Option(help="Write an interactive page.", callback=ending(".html"))]
Png = Annotated[Path | None, typer.Option(help="Draw into this PNG file.", callback=ending(".png"))]
Svg = Annotated[Path | None, typer.Option(help="Draw into this SVG file.", callback=ending(".svg"))]
Parquet = Annotated[
    Path | None, typer.Option(help="Write the main table into this Parquet file.", callback=ending(".parquet"))
]


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where an answer goes; the fields are the options."""

    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False
    as_csv: Annotated[bool, typer.Option("--csv", help="Print as CSV.")] = False
    html: Html = None
    png: Png = None
    svg: Svg = None

    def give(self, result: Result, picture: str | None = None) -> None:
        """Write the files that were asked for, and print the answer in the form that was."""
        save_result(result, self.html, self.png, self.svg, picture=picture)
        print_result(result, as_json=self.as_json, as_csv=self.as_csv)


def print_result(result: Result, *, as_json: bool = False, as_csv: bool = False, table: str | None = None) -> None:
    """Print an answer: its words, JSON or a table as CSV, with warnings before and notes after it on stderr.

    Parameters
    ----------
    result
        The answer.
    as_json, as_csv
        For machines; else in words.
    table
        Which table as CSV; the main one if None.
    """
    import sys

    from cereblon.cli.running import print_notes, tell
    from cereblon.core.plain_text import fit_terminal

    for text in result.warnings:
        tell(f"warning: {text}")
    if as_csv:
        typer.echo(result.to_csv(table), nl=False)
    elif written := result.to_json() if as_json else fit_terminal(visible(str(result)), sys.stdout):
        typer.echo(written)
    sys.stdout.flush()  # a reader that has gone is noticed here, not at exit
    print_notes(result.notes)


def save_result(result: Result, *paths: Path | None, picture: str | None = None) -> None:
    """Write an answer into files, each by the ending of its name, and say so on stderr.

    Parameters
    ----------
    result
        The answer.
    paths
        None is not asked for.
    picture
        Which picture a .png or .svg holds; the main one if None.
    """
    from cereblon.cli.running import tell

    for path in paths:
        if path is not None:
            is_picture = path.suffix.lower() in (".png", ".svg")
            tell(f"wrote {result.save(path, picture if is_picture else None)}")


def refuse_places(*files: Path | None, picture: Path | None = None, kinds: Sequence[str] = ()) -> None:
    """Refuse places where a job could not write its results.

    Parameters
    ----------
    files
        To be written; their folders must be there. None is not asked for.
    picture, kinds
        One more file, and the endings that its name may have.

    Raises
    ------
    InputError
        With every problem.
    """
    problems = [find_target_problem(path) for path in (*files, picture) if path is not None]
    if picture is not None and picture.suffix.lower() not in kinds:
        problems.append(f"{picture}: a picture ends in {' or '.join(kinds)}")
    found = [problem for problem in problems if problem]
    if found:
        raise InputError("\n".join(found), hint="nothing was computed yet")


def _folder_problem(path: Path) -> str | None:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):  # it is to be made
        pass
    except (OSError, ValueError) as error:  # a loop of links, a name too long or with a zero in it
        return f"{path}: is no name of a folder ({getattr(error, 'strerror', None) or error})"
    there = next(one for one in (path, *path.absolute().parents) if os.path.lexists(one))
    if not there.is_dir():
        return f"{path}: {there} is no folder, a folder is needed"
    return None if os.access(there, os.W_OK) else f"{path}: {there} cannot be written to"
