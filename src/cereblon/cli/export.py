"""`cereblon export`: a virtual trial, or the patients of a cohort, as ADaM datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.outputs import folder_place
from cereblon.cli.running import AsCsv, AsJson

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
def export(
    run: Annotated[Path, typer.Argument(help="Run folder, e.g. runs/swog-s0777, or folder of a cohort.")],
    to: Annotated[Path, typer.Argument(help="Folder to write into; it is made.", callback=folder_place)],
    format: Annotated[
        str, typer.Option("--format", help="adam-json (Dataset-JSON 1.1) or adam-xpt (transport files).")
    ] = "adam-json",
    replicate: Annotated[int, typer.Option("--replicate", help="Number of the virtual trial, from 0.")] = 0,
    first_day: Annotated[
        str | None, typer.Option("--first-day", help="Date of the first day of enrolment, 2026-01-31; adds dates.")
    ] = None,
    estimand: Annotated[
        str | None, typer.Option("--estimand", help="Of a cohort: strict or relaxed response and progression.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Write one virtual trial of a run, or a built cohort, as ADaM datasets: ADSL, ADTTE, ADRS, ADLB, ADEX and ADAE.

    Transport files need the extra adam; Dataset-JSON needs nothing.

    Example: cereblon export runs/swog-s0777 adam
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    found = cb.export(
        run,
        to,
        format=format,  # type: ignore[arg-type]
        replicate=replicate,
        first_day=first_day,
        estimand=estimand,
    )
    print_result(found, as_json=as_json, as_csv=as_csv)
