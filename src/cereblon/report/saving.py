"""Charts with tables and sources as one offline HTML page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import altair as alt

from cereblon.report.rows import Row
from cereblon.report.static import image, script_json, specification, vega_bundle


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
    movable
        Whether the chart can be moved and zoomed; else it is a still picture.
    """

    title: str
    chart: alt.TopLevelMixin | None = None
    rows: Sequence[Row] = ()
    sentences: Sequence[str] = ()
    movable: bool = False


def page_text(title: str, lead: Sequence[str], panels: Sequence[Panel]) -> str:
    """Write one HTML page that asks the network nothing.

    Parameters
    ----------
    title, lead
        Heading and first paragraphs.
    panels
        In order.
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
        *(_panel(panel, number) for number, panel in enumerate(panels)),
        "</div>",
        *_scripts(panels),
        "</body></html>",
    ]
    return "\n".join(parts)


def _scripts(panels: Sequence[Panel]) -> list[str]:
    """Write what moves the charts that can be moved."""
    calls = [
        f"vegaEmbed('#chart-{number}', {script_json(specification(panel.chart))}, {{actions: false}});"
        for number, panel in enumerate(panels)
        if panel.chart is not None and panel.movable
    ]
    return [f"<script>{vega_bundle()}</script>", "<script>", *calls, "</script>"] if calls else []


def _panel(panel: Panel, number: int) -> str:
    parts = [f"<section><h2>{html.escape(panel.title)}</h2>"]
    parts += [f"<p>{html.escape(text)}</p>" for text in panel.sentences]
    if panel.chart is not None and panel.movable:
        parts.append(f'<figure id="chart-{number}"></figure>')
    elif panel.chart is not None:
        drawn = image(panel.chart)
        size = f' width="{drawn["width"]}" height="{drawn["height"]}"' if drawn["width"] else ""
        name = html.escape(panel.title, quote=True)
        parts.append(f'<figure><img class="still" alt="{name}"{size} src="{drawn["src"]}"></figure>')
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
