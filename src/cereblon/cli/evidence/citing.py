"""`cereblon evidence cite`: the documents behind the numbers, for a reference manager."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.outputs import ending

_FORMATS = ("--ris", "--bibtex", "--csl", "--json", "--csv")


@applies(
    *(
        Applies(one, without=_FORMATS[:place], because="one format can be printed at a time")
        for place, one in enumerate(_FORMATS[:-1])
        if place
    ),
    Applies("--csv", without=_FORMATS[:3], because="one format can be printed at a time"),
)
def cite(
    study: Annotated[str, typer.Argument(help="Id of a study, path of a study file, or all.")],
    ris: Annotated[bool, typer.Option("--ris", help="Print RIS.")] = False,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX.")] = False,
    csl: Annotated[bool, typer.Option("--csl", help="Print CSL-JSON.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: one row per document of a study.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the same rows as CSV.")] = False,
    html: Annotated[Optional[Path], typer.Option(help="Write a page with links.", callback=ending(".html"))] = None,  # noqa: UP045
    png: Annotated[
        Path | None, typer.Option(help="Draw the documents by year as PNG.", callback=ending(".png"))
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(help="Draw the documents by year as SVG.", callback=ending(".svg"))
    ] = None,
) -> None:
    """Print the documents a study cites, for people or for a reference manager.

    Where a study records no title, one in square brackets is supplied; the identifier leads to the rest.

    Example: cereblon evidence cite swog-s0777 --bibtex
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, save_result

    found = cb.cite(study)
    save_result(found, html, png, svg)
    if ris or bibtex or csl:
        typer.echo(found.ris() if ris else found.bibtex() if bibtex else found.csl(), nl=False)
    else:
        print_result(found, as_json=as_json, as_csv=as_csv)
