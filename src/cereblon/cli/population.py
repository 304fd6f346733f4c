"""`cereblon population`: show virtual populations and draw patients from them."""

from __future__ import annotations

from typing import Annotated

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.help_text import command_group
from cereblon.cli.running import AsCsv, AsJson

app = command_group()

Name = Annotated[str, typer.Argument(help="Name of a population, or path of a population file.")]
Like = Annotated[
    str | None,
    typer.Option(help="Study whose published baseline figures and entry criteria the patients shall have."),
]


@app.callback()
def population() -> None:
    """Show virtual populations and draw patients from them.

    Example: cereblon population show ndmm --like swog-s0777
    """


@app.command("list", cls=CheckedCommand)
def list_populations(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the populations, with their setting and the studies whose entry criteria are on file.

    Example: cereblon population list
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    print_result(cb.populations(), as_json=as_json, as_csv=as_csv)


@app.command(cls=CheckedCommand)
def show(name: Name, like: Like = None, as_json: AsJson = False) -> None:
    """Show what a population states, with source and basis, and what 10,000 drawn patients turn out to be.

    With --like the marginals are moved until the patients who meet the study's criteria have its published figures;
    what was used, what was missed and what could not be used is listed.

    Example: cereblon population show ndmm --like swog-s0777
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    print_result(cb.population(name, like=like), as_json=as_json)


@app.command(cls=CheckedCommand)
def draw(
    name: Name,
    n: Annotated[int, typer.Option(min=1, max=10_000_000, help="Number of patients.")] = 10,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same patients.")] = 1,
    like: Like = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Draw patients and print one row for each, as CSV unless --json is given.

    Patient number 7 of a seed is the same whether 10 or 10,000 are drawn.

    Example: cereblon population draw rrmm-1-3 --n 5 --seed 7 --csv
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    print_result(cb.population(name, like=like).draw(n, seed=seed), as_json=as_json, as_csv=as_csv or not as_json)
