"""`cereblon cohort score`: how well built cohorts find what is true of an example."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.running import AsCsv, AsJson


def score(
    cohorts: Annotated[list[Path], typer.Argument(help="Folders of built cohorts, one or several.")],
    truth: Annotated[Path, typer.Option(help="Folder of the example that they were built from.")],
    estimand: Annotated[str, typer.Option(help="Kind of response and progression: strict or relaxed.")] = "relaxed",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Compare built cohorts with the truth of the example that they were built from.

    Lines, days of progression, response and median progression-free survival, beside always saying one line.

    Example: cereblon cohort score cohort --truth example
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    print_result(cb.cohort.score(*cohorts, truth=truth, estimand=estimand), as_json=as_json, as_csv=as_csv)
