"""`cereblon evidence import`: files of registries, reference managers and report databases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from cereblon.cli.evidence.printing import print_rows, print_table, print_text

if TYPE_CHECKING:
    from cereblon.evidence import Row
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
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV (reports only).")] = False,
    html: Annotated[Picture, typer.Option(help="Write a page with picture and table (reports only).")] = None,
    png: Annotated[Picture, typer.Option(help="Write the picture as PNG (reports only).")] = None,
    svg: Annotated[Picture, typer.Option(help="Write the picture as SVG (reports only).")] = None,
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
    if (as_csv or html or png or svg) and kind != "reports":
        raise typer.BadParameter(
            "--csv, --html, --png and --svg are for reports; drafts and sources are YAML or --json"
        )
    for path, ending in ((html, ".html"), (png, ".png"), (svg, ".svg")):
        if path is not None and path.suffix != ending:
            raise typer.BadParameter(f"{path} ends otherwise than {ending}")
    if kind == "reports":
        if out:
            raise typer.BadParameter("--out is for drafts and sources; send the table of --csv or --json to a file")
        counts = _counts(text, file, all_drugs, drug, drug_reports, all_reports)
        _draw_reports(counts, html=html, png=png, svg=svg)
        _print_reports(counts, as_json=as_json, as_csv=as_csv)
    elif kind == "ctgov":
        _draft(text, file, out, as_json=as_json)
    else:
        _sources(text, file, kind, out, as_json=as_json)


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


def _draft(text: str, file: str, out: str | None, *, as_json: bool) -> None:
    from dataclasses import asdict

    from cereblon.cli.evidence.printing import print_json
    from cereblon.evidence.registry import draft_study

    draft = draft_study(text, where=file)
    if out:
        _write(out, draft.text)
    if as_json:
        print_json(asdict(draft))
    elif not out:
        typer.echo(draft.text, nl=False)
    told = out or "the draft"
    typer.echo(f"{told}: {draft.facts} numbers taken over; it does not load until these are completed:", err=True)
    for place in draft.to_complete:
        typer.echo(f"  {place}", err=True)
    typer.echo(f"not taken over ({len(draft.unread)}, also listed in the draft):", err=True)
    for line in draft.unread:
        typer.echo(f"  {line}", err=True)


def _sources(text: str, file: str, kind: str, out: str | None, *, as_json: bool) -> None:
    import yaml

    from cereblon.cli.evidence.printing import print_json
    from cereblon.evidence.citations import parse_bibtex, parse_ris, source_entries

    reading = (parse_ris if kind == "ris" else parse_bibtex)(text, where=file)
    entries = source_entries(reading.references)
    lines = ["sources:  # quality: primary for an article, abstract, label or sponsor page; secondary for a digest"]
    for key, entry in entries.items():
        shown = yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
        lines.append(f"  {key}: {shown.strip()}")
    if out:
        _write(out, "\n".join([*lines, ""]))
    if as_json:
        print_json({"sources": entries, "unread": reading.unread})
    elif not out:
        typer.echo("\n".join(lines))
    typer.echo(f"{len(entries)} sources; quality is left for a person (TO_COMPLETE)", err=True)
    for line in reading.unread:
        typer.echo(f"not taken over: {line}", err=True)


def _write(out: str, text: str) -> None:
    from cereblon.errors import InputError

    path = Path(out)
    if path.exists():
        raise InputError(f"{out}: exists already", hint="name a new file; a draft that was worked on is not replaced")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error})") from error


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


def _draw_reports(counts: tuple[ReportCounts, ...], *, html: Path | None, png: Path | None, svg: Path | None) -> None:
    if html is None and png is None and svg is None:
        return
    from cereblon.evidence.disproportionality import disproportionality
    from cereblon.report.static import save_picture, write_bytes
    from cereblon.review.lists import counts_chart, counts_document
    from cereblon.review.page import render

    found = [disproportionality(one) for one in counts]
    for path in (png, svg):
        if path is not None:
            save_picture(counts_chart(found), path)
            typer.echo(str(path), err=True)
    if html is not None:
        write_bytes(html, render(counts_document(found)).encode("utf-8"))
        typer.echo(str(html), err=True)


def _print_reports(counts: tuple[ReportCounts, ...], *, as_json: bool, as_csv: bool) -> None:
    from dataclasses import asdict

    from cereblon.evidence.disproportionality import GENERAL_WARNINGS, disproportionality

    found = [disproportionality(one) for one in counts]
    rows: list[Row] = [{**asdict(one), "warnings": "; ".join(one.warnings)} for one in found]
    rows = [{name: None if value != value else value for name, value in row.items()} for row in rows]
    if not print_rows(rows, list(rows[0]), as_json=as_json, as_csv=as_csv):
        columns = ("drug", "event", "reports", "expected", "ROR (95%)", "PRR (95%)", "IC (95%)")
        print_table(
            columns,
            [
                [
                    one.drug,
                    one.event,
                    str(one.reports),
                    f"{one.expected:.3g}",
                    f"{one.ror:.3g} ({one.ror_low:.3g}-{one.ror_high:.3g})",
                    f"{one.prr:.3g} ({one.prr_low:.3g}-{one.prr_high:.3g})",
                    f"{one.ic:.2f} ({one.ic_low:.2f} to {one.ic_high:.2f})",
                ]
                for one in found
            ],
        )
        for one in found:
            for remark in (*([one.handling] if one.handling else []), *one.warnings):
                print_text(f"! {one.drug}, {one.event}: {remark}")
    for warning in GENERAL_WARNINGS:
        typer.echo(f"note: {warning}", err=True)
