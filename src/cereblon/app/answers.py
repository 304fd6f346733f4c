"""How every tab answers: pictures and words of its parts, the same call elsewhere, and each answer as a file."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from starlette.responses import Response

from cereblon.app.rendering import render, show
from cereblon.app.tabs.tab import Part
from cereblon.core.errors import UnknownNameError
from cereblon.core.units import page_with_shown_units

_KINDS = {
    "png": ("PNG", "image/png"),
    "svg": ("SVG", "image/svg+xml"),
    "csv": ("CSV", "text/csv"),
    "json": ("JSON", "application/json"),
    "html": ("HTML", "text/html"),
}


def answers_html(parts: Sequence[Part], base: str, query: str = "") -> str:
    """Ask for the parts of a page and write them.

    Parameters
    ----------
    parts
        In order.
    base
        Address below which their files are, at `export/`.
    query
        Of the address, from the question mark on; empty without one.
    """
    shown = [show(part, number) for number, part in enumerate(parts)]
    endings = [(ending, name) for ending, (name, _) in _KINDS.items()]
    return page_with_shown_units(render("answer.html.j2", parts=shown, base=base, query=query, endings=endings))


def exported(parts: Sequence[Part], number: str, ending: str, name: str) -> Response:
    """Write a part of a page as a file: its own picture and table, or all of its answer.

    Parameters
    ----------
    parts
        Of the page.
    number, ending
        Which, from 0, and as what.
    name
        Of the page, for the name of the file.

    Raises
    ------
    UnknownNameError
        If there is no such part, or nothing is written so.
    """
    if ending not in _KINDS:
        raise UnknownNameError(f"nothing is exported as {ending!r}", hint=f"known: {', '.join(_KINDS)}")
    if not re.fullmatch(r"[0-9]{1,6}", number) or int(number) >= len(parts):
        raise UnknownNameError(f"{name} has no answer {number[:20]}")
    part = parts[int(number)]
    shown = {"png": part.chart, "svg": part.chart, "csv": part.table}.get(ending) or None
    with tempfile.TemporaryDirectory(prefix="cereblon-app-") as folder:
        content = part.call().save(Path(folder) / f"{name}.{ending}", shown).read_bytes()
    return Response(
        content,
        media_type=_KINDS[ending][1],
        headers={"content-disposition": f'attachment; filename="cereblon-{name}-{number}.{ending}"'},
    )
