"""Steps of the site build: equations as MathML, units as they are shown, and a place in the menu for a new page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError

from cereblon.core.units import page_with_shown_units

_EQUATION = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?:\(|\[)(?P<tex>.*?)\\(?:\)|\])</(?P=tag)>', re.DOTALL
)
_SECTIONS = {"api": "Python interface"}
_UNREAD = re.compile(r"\\[a-zA-Z]|>&<|>&amp;<")  # what the converter leaves when it does not know a command


def on_config(config: Any) -> Any:
    """Put pages that the menu does not name at the end of the section whose folder holds them."""
    docs = Path(config["docs_dir"])
    named = set(_pages(config["nav"]))
    for entry in config["nav"]:
        ((title, pages),) = entry.items()
        if not isinstance(pages, list):
            continue
        folder = docs / title.lower()
        found = [path for path in sorted(folder.rglob("*.md")) if path.relative_to(docs).as_posix() not in named]
        pages.extend(path.relative_to(docs).as_posix() for path in found if path.parent == folder)
        for below in sorted({path.parent for path in found} - {folder}):
            inner = [path.relative_to(docs).as_posix() for path in found if path.parent == below]
            pages.append({_SECTIONS.get(below.name, below.name.capitalize()): inner})
    return config


def on_page_content(content: str, *, page: Any, **_: Any) -> str:
    """Turn the equations of a page into MathML, which browsers show without a script, and units into those shown."""
    with_equations = _EQUATION.sub(
        lambda match: mathml(match["tex"], block=match["tag"] == "div", where=str(page.file)), content
    )
    return page_with_shown_units(with_equations)


def mathml(escaped: str, *, block: bool, where: str) -> str:
    """Convert one equation.

    Parameters
    ----------
    escaped
        LaTeX as it stands in the page's HTML.
    block
        On a line of its own.
    where
        Page, for the message.

    Raises
    ------
    PluginError
        If it holds a command that the converter does not know.
    """
    tex = html.unescape(escaped).strip()
    converted = convert(tex, display="block" if block else "inline")
    if _UNREAD.search(converted):
        raise PluginError(f"{where}: the equation {tex!r} holds a command that cannot be converted")
    return converted


def _pages(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        pages = next(iter(entry.values())) if isinstance(entry, dict) else entry
        yield from _pages(pages) if isinstance(pages, list) else [pages]
