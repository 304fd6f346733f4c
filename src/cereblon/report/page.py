"""One self-contained HTML file: charts, static pictures, styles and scripts inlined; it asks the network nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jinja2
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from cereblon.errors import RunFolderError
from cereblon.report.blocks import Figure, Section
from cereblon.report.contents import ReportContents
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
from cereblon.report.static import image, script_json, specification, vega_bundle
from cereblon.report.trust_sections import (
    limits_section,
    parameters_section,
    population_section,
    reproduce_section,
)
from cereblon.report.verdict_section import verdict_section


def write_report(contents: ReportContents, path: Path) -> Path:
    """Write the report as one HTML file that works offline.

    The file appears whole or not at all: it is written under a temporary name beside `path` and then renamed.

    Parameters
    ----------
    contents
        What the page shows.
    path
        Name of the file; its folder must exist. A file of that name is replaced.

    Returns
    -------
        `path`.

    Raises
    ------
    RunFolderError
        If the file cannot be written.
    """
    html = render(contents)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(html, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RunFolderError(
            f"{path}: the report cannot be written ({error.strerror or error})",
            hint="check that the folder exists, may be written to and has space",
        ) from error
    return path


def render(contents: ReportContents) -> str:
    """Build the page as text; equal contents give equal pages with equal versions of the libraries."""
    page = Page(contents)
    specs: dict[str, dict[str, Any]] = {}
    drawing: dict[str, Future[dict[str, str]]] = {}
    # Pictures are drawn in native code, beside the building of the next chart. Altair checks each piece against the
    # schema as it is made: tests do that, it takes seconds.
    with ThreadPoolExecutor(max_workers=1) as pool, debug_mode(False):
        sections = _sections(page)
        for figure in _figures(sections):
            specs[figure.key] = specification(figure.chart)
            drawing[figure.key] = pool.submit(image, specs[figure.key])
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
        pictures={key: picture.result() for key, picture in drawing.items()},
        specs={key: script_json(spec) for key, spec in specs.items()},
        css=Markup(loader.get_source(environment, "report.css")[0]),
        script=Markup(loader.get_source(environment, "report.js")[0]),
        vega=Markup(vega_bundle()) if specs else "",
    )


def warm_up() -> None:
    """Do beside other work what the first page of a process waits for: two seconds of native code."""
    vega_bundle()
    image({"data": {"values": []}, "mark": "point"})


def _sections(page: Page) -> list[Section]:
    """Build the sections in the order of the page, which is also the order of the references."""
    return [
        verdict_section(page),
        curves_section(page),
        response_section(page),
        depth_section(page),
        course_section(page),
        doses_section(page),
        harm_section(page),
        *rules_sections(page),
        population_section(page),
        parameters_section(page),
        limits_section(page),
        reproduce_section(page),
    ]


def _figures(sections: list[Section]) -> Iterator[Figure]:
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Figure):
                yield block
