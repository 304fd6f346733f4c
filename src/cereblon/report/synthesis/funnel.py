"""Funnel plots: small trials below, with the funnel in which chance alone would keep them; also as a list."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cereblon.core.plain_text import signed
from cereblon.core.rows import Row, number, text
from cereblon.report import style
from cereblon.report.narrow import NarrowLine, narrow_line

_WIDTH, _HEIGHT = 520, 340


def funnel_plot(points: Sequence[Row], *, centre: float, z: float, axis: str) -> alt.VConcatChart:
    """Draw a funnel plot.

    Parameters
    ----------
    points
        Rows with `x` and `se` on the scale of pooling, `study` and `comparison` (the colour).
    centre
        Where the funnel stands.
    z
        Half width of the funnel in standard errors.
    axis
        What the horizontal axis shows.
    """
    comparisons = list(dict.fromkeys(text(row, "comparison") for row in points))
    colors = {name: style.SIMULATED[i % len(style.SIMULATED)] for i, name in enumerate(comparisons)}
    shapes = ("circle", "square", "triangle-up", "diamond")
    shape = {name: shapes[(i // len(style.SIMULATED)) % len(shapes)] for i, name in enumerate(comparisons)}
    drawn: list[dict[str, object]] = [
        {**row, "color": colors[text(row, "comparison")], "shape": shape[text(row, "comparison")]} for row in points
    ]
    deepest = max([number(row, "se") or 0.0 for row in points] or [1.0]) * 1.1
    reach = max([abs((number(row, "x") or 0.0) - centre) for row in points] + [z * deepest]) * 1.08
    x_scale = dict(domain=[centre - reach, centre + reach], nice=False, zero=False)
    y_scale = dict(domain=[0, deepest], reverse=True, nice=False)
    x = alt.X("x:Q", scale=x_scale, axis=dict(title=axis, grid=True))
    y = alt.Y("se:Q", scale=y_scale, axis=dict(title="standard error", grid=True))
    sides: list[dict[str, object]] = [
        {"x": centre - z * deepest, "se": deepest, "side": "low"},
        {"x": centre, "se": 0.0, "side": "low"},
        {"x": centre + z * deepest, "se": deepest, "side": "high"},
        {"x": centre, "se": 0.0, "side": "high"},
    ]
    axis_line: list[dict[str, object]] = [
        {"x": centre, "se": 0.0, "side": "middle"},
        {"x": centre, "se": deepest, "side": "middle"},
    ]
    layers = [
        style.chart(sides)
        .mark_line(color=style.QUIET, strokeDash=[4, 3])
        .encode(x=x, y=y, detail=alt.Detail("side:N")),
        style.chart(axis_line).mark_line(color=style.QUIET).encode(x=x, y=y),
        style.chart(drawn)
        .mark_point(filled=True, size=70, opacity=0.9)
        .encode(
            x=x,
            y=y,
            color=alt.Color("color:N", scale=None, legend=None),
            shape=alt.Shape("shape:N", scale=None, legend=None),
            tooltip=style.tips("study:N", "comparison:N", "x:Q", "se:Q"),
        ),
    ]
    plot = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    marks: dict[str, style.Mark] = {
        "circle": "dot",
        "square": "square",
        "triangle-up": "triangle",
        "diamond": "diamond",
    }
    keys = [style.Key(marks[shape[name]], name, colors[name]) for name in comparisons]
    return style.with_legend(plot, keys)


def funnel_lines(points: Sequence[Row], *, centre: float, z: float) -> list[NarrowLine]:
    """Give the same trials as a list, the largest first; the band is the funnel at the height of each.

    Parameters
    ----------
    points, centre, z
        As of `funnel_plot`.
    """
    own = sorted(points, key=lambda row: number(row, "se") or 0.0)
    wide = z * max([number(row, "se") or 0.0 for row in own] or [1.0])
    reach = 1.08 * max([abs((number(row, "x") or 0.0) - centre) for row in own] + [wide])
    lines: list[NarrowLine] = []
    for row in own:
        x, se = number(row, "x") or 0.0, number(row, "se") or 0.0
        amounts = {"low": centre - z * se, "high": centre + z * se, "value": x}
        words = (text(row, "comparison"), text(row, "study"), f"{signed(x, 2)}, standard error {se:.2f}")
        lines.append(narrow_line((centre - reach, centre + reach), amounts, words, color=style.SIMULATED[0]))
    return lines
