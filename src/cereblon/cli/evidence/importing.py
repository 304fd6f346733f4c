"""`cereblon evidence import`: files of registries, reference managers and report databases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.evidence.import_results import Wanted, give_draft, give_reports, give_sources

if TYPE_CHECKING:
    from cereblon.synthesis.spontaneous_reports.report_counts import ReportReading

KINDS = {
    "ctgov": "a study record of ClinicalTrials.gov",
    "ris": "RIS",
    "medline": "MEDLINE of PubMed (.nbib)",
    "wos": "a tagged export of the Web of Science",
    "endnote": "EndNote (.enw)",
    "bibtex": "BibTeX",
    "reports": "counts of spontaneous reports",
}
_ENDINGS = {
    **{"ris": "ris", "nbib": "medline", "ciw": "wos", "enw": "endnote", "bib": "bibtex", "bibtex": "bibtex"},
    **{"csv": "reports", "tsv": "reports"},
}
_OF_OPENFDA = ("--all-drugs", "--drug", "--drug-reports", "--all-reports")
_ONLY_OPENFDA = (
    "the answer of openFDA for one drug needs the background, its name and both totals, and nothing else does"
)
Text = Optional[str]  # noqa: UP045
Count = Optional[int]  # noqa: UP045
Picture = Optional[Path]  # noqa: UP045


@applies(
    *(Applies(option, with_any=("--all-drugs",), because=_ONLY_OPENFDA) for option in _OF_OPENFDA[1:]),
)
def import_file(
    file: Annotated[str, typer.Argument(help="The file; - for standard input.")],
    kind: Annotated[Text, typer.Option("--as", help=f"{', '.join(KINDS)}; told from the file if absent.")] = None,
    out: Annotated[Text, typer.Option(help="Write the draft or the sources to this new file.")] = None,
    all_drugs: Annotated[Text, typer.Option(help="Answer of openFDA over all drugs, the background.")] = None,
    drug: Annotated[Text, typer.Option(help="Name of the drug of an openFDA answer.")] = None,
    drug_reports: Annotated[Count, typer.Option(min=1, help="Reports of the drug, with an openFDA answer.")] = None,
    all_reports: Annotated[Count, typer.Option(min=1, help="Reports of all drugs, with an openFDA answer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the numbers, sources or ratios as CSV.")] = False,
    html: Annotated[Picture, typer.Option(help="Write a page with picture, table and what was not read.")] = None,
    png: Annotated[Picture, typer.Option(help="Write the picture as PNG.")] = None,
    svg: Annotated[Picture, typer.Option(help="Write the picture as SVG.")] = None,
) -> None:
    """Turn a file of another tool into a draft, sources or a table.

    A study record of ClinicalTrials.gov (JSON, version 2) becomes a draft of a study file: what a person must decide
    is marked TO_COMPLETE, and until all is decided the draft does not load. References (RIS, BibTeX, MEDLINE, Web of
    Science, EndNote) become source entries. Counts of spontaneous reports (CSV or JSON) become reporting ratios.
    What was not taken over is named. Nothing is downloaded.

    Example: cereblon evidence import NCT01564537.json --out nct01564537.yaml
    """
    kind = _ENDINGS.get(kind or "", kind)
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"--as is {kind!r}; allowed: {', '.join(KINDS)}")
    wanted = Wanted(as_json=as_json, as_csv=as_csv, html=html, png=png, svg=svg, out=out)
    text = _read(file)
    kind = _kind(file, text, kind)
    of_openfda = dict(zip(_OF_OPENFDA, (all_drugs, drug, drug_reports, all_reports), strict=True))
    if kind == "reports" and out:
        raise typer.BadParameter("--out is for drafts and sources; send the table of --csv or --json to a file")
    if kind == "reports":
        give_reports(_counts(text, file, of_openfda), wanted)
        return
    given = [option for option, value in of_openfda.items() if value is not None]
    if given:
        raise typer.BadParameter(f"{', '.join(given)}: {file} is {KINDS[kind]}; {_ONLY_OPENFDA}")
    if kind == "ctgov":
        give_draft(text, file, wanted)
    else:
        give_sources(text, file, kind, wanted)


def _read(file: str) -> str:
    from cereblon.core.text_files import decode, read_text

    return decode(sys.stdin.buffer.read(), where="standard input") if file == "-" else read_text(file)


def _kind(file: str, text: str, named: str | None) -> str:
    """Tell the kind of a file by its content, else by its name, and refuse a kind that contradicts the content."""
    from cereblon.core.errors import InputError

    told = _kind_of(text)
    if named is not None:
        if told is not None and told != named:
            raise InputError(
                f"{file}: is {KINDS[told]}, not {KINDS[named]}", hint=f"give --as {told}, or leave it out"
            )
        return named
    kind = told or _ENDINGS.get(Path(file).suffix.lower().removeprefix("."))
    if kind is None:
        known = f"give --as with one of {', '.join(KINDS)}"
        raise InputError(f"{file}: the kind of the file is not plain", hint=known)
    return kind


def _kind_of(text: str) -> str | None:
    """Tell the kind of a text by its first signs; None where it has none."""
    import re

    from cereblon.evidence.citations import layout_of

    start = text.lstrip()
    if start.startswith(("{", "[")):
        registry = ("protocolSection", "FullStud", "StudyFieldsResponse", '"studies"')
        return "ctgov" if any(word in start[:4000] for word in registry) or "protocolSection" in start else "reports"
    if start.startswith("%") and layout_of(text) is None:
        return None
    return layout_of(text) or ("bibtex" if re.search(r"^\s*@\s*\w+\s*[{(]", text, re.MULTILINE) else None)


def _counts(text: str, file: str, of_openfda: dict[str, str | int | None]) -> ReportReading:
    from cereblon.synthesis.spontaneous_reports.report_counts import (
        is_openfda_answer,
        read_count_json,
        read_count_table,
        read_openfda_counts,
    )

    given = [option for option, value in of_openfda.items() if value is not None]
    missing = [option for option, value in of_openfda.items() if value is None]
    if given and not is_openfda_answer(text):
        raise typer.BadParameter(f"{', '.join(given)}: {file} is no answer of openFDA; {_ONLY_OPENFDA}")
    if given and missing:
        raise typer.BadParameter(
            f"{', '.join(missing)} is missing; an openFDA answer needs all of {', '.join(of_openfda)}"
        )
    background, drug, of_drug, of_all = of_openfda.values()
    if given:
        return read_openfda_counts(
            text,
            _read(str(background)),
            drug=str(drug),
            drug_reports=int(str(of_drug)),
            all_reports=int(str(of_all)),
            where=file,
            background_where=str(background),
        )
    read = read_count_json if text.lstrip().startswith(("{", "[")) else read_count_table
    return read(text, where=file)
