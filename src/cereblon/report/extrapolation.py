"""Survival curves with what was fitted to them, and the hazards beside: within the data solid, beyond it dashed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt

from cereblon.core.rows import Row, number, text
from cereblon.report import style

_WIDTH, _HEIGHT = 780, 360
_SHOWN_MODELS = 4


def extrapolation_chart(
    steps: Sequence[Row],
    fitted: Sequence[Row],
    hazards: Sequence[Row],
    arms: Sequence[str],
    *,
    follow_up: float,
    quantity: str,
    published: Sequence[Row] = (),
) -> alt.VConcatChart:
    """Draw curves, fits and hazards.

    Parameters
    ----------
    steps
        Kaplan-Meier steps of individuals: arm, month, survival, low, high (fractions).
    fitted
        Points of fitted curves: arm, model, month, survival, hazard (per month).
    hazards
        Observed hazards in intervals: arm, start, end, hazard, low, high.
    arms
        In order, which decides the colours.
    follow_up
        Month where the data end.
    quantity
        Words of the vertical axis.
    published
        Published points to mark: arm, month, survival, low, high, month_low, month_high, label.
    """
    models = list(dict.fromkeys(text(row, "model") for row in fitted))[:_SHOWN_MODELS]
    shown = [row for row in fitted if text(row, "model") in models]
    last = max([number(row, "month") or 0.0 for row in (*steps, *shown, *published)] or [1.0])
    scale = dict(domain=[0, 6 * math.ceil(last / 6 + 0.01)], nice=False)
    panels: list[style.Drawing] = [_survival(steps, shown, published, arms, scale, quantity, follow_up)]
    if shown:
        panels.append(_hazard(hazards, shown, arms, scale, follow_up))
    keys = [style.Key("line", arm, style.arm_color(arms, arm)) for arm in arms]
    if any(row.get("low") is not None for row in steps):
        keys.append(style.Key("band", "95% band of the individuals", style.QUIET))
    keys += [style.Key("thin", f"{name} ({_dash_words(i)})", style.INK) for i, name in enumerate(models)]
    if published:
        keys.append(style.Key("diamond", "published", style.PUBLISHED))
    return style.with_legend(alt.vconcat(*panels, spacing=18), keys, 60)


_DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])
_DASH_NAMES = ("solid", "dashed", "dotted", "dash-dot")


def _dash_words(index: int) -> str:
    return _DASH_NAMES[index % len(_DASH_NAMES)]


def _dash(models: Sequence[str]) -> alt.StrokeDash:
    scale = dict(domain=list(models), range=[_DASHES[i % len(_DASHES)] for i in range(len(models))])
    return alt.StrokeDash("model:N", scale=scale, legend=None)


def _color(arms: Sequence[str]) -> alt.Color:
    scale = dict(domain=list(arms), range=[style.arm_color(arms, arm) for arm in arms])
    return alt.Color("arm:N", scale=scale, legend=None)


def _survival(
    steps: Sequence[Row],
    fitted: Sequence[Row],
    published: Sequence[Row],
    arms: Sequence[str],
    scale: style.Options,
    quantity: str,
    follow_up: float,
) -> style.Drawing:
    x = alt.X("month:Q", scale=scale, axis=style.months_axis("months", scale["domain"][1], grid=False))
    axis = dict(title=quantity, format="%", minExtent=60, maxExtent=60)
    y = alt.Y("survival:Q", scale=dict(domain=[0, 1]), axis=axis)
    color = _color(arms)
    layers: list[style.Drawing] = []
    if steps:
        base = style.chart(_rounded(steps))
        layers.append(
            base.mark_area(opacity=0.15, interpolate="step-after").encode(
                x=x, y=alt.Y("low:Q", axis=axis), y2=alt.Y2("high:Q"), color=color
            )
        )
        layers.append(base.mark_line(interpolate="step-after", strokeWidth=2.4).encode(x=x, y=y, color=color))
    if fitted:
        models = list(dict.fromkeys(text(row, "model") for row in fitted))
        lines = style.chart(_rounded(fitted)).mark_line(strokeWidth=1.3)
        layers.append(lines.encode(x=x, y=y, color=color, strokeDash=_dash(models), detail=alt.Detail("model:N")))
        layers.append(_end_of_data(follow_up, x))
    if published:
        marks = style.chart(_rounded(published))
        layers.append(marks.mark_rule(color=style.PUBLISHED).encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q")))
        sides = dict(x=alt.X("month_low:Q", scale=scale), x2=alt.X2("month_high:Q"))
        layers.append(marks.mark_rule(color=style.PUBLISHED).encode(y=y, **sides))
        layers.append(
            marks.mark_point(
                shape="diamond", size=80, opacity=1, stroke=style.PUBLISHED, strokeWidth=1.4, filled=True
            ).encode(x=x, y=y, color=color, tooltip=style.tips("arm:N", "label:N"))
        )
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)


def _hazard(
    hazards: Sequence[Row], fitted: Sequence[Row], arms: Sequence[str], scale: style.Options, follow_up: float
) -> style.Drawing:
    seen = [number(row, "hazard") or 0.0 for row in hazards]
    top = 1.3 * max([*seen, 1e-9]) if seen else None
    y_scale = dict(domain=[0, top], nice=False, clamp=True) if top else dict(zero=True)
    x = alt.X("month:Q", scale=scale, axis=style.months_axis("months", scale["domain"][1], grid=False))
    axis = dict(title="hazard per month", minExtent=60, maxExtent=60)
    y = alt.Y("hazard:Q", scale=y_scale, axis=axis)
    color = _color(arms)
    models = list(dict.fromkeys(text(row, "model") for row in fitted))
    kept = [
        row
        for row in fitted
        if number(row, "hazard") is not None and (top is None or (number(row, "hazard") or 0) <= top)
    ]
    layers: list[style.Drawing] = []
    if hazards:
        bars = style.chart(_rounded(hazards))
        across = dict(x=alt.X("start:Q", scale=scale), x2=alt.X2("end:Q"))
        layers.append(bars.mark_rule(strokeWidth=3, opacity=0.45).encode(y=y, color=color, **across))
        layers.append(
            bars.transform_calculate(middle="(datum.start + datum.end) / 2")
            .mark_rule(opacity=0.35)
            .encode(
                x=alt.X("middle:Q", scale=scale), y=alt.Y("low:Q", scale=y_scale), y2=alt.Y2("high:Q"), color=color
            )
        )
    lines = style.chart(_rounded(kept)).mark_line(strokeWidth=1.3)
    layers.append(lines.encode(x=x, y=y, color=color, strokeDash=_dash(models), detail=alt.Detail("model:N")))
    layers.append(_end_of_data(follow_up, x))
    return alt.layer(*layers).properties(
        width=_WIDTH,
        height=190,
        title=alt.Title("hazards: horizontal bars are events per person-month in the data", fontWeight="normal"),
    )


def _end_of_data(follow_up: float, x: alt.X) -> alt.Chart:
    line: alt.Chart = style.chart([{"month": follow_up}]).mark_rule(color=style.QUIET, strokeDash=[3, 3])
    return line.encode(x=x)


def _rounded(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [
        {name: round(value, 5) if isinstance(value, float) else value for name, value in row.items()} for row in rows
    ]
