"""`cereblon evidence cite`: the documents behind the numbers, for a reference manager."""

from __future__ import annotations

from typing import Annotated

import typer


def cite(
    study: Annotated[str, typer.Argument(help="Id of a study, path of a study file, or all.")],
    ris: Annotated[bool, typer.Option("--ris", help="Print RIS.")] = False,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX.")] = False,
    csl: Annotated[bool, typer.Option("--csl", help="Print CSL-JSON.")] = False,
) -> None:
    """Print the documents a study cites, for people or for a reference manager.

    Studies record no titles of articles: a title in square brackets is supplied, the identifier leads to the rest.

    Example: cereblon evidence cite swog-s0777 --bibtex
    """
    from cereblon.evidence import load_all, load_study
    from cereblon.evidence.citations import references_of, write_bibtex, write_csl, write_ris

    if ris + bibtex + csl > 1:
        raise typer.BadParameter("give one of --ris, --bibtex and --csl")
    studies = load_all() if study == "all" else (load_study(study),)
    references = references_of(studies)
    if ris or bibtex or csl:
        write = write_ris if ris else write_bibtex if bibtex else write_csl
        typer.echo(write(references), nl=False)
        return
    for one in studies:
        for source in one.sources.values():
            typer.echo(f"{one.id}: {source.reference}")
