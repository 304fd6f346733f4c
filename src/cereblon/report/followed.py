"""One subject day by day: counts with their limits, doses, adverse events and decisions, above one another."""

from __future__ import annotations

import altair as alt

from cereblon.core.rows import Row, Rows, distinct, number, text
from cereblon.report import style
from cereblon.vocabulary.endpoints import endpoint_label

_LEFT = 250
_LIMITS = {"neutrophils": (1.0, 0.5), "platelets": (50.0, 30.0), "haemoglobin": (80.0,)}
_UNITS = {
    "neutrophils": "neutrophils, 10\u2079/L",
    "platelets": "platelets, 10\u2079/L",
    "haemoglobin": "haemoglobin, g/L",
}
_GRADES = ("#f3dfb4", "#e9b872", "#d98040", "#b5432a", "#5b1a12")
_ROW = 17


def followed(rows: Rows) -> alt.VConcatChart:
    """Draw the course of one subject.

    Parameters
    ----------
    rows
        Rows of `followed` of one arm.
    """
    end = max([number(row, "end") or number(row, "day") or 0.0 for row in rows], default=1.0)
    x = alt.X("day:Q", scale=dict(domain=[0, end], nice=False), axis=dict(title=None, tickCount=12, grid=True))
    last = alt.X("day:Q", scale=dict(domain=[0, end], nice=False), axis=dict(title="day", tickCount=12, grid=True))
    panels: list[style.Drawing] = [
        _counts([row for row in rows if text(row, "name") == name], name, x)
        for name in _UNITS
        if any(text(row, "name") == name for row in rows)
    ]
    doses = [row for row in rows if text(row, "kind") == "dose"]
    events = [row for row in rows if text(row, "kind") == "event"]
    if doses:
        panels.append(_bars(doses, [], x, _dose_color(), end))
    decisions = [row for row in rows if text(row, "kind") == "decision"]
    if decisions:
        panels.append(_ticks(decisions, x))
    if events:
        panels.append(_bars(events, [], last, _grade_color(), end))
    whole: alt.VConcatChart = alt.vconcat(*panels, spacing=10).resolve_scale(color="independent")
    return style.styled(whole)


def _counts(rows: Rows, name: str, x: alt.X) -> style.Drawing:
    base = style.chart([{"day": number(row, "day"), "value": number(row, "value")} for row in rows])
    y = alt.Y("value:Q", scale=dict(zero=True), axis=dict(title=_UNITS[name].split(" "), tickCount=4))
    limits = style.chart([{"value": limit} for limit in _LIMITS[name]])
    return alt.layer(
        limits.mark_rule(strokeDash=[4, 3], color=style.QUIET).encode(y=alt.Y("value:Q")),
        base.mark_line(strokeWidth=1, color=style.INK).encode(x=x, y=y),
        base.mark_point(size=14, filled=True, opacity=1, color=style.INK).encode(
            x=x, y=y, tooltip=style.tips("day:Q", "value:Q")
        ),
    ).properties(width=style.WIDTH - _LEFT, height=90)


def _bars(rows: Rows, order: list[str], x: alt.X, color: alt.Color, end: float) -> alt.Chart:
    drawn = [
        {
            "name": _name(row),
            "day": number(row, "day"),
            "end": number(row, "end") if number(row, "end") is not None else end,
            "value": number(row, "value"),
            "words": text(row, "words"),
        }
        for row in rows
    ]
    names = order or list(dict.fromkeys(str(row["name"]) for row in drawn))
    chart: alt.Chart = (
        style.chart(drawn)
        .mark_bar(height=_ROW - 5, stroke=style.QUIET, strokeWidth=0.4)
        .encode(
            x=x,
            x2=alt.X2("end:Q"),
            y=alt.Y("name:N", sort=names, axis=style.words_axis(names)),
            color=color,
            tooltip=style.tips("name:N", "day:Q", "end:Q", "words:N"),
        )
        .properties(width=style.WIDTH - _LEFT, height=_ROW * len(names))
    )
    return chart


def _ticks(rows: Rows, x: alt.X) -> alt.Chart:
    drawn = [
        {"name": f"decision: {text(row, 'name')}", "day": number(row, "day"), "words": text(row, "words")}
        for row in rows
    ]
    names = list(dict.fromkeys(str(row["name"]) for row in drawn))
    chart: alt.Chart = (
        style.chart(drawn)
        .mark_tick(thickness=3, color=style.INK, size=_ROW - 4)
        .encode(
            x=x,
            y=alt.Y("name:N", sort=names, axis=style.words_axis(names)),
            tooltip=style.tips("name:N", "day:Q", "words:N"),
        )
        .properties(width=style.WIDTH - _LEFT, height=_ROW * len(names))
    )
    return chart


def _dose_color() -> alt.Color:
    legend = dict(title=["given of", "planned, %"], orient="right", gradientLength=70)
    return alt.Color("value:Q", scale=dict(domain=[0, 100], range=["#ffffff", "#3f6f8f"]), legend=legend)


def _grade_color() -> alt.Color:
    legend = dict(title="grade", orient="right")
    return alt.Color("value:O", scale=dict(domain=[1, 2, 3, 4, 5], range=list(_GRADES)), legend=legend)


def _name(row: Row) -> str:
    name = text(row, "name")
    return endpoint_label(f"ae_{name}") if text(row, "kind") == "event" else name


def reasons(rows: Rows) -> list[tuple[str, str, str]]:
    """List decisions and ends in order: day, drug or event, and why."""
    told = [row for row in rows if text(row, "kind") in ("decision", "end")]
    return [
        (f"{number(row, 'day') or 0.0:g}", text(row, "name").replace("_", " "), text(row, "words")) for row in told
    ]


def arms_followed(rows: Rows) -> list[str]:
    """Name the arms of which a subject is followed."""
    return distinct(rows, "arm")
