"""Small documents of their own: the sources of studies, and report counts with their picture."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cereblon.evidence import Study
from cereblon.evidence.disproportionality import GENERAL_WARNINGS, Disproportionality
from cereblon.report.points import points_chart
from cereblon.report.rows import Row
from cereblon.report.style import Composed
from cereblon.review.blocks import Bullets, Chapter, Picture, Section, Table
from cereblon.review.page import Document
from cereblon.review.traces import Traces


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
    chapter = Chapter(
        "studies", "Studies and what they cite", [Section("", [Table(["study", "document", "grade"], rows)])]
    )
    return Document(title="Sources", opening=(), chapters=[chapter], traces=traces)


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
