"""`cereblon cohort pool`: the results of several sites."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.outputs import Html, Png, Svg, print_result, refuse_places, save_result
from cereblon.cli.running import AsCsv, AsJson


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
