"""`cereblon evidence import`: files of registries, reference managers and report databases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.outputs import ending, file_place
from cereblon.cli.running import print_notes, tell

_OF_OPENFDA = ("--all-drugs", "--drug", "--drug-reports", "--all-reports")
_ONLY_OPENFDA = (
    "the answer of openFDA for one drug needs the background, its name and both totals, and nothing else does"
)
Text = Optional[str]  # noqa: UP045
Count = Optional[int]  # noqa: UP045
File = Optional[Path]  # noqa: UP045


@applies(
    *(Applies(option, with_any=("--all-drugs",), because=_ONLY_OPENFDA) for option in _OF_OPENFDA[1:]),
)
def import_file(
    file: Annotated[str, typer.Argument(help="The file; - for standard input.")],
    kind: Annotated[
        Text,
        typer.Option(
            "--as", help="ctgov, ris, medline, wos, endnote, bibtex or reports; told from the file if absent."
        ),
    ] = None,
    out: Annotated[
        File, typer.Option(help="Write the draft or the sources to this new file.", callback=file_place)
    ] = None,
    all_drugs: Annotated[Text, typer.Option(help="Answer of openFDA over all drugs, the background.")] = None,
    drug: Annotated[Text, typer.Option(help="Name of the drug of an openFDA answer.")] = None,
    drug_reports: Annotated[Count, typer.Option(min=1, help="Reports of the drug, with an openFDA answer.")] = None,
    all_reports: Annotated[Count, typer.Option(min=1, help="Reports of all drugs, with an openFDA answer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the numbers, sources or ratios as CSV.")] = False,
    html: Annotated[
        File,
        typer.Option(help="Write a page with picture, table and what was not read.", callback=ending(".html")),
    ] = None,
    png: Annotated[File, typer.Option(help="Write the picture as PNG.", callback=ending(".png"))] = None,
    svg: Annotated[File, typer.Option(help="Write the picture as SVG.", callback=ending(".svg"))] = None,
) -> None:
    """Turn a file of another tool into a draft, sources or a table.

    A study record of ClinicalTrials.gov (JSON, version 2) becomes a draft of a study file: what a person must decide
    is marked TO_COMPLETE, and until all is decided the draft does not load. References (RIS, BibTeX, MEDLINE, Web of
    Science, EndNote) become source entries. Counts of spontaneous reports (CSV or JSON) become reporting ratios.
    What was not taken over is named. Nothing is downloaded.

    Example: cereblon evidence import NCT01564537.json --out nct01564537.yaml
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, save_result

    of_openfda = dict(zip(_OF_OPENFDA, (all_drugs, drug, drug_reports, all_reports), strict=True))
    missing = [option for option, value in of_openfda.items() if value is None]
    if missing and len(missing) < len(of_openfda):
        raise typer.BadParameter(
            f"{', '.join(missing)} is missing; an openFDA answer needs all of {', '.join(of_openfda)}"
        )
    background = None
    if not missing:
        background = cb.OpenFdaBackground(str(all_drugs), str(drug), drug_reports or 0, all_reports or 0)
    found = cb.import_evidence(file, kind=kind, background=background)
    if out and isinstance(found, cb.ReportingRatios):
        raise typer.BadParameter("--out is for drafts and sources; send the table of --csv or --json to a file")
    if out and not isinstance(found, cb.ReportingRatios):
        tell(f"wrote {found.save_yaml(out)}")
    save_result(found, html, png, svg)
    if as_json or as_csv or not out:
        print_result(found, as_json=as_json, as_csv=as_csv)
    else:
        print_notes(found.notes)
    for line in found.account():
        tell(line)
