"""Published points with their intervals, one line each, in panels: for numbers that studies printed."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence

import altair as alt

from cereblon.core.rows import Row, grouped, number, text
from cereblon.report import style
from cereblon.report.narrow import NarrowLine, narrow_line

_ROW = 21
_LEFT, _PLOT = 330, 280
_LEFT_LETTERS, _RIGHT_LETTERS = 50, 38  # that fit beside the plot; what is longer is wrapped

GROUPS: Mapping[str, tuple[str, str]] = {
    "trial": ("diamond", style.PUBLISHED),
    "practice": ("square", "#ffffff"),
    "simulated": ("circle", style.SIMULATED[0]),
    "observed": ("triangle-up", style.OBSERVED),
    "pooled": ("diamond", style.OBSERVED),
    "reports": ("diamond", style.PUBLISHED_FILLS[2]),
}
_OF_ONE_COLOUR = ("simulated", "observed", "pooled")
_MARKS: Mapping[str, style.Mark] = {
    "circle": "dot",
    "square": "square",
    "diamond": "diamond",
    "triangle-up": "triangle",
}
_NAMES = {
    "trial": "trial, published",
    "practice": "routine care, published",
    "simulated": "simulated",
    "observed": "observed patients",
    "pooled": "pooled",
    "reports": "spontaneous reports",
}


def points_chart(rows: Sequence[Row], *, title: str = "", has_legend: bool = True) -> alt.VConcatChart:
    """Draw points with intervals.

    Parameters
    ----------
    rows
        Each with `panel` (its heading), `label`, `group` (a key of `GROUPS`), `value`, `low` and `high` (None where
        absent; an interval without upper end is dashed to the edge), `unit` and `words` (what stands right of the
        plot). A panel of unit `ratio` has a logarithmic axis with a line at 1.
    title
        Above all panels; none if empty.
    has_legend
        Explain the marks above the panels.
    """
    panels = [_panel(name, found) for name, found in grouped(rows, lambda row: text(row, "panel")).items()]
    present = [group for group in GROUPS if any(text(row, "group") == group for row in rows)]
    keys = [
        style.Key(_MARKS[shape], _NAMES[group], ink, fill)
        for group in present
        for shape, fill in [GROUPS[group]]
        for ink in [fill if group in _OF_ONE_COLOUR else style.PUBLISHED]
    ]
    chart = alt.vconcat(*panels, spacing=14)
    if title:
        chart = chart.properties(title=alt.TitleParams(title, fontSize=15, offset=10))
    return style.with_legend(chart, keys, _LEFT) if has_legend else style.styled(chart)


def point_lines(rows: Sequence[Row]) -> list[NarrowLine]:
    """Give the same points as lines of a list; rows as of `points_chart`."""
    lines: list[NarrowLine] = []
    for name, found in grouped(rows, lambda row: text(row, "panel")).items():
        unit = text(found[0], "unit")
        scale = _scale(found, unit)
        low, high = scale["domain"]
        for index, row in enumerate(found):
            group = text(row, "group")
            at = "value" if group in _OF_ONE_COLOUR else "mark"
            amounts = {"low": number(row, "low"), "high": number(row, "high"), at: number(row, "value")}
            words = (name if index == 0 else "", text(row, "label"), text(row, "words"))
            color = GROUPS[group][1] if group in _OF_ONE_COLOUR else style.QUIET
            lines.append(narrow_line((low, high), amounts, words, is_log=unit == "ratio", color=color))
    return lines


def _panel(name: str, rows: Sequence[Row]) -> style.Drawing:
    unit = text(rows[0], "unit")
    drawn: list[dict[str, object]] = [
        {
            "label": _wrapped(text(row, "label"), _LEFT_LETTERS),
            "value": row.get("value"),
            "low": row.get("low"),
            "high": row.get("high"),
            "words": _wrapped(text(row, "words"), _RIGHT_LETTERS),
            "shape": GROUPS[text(row, "group")][0],
            "fill": GROUPS[text(row, "group")][1],
            "stroke": GROUPS[text(row, "group")][1] if text(row, "group") in _OF_ONE_COLOUR else style.PUBLISHED,
        }
        for row in rows
    ]
    heights = [_ROW + style.LINE * max(str(row[name]).count("\n") for name in ("label", "words")) for row in drawn]
    centres, y_scale = style.lines_at(heights, _ROW)
    base = style.chart([{**row, "line": centre} for row, centre in zip(drawn, centres, strict=True)])
    y = alt.Y("line:Q", axis=None, scale=y_scale)
    scale = _scale(drawn, unit)
    heading = {"percent": "%", "months": "months", "ratio": "ratio (logarithmic)", "points": "percentage points"}

    def x(column: str) -> alt.X:
        axis = dict(title=heading.get(unit, unit), grid=True, tickCount=5, titlePadding=4)
        return alt.X(f"{column}:Q", scale=scale, axis=axis)

    layers = [
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(strokeWidth=1.3, clip=True)
        .encode(y=y, x=x("low"), x2=alt.X2("high:Q"), color=alt.Color("stroke:N", scale=None, legend=None)),
        base.transform_filter("isValid(datum.low) && !isValid(datum.high)")
        .mark_rule(strokeWidth=1.3, strokeDash=[3, 3], clip=True)
        .encode(y=y, x=x("low"), x2=style.x2_at(_PLOT), color=alt.Color("stroke:N", scale=None, legend=None)),
        base.transform_filter("isValid(datum.value)")
        .mark_point(size=70, opacity=1, strokeWidth=1.4)
        .encode(
            y=y,
            x=x("value"),
            shape=alt.Shape("shape:N", scale=None, legend=None),
            fill=alt.Fill("fill:N", scale=None, legend=None),
            stroke=alt.Stroke("stroke:N", scale=None, legend=None),
        ),
        # Of no colour: keeps pictures of one page equally wide, and so their letters equally large.
        style.chart([{}])
        .mark_rule(opacity=0)
        .encode(x=style.x_at(-_LEFT), x2=style.x2_at(style.WIDTH - _LEFT), y=style.y_at(0)),
        style.words(base).encode(y=y, x=style.x_at(4 - _LEFT), text=alt.Text("label:N")),
        style.words(base).encode(y=y, x=style.x_at(_PLOT + 12), text=alt.Text("words:N")),
    ]
    none = {"ratio": 1.0, "points": 0.0}.get(unit)
    if none is not None:
        line = style.chart([{"none": none}]).mark_rule(color=style.QUIET, strokeDash=[4, 3])
        layers.insert(0, line.encode(x=x("none")))
    title = alt.Title(name, frame="bounds", anchor="start", offset=8)
    return alt.layer(*layers).properties(width=_PLOT, height=sum(heights), title=title)


def _wrapped(words: str, letters: int) -> str:
    return textwrap.fill(words, letters, break_on_hyphens=False)


def _scale(rows: Sequence[Mapping[str, object]], unit: str) -> style.Options:
    found = [float(str(row[name])) for row in rows for name in ("value", "low", "high") if row.get(name) is not None]
    if unit == "percent":
        return dict(domain=[0, 100], nice=False)
    if unit == "ratio":
        positive = [value for value in found if value > 0] or [1.0]
        low, high = min(0.5, *positive), max(2.0, *positive)
        return dict(type="log", domain=[_rounded(low, down=True), _rounded(high, down=False)], nice=False)
    if unit == "points":
        reach = max(10.0, *(abs(value) for value in found)) if found else 10.0
        return dict(domain=[-math.ceil(reach / 10) * 10, math.ceil(reach / 10) * 10], nice=False)
    return dict(domain=[0, max(found, default=1.0) * 1.05], nice=True)


def _rounded(value: float, *, down: bool) -> float:
    """Round away from one to 1, 2 or 5 times a power of ten, so that no point falls outside the axis."""
    power = math.floor(math.log10(value))
    steps = [mantissa * 10.0**exponent for exponent in (power - 1, power, power + 1) for mantissa in (1, 2, 5)]
    if down:
        return max(step for step in steps if step <= value * (1 + 1e-9))
    return min(step for step in steps if step >= value * (1 - 1e-9))
