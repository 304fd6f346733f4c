"""`cereblon evidence import`: files of registries, reference managers and report databases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.evidence.import_results import Wanted, give_draft, give_reports, give_sources
from cereblon.cli.running import one_format

if TYPE_CHECKING:
    from cereblon.evidence.disproportionality import ReportCounts

KINDS = ("ctgov", "ris", "bibtex", "reports")
Text = Optional[str]  # noqa: UP045
Count = Optional[int]  # noqa: UP045
Picture = Optional[Path]  # noqa: UP045


def import_file(
    file: Annotated[str, typer.Argument(help="The file; - for standard input.")],
    kind: Annotated[
        Text, typer.Option("--as", help="ctgov, ris, bibtex or reports; told from the file if absent.")
    ] = None,
    out: Annotated[Text, typer.Option(help="Write the draft or the sources to this new file.")] = None,
    all_drugs: Annotated[Text, typer.Option(help="Answer of openFDA over all drugs, the background.")] = None,
    drug: Annotated[Text, typer.Option(help="Name of the drug of an openFDA answer.")] = None,
    drug_reports: Annotated[Count, typer.Option(help="Reports of the drug, with an openFDA answer.")] = None,
    all_reports: Annotated[Count, typer.Option(help="Reports of all drugs, with an openFDA answer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the numbers, sources or ratios as CSV.")] = False,
    html: Annotated[Picture, typer.Option(help="Write a page with picture, table and what was not read.")] = None,
    png: Annotated[Picture, typer.Option(help="Write the picture as PNG.")] = None,
    svg: Annotated[Picture, typer.Option(help="Write the picture as SVG.")] = None,
) -> None:
    """Turn a file of another tool into a draft, sources or a table.

    A study record of ClinicalTrials.gov (JSON, version 2) becomes a draft of a study file: what a person must decide
    is marked TO_COMPLETE, and until all is decided the draft does not load. RIS and BibTeX become source entries.
    Counts of spontaneous reports (CSV or JSON) become reporting ratios. Nothing is downloaded.

    Example: cereblon evidence import NCT01564537.json --out nct01564537.yaml
    """
    text = _read(file)
    kind = kind or _kind_of(file, text)
    if kind not in KINDS:
        raise typer.BadParameter(f"--as is {kind!r}; allowed: {', '.join(KINDS)}")
    one_format(as_json, as_csv)
    if kind == "reports" and out:
        raise typer.BadParameter("--out is for drafts and sources; send the table of --csv or --json to a file")
    wanted = Wanted(as_json=as_json, as_csv=as_csv, html=html, png=png, svg=svg, out=out)
    if kind == "reports":
        give_reports(_counts(text, file, all_drugs, drug, drug_reports, all_reports), wanted)
    elif kind == "ctgov":
        give_draft(text, file, wanted)
    else:
        give_sources(text, file, kind, wanted)


def _read(file: str) -> str:
    from cereblon.errors import InputError

    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{file}: no such file", hint="check the path and the spelling") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read ({error})") from error


def _kind_of(file: str, text: str) -> str:
    """Tell the kind by the name of the file, else by its first signs."""
    name, start = file.lower(), text.lstrip("\ufeff \n\r\t")
    if name.endswith(".ris") or start.startswith("TY  - "):
        return "ris"
    if name.endswith((".bib", ".bibtex")) or start.startswith("@"):
        return "bibtex"
    if name.endswith(".csv"):
        return "reports"
    if start.startswith(("{", "[")):
        registry = ("protocolSection", "FullStud", "StudyFieldsResponse", '"studies"')
        return "ctgov" if any(word in start[:4000] for word in registry) or "protocolSection" in start else "reports"
    from cereblon.errors import InputError

    raise InputError(f"{file}: the kind of the file is not plain", hint=f"give --as with one of {', '.join(KINDS)}")


def _counts(
    text: str, file: str, background: str | None, drug: str | None, of_drug: int | None, of_all: int | None
) -> tuple[ReportCounts, ...]:
    from cereblon.evidence.report_counts import read_count_json, read_count_table, read_openfda_counts

    given = {"--all-drugs": background, "--drug": drug, "--drug-reports": of_drug, "--all-reports": of_all}
    missing = [name for name, value in given.items() if value is None]
    if background is not None and drug is not None and of_drug is not None and of_all is not None:
        return read_openfda_counts(
            text,
            _read(background),
            drug=drug,
            drug_reports=of_drug,
            all_reports=of_all,
            where=file,
            background_where=background,
        )
    if len(missing) < len(given):
        raise typer.BadParameter(
            f"{', '.join(missing)} is missing; an openFDA answer needs all of {', '.join(given)}"
        )
    if text.lstrip("\ufeff \n\r\t").startswith(("{", "[")):
        return read_count_json(text, where=file)
    return read_count_table(text, where=file)
