"""The picture of an exposure: median and band of concentration over time, one colour for each kind of patient."""

from __future__ import annotations

import altair as alt

from cereblon.core.rows import Rows, distinct, text
from cereblon.report import style

_LEFT = 56
_LONG = 96.0  # hours up to which the axis counts hours


def concentration_chart(rows: Rows, *, unit: str, title: str, band: str, log: bool = False) -> alt.VConcatChart:
    """Draw concentrations over time.

    Parameters
    ----------
    rows
        `patient`, `time_h`, `p5`, `median`, `p95`, in the order of time within each `patient`.
    unit
        Of the concentrations.
    title
        What was given.
    band
        What the band is, in words.
    log
        Logarithmic axis; what lies below a ten-thousandth of the highest value is cut off.
    """
    who = distinct(rows, "patient")
    longest = max(float(row["time_h"] or 0.0) for row in rows)  # type: ignore[arg-type]  # a number by contract
    per, axis_unit = (1.0, "h") if longest <= _LONG else (24.0, "days")
    top = max(float(row["p95"] or 0.0) for row in rows)  # type: ignore[arg-type]
    low = top * 1e-4
    drawn: list[dict[str, object]] = [
        {
            "who": text(row, "patient"),
            "time": round(float(row["time_h"] or 0.0) / per, 5),  # type: ignore[arg-type]
            **{name: max(float(row[name] or 0.0), low if log else 0.0) for name in ("p5", "median", "p95")},  # type: ignore[arg-type]
        }
        for row in rows
    ]
    base = style.chart(drawn)
    time = dict(title=f"time, {axis_unit}", values=style.hours_ticks(longest / per, axis_unit == "days"))
    x = alt.X("time:Q", axis=time, scale=dict(domain=[0, longest / per], nice=False))
    scale = dict(type="log", domain=[low, top * 1.3]) if log else dict(domainMin=0)
    axis = dict(title=f"concentration, {unit}", minExtent=_LEFT, maxExtent=_LEFT)
    colors = dict(domain=who, range=list(style.SIMULATED[: len(who)]))
    color = alt.Color("who:N", scale=colors, legend=None)
    tips = [
        alt.Tooltip("who:N", title="who"),
        alt.Tooltip("time:Q", title=axis_unit, format=".2f"),
        alt.Tooltip("median:Q", title=f"median, {unit}", format=".4~g"),
        alt.Tooltip("p5:Q", title="5 %", format=".4~g"),
        alt.Tooltip("p95:Q", title="95 %", format=".4~g"),
    ]
    y = alt.Y("median:Q", scale=scale, axis=axis)
    shade = base.mark_area(opacity=0.2, clip=True).encode(
        x=x, y=alt.Y("p5:Q", scale=scale, axis=axis), y2=alt.Y2("p95:Q"), color=color
    )
    line = base.mark_line(strokeWidth=2.2, clip=True).encode(x=x, y=y, color=color)
    touch = base.mark_line(strokeWidth=16, opacity=0, clip=True).encode(x=x, y=y, color=color, tooltip=tips)
    plot = alt.layer(shade, line, touch).properties(width=style.WIDTH - _LEFT - 30, height=320, title=title)
    named = who if len(who) > 1 else ["median"]  # of one the title says who it is
    keys = [style.Key("line", said, style.arm_color(who, name)) for said, name in zip(named, who, strict=True)]
    keys.append(style.Key("band", band, style.QUIET))
    return style.with_legend(plot.interactive(bind_y=False), keys, _LEFT)


def predictions_chart(rows: Rows, *, unit: str, title: str) -> alt.Chart:
    """Draw the concentrations at the observations of an event data set, a line for each subject.

    Parameters
    ----------
    rows
        `ID`, `TIME`, `IPRED`, and `DV` where residual error was added.
    unit
        Of the concentrations.
    title
        Of what.
    """
    base = style.chart([dict(row) for row in rows])
    x = alt.X("TIME:Q", title="TIME")
    line = base.mark_line(strokeWidth=1.4, point=alt.OverlayMarkDef(size=18)).encode(
        x=x,
        y=alt.Y("IPRED:Q", title=f"IPRED, {unit}"),
        color=alt.Color("ID:N", legend=None, scale=dict(range=list(style.SIMULATED))),
        tooltip=[*style.tips("ID:N", "TIME:Q"), alt.Tooltip("IPRED:Q", format=".4~g")],
    )
    drawn: alt.Chart = line.properties(width=style.WIDTH - _LEFT - 30, height=320, title=title)
    return drawn
