"""`cereblon evidence practice`: a regimen in trials and in practice, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.outputs import ending, print_result, save_result

File = Optional[Path]  # noqa: UP045


def practice(
    regimen: Annotated[str, typer.Argument(help="rd, vrd, ird, krd, drd or maintenance.")],
    setting: Annotated[Optional[str], typer.Option(help="Keep one setting, for example rrmm.")] = None,  # noqa: UP045
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: results, patients, readings, cautions.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the results as CSV.")] = False,
    html: Annotated[
        File, typer.Option(help="Write a page with picture, tables and sources.", callback=ending(".html"))
    ] = None,
    png: Annotated[File, typer.Option(help="Write the picture as PNG.", callback=ending(".png"))] = None,
    svg: Annotated[File, typer.Option(help="Write the picture as SVG.", callback=ending(".svg"))] = None,
) -> None:
    """Set real-world results of a regimen beside trials of the same setting.

    Each real-world result is compared with the largest trial arm of its setting: medians as a ratio, response as a
    difference, with an interval where one can be derived. Nothing is pooled or adjusted.

    Example: cereblon evidence practice ird --setting rrmm
    """
    import cereblon as cb

    answer = cb.real_world(regimen, setting=setting)
    save_result(answer, png, svg, html)
    print_result(answer, as_json=as_json, as_csv=as_csv)
