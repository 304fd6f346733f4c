"""Weights of a matching-adjusted comparison, and its effects from unadjusted to adjusted."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cereblon.core.rows import Row, number
from cereblon.report import style

_WIDTH = 520


def matching_chart(effects: Sequence[Row], weights: Sequence[float]) -> alt.VConcatChart:
    """Draw effects with intervals, and the distribution of weights.

    Parameters
    ----------
    effects
        step, treatment, versus, scale, value, low, high; in order.
    weights
        With mean 1; none for a simulated treatment comparison.
    """
    panels: list[style.Drawing] = [_effects(effects)] if effects else []
    if len(weights):
        panels.append(_weights(weights))
    return style.styled(alt.vconcat(*panels, spacing=22))


def _effects(effects: Sequence[Row]) -> style.Drawing:
    drawn = [
        {**row, "line": f"{row['step']}: {row['treatment']} versus {row['versus']}", "place": index}
        for index, row in enumerate(effects)
    ]
    ends = [number(row, name) or 1.0 for row in effects for name in ("low", "high")]
    scale = dict(type="log", domain=[min([0.5, *ends]) / 1.05, max([1.5, *ends]) * 1.05], nice=False)
    axis = dict(title=None, labelExpr="split(datum.label, ': ')", domain=False, ticks=False)
    y = alt.Y("line:N", sort=alt.SortField("place"), axis=axis)
    x = alt.X("value:Q", scale=scale, axis=dict(title=f"{effects[0]['scale']}, 95% interval"))
    base = style.chart(drawn)
    layers = [
        style.chart([{"value": 1.0}]).mark_rule(color=style.QUIET, strokeDash=[4, 3]).encode(x=x),
        base.mark_rule(strokeWidth=1.6).encode(x=alt.X("low:Q", scale=scale), x2=alt.X2("high:Q"), y=y),
        base.mark_point(shape="square", size=70, filled=True, opacity=1, color=style.INK).encode(x=x, y=y),
    ]
    return alt.layer(*layers).properties(width=_WIDTH, height=36 * len(effects))


def _weights(weights: Sequence[float]) -> style.Drawing:
    bars = style.chart([{"weight": float(weight)} for weight in weights]).mark_bar(
        color=style.SIMULATED[0], opacity=0.8
    )
    drawn: alt.Chart = bars.encode(
        x=alt.X("weight:Q", bin=alt.Bin(maxbins=40), axis=dict(title="weight of a patient (mean 1)")),
        y=alt.Y("count():Q", axis=dict(title="patients")),
    )
    return drawn.properties(width=_WIDTH, height=180, title=alt.Title("distribution of weights", fontWeight="normal"))
