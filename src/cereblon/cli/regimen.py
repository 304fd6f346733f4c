"""`cereblon regimen`: list, show and check treatment regimens and strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.running import AsCsv, AsJson, print_csv, print_json, print_notes

if TYPE_CHECKING:
    from cereblon.model.regimens import Regimen, Strategy

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    help="List, show and check treatment regimens and strategies.\n\nExample: cereblon regimen show vrd-s0777",
)


@app.command("list", cls=CheckedCommand)
def list_all(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the regimens and strategies of the library.

    Example: cereblon regimen list --csv
    """
    from cereblon.model.regimens.description import listing

    rows = listing()
    if as_json:
        print_json(rows)
    elif as_csv:
        print_csv(rows)
    else:
        typer.echo(_text_listing(rows))


@app.command(cls=CheckedCommand)
def show(
    name: Annotated[str, typer.Argument(help="Name in the library, or a YAML file.")],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    svg: Annotated[Path | None, typer.Option(help="Draw the dosing calendar into this SVG file.")] = None,
    png: Annotated[Path | None, typer.Option(help="Draw the dosing calendar into this PNG file.")] = None,
) -> None:
    """Show the dosing calendar, sources and notes of a regimen or strategy, or draw the calendar.

    Example: cereblon regimen show vrd-s0777
    """
    from cereblon.model.regimens import Regimen, resolve_lines
    from cereblon.model.regimens.description import describe_regimen, describe_strategy, order_rows
    from cereblon.model.regimens.library import load_entry

    entry = load_entry(name)
    lines = (entry,) if isinstance(entry, Regimen) else resolve_lines(entry)
    for path, kind in ((svg, "svg"), (png, "png")):
        if path is not None:
            _draw(entry, lines, path, kind)
    if as_json:
        typer.echo(entry.model_dump_json(indent=2))
    elif as_csv:
        print_csv(order_rows(lines))
    elif svg is None and png is None:
        typer.echo(describe_regimen(entry) if isinstance(entry, Regimen) else describe_strategy(entry))


@app.command(cls=CheckedCommand)
def check(
    file: Annotated[str, typer.Argument(help="YAML file of a regimen or strategy; - for standard input.")],
) -> None:
    """Check a file of your own: OK with a summary, or every problem at once.

    Example: cereblon regimen show rd18 --json | cereblon regimen check -
    """
    from cereblon.core.yaml_files import read_yaml, read_yaml_input
    from cereblon.model.regimens import Regimen, grid_problems, resolve_lines
    from cereblon.model.regimens.description import order_sentences, summary
    from cereblon.model.regimens.library import parse_entry
    from cereblon.model.regimens.reading import understood

    where = "standard input" if file == "-" else file
    data = read_yaml_input() if file == "-" else read_yaml(Path(file))
    entry = parse_entry(data, where=where)
    lines = (entry,) if isinstance(entry, Regimen) else resolve_lines(entry)
    for problem in (problem for regimen in lines for problem in grid_problems(regimen)):
        typer.echo(f"warning: {where}, {problem}", err=True)
    print_notes(understood(data))
    typer.echo(f"OK: {where}: {summary(entry)}")
    for sentence in order_sentences(lines):
        typer.echo(f"  {sentence}")


def _text_listing(rows: Sequence[Mapping[str, object]]) -> str:
    """Write names and labels, regimens first."""
    width = max(len(str(row["name"])) for row in rows)
    parts = []
    for kind, title in (("regimen", "Regimens"), ("strategy", "Strategies (lines of treatment, by trial arm)")):
        entries = [f"  {row['name']!s:<{width}}  {row['label']}" for row in rows if row["kind"] == kind]
        parts.append("\n".join([title, *entries]))
    return "\n\n".join(parts)


def _draw(entry: Regimen | Strategy, lines: Sequence[Regimen], path: Path, kind: str) -> None:
    """Draw the calendars of all lines into one picture, without any network."""
    from io import BytesIO, StringIO

    from cereblon.core.errors import InputError
    from cereblon.model.regimens.calendar import calendar_rows
    from cereblon.report.calendar import calendar_chart

    rows = [
        row
        for number, regimen in enumerate(lines, start=1)
        for row in calendar_rows(regimen, prefix=f"line {number}, {regimen.id}, " if len(lines) > 1 else "")
    ]
    chart = calendar_chart(rows, title=entry.label)
    picture: BytesIO | StringIO = BytesIO() if kind == "png" else StringIO()
    chart.save(picture, format="png", scale_factor=2) if kind == "png" else chart.save(picture, format="svg")
    content = picture.getvalue()
    try:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror})", hint="check the folder and the space"
        ) from error
    typer.echo(f"wrote {path}", err=True)
