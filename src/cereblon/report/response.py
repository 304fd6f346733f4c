"""Response: published and simulated rates as bars, and the simulated best responses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from cereblon.core.rows import Row, Rows, grouped, number, text
from cereblon.report import style
from cereblon.report.narrow import NarrowLine, narrow_line
from cereblon.vocabulary.endpoints import endpoint_label

_LEFT, _SERIES = 395, 190
_PLOT = style.WIDTH - _LEFT - 70
_ROW = 20
_COLUMNS = {"heading": _LEFT - _SERIES - 6, "series": _SERIES - 8}
_PLACES = {"simulated": "value", "published": "mark"}
_LABELS = 60  # least pixels kept for the arms' names


def is_best_response(row: Row) -> bool:
    """Say whether a row of `response_bars` is a category of best response rather than a cumulative rate."""
    return text(row, "category") in style.RESPONSES


def rate_bars(rows: Rows, arms: Sequence[str]) -> alt.VConcatChart:
    """Draw cumulative response rates: simulated bars solid by arm, published ones outlined.

    Parameters
    ----------
    rows
        Rows of `response_bars` with cumulative categories and the arms' labels.
    arms
        Labels of the arms, in order.
    """
    drawn = _drawn(rows, arms)
    height = _ROW + style.wrap_columns(drawn, _COLUMNS)
    base = style.chart(drawn)
    lines = 1 + max(row["line"] for row in drawn)
    y = alt.Y("line:O", axis=None, scale=dict(padding=0.12, domain=list(range(lines))))
    axis = dict(title="share of the arm, %", tickCount=5)
    x = alt.X("percent:Q", scale=dict(domain=[0, 100]), axis=axis)
    fill, stroke = alt.Fill("fill:N", scale=None, legend=None), alt.Stroke("stroke:N", scale=None, legend=None)
    chart = alt.layer(
        style.separators(base, y, (-_LEFT, _PLOT), 2 * height),
        base.mark_bar(strokeWidth=1.3).encode(
            y=y, x=x, fill=fill, stroke=stroke, tooltip=style.tips("label:N", "series:N", "words:N")
        ),
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(color=style.INK, strokeWidth=1.5)
        .encode(y=y, x=alt.X("low:Q", axis=axis), x2=alt.X2("high:Q")),
        style.words(base).encode(y=y, x=style.x_at(-_LEFT), text=alt.Text("heading:N")),
        style.words(base).encode(y=y, x=style.x_at(-_SERIES), text=alt.Text("series:N")),
        style.words(base, dx=7).encode(y=y, x=alt.X("text_at:Q", axis=axis), text=alt.Text("words:N")),
    ).properties(width=_PLOT, height=height * lines)
    keys = style.simulated_keys(rows, arms, "bar")
    if any(row["origin"] == "published" for row in drawn):
        keys.append(style.Key("outline", "published", style.PUBLISHED, "#ffffff"))
    return style.with_legend(chart, keys, _LEFT)


def rate_lines(rows: Rows, arms: Sequence[str]) -> list[NarrowLine]:
    """Give the same rates as lines of a list; arguments as of `rate_bars`."""
    return [
        narrow_line(
            (0.0, 100.0),
            {"low": one["low"], "high": one["high"], _PLACES[one["origin"]]: one["percent"]},
            (f"{one['heading']}, %" if one["heading"] else "", one["series"], one["words"]),
            color=one["stroke"],
        )
        for one in _drawn(rows, arms)
    ]


def _drawn(rows: Rows, arms: Sequence[str]) -> list[dict[str, Any]]:
    """Order bars by category, arm and origin; name the category on its first bar only; a gap between categories."""
    drawn: list[dict[str, Any]] = []
    order = {arm: index for index, arm in enumerate(arms)}
    line = 0
    for category, block in grouped(rows, lambda row: text(row, "category")).items():
        ordered = sorted(block, key=lambda row: (order.get(text(row, "arm"), 99), text(row, "origin") == "published"))
        for index, row in enumerate(ordered):
            published = text(row, "origin") == "published"
            arm, cut, percent = text(row, "arm"), text(row, "cut"), number(row, "percent") or 0.0
            high = number(row, "high")
            color = style.PUBLISHED if published else style.arm_color(arms, arm)
            drawn.append(
                {
                    "line": line,
                    "label": endpoint_label(category),
                    "heading": "" if index else endpoint_label(category),
                    "series": f"{arm}, {'published' if published else 'simulated'}" + (f" {cut}" if cut else ""),
                    "origin": text(row, "origin"),
                    "percent": percent,
                    "low": number(row, "low"),
                    "high": high,
                    "fill": "#ffffff" if published else color,
                    "stroke": color,
                    "words": f"{percent:.1f}",
                    "text_at": percent if high is None else max(percent, high),
                }
            )
            line += 1
        line += 1  # an empty line between categories
    return drawn


def best_response(rows: Rows, arms: Sequence[str]) -> alt.VConcatChart:
    """Draw the categories of best response as one stacked bar per arm, for simulated arms.

    Parameters
    ----------
    rows
        Rows of `response_bars` with categories sCR to NE and the arms' labels.
    arms
        Labels of the arms, in order.
    """
    order = list(style.RESPONSES)
    drawn = _stacked(rows, order)
    base = style.chart(drawn)
    shown_arms = style.shown_arms(drawn, arms)
    left = style.label_space(arms, _LABELS, 12)
    y = alt.Y(
        "arm:N",
        sort=shown_arms,
        axis=dict(title=None, ticks=False, domain=False, labelLimit=left - 8, minExtent=left, maxExtent=left),
    )
    axis = dict(title="share of the arm, %, simulated", tickCount=5)
    scale = dict(domain=[0, 100], nice=False)
    color = alt.Color("category:N", scale=dict(domain=order, range=list(style.RESPONSES.values())), legend=None)
    chart = (
        alt.layer(
            base.mark_bar(height=24).encode(
                y=y,
                x=alt.X("start:Q", scale=scale, axis=axis),
                x2=alt.X2("end:Q"),
                color=color,
                tooltip=style.tips("arm:N", "category:N", "percent:Q"),
            ),
            base.mark_text(fontSize=11).encode(
                y=y,
                x=alt.X("middle:Q", scale=scale, axis=axis),
                text=alt.Text("words:N"),
                color=alt.Color("ink:N", scale=None),
            ),
        )
        .resolve_scale(color="independent")
        .properties(width=style.WIDTH - left - 10, height=34 * len(shown_arms))
    )
    present = [category for category in order if any(row["category"] == category for row in drawn)]
    return style.with_legend(chart, [style.Key("bar", name, style.RESPONSES[name]) for name in present], left)


def _stacked(rows: Rows, order: list[str]) -> list[dict[str, Any]]:
    """Lay an arm's categories end to end, best first; shares below 4 percent have no room for their number."""
    drawn: list[dict[str, Any]] = []
    for arm, block in grouped(rows, lambda row: text(row, "arm")).items():
        start = 0.0
        for row in sorted(block, key=lambda row: order.index(text(row, "category"))):
            percent = number(row, "percent") or 0.0
            category = text(row, "category")
            shown = f"{percent:.0f}" if percent >= 4 else ""
            dark = category in ("sCR", "CR", "PD", "NE")
            drawn.append(
                {
                    "arm": arm,
                    "category": category,
                    "start": start,
                    "end": start + percent,
                    "middle": start + percent / 2,
                    "percent": round(percent, 1),
                    "words": shown,
                    "ink": "#ffffff" if dark else style.INK,
                }
            )
            start += percent
    return drawn
