"""`cereblon evidence cite`: the documents behind the numbers, for a reference manager."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.evidence.import_results import Wanted
from cereblon.cli.evidence.printing import print_rows

if TYPE_CHECKING:
    from cereblon.evidence import Row


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
    html: Annotated[Optional[Path], typer.Option(help="Write a page with links.")] = None,  # noqa: UP045
    png: Annotated[Optional[Path], typer.Option(help="Draw the documents by year as PNG.")] = None,  # noqa: UP045
    svg: Annotated[Optional[Path], typer.Option(help="Draw the documents by year as SVG.")] = None,  # noqa: UP045
) -> None:
    """Print the documents a study cites, for people or for a reference manager.

    Where a study records no title, one in square brackets is supplied; the identifier leads to the rest.

    Example: cereblon evidence cite swog-s0777 --bibtex
    """
    from cereblon.evidence import load_all, load_study
    from cereblon.evidence.citations import references_of, write_bibtex, write_csl, write_ris

    wanted = Wanted(as_json=as_json, as_csv=as_csv, html=html, png=png, svg=svg)
    studies = load_all() if study == "all" else (load_study(study),)
    if wanted.has_files:
        from cereblon.report.review.lists import sources_chart, sources_document

        wanted.draw(lambda: sources_chart(studies), lambda: sources_document(studies))
    if as_json or as_csv:
        fields = ("citation", "title", "doi", "pmid", "address", "quality", "note")
        rows: list[Row] = [
            {
                **{"study": one.id, "source": key, "authors": "; ".join(source.authors) or None},
                **{field: getattr(source, field) for field in fields},
            }
            for one in studies
            for key, source in one.sources.items()
        ]
        print_rows(rows, ["study", "source", "authors", *fields], as_json=as_json, as_csv=as_csv)
        return
    references = references_of(studies)
    if ris or bibtex or csl:
        write = write_ris if ris else write_bibtex if bibtex else write_csl
        typer.echo(write(references), nl=False)
        return
    for one in studies:
        for source in one.sources.values():
            typer.echo(f"{one.id}: {source.reference}")
