"""`cereblon design`: what a planned trial can be expected to do."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.outputs import ending, folder_place
from cereblon.cli.running import AsCsv, AsJson, Seed

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


class _Search(StrEnum):
    size = "size"
    events = "events"
    months = "months"


Word = Annotated[
    Path | None,
    typer.Option("--docx", help="Write settings and looks as a Word document.", callback=ending(".docx")),
]
Page = Annotated[Path | None, typer.Option("--html", help="Write the report.", callback=ending(".html"))]
Table = Annotated[
    Path | None, typer.Option("--settings", help="Write the settings as a table.", callback=ending(".csv"))
]


@app.command(cls=CheckedCommand)
@applies(
    Applies("--wanted", with_any=("--search",), because="it is the chance of success that is searched for"),
    Applies("--aim", with_any=("--search",), because="it says which chance is searched for"),
)
def design(
    trial: Path = typer.Argument(help="Trial file (YAML) with a `design`; see docs/reference/trials.md."),
    out: Path | None = typer.Option(
        None, "--out", help="Folder of simulated patients; runs/ID-design unless given.", callback=folder_place
    ),
    seed: Seed = None,
    patients: int = typer.Option(10_000, "--patients", min=100, max=200_000, help="Patients simulated of each arm."),
    draws: int = typer.Option(
        50, "--draws", min=0, max=1000, help="Draws of the parameters for assurance; 0 leaves it out."
    ),
    replicates: int = typer.Option(1000, "--replicates", min=100, max=100_000, help="Trials drawn of the patients."),
    search: _Search | None = typer.Option(
        None, "--search", help="Find the smallest size, number of events or last month with the wanted chance."
    ),
    aim: str = typer.Option(
        "power", "--aim", help="The chance that is wanted: power at the best guess, or assurance over the draws."
    ),
    wanted: float | None = typer.Option(None, "--wanted", help="That chance; the power of the design unless given."),
    enrolled: int | None = typer.Option(None, "--enrolled", help="Patients enrolled so far, of a trial under way."),
    events: int | None = typer.Option(None, "--events", help="Its events so far."),
    month: float | None = typer.Option(None, "--month", help="Months since its first patient."),
    html: Page = None,
    docx: Word = None,
    settings: Table = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Design a trial: chance of success, looks, size and duration.

    For research, not for treating a patient.

    Example: cereblon design docs/examples/dvrd-against-vrd.yaml --html design.html
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result
    from cereblon.cli.running import tell
    from cereblon.questions.trial_design import check_word

    if docx is not None:
        check_word()
    found = cb.design(
        trial,
        out=out,
        seed=seed,
        patients=patients,
        draws=draws,
        replicates=replicates,
        search=None if search is None else search.value,
        aim=aim,  # type: ignore[arg-type]
        wanted=wanted,
        enrolled=enrolled,
        events=events,
        month=month,
        progress=tell,
    )
    print_result(found, as_json=as_json, as_csv=as_csv)
    if html is not None:
        typer.echo(f"report: {found.save(html)}", err=True)
    if docx is not None:
        typer.echo(f"settings: {found.write_word(docx)}", err=True)
    if settings is not None:
        typer.echo(f"settings: {found.save(settings, 'settings')}", err=True)
