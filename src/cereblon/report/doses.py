"""Doses: how much of the planned dose was given over time, and how many were still on each drug."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cereblon.core.rows import Rows, distinct, number, rounded, text
from cereblon.report import style

_COLUMNS = 3
_FEWEST = 2.0  # percent still on a drug, for the dose that they are given to be drawn
_POINTS = 400  # rows per drug and arm beyond which a curve needs no more


def dose_intensity(rows: Rows, arms: Sequence[str]) -> alt.VConcatChart:
    """Draw relative dose intensity (above) and the share still on each drug (below), one column per drug.

    Parameters
    ----------
    rows
        Rows of `dose_intensity` with the arms' labels.
    arms
        Labels of the arms, in order.
    """
    drugs = distinct(rows, "drug")
    columns = min(_COLUMNS, len(drugs))
    width = (style.WIDTH - 70 * columns) // columns
    end = max(number(row, "month") or 0.0 for row in rows)
    top = max([100.0] + [number(row, "relative_dose_intensity") or 0.0 for row in rows])
    color = alt.Color(
        "arm:N", scale=dict(domain=list(arms), range=[style.arm_color(arms, arm) for arm in arms]), legend=None
    )
    x = alt.X("month:Q", scale=dict(domain=[0, end], nice=False), axis=style.months_axis("months", end, most=6))
    panels = []
    for drug in drugs:
        ordered = [row for row in rows if text(row, "drug") == drug]
        own = style.chart(rounded(ordered))
        many = style.chart(rounded([row for row in ordered if (number(row, "on_treatment") or 0.0) >= _FEWEST]))
        given = _line(many, x, "relative_dose_intensity", "given, % of planned", top, color)
        still = _line(own, x, "on_treatment", "still on it, %", 100.0, color)
        panels.append(
            alt.vconcat(
                given.properties(width=width, height=130, title=drug),
                still.properties(width=width, height=110),
                spacing=8,
            )
        )
    return style.with_legend(
        alt.concat(*panels, columns=columns, spacing=24), style.simulated_keys(rows, arms, "line"), 50
    )


def _line(base: alt.Chart, x: alt.X, column: str, title: str, top: float, color: alt.Color) -> alt.Chart:
    y = alt.Y(f"{column}:Q", scale=dict(domain=[0, top], nice=False), axis=dict(title=title, tickCount=5))
    line: alt.Chart = base.mark_line(strokeWidth=2)
    return line.encode(x=x, y=y, color=color, tooltip=style.tips("arm:N", "drug:N", "month:Q", f"{column}:Q"))
