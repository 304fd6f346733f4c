"""Pictures of a design: events over the calendar, the effect at each look, and power over sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from cereblon.core.rows import Rows, number
from cereblon.report import style

_LEFT = 60  # pixels that the axis and its title take
_HEIGHT = 320
_CELL = 46


def calendar_chart(rows: Rows, looks: Mapping[int, float]) -> alt.VConcatChart:
    """Draw patients and events over the calendar with their bands, and the months of the looks.

    Parameters
    ----------
    rows
        Rows of `calendar`.
    looks
        Month of each look that is drawn, by its number.
    """
    names = {"enrolled": "patients enrolled", "events": "events"}
    colors = dict(zip(names, style.SIMULATED, strict=False))
    drawn = [
        {
            "what": what,
            "month": number(row, "month"),
            "low": number(row, f"{what}_low"),
            "middle": number(row, f"{what}_middle"),
            "high": number(row, f"{what}_high"),
        }
        for row in rows
        for what in names
    ]
    base = style.chart(drawn)
    last = max([number(row, "month") or 0.0 for row in rows] + list(looks.values()))
    axis = style.months_axis("months since the first patient", last, grid=False)
    x = alt.X("month:Q", axis=axis, scale=dict(nice=False))
    color = alt.Color("what:N", scale=alt.Scale(domain=list(names), range=list(colors.values())), legend=None)
    y = alt.Y("middle:Q", axis=dict(title="patients"))
    tips = [alt.Tooltip("month:Q", format=".0f"), *style.tips("low:Q", "middle:Q", "high:Q")]
    band = base.mark_area(opacity=0.2).encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=color)
    line = base.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=color, tooltip=tips)
    layers: list[Any] = [band, line]
    if looks:
        marks = style.chart([{"month": one, "told": f"look {n}"} for n, one in looks.items()])
        layers.append(marks.mark_rule(strokeDash=[4, 3], color=style.QUIET).encode(x=alt.X("month:Q")))
        told = marks.mark_text(align="center", baseline="bottom", color=style.QUIET)
        layers.append(told.encode(x=alt.X("month:Q"), y=alt.value(-3), text=alt.Text("told:N")))
    chart = alt.layer(*layers).properties(width=style.WIDTH - _LEFT, height=_HEIGHT)
    keys = [style.Key("line", words, colors[what]) for what, words in names.items()]
    keys.append(style.Key("band", "nine of ten simulated trials", style.QUIET))
    return style.with_legend(chart, keys, _LEFT)


def effect_chart(rows: Rows, *, quantity: str, ratio: bool) -> alt.VConcatChart:
    """Draw the estimated effect at each look: its median, nine of ten trials, and what would just succeed.

    Parameters
    ----------
    rows
        Rows of `looks`.
    quantity
        What the effect is, in words.
    ratio
        Whether it is a ratio, drawn on a logarithmic axis.
    """
    drawn = [
        {
            "look": f"look {row['look']}",
            "low": number(row, "effect_low"),
            "middle": number(row, "effect_middle"),
            "high": number(row, "effect_high"),
            "needed": number(row, "effect_needed"),
        }
        for row in rows
    ]
    base = style.chart(drawn)
    y = alt.Y("look:N", axis=dict(title=None), sort=None)
    scale = dict(type="log", nice=False) if ratio else dict(nice=True, zero=False)
    x = alt.X("low:Q", scale=scale, axis=dict(title=quantity))
    color = style.SIMULATED[0]
    layers = [
        base.mark_rule(strokeWidth=3, color=color).encode(x=x, x2=alt.X2("high:Q"), y=y),
        base.mark_point(shape="circle", filled=True, size=90, color=color, opacity=1).encode(
            x=alt.X("middle:Q"), y=y
        ),
        base.mark_tick(thickness=3, size=26, color=style.SIMULATED[1]).encode(x=alt.X("needed:Q"), y=y),
    ]
    chart = alt.layer(*layers).properties(width=style.WIDTH - 80, height=_CELL * max(len(drawn), 1))
    keys = [
        style.Key("dot", "median of simulated trials", color),
        style.Key("line", "nine of ten", color),
        style.Key("bar", "smallest effect that succeeds", style.SIMULATED[1]),
    ]
    return style.with_legend(chart, keys, _LEFT)


def search_chart(rows: Rows, *, quantity: str, wanted: float) -> alt.VConcatChart:
    """Draw power over what was searched.

    Parameters
    ----------
    rows
        Rows of `search`.
    quantity
        What was varied, in words.
    wanted
        Chance of success that was wanted.
    """
    base = style.chart([{"tried": row["tried"], "power": 100 * (number(row, "power") or 0.0)} for row in rows])
    x = alt.X("tried:Q", scale=dict(nice=True, zero=False), axis=dict(title=quantity))
    y = alt.Y("power:Q", scale=dict(domain=[0, 100]), axis=dict(title="chance of success, %"))
    line = base.mark_line(point=True, color=style.SIMULATED[0]).encode(
        x=x, y=y, tooltip=style.tips("tried:Q", "power:Q")
    )
    rule = style.chart([{"power": 100 * wanted}]).mark_rule(strokeDash=[4, 3], color=style.QUIET)
    chart = alt.layer(line, rule.encode(y=alt.Y("power:Q"))).properties(width=style.WIDTH - _LEFT, height=_HEIGHT)
    keys = [style.Key("line", "simulated trials", style.SIMULATED[0]), style.Key("thin", "wanted", style.QUIET)]
    return style.with_legend(chart, keys, _LEFT)


def grid_chart(rows: Rows, *, until: str) -> alt.VConcatChart:
    """Draw power over sizes and ends of the trial.

    Parameters
    ----------
    rows
        Rows of `grid`.
    until
        What ends the trial, in words.
    """
    drawn = [
        {
            "size": number(row, "patients_planned"),
            "until": round(number(row, "until") or 0.0, 1),
            "power": 100 * (number(row, "power") or 0.0),
        }
        for row in rows
    ]
    base = style.chart(drawn)
    x = alt.X("size:O", axis=dict(title="patients of both arms", labelAngle=0))
    y = alt.Y("until:O", axis=dict(title=until), sort="descending")
    color = alt.Color("power:Q", scale=dict(scheme="blues", domain=[0, 100]), legend=None)
    cells = base.mark_rect().encode(x=x, y=y, color=color)
    light = alt.condition("datum.power > 60", alt.value("white"), alt.value(style.INK))
    told = base.mark_text(fontSize=12).encode(x=x, y=y, text=alt.Text("power:Q", format=".0f"), color=light)
    height = _CELL * max(len({row["until"] for row in drawn}), 1)
    chart = alt.layer(cells, told).properties(width=style.WIDTH - 120, height=min(height, 600))
    return style.with_legend(chart, [style.Key("bar", "chance of success, %", style.SIMULATED[0])], 120)
