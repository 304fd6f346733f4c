"""How things look, in one place: simulated is solid and coloured by arm, published is black diamonds and outlines."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import altair as alt

from cereblon.core.rows import Row, Rows, text

INK = "#1a1a1a"
QUIET = "#5c6670"
GRID = "#e6e8eb"
TICK = "#8a9199"
OUTSIDE = "#fff1d6"

# Okabe and Ito's palette, told apart with all common kinds of colour blindness; black is kept for what is published.
SIMULATED = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
PUBLISHED = "#000000"
PUBLISHED_FILLS = ("#000000", "#ffffff", "#9aa0a6")
PUBLISHED_SHAPE = "diamond"
SIMULATED_SHAPE = "circle"
OBSERVED = "#7a4f9a"

RESPONSES = {
    "sCR": "#08306b",
    "CR": "#2171b5",
    "VGPR": "#6baed6",
    "PR": "#bdd7e7",
    "MR": "#d9d9d9",
    "SD": "#b8a07a",
    "PD": "#b35806",
    "NE": "#737373",
}
LINES = {"line 1": "#35618f", "line 2": "#e69f00", "line 3": "#7a4f9a", "line 4 or later": "#8a8f94"}

WIDTH = 880
FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"
_TEXT_WIDTH = 6.3  # pixels per character at 12 px, generous
_MOST_TICKS = 13
_MONTHS = (1, 3, 6, 12, 24, 60, 120)
LINE = 14  # pixels from one line of words to the next

# Options of an axis or a scale as plain data: altair's own classes are copied field by field at every step.
Options: TypeAlias = dict[str, Any]
Drawing: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart
Composed: TypeAlias = Drawing | alt.VConcatChart | alt.ConcatChart

Mark = Literal["line", "band", "bar", "dot", "diamond", "outline", "cross", "square", "triangle", "arrow", "thin"]
_SHAPES = {
    "dot": "circle",
    "diamond": "diamond",
    "cross": "cross",
    "square": "square",
    "triangle": "triangle-up",
    "arrow": "triangle-right",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a figure's legend: the mark, its words, its colour and, for outlines, its fill."""

    mark: Mark
    label: str
    color: str
    fill: str | None = None


def arm_color(arms: Sequence[str], arm: str) -> str:
    """Give the colour of a simulated arm by its place; grey for what is no arm (the whole trial)."""
    return SIMULATED[arms.index(arm) % len(SIMULATED)] if arm in arms else QUIET


def published_fill(arms: Sequence[str], arm: str) -> str:
    """Give the fill of an arm's published diamond: black, white, then grey."""
    return PUBLISHED_FILLS[arms.index(arm) % len(PUBLISHED_FILLS)] if arm in arms else PUBLISHED_FILLS[0]


def label_space(labels: Sequence[str], least: int, gap: int) -> int:
    """Choose the pixels to keep left of a plot for labels `gap` from it: at least `least`, and not above 170."""
    return round(max(least, min(170, gap + _TEXT_WIDTH * max(len(label) for label in labels))))


def shown_arms(rows: Rows, arms: Sequence[str]) -> list[str]:
    """Name the arms that occur in the rows, in the order of the page."""
    present = {text(row, "arm") for row in rows}
    return [arm for arm in arms if arm in present]


def simulated_keys(rows: Rows, arms: Sequence[str], mark: Mark = "dot") -> list[Key]:
    """Legend entries for the simulated arms that occur in the rows; `arms` are all arms, so that colours stay."""
    return [Key(mark, f"{arm}, simulated", arm_color(arms, arm)) for arm in shown_arms(rows, arms)]


def published_keys(rows: Rows, arms: Sequence[str]) -> list[Key]:
    """Legend entries for the published values of the arms that occur in the rows; `arms` are all arms."""
    return [
        Key("diamond", f"{arm}, published", PUBLISHED, published_fill(arms, arm)) for arm in shown_arms(rows, arms)
    ]


def x_at(pixels: float) -> alt.XValue:
    """Place a mark at a distance from the left edge of the plot, pixels."""
    return alt.XValue(pixels)  # type: ignore[no-untyped-call]


def x2_at(pixels: float) -> alt.X2Value:
    """End a mark at a distance from the left edge of the plot, pixels."""
    return alt.X2Value(pixels)  # type: ignore[no-untyped-call]


def y_at(pixels: float) -> alt.YValue:
    """Place a mark at a distance from the top edge of the plot, pixels."""
    return alt.YValue(pixels)  # type: ignore[no-untyped-call]


def tips(*fields: str) -> list[alt.Tooltip]:
    """Name the fields of a tooltip, with their kind, e.g. `arm:N`."""
    return [alt.Tooltip(field) for field in fields]


def words(
    base: alt.Chart,
    *,
    dx: float = 0,
    dy: float = 0,
    size: int = 12,
    color: str = INK,
    align: Literal["left", "right"] = "left",
) -> alt.Chart:
    """Write words, `dx` pixels right of and `dy` below their place; `wrapped` breaks long ones."""
    written: alt.Chart = base.mark_text(
        align=align, dx=dx, dy=dy, fontSize=size, color=color, lineBreak="\n", lineHeight=LINE
    )
    return written


def wrapped(label: str, pixels: float) -> str:
    """Break words into lines that have room in so many pixels."""
    return textwrap.fill(label, max(6, int(pixels / _TEXT_WIDTH)), break_on_hyphens=False)


def footnote(said: str, width: int) -> alt.Chart:
    """Write how to read a picture below it, in lines of so many pixels."""
    lines = wrapped(said, width)
    told = words(chart([{"words": lines}]), color=QUIET).encode(x=x_at(0), y=y_at(7), text=alt.Text("words:N"))
    noted: alt.Chart = told.properties(width=width, height=LINE * (1 + lines.count("\n")))
    return noted


def words_axis(words: Sequence[str], **more: object) -> dict[str, object]:
    """Give an axis of words room for the longest: what is measured without the reader's font is cut at the left."""
    return dict(title=None, labelLimit=320, minExtent=min(320, 7 * max(map(len, words), default=0)), **more)


def months_axis(title: str, end: float, most: int = 10, **more: object) -> Options:
    """Give an axis of months whose steps divide or make up years, at most so many up to `end`."""
    step = next((step for step in _MONTHS if end / step <= most), _MONTHS[-1])
    return dict(title=title, values=[float(month) for month in range(0, math.floor(end) + 1, step)], **more)


def hours_ticks(end: float, days: bool) -> list[float]:
    """Give ticks of a course in hours or days: parts of a day, days, weeks, cycles."""
    steps = (1, 2, 7, 14, 28, 84) if days else (1, 2, 6, 12, 24)
    step = next((step for step in steps if end / step <= _MOST_TICKS), steps[-1])
    return [float(at) for at in range(0, math.floor(end) + 1, step)]


def lines_at(heights: Sequence[int], row: int) -> tuple[list[float], Options]:
    """Give the middle of the first row of each line, pixels from the top, and the vertical scale of all lines.

    Parameters
    ----------
    heights
        Pixels of each line, from top to bottom.
    row
        Pixels of a line of single words.
    """
    centres = [sum(heights[:place]) + row / 2 for place in range(len(heights))]
    return centres, dict(domain=[0, sum(heights)], reverse=True, nice=False, zero=False)


def wrap_columns(drawn: Sequence[dict[str, Any]], widths: Mapping[str, float]) -> int:
    """Wrap columns of words beside a plot, in place.

    Words may run on beside the lines below that have none of the column.

    Parameters
    ----------
    drawn
        Lines of the plot, in order.
    widths
        Pixels of each column.

    Returns
    -------
        Pixels that each line has to be higher than one of single words.
    """
    most = 0
    for column, pixels in widths.items():
        filled = [index for index, one in enumerate(drawn) if one[column]]
        for index, below in zip(filled, [*filled[1:], len(drawn)], strict=True):
            drawn[index][column] = wrapped(drawn[index][column], pixels)
            most = max(most, drawn[index][column].count("\n") + 1 - (below - index))
    return LINE * most


class _Rows(alt.InlineData):
    """Rows that altair does not hold against its schema, which takes a second for a long course."""

    _class_is_valid_at_instantiation = False


class Chart(alt.Chart):
    """A chart that shares its parts with its copies, since nothing changes a part that is in a chart.

    Altair copies each layer, axes and all, several times for every chart that it stands in, which takes seconds for a
    page. Its name goes into the names that altair gives to views.
    """

    def __deepcopy__(self, _: object) -> Chart:
        """Copy what is changed where charts are put together, and no part."""
        return self.copy(deep=False)


def chart(rows: Sequence[Row]) -> Chart:
    """Begin a chart of rows; those that several layers share are written into the page once."""
    return Chart(_Rows(values=tuple(dict(row) for row in rows)))


def legend(keys: Sequence[Key], left: int = 0) -> Drawing:
    """Draw the legend as a strip of its own, so that it stays with the picture when that is saved or printed.

    Parameters
    ----------
    keys
        Its entries, in order; they wrap at the width of a figure.
    left
        Pixels that the figure below it keeps free left of its plot for labels: the strip begins there.
    """
    placed = _placed(keys)
    scale = dict(domain=[0, WIDTH], range=[-left, WIDTH - left], nice=False, zero=False)
    y = alt.Y("line:O", axis=None)
    start, middle, told = (alt.X(f"{name}:Q", scale=scale, axis=None) for name in ("start", "middle", "told"))
    color, fill = alt.Color("color:N", scale=None, legend=None), alt.Fill("fill:N", scale=None, legend=None)
    stroke = alt.Stroke("color:N", scale=None, legend=None)

    def some(*marks: str) -> alt.Chart | None:
        chosen = [row for row in placed if row["mark"] in marks]
        return chart(chosen) if chosen else None

    layers = [words(chart(placed)).encode(x=told, y=y, text=alt.Text("label:N"))]
    if band := some("band"):
        layers.append(band.mark_bar(height=11, opacity=0.25).encode(x=start, x2=alt.X2("end:Q"), y=y, color=color))
    if bars := some("bar", "outline"):
        layers.append(
            bars.mark_bar(height=11, strokeWidth=1.3).encode(
                x=start, x2=alt.X2("end:Q"), y=y, fill=fill, stroke=stroke
            )
        )
    for mark, size in (("line", 3.0), ("thin", 1.2)):
        if rules := some(mark):
            layers.append(rules.mark_rule(strokeWidth=size).encode(x=start, x2=alt.X2("end:Q"), y=y, color=color))
    for mark, shape in _SHAPES.items():
        if points := some(mark):
            drawn = points.mark_point(shape=shape, size=70, opacity=1, strokeWidth=1.3)
            layers.append(drawn.encode(x=middle, y=y, fill=fill, stroke=stroke))
    return alt.layer(*layers).properties(width=WIDTH - left, height=18 * (1 + max(row["line"] for row in placed)))


def _placed(keys: Sequence[Key]) -> list[dict[str, Any]]:
    """Place the entries of a legend from left to right, wrapping at the width of a figure."""
    placed: list[dict[str, Any]] = []
    x, line = 0.0, 0
    for key in keys:
        needed = 34 + _TEXT_WIDTH * len(key.label) + 14
        if x and x + needed > WIDTH:
            x, line = 0.0, line + 1
        place = {"start": x, "end": x + 22, "middle": x + 11, "told": x + 29, "line": line}
        placed.append(
            {**place, "mark": key.mark, "label": key.label, "color": key.color, "fill": key.fill or key.color}
        )
        x += needed
    return placed


def separators(base: alt.Chart, y: alt.Y, edges: tuple[int, int], row: int) -> alt.Chart:
    """Rule a hairline above each line with a `heading`, from edge to edge; `row` is the height of a line, pixels."""
    ruled: alt.Chart = base.transform_filter("datum.heading && datum.line > 0")
    hairline: alt.Chart = ruled.mark_rule(color=GRID, yOffset=-row / 2)
    return hairline.encode(y=y, x=x_at(edges[0]), x2=x2_at(edges[1]))


def with_legend(chart: Composed, keys: Sequence[Key], left: int = 0) -> alt.VConcatChart:
    """Put a legend strip above a chart and give both the house style; `left` as for `legend`."""
    return styled(alt.vconcat(legend(keys, left), chart, spacing=10))


def styled(chart: alt.VConcatChart) -> alt.VConcatChart:
    """Give a finished chart the house fonts, grid and colours, in place: `configure` would copy all of it."""
    chart.config = alt.Config(
        font=FONT,
        background="white",
        padding=4,
        view={"stroke": None},
        axis={
            "gridColor": GRID,
            "domainColor": TICK,
            "tickColor": TICK,
            "labelColor": INK,
            "labelFlush": False,
            "labelFontSize": 12,
            "titleColor": INK,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        legend={"labelFontSize": 12, "titleFontSize": 12},
        title={"fontSize": 13, "fontWeight": "bold", "anchor": "start", "color": INK, "offset": 8},
    )
    return chart
