"""Charts as files and as pictures inside a page, drawn without a browser."""

from __future__ import annotations

import os
import re
from pathlib import Path

import altair as alt

from cereblon.errors import InputError


def svg_text(chart: alt.TopLevelMixin) -> str:
    """Draw a chart as SVG."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(chart.to_dict())
    return drawn


def save_picture(chart: alt.TopLevelMixin, path: Path) -> None:
    """Write a chart as PNG or SVG, by the ending of the name.

    Raises
    ------
    InputError
        If the name ends otherwise or cannot be written.
    """
    import vl_convert

    content: bytes
    if path.suffix == ".svg":
        content = svg_text(chart).encode("utf-8")
    elif path.suffix == ".png":
        content = vl_convert.vegalite_to_png(chart.to_dict(), scale=2)
    else:
        raise InputError(f"{path}: pictures are .png or .svg")
    write_bytes(path, content)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(
            f"{path}: cannot be written ({error.strerror or error})", hint="check that the folder exists"
        ) from error


def scalable(svg: str) -> str:
    """Let a picture shrink with the page: its size becomes the shape of its view."""
    found = re.search(r'<svg[^>]*? width="([\d.]+)"[^>]*? height="([\d.]+)"', svg)
    if found is None or "viewBox" not in svg.partition(">")[0]:
        return svg
    head, rest = svg.split(">", 1)
    head = re.sub(r' (width|height)="[\d.]+"', "", head)
    return f'{head} style="width:100%;max-width:{float(found[1]):.0f}px;height:auto">{rest}'
