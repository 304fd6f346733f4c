"""Adverse events: simulated rates with their interval beside the published ones, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from cereblon.core.rows import Row, Rows, grouped, number, text
from cereblon.report import style, wording
from cereblon.report.labels import grade_label
from cereblon.report.narrow import NarrowLine, narrow_line
from cereblon.vocabulary.endpoints import endpoint_label

_LEFT, _ARM = 345, 120
_PUBLISHED, _SIMULATED = 14, 90  # text columns right of the plot
_PLOT = style.WIDTH - _LEFT - 210
_ROW = 20
_COLUMNS = {"heading": _LEFT - _ARM - 20, "arm": _ARM - 8}


def adverse_events(rows: Rows, arms: Sequence[str]) -> alt.VConcatChart:
    """Draw rates of adverse events, one line per event, grade and arm.

    Parameters
    ----------
    rows
        Rows of `adverse_events` with the arms' labels.
    arms
        Labels of the arms, in order.
    """
    drawn = _drawn(rows, arms)
    height = _ROW + style.wrap_columns(drawn, _COLUMNS)
    base = style.chart(drawn)
    y = alt.Y("line:O", axis=None, scale=dict(padding=0))
    axis = dict(title="share of the arm, %", tickCount=6)
    scale = dict(domain=[0, _most(drawn)], nice=True)
    color = alt.Color("color:N", scale=None, legend=None)

    def x(column: str) -> alt.X:
        return alt.X(f"{column}:Q", scale=scale, axis=axis)

    tips = style.tips("label:N", "arm:N", "published:N", "simulated:N", "cut:N")
    chart = alt.layer(
        style.separators(base, y, (-_LEFT, style.WIDTH - _LEFT), height),
        base.mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round").encode(
            y=y, x=x("low"), x2=alt.X2("high:Q"), color=color
        ),
        base.mark_point(shape="circle", size=55, opacity=1, filled=True).encode(
            y=y, x=x("percent"), color=color, tooltip=tips
        ),
        base.mark_rule(color=style.PUBLISHED, strokeWidth=1.3).encode(y=y, x=x("pub_low"), x2=alt.X2("pub_high:Q")),
        base.mark_point(
            shape="diamond", size=75, opacity=1, fill="#ffffff", stroke=style.PUBLISHED, strokeWidth=1.5
        ).encode(y=y, x=x("pub"), tooltip=tips),
        style.words(base).encode(y=y, x=style.x_at(-_LEFT), text=alt.Text("heading:N")),
        style.words(base).encode(y=y, x=style.x_at(-_ARM), text=alt.Text("arm:N")),
        *_numbers(base, y),
    ).properties(width=_PLOT, height=height * len(drawn))
    keys = style.simulated_keys(rows, arms)
    if any(row["pub"] is not None for row in drawn):
        keys.append(style.Key("diamond", "published", style.PUBLISHED, "#ffffff"))
    return style.with_legend(chart, keys, _LEFT)


def adverse_event_lines(rows: Rows, arms: Sequence[str]) -> list[NarrowLine]:
    """Give the same rates as lines of a list; arguments as of `adverse_events`."""
    drawn = _drawn(rows, arms)
    return [
        narrow_line(
            (0.0, _most(drawn)),
            {"low": one["low"], "high": one["high"], "value": one["percent"], "mark": one["pub"]},
            (f"{one['heading']}, %" if one["heading"] else "", one["arm"], _both(one)),
            color=one["color"],
        )
        for one in drawn
    ]


def _both(one: dict[str, Any]) -> str:
    parts = [
        one["published"] and f"published {one['published']}",
        one["simulated"] and f"simulated {one['simulated']}",
    ]
    return "; ".join(part for part in parts if part)


def _most(drawn: Sequence[dict[str, Any]]) -> float:
    """Give the end of the axis, percent."""
    keys = ("percent", "high", "pub", "pub_high")
    return min(100.0, 1.1 * max([10.0, *(float(row[key]) for row in drawn for key in keys if row[key] is not None)]))


def event_label(row: Row) -> str:
    """Name the event and grade of a row."""
    event = text(row, "event")
    name = endpoint_label(event if event.startswith("ae_") else f"ae_{event}")
    return f"{name}, {grade_label(text(row, 'grade'))}"


def _drawn(rows: Rows, arms: Sequence[str]) -> list[dict[str, Any]]:
    """Pair simulated with published rates per event, grade and arm; a further data cut gets a line of its own."""
    order = {arm: index for index, arm in enumerate(arms)}
    drawn: list[dict[str, Any]] = []
    for label, block in grouped(rows, event_label).items():
        by_arm = grouped(block, lambda row: text(row, "arm"))
        heading = label
        for arm in sorted(by_arm, key=lambda name: order.get(name, 99)):
            simulated = [row for row in by_arm[arm] if text(row, "origin") == "simulated"]
            published = [row for row in by_arm[arm] if text(row, "origin") == "published"]
            for index in range(max(len(simulated), len(published))):
                sim = simulated[index] if index < len(simulated) else {}
                pub = published[index] if index < len(published) else {}
                drawn.append(
                    {
                        "line": len(drawn),
                        "label": label,
                        "heading": heading,
                        "arm": arm if index == 0 else "",
                        "color": style.arm_color(arms, arm),
                        "percent": number(sim, "percent"),
                        "low": number(sim, "low"),
                        "high": number(sim, "high"),
                        "pub": number(pub, "percent"),
                        "pub_low": number(pub, "low"),
                        "pub_high": number(pub, "high"),
                        "cut": text(pub, "cut"),
                        "published": _said(pub),
                        "simulated": _said(sim),
                    }
                )
                heading = ""
    return drawn


def _numbers(base: alt.Chart, y: alt.Y) -> list[alt.Chart]:
    """Write the numbers right of the plot, with their headings."""
    heading = style.words(style.chart([{}]), size=11, color=style.QUIET)
    return [
        style.words(base).encode(y=y, x=style.x_at(_PLOT + _PUBLISHED), text=alt.Text("published:N")),
        style.words(base).encode(y=y, x=style.x_at(_PLOT + _SIMULATED), text=alt.Text("simulated:N")),
        heading.encode(x=style.x_at(_PLOT + _PUBLISHED), y=style.y_at(-8), text=alt.value("published")),
        heading.encode(x=style.x_at(_PLOT + _SIMULATED), y=style.y_at(-8), text=alt.value("simulated (interval)")),
    ]


def _said(row: Row) -> str:
    """Write a rate with its interval; nothing for an absent row."""
    percent, low, high = number(row, "percent"), number(row, "low"), number(row, "high")
    if percent is None:
        return ""
    ends = None if low is None and high is None else (low, high)
    return wording.value(percent, "percent") + wording.short_span(ends, "percent")
