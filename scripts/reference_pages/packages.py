"""The packages: what each holds and may import, as a table and as a picture of layers."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from graphlib import TopologicalSorter
from html import escape
from pathlib import Path

from scripts.import_rules import ALLOWED
from scripts.reference_pages.markdown import NOTICE, cell, table

SOURCE = Path(__file__).parents[2] / "src" / "cereblon"
_WIDTH, _HEIGHT, _GAP, _ROW, _MARGIN = 118, 30, 14, 72, 10


def packages_page() -> str:
    """Write the page."""
    rows = [
        (f"`{name}`", cell(_summary(name)), ", ".join(f"`{other}`" for other in _listed(name)) or "nothing")
        for name in _by_layer()
    ]
    return (
        "# Packages\n"
        + NOTICE
        + "\nWhich package may import which. Data flows one way: a package imports only packages below it; only the "
        "command"
        " line is above\n`questions`. A line leads to a package that is imported and not already reached through "
        "another one. A test checks every\nmodule against this table, and that no module imports itself through "
        "others.\n\n![Packages in layers, the lowest imports nothing](../images/packages.svg)\n\n"
        + table(["package", "what it holds", "may import"], rows)
    )


def packages_picture() -> str:
    """Draw the packages in layers as SVG, the lowest at the bottom."""
    layers = _layers()
    widest = max(map(len, layers))
    width = widest * (_WIDTH + _GAP) - _GAP + 2 * _MARGIN
    height = (len(layers) - 1) * _ROW + _HEIGHT + 2 * _MARGIN
    place: dict[str, tuple[float, float]] = {}
    for level, names in enumerate(layers):
        free = width - len(names) * (_WIDTH + _GAP) + _GAP
        for column, name in enumerate(names):
            place[name] = (free / 2 + column * (_WIDTH + _GAP), _MARGIN + (len(layers) - 1 - level) * _ROW)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        ' font-family="sans-serif" font-size="11">',
        "<title>Packages of Cereblon: each imports only what stands below it</title>",
    ]
    for name, (x, y) in place.items():
        for other in sorted(_direct(name)):
            below, top = place[other]
            middle, foot = x + _WIDTH / 2, y + _HEIGHT
            parts.append(
                f'<line x1="{middle:g}" y1="{foot:g}" x2="{below + _WIDTH / 2:g}" y2="{top:g}" stroke="#9aa3ab"/>'
            )
    for name, (x, y) in place.items():
        parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" fill="#eef4f4" stroke="#0b6e75"/>'
            f'<text x="{x + _WIDTH / 2:g}" y="{y + _HEIGHT / 2 + 4:g}" text-anchor="middle">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _below() -> Mapping[str, set[str]]:
    return {name: needs - {name} for name, needs in ALLOWED.items() if name != "model"}  # it holds only the others


def _layers() -> list[list[str]]:
    """Put each package right above the highest of those it may import."""
    below, level = _below(), dict[str, int]()
    for name in TopologicalSorter(below).static_order():
        level[name] = 1 + max((level[other] for other in below[name]), default=-1)
    return [sorted(name for name in level if level[name] == number) for number in range(max(level.values()) + 1)]


def _by_layer() -> list[str]:
    return [name for names in reversed(_layers()) for name in names]


def _direct(name: str) -> set[str]:
    """Leave out what is reached through another package."""
    below = _below()
    return {one for one in below[name] if not any(one in below[other] for other in below[name])}


def _listed(name: str) -> list[str]:
    return [other for other in _by_layer() if other in _below()[name]]


def _summary(name: str) -> str:
    """Give the first sentence of the package's docstring."""
    path = SOURCE.joinpath(*name.split("."), "__init__.py")
    written = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return written.split("\n\n")[0].replace("\n", " ")
