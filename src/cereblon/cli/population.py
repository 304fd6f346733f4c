"""`cereblon population`: show virtual populations and draw people from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.running import AsCsv, AsJson, print_csv, print_json

if TYPE_CHECKING:
    from cereblon.model.patients import Likeness, Population
    from cereblon.model.patients.summary import Finding, Statement

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of a population, or path of a population file.")]
Like = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(help="Study whose published baseline figures and entry criteria the people shall have."),
]

_SHOWN = 10_000  # people behind the figures of `show`
_SHOWN_SEED = 1


@app.callback()
def population() -> None:
    """Show virtual populations and draw people from them.

    Example: cereblon population show ndmm --like swog-s0777
    """


@app.command("list", cls=CheckedCommand)
def list_populations(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the populations, with their setting and the studies whose entry criteria are on file.

    Example: cereblon population list
    """
    from cereblon.model.patients import load_population, load_study_people, population_names, studies_with_criteria

    studies: dict[str, list[str]] = {}
    for study in studies_with_criteria():
        studies.setdefault(load_study_people(study).population, []).append(study)
    rows = []
    for name in population_names():
        loaded = load_population(name)
        known = ", ".join(studies.get(name, []))
        rows.append({"population": name, "setting": loaded.setting, "title": loaded.title, "studies": known})
    if not _print_for_machines(rows, as_json=as_json, as_csv=as_csv):
        _print_table(
            [[row["population"], row["title"], row["studies"]] for row in rows], ["name", "people", "--like"]
        )


@app.command(cls=CheckedCommand)
def show(name: Name, like: Like = None, as_json: AsJson = False) -> None:
    """Show what a population states, with source and basis, and what 10,000 drawn people turn out to be.

    With --like the marginals are moved until the people who meet the study's criteria have its published figures;
    what was used, what was missed and what could not be used is listed.

    Example: cereblon population show ndmm --like swog-s0777
    """
    from dataclasses import asdict

    import numpy as np

    from cereblon.core.random_streams import root_key
    from cereblon.model.patients import findings, statements

    chosen, likeness = _chosen(name, like)
    people = chosen.draw(root_key(_SHOWN_SEED), np.arange(_SHOWN))
    found, stated = findings(people), statements(chosen)
    if as_json:
        content = {
            "population": chosen.name,
            "title": chosen.title,
            "setting": chosen.setting,
            "note": chosen.note,
            "stated": [asdict(row) for row in stated],
            "people": {"n": _SHOWN, "seed": _SHOWN_SEED, "findings": [asdict(row) for row in found]},
        }
        if likeness is not None:
            used, unused = ([asdict(row) for row in rows] for rows in (likeness.used, likeness.unused))
            content["like"] = {
                "study": like,
                "accepted": likeness.accepted,
                "from_memory": likeness.from_memory,
                "used": used,
                "unused": unused,
            }
        print_json(content)
        return
    typer.echo(f"{chosen.name}: {chosen.title}")
    _print_text(chosen.note)
    if likeness is not None:
        _print_likeness(likeness)
    typer.echo(f"\n{_SHOWN:,} people drawn with seed {_SHOWN_SEED}")
    _print_table([_finding_cells(row) for row in found], ["covariate", "", "value", "5th to 95th percentile", "unit"])
    _print_statements(stated)


@app.command(cls=CheckedCommand)
def draw(
    name: Name,
    n: Annotated[int, typer.Option(min=1, max=10_000_000, help="Number of people.")] = 10,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same people.")] = 1,
    like: Like = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Draw people and print one row for each, as CSV unless --json is given.

    Person number 7 of a seed is the same whether 10 or 10,000 are drawn.

    Example: cereblon population draw rrmm-1-3 --n 5 --seed 7 --csv
    """
    import numpy as np

    from cereblon.core.random_streams import root_key

    chosen, likeness = _chosen(name, like)
    if likeness is not None:
        for figure in likeness.missed:
            typer.echo(f"{figure.endpoint}: {figure.after:.1f}, published {figure.published:g}", err=True)
        for left in likeness.unused:
            typer.echo(f"{left.endpoint} {left.published:g} not used: {left.reason}", err=True)
    columns = chosen.draw(root_key(seed), np.arange(n)).to_columns()
    typer.echo(f"{n} people of {chosen.name}, seed {seed}", err=True)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*(c.tolist() for c in columns.values()), strict=True)]
    _print_for_machines(rows, as_json=as_json, as_csv=as_csv or not as_json)


def _chosen(name: str, like: str | None) -> tuple[Population, Likeness | None]:
    """Load a population by name or path, and make it like a study if one is named."""
    from pathlib import Path

    from cereblon.model.patients import load_population, people_like, pooled_baseline, read_population

    is_path = name.endswith((".yaml", ".yml")) or "/" in name
    chosen = read_population(Path(name)) if is_path else load_population(name)
    if like is None:
        return chosen, None
    from cereblon.evidence import latest_facts, load_study, published_facts

    study = load_study(like)
    sizes = {arm: size for arm in study.arms if (size := study.patients(arm)) is not None}
    facts = pooled_baseline(latest_facts(study, published_facts(study)), sizes)
    likeness = people_like(study.id, study.setting, facts, start=chosen)
    return likeness.population, likeness


def _print_statements(stated: Sequence[Statement]) -> None:
    """Print what is stated, each with the number of its source in the list below."""
    assumed = sum(row.basis == "assumed" for row in stated)
    typer.echo(f"\nstated ({len(stated)} numbers, {assumed} of them assumed), each with the number of its source")
    numbers: dict[str, int] = {}
    rows = []
    for row in stated:
        mark = f"[{numbers.setdefault(row.source, len(numbers) + 1)}]"
        rows.append([row.covariate, row.part, row.basis, mark, f"{row.value} {'' if row.unit == '1' else row.unit}"])
    _print_table(rows, ["covariate", "part", "basis", "source", "value"])
    typer.echo("\nsources")
    for source, number in numbers.items():
        _print_text(f"[{number}] {source}")


def _print_likeness(likeness: Likeness) -> None:
    typer.echo(f"\npublished figures ({100 * likeness.accepted:.0f} % of people meet limits and entry criteria)")
    cells = []
    for figure in likeness.used:
        how = ("reached" if figure.steered else "agrees") if figure.reached else "MISSED"
        if figure.endpoint in likeness.from_memory:
            how += ", published value from memory"
        numbers = [f"{value:.1f}" for value in (figure.published, figure.before, figure.after)]
        cells.append([figure.endpoint, *numbers, how])
    _print_table(cells, ["figure", "published", "before", "now", ""])
    for left in likeness.unused:
        _print_text(f"not used: {left.endpoint} {left.published:g} ({left.reason})")


def _finding_cells(row: Finding) -> list[str]:
    between = "" if row.low is None or row.high is None else f"{row.low:.4g} to {row.high:.4g}"
    return [row.covariate, row.statistic, f"{row.value:.4g}", between, row.unit]


def _print_for_machines(rows: Sequence[Mapping[str, object]], *, as_json: bool, as_csv: bool) -> bool:
    """Print rows as JSON or CSV if asked to; say whether that was the case."""
    if as_json:
        print_json(rows)
    elif as_csv:
        print_csv(rows)
    return as_json or as_csv


def _width() -> int:
    import shutil

    return max(60, shutil.get_terminal_size(fallback=(120, 24)).columns)


def _print_text(text: str) -> None:
    import textwrap

    if text:
        typer.echo("\n".join(textwrap.wrap(text, _width(), subsequent_indent="    ")))


def _print_table(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> None:
    """Print rows under column names; the last column is wrapped to the terminal."""
    import textwrap

    grid = [list(columns), *rows]
    widths = [max(len(row[index]) for row in grid) for index in range(len(columns) - 1)]
    left = sum(widths) + 2 * len(widths)
    for row in grid:
        last = textwrap.wrap(row[-1], max(30, _width() - left)) or [""]
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        typer.echo("  ".join([*cells, last[0]]).rstrip())
        for line in last[1:]:
            typer.echo(" " * left + line)
