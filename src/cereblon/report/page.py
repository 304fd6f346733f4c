"""One self-contained HTML file: charts, static pictures, styles and scripts inlined; it asks the network nothing."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import jinja2
import vl_convert
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
)
from cereblon.report.trust_sections import (
    limits_section,
    parameters_section,
    population_section,
    reproduce_section,
)
from cereblon.report.verdict_section import verdict_section

_SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)"[^>]*? height="([\d.]+)"')


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
            specs[figure.key] = _specification(figure.chart)
            drawing[figure.key] = pool.submit(_picture, specs[figure.key])
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
        specs={key: _json(spec) for key, spec in specs.items()},
        css=Markup(loader.get_source(environment, "report.css")[0]),
        script=Markup(loader.get_source(environment, "report.js")[0]),
        vega=Markup(_vega_bundle()) if specs else "",
    )


def warm_up() -> None:
    """Do beside other work what the first page of a process waits for: two seconds of native code."""
    _vega_bundle()
    _picture({"data": {"values": []}, "mark": "point"})


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


def _specification(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Turn a chart into its Vega-Lite specification."""
    specification: dict[str, Any] = chart.to_dict(validate=False)
    specification.pop("$schema", None)  # an address that no reader needs
    return specification


def _vega_lite_version() -> str:
    """Name the Vega-Lite that altair writes for, as vl-convert spells it."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def _picture(spec: dict[str, Any]) -> dict[str, str]:
    """Draw the static picture; as an image of its own, so that names inside one drawing cannot touch another's."""
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=_vega_lite_version(), allowed_base_urls=[])
    size = _SIZE.search(svg)
    width, height = size.groups() if size else ("", "")
    return {
        "src": "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(),
        "width": width,
        "height": height,
    }


def _json(spec: dict[str, Any]) -> Markup:
    """Write a specification so that no text in it can end the script element it stands in."""
    text = json.dumps(spec, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


@cache
def _vega_bundle() -> str:
    """Give Vega, Vega-Lite and Vega-Embed as one script."""
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=_vega_lite_version())
    return bundle.replace("</script", "<\\/script").replace("<!--", "\\x3c!--")
