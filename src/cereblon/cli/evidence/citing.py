"""`cereblon evidence cite`: the documents behind the numbers, for a reference manager."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.evidence.printing import print_rows


def cite(
    study: Annotated[str, typer.Argument(help="Id of a study, path of a study file, or all.")],
    ris: Annotated[bool, typer.Option("--ris", help="Print RIS.")] = False,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX.")] = False,
    csl: Annotated[bool, typer.Option("--csl", help="Print CSL-JSON.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: one row per document of a study.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the same rows as CSV.")] = False,
    html: Annotated[Optional[Path], typer.Option(help="Write a page with links.")] = None,  # noqa: UP045
) -> None:
    """Print the documents a study cites, for people or for a reference manager.

    Studies record no titles of articles: a title in square brackets is supplied, the identifier leads to the rest.

    Example: cereblon evidence cite swog-s0777 --bibtex
    """
    from cereblon.evidence import load_all, load_study
    from cereblon.evidence.citations import references_of, write_bibtex, write_csl, write_ris

    if ris + bibtex + csl + as_json + as_csv > 1:
        raise typer.BadParameter("give one of --ris, --bibtex, --csl, --json and --csv")
    if html is not None and html.suffix != ".html":
        raise typer.BadParameter(f"{html} ends otherwise than .html")
    studies = load_all() if study == "all" else (load_study(study),)
    if html is not None:
        from cereblon.report.static import write_bytes
        from cereblon.review.lists import sources_document
        from cereblon.review.page import render

        write_bytes(html, render(sources_document(studies)).encode("utf-8"))
        typer.echo(str(html), err=True)
    fields = ("citation", "doi", "pmid", "address", "quality", "note")
    rows = [
        {"study": one.id, "source": key, **{field: getattr(source, field) for field in fields}}
        for one in studies
        for key, source in one.sources.items()
    ]
    if print_rows(rows, ["study", "source", *fields], as_json=as_json, as_csv=as_csv):
        return
    references = references_of(studies)
    if ris or bibtex or csl:
        write = write_ris if ris else write_bibtex if bibtex else write_csl
        typer.echo(write(references), nl=False)
        return
    for one in studies:
        for source in one.sources.values():
            typer.echo(f"{one.id}: {source.reference}")
