"""What `cereblon evidence import` makes of a file: a draft, sources or ratios; printed, as a page, as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cereblon.cli.evidence.printing import print_json, print_rows, print_table, print_text
from cereblon.cli.running import print_notes

if TYPE_CHECKING:
    from cereblon.evidence import Row
    from cereblon.evidence.registry.facts import Fields
    from cereblon.report.review.page import Document
    from cereblon.report.style import Composed
    from cereblon.synthesis.spontaneous_reports.disproportionality import Disproportionality
    from cereblon.synthesis.spontaneous_reports.report_counts import ReportReading

FACT_COLUMNS = (
    *(
        "arm",
        "label",
        "versus",
        "endpoint",
        "of",
        "value",
        "status",
        "unit",
        "low",
        "high",
        "level",
        "grade",
        "month",
    ),
    *("phase", "population", "at", "derived", "source"),
)
SOURCE_COLUMNS = ("source", "citation", "title", "authors", "doi", "pmid", "address", "note", "quality")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The outputs that were asked for.

    Raises
    ------
    typer.BadParameter
        If a file has another ending than its kind.
    """

    as_json: bool
    as_csv: bool
    html: Path | None
    png: Path | None
    svg: Path | None
    out: str | None = None

    def __post_init__(self) -> None:
        for path, ending in ((self.html, ".html"), (self.png, ".png"), (self.svg, ".svg")):
            if path is not None and path.suffix != ending:
                raise typer.BadParameter(f"{path} ends otherwise than {ending}")

    @property
    def has_files(self) -> bool:
        """Whether a page or a picture is wanted; only then is what draws them loaded."""
        return any((self.html, self.png, self.svg))

    def draw(self, chart: Callable[[], Composed], document: Callable[[], Document]) -> None:
        """Write the pictures and the page that are wanted; each is made only then."""
        for path in (self.png, self.svg):
            if path is not None:
                from cereblon.report.static import save_picture

                save_picture(chart(), path)
                typer.echo(str(path), err=True)
        if self.html is not None:
            from cereblon.report.review.page import render
            from cereblon.report.static import write_bytes

            write_bytes(self.html, render(document()).encode("utf-8"))
            typer.echo(str(self.html), err=True)


def give_draft(text: str, file: str, wanted: Wanted) -> None:
    """Turn a record of a registry into the draft of a study file."""
    from cereblon.evidence.registry import draft_study

    draft = draft_study(text, where=file)
    if wanted.out:
        _write(wanted.out, draft.text)
    if wanted.has_files:
        from cereblon.report.review.lists import draft_chart, draft_document

        wanted.draw(lambda: draft_chart(draft), lambda: draft_document(draft))
    if wanted.as_json:
        print_json(asdict(draft) | {"facts": draft.facts})
    elif wanted.as_csv:
        rows = _flat(draft.rows)
        others = sorted({name for row in rows for name in row} - set(FACT_COLUMNS))
        print_rows(rows, (*FACT_COLUMNS, *others), as_json=False, as_csv=True)
    elif not wanted.out:
        typer.echo(draft.text, nl=False)
    told = wanted.out or "the draft"
    typer.echo(f"{told}: {draft.facts} numbers taken over; it does not load until these are completed:", err=True)
    for place in draft.to_complete:
        typer.echo(f"  {place}", err=True)
    typer.echo(f"not taken over ({len(draft.unread)}, also listed in the draft):", err=True)
    for line in draft.unread:
        typer.echo(f"  {line}", err=True)


def _flat(rows: Sequence[Fields]) -> list[Row]:
    """Give an interval and a p value as columns of their own."""
    flat: list[Row] = []
    for row in rows:
        plain: Row = {}
        for name, value in row.items():
            if isinstance(value, dict):
                start = "" if name == "interval" else f"{name}_"
                plain |= {f"{start}{part}": number for part, number in value.items()}
            else:
                plain[name] = value
        flat.append(plain)
    return flat


def give_sources(text: str, file: str, kind: str, wanted: Wanted) -> None:
    """Turn a file of references into the sources of a study file."""
    import yaml

    from cereblon.evidence.citations import parse_bibtex, parse_tagged, source_entries, without_place

    reading = parse_bibtex(text, where=file) if kind == "bibtex" else parse_tagged(text, where=file, form=kind)
    entries = source_entries(reading.references)
    unread = (*reading.unread, *without_place(reading.references))
    lines = ["sources:  # quality: primary for an article, abstract, label or sponsor page; secondary for a digest"]
    for key, entry in entries.items():
        shown = yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
        lines.append(f"  {key}: {shown.strip()}")
    if wanted.out:
        _write(wanted.out, "\n".join([*lines, ""]))
    if wanted.has_files:
        from cereblon.report.review.lists import documents_picture, references_document

        years = [(reference.year, "ungraded") for reference in reading.references]
        wanted.draw(lambda: documents_picture(years), lambda: references_document(reading))
    if wanted.as_json:
        told = {"unread": unread, "left_out": reading.left_out, "notes": reading.remarks}
        print_json({"sources": entries, **told})
    elif wanted.as_csv:
        rows: list[Row] = [
            {
                "source": key,
                **{name: text if isinstance(text, str) else "; ".join(text) for name, text in entry.items()},
            }
            for key, entry in entries.items()
        ]
        print_rows(rows, SOURCE_COLUMNS, as_json=False, as_csv=True)
    elif not wanted.out:
        typer.echo("\n".join(lines))
    typer.echo(f"{len(entries)} sources; quality is left for a person (TO_COMPLETE)", err=True)
    for line in reading.left_out:
        typer.echo(f"left out: {line}", err=True)
    for line in unread:
        typer.echo(f"not taken over: {line}", err=True)
    print_notes(reading.remarks)


def _write(out: str, text: str) -> None:
    from cereblon.core.errors import InputError

    path = Path(out)
    if path.exists():
        raise InputError(f"{out}: exists already", hint="name a new file; a draft that was worked on is not replaced")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error})") from error


def give_reports(reading: ReportReading, wanted: Wanted) -> None:
    """Turn counts of spontaneous reports into reporting ratios."""
    from cereblon.synthesis.spontaneous_reports.disproportionality import GENERAL_WARNINGS, disproportionality

    found = [disproportionality(one) for one in reading.counts]
    if wanted.has_files:
        from cereblon.report.review.lists import counts_chart, counts_document

        wanted.draw(lambda: counts_chart(found), lambda: counts_document(found))
    rows: list[Row] = [{**asdict(one), "warnings": "; ".join(one.warnings)} for one in found]
    if wanted.as_json:
        notes = (*reading.remarks, *GENERAL_WARNINGS)
        print_json({"ratios": rows, "left_out": reading.left_out, "notes": notes})
    elif wanted.as_csv:
        rows = [{name: None if value != value else value for name, value in row.items()} for row in rows]
        print_rows(rows, list(rows[0]), as_json=False, as_csv=True)
    else:
        _print_ratios(found)
    for line in reading.left_out:
        typer.echo(f"left out: {line}", err=True)
    print_notes((*reading.remarks, *GENERAL_WARNINGS))


def _print_ratios(found: Sequence[Disproportionality]) -> None:
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
