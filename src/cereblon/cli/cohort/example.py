"""`cereblon cohort example`: a database of simulated patients whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.outputs import folder_place
from cereblon.cli.running import AsJson


def example(
    out: Annotated[
        Path, typer.Option("--out", help="New folder for the database and the truth.", callback=folder_place)
    ],
    size: Annotated[int, typer.Option(min=1, help="Patients with myeloma.")] = 1000,
    dirt: Annotated[
        str,
        typer.Option(help="clean, published, or rates by kind such as pauses=0.2; several are joined by commas."),
    ] = "published",
    seed: Annotated[int, typer.Option(min=0, help="Of patients and damage.")] = 1,
    form: Annotated[
        str, typer.Option(help="Of the database: parquet, a folder of files, or duckdb, one file.")
    ] = "parquet",
    as_json: AsJson = False,
) -> None:
    """Write simulated patients as an OMOP database of observed ones, damaged in known ways, with the truth beside it.

    A folder holds the database, truth.parquet (lines, progression, response), truth_labs.parquet and example.json.

    Example: cereblon cohort example --size 200 --dirt clean --out example
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    made = cb.cohort.example(out, size=size, dirt=dirt, seed=seed, form=form)  # type: ignore[arg-type]
    print_result(made, as_json=as_json)
