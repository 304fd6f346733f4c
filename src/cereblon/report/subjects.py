"""Single simulated subjects: depth of response, M-protein over time, and the course of treatment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from cereblon.core.rows import Row, Rows, evenly, grouped, number, rounded, text
from cereblon.report import style

WATERFALL_SUBJECTS = 150  # per arm
SPAGHETTI_SUBJECTS = 16
SPAGHETTI_POINTS = 80  # per subject
SWIMMER_SUBJECTS = 18
_GAP = 40
_AXIS = 50  # pixels of a vertical axis with its title
_DEPTHS = (("VGPR", -90.0), ("PR", -50.0), ("MR", -25.0))  # IMWG, serum M-protein, percent of the first value
_RISE = 25.0
_FLOOR, _QUANTIFIED = 0.5, 1.0  # where what is not measurable is drawn, and the least that is, g/L
_EVENTS = {
    "response": ("triangle-up", "#ffffff"),
    "transplant": ("square", "#ffffff"),
    "progression": ("cross", style.INK),
    "death": ("square", style.INK),
    "censored": ("triangle-right", style.INK),
}


def _side_by_side(charts: list[style.Drawing]) -> alt.ConcatChart:
    return alt.concat(*charts, columns=2, spacing=_GAP)


def _panel_width(count: int) -> int:
    return (style.WIDTH - 60) if count == 1 else (style.WIDTH - _GAP - 2 * 52) // 2


def _title(arm: str, arms: Sequence[str]) -> alt.TitleParams:
    return alt.Title(f"{arm}, simulated", color=style.arm_color(arms, arm))


def waterfall(rows: Rows, arms: Sequence[str]) -> alt.VConcatChart:
    """Draw the best change of M-protein, one bar per subject, coloured by what was measured.

    A fall of 90 % is coloured as such although no second sample confirmed it; complete response, which takes more
    than M-protein, is coloured where it was confirmed.

    Parameters
    ----------
    rows
        Rows of `waterfall` with the arms' labels; thinned evenly along the order of depth.
    arms
        Labels of the arms, in order.
    """
    used = style.shown_arms(rows, arms)
    order = list(style.RESPONSES)
    color = alt.Color("response:N", scale=dict(domain=order, range=list(style.RESPONSES.values())), legend=None)
    levels = style.chart([{"y": -50.0, "words": "PR"}, {"y": -90.0, "words": "VGPR"}])
    axis = dict(title="best change of serum M-protein, %", values=[-100, -75, -50, -25, 0, 25, 50, 75, 100])
    scale = dict(domain=[-100, 100], clamp=True, nice=False)
    charts: list[style.Drawing] = []
    for arm in used:
        measured = [{**row, "response": _measured(row)} for row in rows if text(row, "arm") == arm]
        own = sorted(measured, key=lambda row: (-(number(row, "change") or 0.0), -order.index(text(row, "response"))))
        drawn = [{**row, "rank": rank} for rank, row in enumerate(rounded(evenly(own, WATERFALL_SUBJECTS)))]
        bars = style.chart(drawn).mark_bar(clip=True)
        x = alt.X("rank:O", axis=None, scale=dict(paddingInner=0.08))
        tips = [*style.tips("subject:Q", "response:N"), alt.Tooltip("change:Q", title="%", format=".0f")]
        charts.append(
            alt.layer(
                bars.encode(x=x, y=alt.Y("change:Q", scale=scale, axis=axis), color=color, tooltip=tips),
                levels.mark_rule(color=style.QUIET, strokeDash=[4, 3]).encode(y=alt.Y("y:Q", scale=scale, axis=axis)),
                style.words(levels, dx=4, dy=-7, size=11, color=style.QUIET).encode(
                    x=style.x_at(0), y=alt.Y("y:Q", scale=scale, axis=axis), text=alt.Text("words:N")
                ),
            ).properties(width=_panel_width(len(used)), height=260, title=_title(arm, arms))
        )
    present = [name for name in order if any(_measured(row) == name for row in rows)]
    keys = [style.Key("bar", name, style.RESPONSES[name]) for name in present]
    return style.with_legend(_side_by_side(charts), keys, _AXIS)


def _measured(row: Row) -> str:
    """Name the depth that the best change of M-protein has; complete response as it was confirmed."""
    if text(row, "response") in ("sCR", "CR"):
        return text(row, "response")
    change = number(row, "change") or 0.0
    return next((name for name, most in _DEPTHS if change <= most), "PD" if change >= _RISE else "SD")


def spaghetti(rows: Rows, arms: Sequence[str]) -> alt.VConcatChart:
    """Draw measured M-protein over time, a thin line per subject, on a logarithmic axis with "none" at its foot.

    Parameters
    ----------
    rows
        Rows of `spaghetti` with the arms' labels; subjects and points beyond a page's need are thinned evenly.
    arms
        Labels of the arms, in order.
    """
    used = style.shown_arms(rows, arms)
    shown = [row for arm in used for row in _sampled([row for row in rows if text(row, "arm") == arm])]
    top = max([2.0, *(number(row, "m_protein") or 0.0 for row in shown)])
    end = max((number(row, "month") or 0.0 for row in shown), default=12.0)
    ticks = [tick for tick in (_FLOOR, 1, 2, 5, 10, 20, 50, 100) if tick <= top * 1.05]
    y = alt.Y(
        "at:Q",
        scale=dict(type="log", domain=[_FLOOR * 0.95, top * 1.05], nice=False),
        axis=dict(
            title="measured serum M-protein, g/L",
            values=ticks,
            labelExpr=f"datum.value < {_QUANTIFIED} ? 'none' : datum.value",
        ),
    )
    axis = style.months_axis("months from randomisation", end)
    x = alt.X("month:Q", scale=dict(domain=[0, end], nice=False), axis=axis)
    charts: list[style.Drawing] = []
    for arm in used:
        drawn = [row for row in shown if text(row, "arm") == arm]
        lines = style.chart([{**row, "at": max(_FLOOR, number(row, "m_protein") or 0.0)} for row in rounded(drawn)])
        hover = alt.selection_point(
            fields=["subject"], on="pointerover", clear="pointerout", empty=False, name=f"h{len(charts)}"
        )
        line = lines.mark_line(color=style.arm_color(arms, arm)).encode(
            x=x,
            y=y,
            detail=alt.Detail("subject:N"),
            opacity=alt.condition(hover, alt.value(1.0), alt.value(0.38)),
            strokeWidth=alt.condition(hover, alt.value(2.6), alt.value(1.1)),
            tooltip=[*style.tips("subject:N", "month:Q"), alt.Tooltip("m_protein:Q", title="g/L")],
        )
        chart = alt.layer(line.add_params(hover))
        charts.append(chart.properties(width=_panel_width(len(used)), height=260, title=_title(arm, arms)))
    keys = [style.Key("thin", f"one subject of {arm}, simulated", style.arm_color(arms, arm)) for arm in used]
    return style.with_legend(_side_by_side(charts), keys, _AXIS)


def _sampled(rows: Rows) -> list[Row]:
    subjects = list(grouped(rows, lambda row: number(row, "subject")).values())
    return [
        row
        for own in evenly(subjects, SPAGHETTI_SUBJECTS)
        for row in evenly(sorted(own, key=lambda row: number(row, "month") or 0.0), SPAGHETTI_POINTS)
    ]


def swimmer(rows: Rows, events: Rows, arms: Sequence[str]) -> alt.VConcatChart:
    """Draw the course of single subjects: lines of therapy as bars, events as marks.

    Parameters
    ----------
    rows
        Rows of `swimmer` with the arms' labels; subjects beyond a page's need are thinned evenly by length.
    events
        Rows of `swimmer_events` with the arms' labels.
    arms
        Labels of the arms, in order.
    """
    used = style.shown_arms(rows, arms)
    end = max(number(row, "end") or 0.0 for row in rows)
    scale = dict(domain=[0, end * 1.02], nice=False)
    x_axis = style.months_axis("months from randomisation", end)
    names = list(style.LINES)
    color = alt.Color("name:N", scale=dict(domain=names, range=list(style.LINES.values())), legend=None)
    charts: list[style.Drawing] = []
    lines_seen: set[str] = set()
    events_seen: set[str] = set()
    for arm in used:
        segments, marks, order = _course(rows, events, arm)
        lines_seen |= {row["name"] for row in segments}
        events_seen |= {row["event"] for row in marks}
        y = alt.Y("subject:O", sort=order, axis=None)
        bars = style.chart([row for row in segments if row["name"] in names])
        spans = style.chart(segments)
        points = style.chart(marks)
        x = alt.X("start:Q", scale=scale, axis=x_axis)
        layers = [
            spans.mark_rule(color="#c3c9cf", strokeWidth=1.2).encode(y=y, x=x, x2=alt.X2("end:Q")),
            bars.mark_bar(height=8).encode(
                y=y,
                x=x,
                x2=alt.X2("end:Q"),
                color=color,
                tooltip=style.tips("subject:O", "name:N", "regimen:N", "start:Q", "end:Q"),
            ),
            points.mark_point(size=58, opacity=1, stroke=style.INK, strokeWidth=1.2).encode(
                y=y,
                x=alt.X("month:Q", scale=scale, axis=x_axis),
                shape=alt.Shape("shape:N", scale=None, legend=None),
                fill=alt.Fill("fill:N", scale=None, legend=None),
                tooltip=style.tips("subject:O", "event:N", "detail:N", "month:Q"),
            ),
        ]
        chart = alt.layer(*layers).properties(
            width=_panel_width(len(used)), height=15 * len(order), title=_title(arm, arms)
        )
        charts.append(chart)
    return style.with_legend(_side_by_side(charts), _swimmer_keys(lines_seen, events_seen))


def _swimmer_keys(lines: set[str], events: set[str]) -> list[style.Key]:
    """Explain the lines of therapy and the events that occur."""
    keys = [style.Key("bar", name, style.LINES[name]) for name in style.LINES if name in lines]
    marks_for: dict[str, style.Mark] = {
        "response": "triangle",
        "transplant": "square",
        "progression": "cross",
        "death": "square",
        "censored": "arrow",
    }
    keys += [
        style.Key(marks_for[event], "follow-up ends" if event == "censored" else event, style.INK, _EVENTS[event][1])
        for event in _EVENTS
        if event in events
    ]
    return keys


def _course(rows: Rows, events: Rows, arm: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[float]]:
    """Pick an arm's subjects, longest first, and lay out their segments and events."""
    courses = grouped((row for row in rows if text(row, "arm") == arm), lambda row: number(row, "subject") or 0.0)
    longest = sorted(courses, key=lambda subject: -max(number(row, "end") or 0.0 for row in courses[subject]))
    order = evenly(longest, SWIMMER_SUBJECTS)
    segments = [
        {**row, "name": _line_name(int(number(row, "line") or 0))}
        for subject in order
        for row in rounded(courses[subject])
    ]
    marks = [
        {**row, "shape": _EVENTS[text(row, "event")][0], "fill": _EVENTS[text(row, "event")][1]}
        for row in rounded(events)
        if text(row, "arm") == arm and number(row, "subject") in order and text(row, "event") in _EVENTS
    ]
    return segments, marks, order


def _line_name(line: int) -> str:
    if line <= 0:
        return "no treatment"
    return f"line {line}" if line <= 3 else "line 4 or later"
