"""Charts as files: SVG, PNG, or one offline HTML page with tables and sources."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import altair as alt
import vl_convert

from cereblon.errors import InputError
from cereblon.report.rows import Row
from cereblon.report.static import write_bytes

_SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)"[^>]*? height="([\d.]+)"')


@dataclass(frozen=True)
class Panel:
    """One part of a page.

    Attributes
    ----------
    title
        Heading.
    chart
        Picture, or None.
    rows
        Table, or empty; the columns are those of the first row.
    sentences
        Paragraphs under the heading.
    """

    title: str
    chart: alt.TopLevelMixin | None = None
    rows: Sequence[Row] = ()
    sentences: Sequence[str] = ()


def as_svg(chart: alt.TopLevelMixin) -> str:
    """Draw a chart as SVG text; equal charts give equal text with equal versions of the libraries."""
    specification = chart.to_dict(validate=False)
    svg: str = vl_convert.vegalite_to_svg(specification, vl_version=_version(), allowed_base_urls=[])
    return svg


def as_png(chart: alt.TopLevelMixin, *, scale: float = 2.0) -> bytes:
    """Draw a chart as PNG; `scale` is pixels per unit of the drawing."""
    specification = chart.to_dict(validate=False)
    png: bytes = vl_convert.vegalite_to_png(specification, vl_version=_version(), scale=scale, allowed_base_urls=[])
    return png


def save_chart(chart: alt.TopLevelMixin, path: Path) -> Path:
    """Write a chart as `.svg` or `.png`, by the ending of the path.

    Raises
    ------
    InputError
        If the ending is another, or the file cannot be written.
    """
    if path.suffix.lower() not in (".svg", ".png"):
        raise InputError(f"{path}: the ending is neither .svg nor .png")
    data = as_png(chart) if path.suffix.lower() == ".png" else as_svg(chart).encode()
    write_bytes(path, data)
    return path


def save_page(path: Path, title: str, lead: Sequence[str], panels: Sequence[Panel]) -> Path:
    """Write one HTML file that asks the network nothing.

    Parameters
    ----------
    path
        Name of the file; its folder must exist.
    title, lead
        Heading and first paragraphs.
    panels
        In order.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    style = (Path(__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title><style>{style}</style></head><body>",
        f'<div class="top"><p class="eyebrow">Cereblon</p><h1>{html.escape(title)}</h1>',
        *(f'<p class="lead">{html.escape(text)}</p>' for text in lead[:1]),
        *(f"<p>{html.escape(text)}</p>" for text in lead[1:]),
        '<p class="research">A research tool: not for deciding the treatment of a patient.</p>',
        *(_panel(panel) for panel in panels),
        "</div></body></html>",
    ]
    write_bytes(path, "\n".join(parts).encode())
    return path


def _panel(panel: Panel) -> str:
    parts = [f"<section><h2>{html.escape(panel.title)}</h2>"]
    parts += [f"<p>{html.escape(text)}</p>" for text in panel.sentences]
    if panel.chart is not None:
        svg = as_svg(panel.chart)
        found = _SIZE.search(svg)
        size = f' width="{found[1]}" height="{found[2]}"' if found else ""
        source = base64.b64encode(svg.encode()).decode()
        name = html.escape(panel.title, quote=True)
        parts.append(
            f'<figure><img class="still" alt="{name}"{size} src="data:image/svg+xml;base64,{source}"></figure>'
        )
    if panel.rows:
        parts.append(_table(panel.rows))
    return "\n".join([*parts, "</section>"])


def _table(rows: Sequence[Row]) -> str:
    columns = list(rows[0])
    head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in columns)
    body = "\n".join("<tr>" + "".join(_cell(row.get(name)) for name in columns) + "</tr>" for row in rows)
    return f'<div class="table scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: object) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, float):
        return f'<td class="number">{value:.4g}</td>'
    text = str(value)
    if text.startswith(("https://", "http://")):
        address = html.escape(text, quote=True)
        return f'<td><a href="{address}">{address}</a></td>'
    return f"<td>{html.escape(text)}</td>"


def _version() -> str:
    """Name the Vega-Lite that altair writes for, as vl-convert spells it."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
