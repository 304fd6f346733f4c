"""One self-contained HTML file: charts, static pictures, styles and scripts inlined; it asks the network nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import altair as alt
import jinja2
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from cereblon.report.blocks import Figure, Section
from cereblon.report.contents import ReportContents
from cereblon.report.painter import Painter
from cereblon.report.provenance import Page
from cereblon.report.references import address
from cereblon.report.result_sections import (
    course_section,
    curves_section,
    depth_section,
    doses_section,
    harm_section,
    response_section,
    rules_sections,
)
from cereblon.report.static import image_of, inline, script_json, specification, svg_text, vega_bundle
from cereblon.report.trust_sections import (
    limits_section,
    parameters_section,
    population_section,
    reproduce_section,
)
from cereblon.report.verdict_section import verdict_section


def render(contents: ReportContents, painter: Painter | None = None) -> str:
    """Build the page as text; equal contents give equal pages with equal versions of the libraries."""
    page = Page(contents)
    draw = svg_text if painter is None else painter.svg
    sections: list[Section] = []
    specs: dict[str, dict[str, Any]] = {}
    drawing: dict[str, Future[str]] = {}
    # A painter draws beside the building of the next chart. Altair checks each piece against the schema as it is
    # made: tests do that, it takes seconds.
    with ThreadPoolExecutor(max_workers=1) as pool, debug_mode(False):
        for section in _sections(page):
            sections.append(section)
            for figure in _figures(section):
                specs[figure.key] = specification(figure.chart)
                drawing[figure.key] = pool.submit(draw, specs[figure.key])
    script = vega_bundle() if painter is None else inline(painter.script())
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cereblon.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    loader = environment.loader
    assert loader is not None  # set above
    return environment.get_template("report.html.j2").render(
        contents=contents,
        page=page,
        sections=sections,
        references=page.references.entries(),
        address=address,
        assumed=sum(row["basis"] == "assumed" for row in contents.parameters),
        pictures={key: image_of(picture.result()) for key, picture in drawing.items()},
        specs={key: script_json(spec) for key, spec in specs.items()},
        css=Markup(loader.get_source(environment, "report.css")[0]),
        script=Markup(loader.get_source(environment, "report.js")[0]),
        vega=Markup(script) if specs else "",
    )


def figures(contents: ReportContents) -> dict[str, alt.TopLevelMixin]:
    """Draw every figure of the page, by name: `pfs` and `os`, `forest`, `response-rates`, `adverse-events`, ..."""
    with debug_mode(False):
        drawn = [figure for section in _sections(Page(contents)) for figure in _figures(section)]
    return {figure.key.removeprefix("curve-"): figure.chart for figure in drawn}


def _sections(page: Page) -> Iterator[Section]:
    """Build the sections in the order of the page, which is also the order of the references."""
    yield verdict_section(page)
    yield curves_section(page)
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


def _figures(section: Section) -> Iterator[Figure]:
    for block in section.blocks:
        if isinstance(block, Figure):
            yield block
