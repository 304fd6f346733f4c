"""The report of a virtual trial as a document."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from cereblon.core.rows import number, text
from cereblon.report.answer_section import answer_section
from cereblon.report.document import Alert, Block, Bullets, Document, Entries, Entry, Facts, Paragraph, Said, Section
from cereblon.report.page import figures, page_text
from cereblon.report.provenance import Page
from cereblon.report.references import address
from cereblon.report.renderer import Renderer
from cereblon.report.report_data import ReportData
from cereblon.report.result_sections import (
    course_section,
    curves_section,
    depth_section,
    doses_section,
    harm_section,
    response_section,
    rules_sections,
)
from cereblon.report.trust_sections import (
    limits_section,
    parameters_section,
    population_section,
    reproduce_section,
)
from cereblon.report.verdict_section import verdict_section

_NOTICE = Markup(
    "<strong>Research tool.</strong> Simulated patients, not people. Not for deciding the treatment of a patient."
)
_SECONDARY = "Dotted: read in a secondary source (review, news or congress report), not in the publication itself."


def report_page(data: ReportData, renderer: Renderer | None = None) -> str:
    """Write the report as one HTML page that works offline; see `page_text`."""
    return page_text(report_document(data), renderer)


def report_document(data: ReportData) -> Document:
    """Give the report as a document.

    Parameters
    ----------
    data
        What the page shows.
    """
    page = Page(data)
    programs = [f"{program} {version}" for program, version in data.versions.items() if program != "cereblon"]
    run = [data.title, f"run {data.run_id}", data.created, f"seed {data.seed}", *programs]
    return Document(
        title=data.title,
        kind="virtual trial report",
        lead=[data.description],
        notice=_NOTICE,
        head=_failures(data),
        sections=_sections(page),
        footer=" · ".join(run),
        is_live=True,
    )


def report_charts(data: ReportData) -> dict[str, alt.TopLevelMixin]:
    """Draw every figure of the page, by name: `pfs` and `os`, `forest`, `response-rates`, `adverse-events`, ..."""
    with debug_mode(False):
        drawn = [figure for section in _sections(Page(data)) for figure in figures(section)]
    return {figure.key.removeprefix("curve-"): figure.chart for figure in drawn}


def _sections(page: Page) -> Iterator[Section]:
    """Build the sections in the order of the page, which is also the order of the references."""
    yield answer_section(page)
    yield curves_section(page)
    yield Section("What was simulated", [_facts(page.data)])
    yield verdict_section(page)
    yield response_section(page)
    yield depth_section(page)
    yield course_section(page)
    yield doses_section(page)
    yield harm_section(page)
    yield from rules_sections(page)
    yield population_section(page)
    yield parameters_section(page)
    yield limits_section(page)
    yield reproduce_section(page)
    yield from _sources(page)


def _failures(data: ReportData) -> list[Block]:
    count = data.failures
    if not count:
        return []
    headline = f"{count} {'subject' if count == 1 else 'subjects'} could not be simulated."
    reasons = [f"{number(row, 'subjects'):g}: {text(row, 'reason')}" for row in data.failure_reasons]
    return [Alert(headline, "They are missing from everything below, which may bias it.", reasons)]


def _facts(data: ReportData) -> Facts:
    facts = []
    for row in data.arms:
        published = number(row, "published_n")
        size = f"{number(row, 'n'):,.0f} simulated" + (f", {published:,.0f} published" if published else "")
        facts.append((f"arm {text(row, 'label')}", Said(text(row, "regimen")), size))
    facts.append(("population", Said(Page(data).population), ""))
    trials = f"{data.replicates:,} replicate{'' if data.replicates == 1 else 's'}"
    facts.append(("trials", Said(trials), f"seed {data.seed}"))
    if data.parameters:
        assumed = sum(row["basis"] == "assumed" for row in data.parameters)
        words = f"{assumed} of {len(data.parameters)} parameters are assumed"
        facts.append(("assumptions", Said(words, href="#parameters"), ""))
    return Facts(facts)


def _sources(page: Page) -> Iterator[Section]:
    """List the publications of the trial and the documents that were cited, if there are any."""
    blocks: list[Block] = []
    if page.data.publications:
        cited = [_publication(text(row, "label"), text(row, "address")) for row in page.data.publications]
        blocks += [Paragraph("Publications of this trial:"), Bullets(cited)]
    references = page.references.entries()
    if references:
        entries = [Entry(f"ref-{one.number}", Said(one.label, href=one.href)) for one in references]
        notes = Entries([Entry("secondary", Said(_SECONDARY))])
        blocks += [Paragraph("Where each published number was read:"), Entries(entries, numbered=True), notes]
    if blocks:
        yield Section("Sources", blocks)


def _publication(label: str, where: str) -> Markup:
    link = address(where)
    linked = Markup('<a href="{}">{}</a>').format(link, where) if link else Markup("{}").format(where)
    return Markup("{} · {}").format(label, linked) if where else Markup("{}").format(label)
