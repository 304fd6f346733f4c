"""`cereblon cohort emulate`: two treatments compared in observed patients, as a target trial."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.outputs import Html, Png, Svg, print_result, refuse_places, save_result
from cereblon.cli.running import AsCsv, AsJson


def emulate(
    folder: Annotated[Path, typer.Argument(help="Folder of a built cohort.")],
    trial: Annotated[Path, typer.Argument(help="File of the target trial (YAML).")],
    controls: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Table of outcomes that treatment cannot cause: person_id, outcome, date."),
    ] = None,
    html: Html = None,
    png: Png = None,
    svg: Svg = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Compare two treatments in a built cohort, as the trial that the comparison stands for.

    Propensity weights for regimens; for maintenance or none, copies of every patient in both strategies. The naive
    estimate stands beside.

    Example: cereblon cohort emulate cohort docs/examples/observed/drd-against-rd.yaml --html a.html
    """
    refuse_places(html, png, svg)
    import cereblon as cb

    answer = cb.cohort.emulate_trial(folder, trial, controls=controls)
    save_result(answer, html, png, svg)
    print_result(answer, as_json=as_json, as_csv=as_csv)
