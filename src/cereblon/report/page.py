"""The one writer of HTML: a document as one file that works offline, with charts, styles and scripts inside it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

import cereblon
from cereblon.core.errors import InputError
from cereblon.core.output_files import write_file
from cereblon.core.units import page_with_shown_units
from cereblon.report.document import Document, Figure, Section, is_link
from cereblon.report.renderer import Renderer
from cereblon.report.static import Specification, image_of, specification, svg_text, vega_bundle


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A figure with its place on the page."""

    place: str
    spec: Specification
    svg: Future[str]

    @property
    def picture(self) -> dict[str, str]:
        """Its static picture."""
        return image_of(self.svg.result())

    @property
    def script(self) -> Markup:
        """Its specification, written so that no text in it can end the script element that it stands in."""
        text = json.dumps(self.spec, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
        return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def page_text(document: Document, renderer: Renderer | None = None) -> str:
    """Write a document as HTML; equal documents give equal text with equal versions of the libraries.

    Parameters
    ----------
    document
        What the page shows.
    renderer
        Draws the pictures in another process; in this one unless given.
    """
    draw = svg_text if renderer is None else renderer.svg
    sections: list[Section] = []
    drawn: dict[int, _Drawn] = {}
    # A renderer draws beside the building of the next chart. Altair checks each piece against the schema as it is
    # made: tests do that, it takes seconds.
    with ThreadPoolExecutor(max_workers=1) as pool, debug_mode(False):
        for section in document.sections:
            sections.append(section)
            for figure in figures(section):
                spec = specification(figure.chart)
                place = figure.key or f"figure-{len(drawn) + 1}"
                drawn[id(figure)] = _Drawn(place, spec, pool.submit(draw, spec))
    vega = ""
    if document.is_live and drawn:
        vega = vega_bundle(renderer)
    script = drawing_script() + _asset("document.js")
    environment = templates()
    written = environment.get_template("document.html.j2").render(
        document=document,
        sections=sections,
        drawn=drawn,
        identify=id,
        version=cereblon.__version__,
        css=_asset("document.css") + lines_style(),
        script=script,
        vega=Markup(vega),
        policy=content_policy(script, vega),
        unprinted=_unprinted(sections),
    )
    return page_with_shown_units(written)


def _unprinted(sections: Sequence[Section]) -> str:
    """Say what a print of the page leaves out; empty where that is nothing."""
    lists = [section.title for section in sections if not section.printed]
    folds = ["closed folds (open one before printing to have it)"] if any(one.has_folds for one in sections) else []
    return "; ".join([*folds, *lists])


def content_policy(script: str, vega: str) -> Markup:
    """Say what a page may do: no request, and no script but these two, told by their checksums.

    Pictures and styles stand in the page itself. Vega makes functions of its expressions, for which there is a word.
    """
    allowed = [
        f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'"
        for one in (script, vega)
        if one
    ]
    allowed += ["'unsafe-eval'"] if vega else []
    rules = (
        "default-src 'none'",
        "img-src data: blob:",
        "style-src 'unsafe-inline'",
        f"script-src {' '.join(allowed)}",
    )
    return Markup("; ".join((*rules, "base-uri 'none'", "form-action 'none'")))


def figures(section: Section) -> Iterator[Figure]:
    """Give the figures of a section, those of sections in it among them, in order."""
    for block in section.blocks:
        if isinstance(block, Section):
            yield from figures(block)
        elif isinstance(block, Figure):
            yield block


@cache
def templates() -> jinja2.Environment:
    """Give the templates of pages and of pieces of notebooks."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cereblon.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.tests["link"] = is_link
    return environment


@cache
def lines_style() -> Markup:
    """Give the style of pictures that are lists in a narrow window."""
    return _asset("lines.css")


@cache
def drawing_script() -> Markup:
    """Give the function `cereblonDraw` of JavaScript, which draws a specification as wide as its window."""
    return _asset("drawing.js")


def _asset(name: str) -> Markup:
    return Markup((Path(__file__).parent / "templates" / name).read_text(encoding="utf-8"))


def check_printer() -> None:
    """Refuse early if PDF cannot be written.

    Raises
    ------
    InputError
        If the optional printer is not installed or does not start, with the remedy.
    """
    try:
        import weasyprint  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
    except (ImportError, OSError) as error:
        state = "is not installed" if isinstance(error, ImportError) else "cannot find the system library Pango"
        raise InputError(
            f"PDF needs weasyprint, which {state}",
            hint='pip install "cereblon[pdf]"; or open the HTML file in a browser and print it',
        ) from error


def write_pdf(html: str, path: Path) -> Path:
    """Write a page as PDF.

    Raises
    ------
    InputError
        If the optional printer is not installed, or the file cannot be written.
    """
    check_printer()
    import weasyprint  # type: ignore[import-not-found,import-untyped,unused-ignore]

    write_file(path, weasyprint.HTML(string=html).write_pdf())
    return path
