"""Small documents of their own: sources, references, drafts of studies and report counts, with their pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup

from cereblon.core.errors import InputError
from cereblon.evidence import Study
from cereblon.evidence.citations.reference import Reading
from cereblon.evidence.citations.sources import short_citation
from cereblon.evidence.registry import Draft
from cereblon.evidence.registry.facts import Fields
from cereblon.report.documents import documents_chart
from cereblon.report.labels import endpoint_label, grade_label
from cereblon.report.points import points_chart
from cereblon.report.review.blocks import Block, Bullets, Chapter, Paragraph, Picture, Section, Table
from cereblon.report.review.page import Document
from cereblon.report.review.traces import Traces
from cereblon.report.rows import Row
from cereblon.report.style import Composed
from cereblon.synthesis.spontaneous_reports.disproportionality import GENERAL_WARNINGS, Disproportionality


def sources_document(studies: Sequence[Study]) -> Document:
    """List the documents that some studies cite, each once, with links."""
    traces = Traces()
    rows = [
        [
            traces.name(study.name),
            Markup('<a href="#ref-{}">{}</a>').format(traces.reference(source), source.citation or source.link),
            Markup("{}").format(source.quality),
        ]
        for study in studies
        for source in study.sources.values()
    ]
    caption = Markup("Documents by the year that their citation names.")
    picture = Picture(sources_chart(studies), caption, "Documents per year, listed in the table below")
    table = Table(["study", "document", "grade"], rows)
    chapter = Chapter("studies", "Studies and what they cite", [Section("", [picture, table])])
    return Document(title="Sources", opening=(), chapters=[chapter], traces=traces)


def sources_chart(studies: Sequence[Study]) -> Composed:
    """Draw the documents that some studies cite by year; the year is the first that the citation names."""
    found = {source.reference: source for study in studies for source in study.sources.values()}
    years = [(re.search(r"\b(?:19|20)\d\d\b", source.citation or ""), source.quality) for source in found.values()]
    return documents_picture([(year[0] if year else "", quality) for year, quality in years])


def documents_picture(documents: Sequence[tuple[str, str]]) -> Composed:
    """Draw documents by year, each given by year and grade.

    Raises
    ------
    InputError
        If there are none.
    """
    if not documents:
        raise InputError("there is no document to draw")
    return documents_chart([{"year": year, "grade": grade} for year, grade in documents])


def references_document(reading: Reading) -> Document:
    """List the references of a file, with links, and what of the file was not taken over."""
    rows = []
    for reference in reading.references:
        link = reference.link
        shown = Markup('<a href="{}">{}</a>').format(link, link) if link else Markup("")
        title = reference.title.removeprefix("[").removesuffix("]")
        rows.append([Markup("{}").format(short_citation(reference)), Markup("{}").format(title), shown])
    caption = Markup("Documents by year of publication.")
    years = [(reference.year, "ungraded") for reference in reading.references]
    picture = Picture(documents_picture(years), caption, "Documents per year, listed in the table below")
    table = Table(["document", "title", "address"], rows)
    chapter = Chapter(
        "references-read",
        "References",
        [Section("", [picture, table]), _unread((*reading.left_out, *reading.unread, *reading.remarks))],
    )
    return Document(title="References of a file", opening=(), chapters=[chapter], traces=Traces())


def _unread(lines: Sequence[str]) -> Section:
    if not lines:
        return Section("Not taken over", [Paragraph(Markup("Nothing: everything in the file was taken over."))])
    return Section("Not taken over", [Bullets([Markup("{}").format(line) for line in lines])])


def draft_chart(draft: Draft) -> Composed:
    """Draw the percentages and times of a draft, arm by arm.

    Raises
    ------
    InputError
        If the record gave none.
    """
    rows: list[Row] = []
    for fact in draft.rows:
        value, unit = fact.get("value"), str(fact["unit"])
        if unit not in ("percent", "months") or not isinstance(value, (int, float)):
            continue
        interval = fact.get("interval")
        ends = interval if isinstance(interval, dict) else {}
        grade = f", {grade_label(str(fact['grade']))}" if "grade" in fact else ""
        month = f", month {fact['month']:g}" if isinstance(fact.get("month"), (int, float)) else ""
        rows.append(
            {
                "panel": f"{endpoint_label(str(fact['endpoint']))}{grade}{month}",
                "label": str(fact["label"]),
                "group": "trial",
                "value": value,
                "low": ends.get("low"),
                "high": ends.get("high"),
                "unit": unit,
                "words": " ".join(f"{value:g} {'%' if unit == 'percent' else 'months'} {_counted(fact)}".split()),
            }
        )
    if not rows:
        raise InputError(f"{draft.study}: the record gives no percentage and no time to draw")
    return points_chart(rows)


def _counted(fact: Fields) -> str:
    return f"({fact['derived']})" if "derived" in fact else ""


def draft_document(draft: Draft) -> Document:
    """Show a draft of a study: its numbers, what a person must complete, and everything that was not read."""
    told = ("low", "high", "level")
    rows = []
    for fact in draft.rows:
        interval = fact.get("interval")
        ends = interval if isinstance(interval, dict) else {}
        range_ = " to ".join(f"{ends[name]:g}" if name in ends else "open" for name in told[:2]) if ends else ""
        about = [
            f"{name} {fact[name]}" for name in ("of", "grade", "month", "phase", "population", "at") if name in fact
        ]
        cells = (fact["label"], fact["endpoint"], fact.get("value", fact.get("status", "")), fact["unit"], range_)
        rows.append([Markup("{}").format(cell) for cell in (*cells, "; ".join(about), fact.get("derived", ""))])
    head = ["arm", "endpoint", "value", "unit", "interval", "narrowed to", "computed from"]
    numbers: list[Block] = [Table(head, rows)] if rows else [Paragraph(Markup("The record gave no number."))]
    if any(fact["unit"] in ("percent", "months") and "value" in fact for fact in draft.rows):
        caption = Markup("Percentages and times of the record.")
        numbers.insert(0, Picture(draft_chart(draft), caption, "Numbers of the record, listed in the table below"))
    open_places = Bullets([Markup("{}").format(place) for place in draft.to_complete])
    sections = [
        Section("Numbers taken over", numbers),
        Section("For a person to complete", [open_places]),
        _unread(draft.unread),
    ]
    chapter = Chapter("draft", f"Draft of {draft.study}", sections)
    return Document(title=f"Draft of {draft.study}", opening=(), chapters=[chapter], traces=Traces())


def counts_chart(found: Sequence[Disproportionality]) -> Composed:
    """Draw reporting odds ratios with their intervals on a logarithmic axis."""
    rows: list[Row] = [
        {
            "panel": "reporting odds ratio; not an incidence",
            "label": f"{one.drug}: {one.event}",
            "group": "reports",
            "value": one.ror,
            "low": one.ror_low,
            "high": one.ror_high,
            "unit": "ratio",
            "words": f"{one.ror:.3g} (95% {one.ror_low:.3g}-{one.ror_high:.3g}), {one.reports} reports",
        }
        for one in found
    ]
    return points_chart(rows)


def counts_document(found: Sequence[Disproportionality]) -> Document:
    """Show report counts as reporting ratios, with all their warnings."""
    rows = [
        [
            Markup("{}").format(one.drug),
            Markup("{}").format(one.event),
            Markup("{} ({:.3g} expected)").format(one.reports, one.expected),
            Markup("{:.2f} ({:.2f} to {:.2f})").format(one.ror, one.ror_low, one.ror_high),
            Markup("{:.2f} ({:.2f} to {:.2f})").format(one.prr, one.prr_low, one.prr_high),
            Markup("{:.2f} ({:.2f} to {:.2f})").format(one.ic, one.ic_low, one.ic_high),
            Markup("{}").format("; ".join(part for part in (one.handling, *one.warnings) if part)),
        ]
        for one in found
    ]
    head = ["drug", "event", "reports", "ROR (95%)", "PRR (95%)", "IC (95%)", "warnings"]
    picture = Picture(
        counts_chart(found), Markup("Computed from the counts given."), "Reporting odds ratios, listed in the table"
    )
    section = Section(
        "", [picture, Table(head, rows), Bullets([Markup("{}").format(text) for text in GENERAL_WARNINGS])]
    )
    chapter = Chapter("reports", "Spontaneous reports", [section])
    return Document(title="Disproportionality of reports", opening=(), chapters=[chapter], traces=Traces())
