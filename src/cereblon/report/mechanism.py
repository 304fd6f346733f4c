"""Pictures of the mechanism network: markers over a cycle, the drawing with its signals, and a page with both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from cereblon.core.rows import Row
from cereblon.report import style
from cereblon.report.document import RESEARCH, Document, Drawing, Figure, Paragraph, Section, table_of
from cereblon.report.narrow import NarrowLine
from cereblon.report.network import HEIGHT, WIDTH, Frame, Link, Place, network_svg
from cereblon.report.static import size_of, svg_text

_COLUMNS = 4
_PANEL = (176, 96)


@dataclass(frozen=True)
class NetworkDrawing:
    """The network of one treatment, ready to be drawn."""

    treatment: str
    about: str  # who was given what
    places: tuple[Place, ...]
    links: tuple[Link, ...]
    frames: tuple[Frame, ...]

    def svg(self) -> str:
        """Draw it."""
        title = f"{self.treatment}: mean signals of the course"
        return network_svg(self.places, self.links, self.frames, title=title, about=self.about, note=RESEARCH)


@dataclass(frozen=True)
class MechanismReportData:
    """All that a page or picture shows.

    Parameters
    ----------
    title, about
        Heading, and who was given what.
    told
        What comes of it, a sentence for each treatment.
    treatments
        Names, in order of their colours.
    markers
        Names of the markers with their labels, in order of their panels.
    curves
        Rows of treatment, day and one column per marker.
    drawings
        One for each treatment, the one shown in pictures first.
    summary
        Rows of the table, every value as text; the first columns name the cell and the marker.
    edges
        Rows of from, to, sign, evidence, source.
    """

    title: str
    about: str
    treatments: tuple[str, ...]
    markers: Mapping[str, str]
    curves: Sequence[Row]
    drawings: tuple[NetworkDrawing, ...]
    told: Sequence[str]
    summary: Sequence[Row]
    edges: Sequence[Row]


def markers_chart(data: MechanismReportData) -> alt.VConcatChart:
    """Draw every marker over time, one panel each, all treatments in each panel."""
    base = style.chart([_rounded(row) for row in data.curves])
    panels = [_panel(base, marker, label, data.treatments) for marker, label in data.markers.items()]
    colors = [style.SIMULATED[i % len(style.SIMULATED)] for i in range(len(data.treatments))]
    keys = [style.Key("line", name, color) for name, color in zip(data.treatments, colors, strict=True)]
    drawn = alt.vconcat(style.legend(keys), alt.concat(*panels, columns=_COLUMNS, spacing=12), spacing=10)
    told = "Markers by day from the first dose; curves that coincide hide each other"
    return style.styled(drawn.properties(title=told))


def _panel(base: alt.Chart, marker: str, label: str, treatments: Sequence[str]) -> alt.Chart:
    colors = [style.SIMULATED[i % len(style.SIMULATED)] for i in range(len(treatments))]
    y = alt.Y(f"{marker}:Q", axis=dict(title=None, tickCount=4, minExtent=30, maxExtent=30), scale=dict(zero=False))
    drawn: alt.Chart = (
        base.mark_line(strokeWidth=1.4, clip=True)
        .encode(
            x=alt.X("day:Q", axis=dict(title=None, tickCount=5, grid=False), scale=dict(nice=False)),
            y=y,
            color=alt.Color("treatment:N", scale=dict(domain=list(treatments), range=colors), legend=None),
            tooltip=[
                alt.Tooltip("treatment:N"),
                alt.Tooltip("day:Q", format=".2f"),
                alt.Tooltip(f"{marker}:Q", format=".3f"),
            ],
        )
        .properties(width=_PANEL[0], height=_PANEL[1], title=label)
    )
    return drawn


def _rounded(row: Row) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}


def picture_svg(data: MechanismReportData) -> str:
    """Put the drawing of the first treatment above the markers of all, as one SVG."""
    chart = svg_text(markers_chart(data))
    width, height = (float(part) for part in size_of(chart) or (WIDTH, 400))
    shown = data.drawings[0].svg()
    top = shown.replace("<svg ", '<svg x="0" y="0" ', 1)
    bottom = chart.replace("<svg ", f'<svg x="20" y="{HEIGHT + 10}" ', 1)
    whole = (max(WIDTH, width + 40), HEIGHT + height + 20)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole[0]:g}" height="{whole[1]:g}" '
        f'viewBox="0 0 {whole[0]:g} {whole[1]:g}"><rect width="100%" height="100%" fill="white"/>{top}{bottom}</svg>'
    )


def picture_bytes(data: MechanismReportData, kind: str) -> bytes:
    """Give the picture as `.svg` or `.png`."""
    svg = picture_svg(data)
    return svg.encode() if kind == ".svg" else bytes(vl_convert.svg_to_png(svg, scale=1.5))


def _drawing(one: NetworkDrawing, data: MechanismReportData) -> Drawing:
    """Give a drawing, and its values as a list."""
    lines: list[NarrowLine] = []
    for row in data.summary:
        heading = f"{one.treatment}: {row['where']}"
        is_first = not any(line.heading == heading for line in lines)
        lines.append(NarrowLine(heading if is_first else "", str(row["marker"]), str(row[one.treatment])))
    return Drawing(Markup(one.svg()), lines)


def mechanism_document(data: MechanismReportData) -> Document:
    """Give drawings, curves, table and evidence as a document."""
    legend = (
        "Box colour and number: mean of the marker over the course, in units of its untreated value or as a share."
        " Line width: how far the node at its start is from untreated. Dashed lines are off. Point at a line for its"
        " evidence."
    )
    markers = Figure(
        markers_chart(data), "Horizontal axis: days from the first dose.", "Markers over time by treatment"
    )
    return Document(
        title=data.title,
        kind="mechanism",
        lead=[*data.told, data.about],
        notice=f"{RESEARCH} Directions are published, most sizes are judged.",
        sections=[
            Section("Network", [Paragraph(legend), *(_drawing(one, data) for one in data.drawings)]),
            Section("Markers over time", [markers], key="markers"),
            Section("Values", [table_of(data.summary)]),
            Section("Evidence for each direction", [table_of(data.edges)], key="evidence"),
        ],
        is_live=True,
    )
