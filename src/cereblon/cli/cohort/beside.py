"""`cereblon cohort compare` and `pool`: a cohort beside simulation and publications, and beside other sites."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.cohort.observed import By, Folder
from cereblon.cli.outputs import Html, Png, Svg, print_result, refuse_places, save_result
from cereblon.cli.running import AsCsv, AsJson


def compare(
    folder: Folder,
    estimand: By = None,
    draws: Annotated[int, typer.Option(min=1, max=200, help="Parameter sets; 1 takes the point values.")] = 12,
    per_arm: Annotated[int, typer.Option(min=16, max=5000, help="Subjects of a group in one replicate.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulation.")] = 90_210,
    html: Html = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Set a built cohort beside simulation and publications: observed, simulated and published for every endpoint.

    The cohort's own patients are simulated; the gap between trial and cohort is split into patients, treatment and
    remainder. Small numbers are masked.

    Example: cereblon cohort compare cohort --html beside.html
    """
    refuse_places(html)
    import cereblon as cb

    answer = cb.cohort.compare(folder, estimand=estimand, draws=draws, per_arm=per_arm, seed=seed)
    save_result(answer, html)
    print_result(answer, as_json=as_json, as_csv=as_csv)


def pool(
    shared: Annotated[list[Path], typer.Argument(help="Shared results of sites, two or more.")],
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of intervals, as a fraction.")] = 0.95,
    html: Html = None,
    png: Png = None,
    svg: Svg = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Pool the shared results of several sites: a random-effects meta-analysis of each endpoint and regimen.

    Example: cereblon cohort pool a.json b.json c.json --html pooled.html
    """
    refuse_places(html, png, svg)
    import cereblon as cb

    answer = cb.cohort.pool(*shared, level=level)
    save_result(answer, html, png, svg)
    print_result(answer, as_json=as_json, as_csv=as_csv)
