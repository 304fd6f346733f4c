"""Forest plots: trials as squares, pooled effects as diamonds, prediction intervals as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt

from cereblon.report import style
from cereblon.report.narrow import NarrowLine, narrow_line

Kind = Literal["heading", "trial", "pooled", "prediction", "network", "bayesian", "gap"]

_ROW, _GAP, _PLOT, _LEFT = 24, 8, 340, 300
_TEXT, _WEIGHT = 16, 160
_TIPS = {"label": "trial", "estimate": "estimate", "weight_shown": "weight", "source": "published in"}
_COLORS = {
    "trial": style.INK,
    "pooled": "#35618f",
    "network": "#35618f",
    "bayesian": "#d55e00",
    "prediction": "#7a4f9a",
}


@dataclass(frozen=True)
class ForestLine:
    """One line of a forest plot.

    Attributes
    ----------
    kind
        A heading, a trial, a pooled or network effect (diamond), a Bayesian one, a prediction interval, or a gap.
    label
        Words on the left.
    value, low, high
        On the natural scale; None for a heading and a gap. A prediction interval has no value.
    weight
        Share of the trial in its pooled effect, 0 to 1; decides the size of the square.
    source
        Where the numbers of a trial were published.
    """

    kind: Kind
    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    weight: float | None = None
    source: str = ""


def forest_plot(
    lines: Sequence[ForestLine], *, measure: str, is_ratio: bool, favours: tuple[str, str], title: str = ""
) -> alt.VConcatChart:
    """Draw a forest plot.

    Parameters
    ----------
    lines
        From top to bottom.
    measure
        What the axis shows, for example hazard ratio.
    is_ratio
        Whether the axis is logarithmic with no difference at 1, else linear with no difference at 0.
    favours
        Words under the left and the right half of the plot.
    title
        Above the plot.
    """
    low, high = _domain(lines, is_ratio)
    heights = [_height(line) for line in lines]
    centres, y_scale = style.lines_at(heights, _ROW)
    base = style.chart([_drawn(centre, line, (low, high)) for centre, line in zip(centres, lines, strict=True)])
    y = alt.Y("line:Q", axis=None, scale=y_scale)
    ends = dict(domain=[low, high], nice=False, clamp=True) | ({"type": "log"} if is_ratio else {"zero": False})
    axis = dict(title=measure, grid=True, titlePadding=4) | (dict(values=_ticks(low, high)) if is_ratio else {})

    def x(column: str) -> alt.X:
        return alt.X(f"{column}:Q", scale=ends, axis=axis)

    null = style.chart([{"null": 1.0 if is_ratio else 0.0}])
    color = alt.Color("color:N", scale=None, legend=None)
    tips = [alt.Tooltip(f"{field}:N", title=title) for field, title in _TIPS.items()]
    trials = base.transform_filter("datum.kind == 'trial'")
    corners = [corner for centre, line in zip(centres, lines, strict=True) for corner in _diamond(centre, line)]
    layers: list[alt.Chart] = [
        null.mark_rule(color=style.QUIET, strokeDash=[4, 3]).encode(x=x("null")),
        base.transform_filter("datum.kind == 'prediction'")
        .mark_rule(strokeWidth=5, opacity=0.55)
        .encode(x=x("low"), x2=alt.X2("high:Q"), y=y, color=color),
        trials.mark_rule(strokeWidth=1.4).encode(x=x("low"), x2=alt.X2("high:Q"), y=y, color=color),
        trials.mark_point(shape="square", filled=True, opacity=1).encode(
            x=x("value"), y=y, color=color, size=alt.Size("area:Q", scale=None, legend=None), tooltip=tips
        ),
        base.transform_filter("datum.low_open").mark_text(text="◂", fontSize=14).encode(x=x("low"), y=y, color=color),
        base.transform_filter("datum.high_open")
        .mark_text(text="▸", fontSize=14)
        .encode(x=x("high"), y=y, color=color),
        *_words(base, y),
    ]
    if corners:
        diamonds = style.chart(corners).mark_line(filled=True, strokeWidth=0, interpolate="linear-closed")
        layers.insert(
            4,
            diamonds.encode(
                x=x("x"),
                y=alt.Y("y:Q", axis=None, scale=y_scale),
                detail=alt.Detail("line:N"),
                order=alt.Order("corner:Q"),
                fill=color,
            ),
        )
    plot = alt.layer(*layers).properties(width=_PLOT, height=sum(heights))
    foot = _favours(favours)
    whole = alt.vconcat(plot, foot, spacing=0)
    return style.styled(whole.properties(title=title) if title else whole)


def forest_lines(lines: Sequence[ForestLine], *, is_ratio: bool) -> list[NarrowLine]:
    """Give the same forest as lines of a list; parameters as of `forest_plot`."""
    domain = _domain(lines, is_ratio)
    found: list[NarrowLine] = []
    heading = ""
    for line in lines:
        if line.kind == "heading":
            heading = line.label
        elif line.kind != "gap":
            amounts = {"low": line.low, "high": line.high, "value": line.value}
            words = (heading, line.label.strip(), " ".join(filter(None, (_estimate(line), _weight(line)))))
            found.append(narrow_line(domain, amounts, words, is_log=is_ratio, color=_COLORS[line.kind]))
            heading = ""
    return found


def _estimate(line: ForestLine) -> str:
    if line.low is None or line.high is None:
        return ""
    span = f"{line.low:.2f} to {line.high:.2f}"
    return span if line.value is None else f"{line.value:.2f} ({span})"


def _weight(line: ForestLine) -> str:
    return "" if line.weight is None else f"{100 * line.weight:.0f} %"


def _favours(favours: tuple[str, str]) -> style.Drawing:
    left, right = (style.chart([{"words": said}]) for said in (f"← {favours[0]}", f"{favours[1]} →"))
    sides = (
        left.mark_text(align="left", fontSize=11, color=style.QUIET).encode(
            x=style.x_at(0), text=alt.Text("words:N")
        ),
        right.mark_text(align="right", fontSize=11, color=style.QUIET).encode(
            x=style.x_at(_PLOT), text=alt.Text("words:N")
        ),
    )
    return alt.layer(*sides).properties(width=_PLOT, height=16)


def _words(base: alt.Chart, y: alt.Y) -> list[alt.Chart]:
    headings = base.transform_filter("datum.kind == 'heading'")
    others = base.transform_filter("datum.kind != 'heading'")
    heavy = headings.mark_text(align="left", fontWeight="bold", fontSize=12, color=style.INK)
    return [
        heavy.encode(x=style.x_at(-_LEFT), y=y, text=alt.Text("label:N")),
        style.words(others).encode(x=style.x_at(-_LEFT + 12), y=y, text=alt.Text("label:N")),
        style.words(base).encode(x=style.x_at(_PLOT + _TEXT), y=y, text=alt.Text("estimate:N")),
        style.words(base, color=style.QUIET).encode(
            x=style.x_at(_PLOT + _WEIGHT), y=y, text=alt.Text("weight_shown:N")
        ),
    ]


def _height(line: ForestLine) -> int:
    """Give the pixels of a line: of words as many as they need, little between two comparisons."""
    return _GAP if line.kind == "gap" else _ROW + style.LINE * _label(line).count("\n")


def _label(line: ForestLine) -> str:
    return line.label if line.kind == "heading" else style.wrapped(line.label, _LEFT - 30)


def _diamond(centre: float, line: ForestLine) -> list[dict[str, object]]:
    if line.kind not in ("pooled", "network", "bayesian") or line.value is None:
        return []
    low, high = line.low if line.low is not None else line.value, line.high if line.high is not None else line.value
    half = 0.28 * _ROW
    corners = [(low, 0.0), (line.value, -half), (high, 0.0), (line.value, half)]
    color = _COLORS[line.kind]
    return [
        {"line": str(centre), "corner": float(i), "x": x, "y": centre + shift, "color": color}
        for i, (x, shift) in enumerate(corners)
    ]


def _drawn(centre: float, line: ForestLine, domain: tuple[float, float]) -> dict[str, object]:
    low, high = line.low, line.high
    return {
        "line": float(centre),
        "kind": line.kind,
        "label": _label(line),
        "value": line.value,
        "low": None if low is None else max(low, domain[0]),
        "high": None if high is None else min(high, domain[1]),
        "low_open": low is not None and low < domain[0],
        "high_open": high is not None and high > domain[1],
        "estimate": _estimate(line),
        "weight_shown": _weight(line),
        "source": line.source,
        "area": 40.0 + 160.0 * (line.weight or 0.0),
        "color": _COLORS.get(line.kind, style.INK),
    }


def _domain(lines: Sequence[ForestLine], is_ratio: bool) -> tuple[float, float]:
    """Show every trial and pooled interval, but not the whole of a prediction interval that runs far out."""
    seen = [
        end
        for line in lines
        if line.kind != "prediction"
        for end in (line.value, line.low, line.high)
        if end is not None and math.isfinite(end) and (end > 0 or not is_ratio)
    ]
    if is_ratio:
        low, high = min([0.5, *seen]), max([2.0, *seen])
        return max(low / 1.1, 0.02), min(high * 1.1, 50.0)
    low, high = min([0.0, *seen]), max([0.0, *seen])
    room = 0.08 * (high - low or 1.0)
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    choice = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0)
    ticks = [tick for tick in choice if low <= tick <= high]
    return (
        ticks
        if len(ticks) <= 8
        else [tick for tick in ticks if tick in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)]
    )
