"""Hazard ratios over time, with the single ratio of proportional hazards beside them."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cereblon.core.rows import Row, number
from cereblon.report import style

_WIDTH, _HEIGHT = 780, 330


def hazard_ratio_chart(
    rows: Sequence[Row], proportional: Sequence[Row], treatments: Sequence[str]
) -> alt.VConcatChart:
    """Draw hazard ratios over time.

    Parameters
    ----------
    rows, proportional
        treatment, month, hazard_ratio, low, high; the second of the model with one ratio.
    treatments
        In order, which decides the colours.
    """
    ends = [number(row, name) or 1.0 for row in rows for name in ("hazard_ratio",)]
    low, high = min([0.5, *ends]) / 1.4, max([1.5, *ends]) * 1.4
    scale = dict(type="log", domain=[low, high], nice=False, clamp=True)
    colors = dict(domain=list(treatments), range=[style.arm_color(treatments, name) for name in treatments])
    color = alt.Color("treatment:N", scale=colors, legend=None)
    x = alt.X("month:Q", axis=dict(title="months", grid=False))
    y = alt.Y("hazard_ratio:Q", scale=scale, axis=dict(title="hazard ratio", minExtent=60, maxExtent=60))
    base = style.chart(rows)
    one = style.chart([{"hazard_ratio": 1.0}]).mark_rule(color=style.QUIET, strokeDash=[4, 3])
    layers = [
        one.encode(y=y),
        base.mark_area(opacity=0.15).encode(x=x, y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q"), color=color),
        base.mark_line(strokeWidth=2.2).encode(x=x, y=y, color=color),
        style.chart(proportional).mark_line(strokeWidth=1.2, strokeDash=[6, 4]).encode(x=x, y=y, color=color),
    ]
    keys = [style.Key("line", str(name), style.arm_color(treatments, name)) for name in treatments]
    keys += [
        style.Key("band", "95% interval", style.QUIET),
        style.Key("thin", "proportional hazards (dashed)", style.INK),
    ]
    return style.with_legend(alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT), keys, 60)
