"""The review as one HTML file that works offline, and as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

import cereblon
from cereblon.core.errors import InputError
from cereblon.report.review.blocks import Chapter, Picture
from cereblon.report.review.traces import Traces, anchor
from cereblon.report.static import scalable, svg_text, write_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A finished document: title, opening words, chapters, and the traces its numbers lead to."""

    title: str
    opening: Sequence[Markup]
    chapters: Sequence[Chapter]
    traces: Traces


def render(document: Document) -> str:
    """Write the document as HTML; equal documents give equal text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cereblon.report.review"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    loader = environment.loader
    assert loader is not None  # set above
    pictures = {
        id(block): Markup(scalable(svg_text(block.chart)))  # our own drawing
        for chapter in document.chapters
        for section in chapter.sections
        for block in section.blocks
        if isinstance(block, Picture)
    }
    return environment.get_template("review.html.j2").render(
        document=document,
        version=cereblon.__version__,
        traces=document.traces,
        pictures=pictures,
        identify=id,
        anchor=anchor,
        css=Markup(loader.get_source(environment, "review.css")[0]),
    )


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
    """Write a rendered document as PDF.

    Raises
    ------
    InputError
        If the optional printer is not installed, or the file cannot be written.
    """
    check_printer()
    import weasyprint  # type: ignore[import-not-found,import-untyped,unused-ignore]

    write_bytes(path, weasyprint.HTML(string=html).write_pdf())
    return path
