"""Survival curves with the published curves, medians and landmarks drawn over them, and the numbers at risk below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from cereblon.core.rows import Row, Rows, evenly, grouped, interval, number, text
from cereblon.report import style, wording

_AXIS = 60  # least pixels kept for the vertical axis; curves and numbers at risk keep the same, so that they line up
_GAP = 24  # between an arm's name and its first number at risk
_HEIGHT = 340
_POINTS = 500  # per arm
_FEWEST_AT_RISK = 0.02  # of those at the start, for a curve to go on
_DASHES = ([1, 0], [6, 3], [2, 3])  # of published curves, by arm
_LINE = 5.5  # percent that the words beside a point take, on a phone too
_LATE = 0.7  # of the axis
_SIDES: tuple[tuple[str, Literal["left", "right"], int], ...] = (
    ("!datum.is_late", "left", 8),
    ("datum.is_late", "right", -8),
)


def survival_curves(
    rows: Rows, published: Rows, arms: Sequence[str], *, quantity: str, band: str
) -> alt.VConcatChart:
    """Draw the curves of one endpoint.

    Parameters
    ----------
    rows
        Rows of `km` for one endpoint, with the arms' labels.
    published
        Rows of `km_published` for the same endpoint; may be empty.
    arms
        Labels of the arms, in order.
    quantity
        What the vertical axis shows, in words.
    band
        What the band is, in words; empty when there is none.
    """
    printed = [row for row in published if text(row, "kind") == "curve"]
    single = [row for row in published if text(row, "kind") != "curve"]
    marks = _published_marks(single, arms)
    last = max(number(row, "month") or 0.0 for row in (*rows, *published))
    end = max(12.0, 12 * math.ceil(last / 12))
    step = 12 if end <= 120 else 24
    scale = dict(domain=[0, end], nice=False)
    ticks = [float(month) for month in range(0, int(end) + 1, step)]
    curves = _curves(rows, arms, scale, ticks, quantity)
    layers = [curves, *_printed(printed, arms, scale), *([_published(marks, scale, end)] if marks else [])]
    parts: list[style.Drawing] = [alt.layer(*layers).properties(width=curves.width, height=_HEIGHT)]
    at_risk = _at_risk(rows, ticks, arms)
    if at_risk:
        parts.append(_risk_table(at_risk, arms, scale))
    keys = style.simulated_keys(rows, arms, "line")
    if any(row.get("low") is not None for row in rows):
        keys.append(style.Key("band", band, style.QUIET))
    keys += style.published_keys(single, arms)
    if printed:
        keys.append(style.Key("thin", "published curve, read off its figure", style.PUBLISHED))
    return style.with_legend(alt.vconcat(*parts, spacing=6), keys, style.label_space(arms, _AXIS, _GAP))


def _curves(
    rows: Rows, arms: Sequence[str], scale: style.Options, ticks: list[float], quantity: str
) -> style.Drawing:
    drawn: list[dict[str, Any]] = [
        {
            "arm": text(row, "arm"),
            "month": round(number(row, "month") or 0.0, 2),
            "percent": round(100 * (number(row, "survival") or 0.0), 1),
            "low": _percent(row, "low"),
            "high": _percent(row, "high"),
        }
        for arm_rows in grouped(rows, lambda row: text(row, "arm")).values()
        for row in evenly(_followed(sorted(arm_rows, key=lambda row: number(row, "month") or 0.0)), _POINTS)
    ]
    base = style.chart(drawn)
    x = alt.X("month:Q", scale=scale, axis=dict(title="months from randomisation", values=ticks, grid=False))
    left = style.label_space(arms, _AXIS, _GAP)
    axis = dict(title=quantity, values=[0, 25, 50, 75, 100], minExtent=left, maxExtent=left)
    y = alt.Y("percent:Q", scale=dict(domain=[0, 100]), axis=axis)
    color = alt.Color("arm:N", scale=_arm_scale(arms), legend=None)
    tips = [
        alt.Tooltip("arm:N", title="arm, simulated"),
        alt.Tooltip("month:Q", title="month", format=".1f"),
        alt.Tooltip("percent:Q", title="%", format=".1f"),
        alt.Tooltip("low:Q", title="band from", format=".1f"),
        alt.Tooltip("high:Q", title="band to", format=".1f"),
    ]
    layers = [
        base.mark_line(interpolate="step-after", strokeWidth=2.2).encode(x=x, y=y, color=color),
        base.mark_line(interpolate="step-after", strokeWidth=14, opacity=0).encode(
            x=x, y=y, color=color, tooltip=tips
        ),
    ]
    if any(row["low"] is not None for row in drawn):
        area = base.transform_filter("isValid(datum.low) && isValid(datum.high)").mark_area(
            interpolate="step-after", opacity=0.16
        )
        layers.insert(0, area.encode(x=x, y=alt.Y("low:Q", axis=axis), y2=alt.Y2("high:Q"), color=color))
    return alt.layer(*layers).properties(width=style.WIDTH - left - 20, height=_HEIGHT)


def _followed(rows: Rows) -> Rows:
    """Leave out the end of a curve, where so few are at risk that one event moves it by far."""
    first = number(rows[0], "at_risk") if rows else None
    fewest = (first or 0.0) * _FEWEST_AT_RISK
    return [row for row in rows if (at_risk := number(row, "at_risk")) is None or at_risk >= fewest]


def _percent(row: Row, column: str) -> float | None:
    share = number(row, column)
    return None if share is None else round(100 * share, 1)


def _printed(rows: Rows, arms: Sequence[str], scale: style.Options) -> list[style.Drawing]:
    """Draw the published curves, each with its arm's name at its end."""
    layers: list[style.Drawing] = []
    for place, arm in enumerate(style.shown_arms(rows, arms)):
        own = [
            {"month": number(row, "month"), "percent": number(row, "percent"), "words": f"{arm}, published"}
            for row in rows
            if text(row, "arm") == arm
        ]
        x, y = alt.X("month:Q", scale=scale), alt.Y("percent:Q")
        line = style.chart(own).mark_line(
            color=style.PUBLISHED, strokeWidth=1.4, strokeDash=_DASHES[place % len(_DASHES)], interpolate="linear"
        )
        layers.append(line.encode(x=x, y=y, tooltip=style.tips("words:N", "month:Q", "percent:Q")))
        end = style.chart(own[-1:])
        layers.append(style.words(end, dx=4, dy=-8, size=11).encode(x=x, y=y, text=alt.Text("words:N")))
    return layers


def _published_marks(rows: Rows, arms: Sequence[str]) -> list[dict[str, Any]]:
    """Place the published points; labels of medians are stacked above the time axis, leftmost lowest."""
    marks: list[dict[str, Any]] = []
    medians = 0
    for row in sorted(rows, key=lambda row: (number(row, "month") or 0.0, text(row, "arm"))):
        month, percent = number(row, "month") or 0.0, number(row, "percent")
        is_median = text(row, "kind") == "median"
        low, high = interval(row, "interval") or (None, None)
        arm, cut = text(row, "arm"), text(row, "cut")
        shown = f"{month:.4g} months" if is_median else f"{percent:.4g} % at {month:g} months"
        height = 50.0 if is_median else percent
        marks.append(
            {
                "arm": arm,
                "month": month,
                "percent": height,
                "fill": style.published_fill(arms, arm),
                "month_low": low if is_median else None,
                "month_high": high if is_median else None,
                "low": None if is_median else low,
                "high": None if is_median else high,
                "foot": 3.0 + _LINE * medians if is_median else None,
                "words": f"{arm} {shown}" + (f" ({wording.cut_words(cut)})" if cut else ""),
                "label_x": month if high is None or not is_median else max(month, high),
                "label_at": 3.0 + _LINE * medians if is_median else height,
            }
        )
        medians += is_median
    rates = [mark for mark in marks if mark["foot"] is None]
    for mark, height in zip(rates, _apart([mark["percent"] for mark in rates], _LINE), strict=True):
        mark["label_at"] = height
    return marks


def _apart(heights: Sequence[float], gap: float) -> list[float]:
    """Move heights as little as needed for each to be at least a gap from the next."""
    order = sorted(range(len(heights)), key=lambda index: -heights[index])
    blocks: list[list[int]] = []
    for index in order:
        blocks.append([index])
        while len(blocks) > 1 and _foot(blocks[-2], heights, gap) < _top(blocks[-1], heights, gap) + gap:
            blocks[-2:] = [[*blocks[-2], *blocks[-1]]]
    placed = list(heights)
    for block in blocks:
        for place, index in enumerate(block):
            placed[index] = _top(block, heights, gap) - place * gap
    return placed


def _top(block: Sequence[int], heights: Sequence[float], gap: float) -> float:
    return sum(heights[index] for index in block) / len(block) + gap * (len(block) - 1) / 2


def _foot(block: Sequence[int], heights: Sequence[float], gap: float) -> float:
    return _top(block, heights, gap) - gap * (len(block) - 1)


def _published(marks: list[dict[str, Any]], scale: style.Options, end: float) -> style.Drawing:
    for mark in marks:  # words that would run over the edge stand left of their mark
        is_late = mark["label_x"] > _LATE * end
        mark |= {"is_late": is_late, "label_x": mark["month_low"] or mark["month"] if is_late else mark["label_x"]}
    base = style.chart(marks)
    x, y = alt.X("month:Q", scale=scale), alt.Y("percent:Q")
    tip = alt.Tooltip("words:N", title="published")
    beside = alt.X("label_x:Q", scale=scale)
    words = [
        layer.encode(x=beside, y=alt.Y("label_at:Q"), text=alt.Text("words:N"))
        for test, align, dx in _SIDES
        for layer in (
            base.transform_filter(test).mark_text(
                align=align, dx=dx, fontSize=11, stroke="#ffffff", strokeWidth=4, strokeJoin="round"
            ),
            style.words(base.transform_filter(test), align=align, dx=dx, size=11, color=style.PUBLISHED),
        )
    ]
    return alt.layer(
        base.transform_filter("isValid(datum.foot)")
        .mark_rule(strokeDash=[3, 3], color=style.PUBLISHED, strokeWidth=1.2)
        .encode(x=x, y=alt.Y("foot:Q"), y2=alt.Y2("percent:Q")),
        base.transform_filter("isValid(datum.month_low) && isValid(datum.month_high)")
        .mark_rule(color=style.PUBLISHED, strokeWidth=1.2)
        .encode(x=alt.X("month_low:Q", scale=scale), x2=alt.X2("month_high:Q"), y=alt.Y("foot:Q")),
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(color=style.PUBLISHED, strokeWidth=1.2)
        .encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q")),
        base.mark_point(
            shape=style.PUBLISHED_SHAPE, size=95, opacity=1, stroke=style.PUBLISHED, strokeWidth=1.5
        ).encode(x=x, y=y, fill=alt.Fill("fill:N", scale=None, legend=None), tooltip=tip),
        *words,
    )


def _at_risk(rows: Rows, ticks: list[float], arms: Sequence[str]) -> list[dict[str, Any]]:
    """Pick, per arm and tick, the number at risk in the last row at or before the tick."""
    picked: list[dict[str, Any]] = []
    for arm, arm_rows in grouped(rows, lambda row: text(row, "arm")).items():
        known = sorted(
            (row for row in arm_rows if row.get("at_risk") is not None), key=lambda row: number(row, "month") or 0.0
        )
        last = max((number(row, "month") or 0.0 for row in known), default=-1.0)
        for tick in ticks:
            before = [row for row in known if (number(row, "month") or 0.0) <= tick + 1e-9]
            if before and tick <= last + 1e-9:
                count = wording.count(number(before[-1], "at_risk") or 0.0)
                picked.append({"arm": arm, "order": list(arms).index(arm), "month": tick, "count": count})
    return picked


def _risk_table(picked: list[dict[str, Any]], arms: Sequence[str], scale: style.Options) -> style.Drawing:
    shown = style.shown_arms(picked, arms)
    left = style.label_space(arms, _AXIS, _GAP)
    y = alt.Y(
        "arm:N",
        sort=shown,
        axis=dict(
            title=None,
            domain=False,
            ticks=False,
            labelPadding=_GAP,
            labelLimit=left,
            minExtent=left,
            maxExtent=left,
        ),
    )
    numbers = (
        style.chart(picked)
        .mark_text(fontSize=11)
        .encode(
            x=alt.X("month:Q", scale=scale, axis=None),
            y=y,
            text=alt.Text("count:N"),
            color=alt.Color("arm:N", scale=_arm_scale(arms), legend=None),
        )
    )
    title = alt.Title(
        "at risk, simulated", fontSize=11, fontWeight="normal", anchor="start", offset=2, color=style.QUIET
    )
    return alt.layer(numbers).properties(width=style.WIDTH - left - 20, height=17 * len(shown), title=title)


def _arm_scale(arms: Sequence[str]) -> style.Options:
    return dict(domain=list(arms), range=[style.arm_color(arms, arm) for arm in arms])
