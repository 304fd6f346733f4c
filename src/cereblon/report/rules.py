"""What dose rules change: the share of the planned dose under each rule set."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cereblon.core.rows import Row, Rows, distinct, number, rounded, text
from cereblon.report import style

DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])


def doses_under_rules(rows: Rows, arms: Sequence[str]) -> alt.VConcatChart:
    """Draw given of planned over time, a column for each arm and a row for each drug; a dash for each rule set.

    Parameters
    ----------
    rows
        Rows of `rule_doses` with the arms' labels.
    arms
        Labels of the arms, in order.
    """
    rules, drugs = distinct(rows, "rules"), distinct(rows, "drug")
    shown = [arm for arm in arms if arm in distinct(rows, "arm")]
    width = (style.WIDTH - 70 * len(shown)) // len(shown)
    end = max(number(row, "month") or 0.0 for row in rows)
    top = max([100.0] + [number(row, "relative_dose_intensity") or 0.0 for row in rows])
    dash = alt.StrokeDash(
        "rules:N",
        scale=dict(domain=rules, range=[DASHES[place % len(DASHES)] for place in range(len(rules))]),
        legend=alt.Legend(title="dose rules", orient="top", symbolStrokeWidth=2, symbolSize=500, labelLimit=220),
    )
    given: dict[tuple[str, str], list[Row]] = {(drug, arm): [] for drug in drugs for arm in shown}
    for row in rows:
        given[text(row, "drug"), text(row, "arm")].append(row)
    everywhere = [drug for drug in drugs if all(given[drug, arm] for arm in shown)]
    lines = []
    # A line of pictures for each drug of all arms, and one for what tells the arms apart.
    for together in (*([drug] for drug in everywhere), [drug for drug in drugs if drug not in everywhere]):
        panels = []
        for arm, drug in ((arm, drug) for arm in shown for drug in together if given[drug, arm]):
            base = style.chart(rounded(given[drug, arm]))
            line = base.mark_line(strokeWidth=2, color=style.arm_color(arms, arm)).encode(
                x=alt.X(
                    "month:Q", scale=dict(domain=[0, end], nice=False), axis=style.months_axis("months", end, most=6)
                ),
                y=alt.Y(
                    "relative_dose_intensity:Q",
                    scale=dict(domain=[0, top], nice=False),
                    axis=dict(title="given, % of planned", tickCount=5),
                ),
                strokeDash=dash,
                tooltip=style.tips("arm:N", "drug:N", "rules:N", "month:Q", "relative_dose_intensity:Q"),
            )
            panels.append(line.properties(width=width, height=120, title=f"{drug}, {arm}"))
        if panels:
            lines.append(alt.hconcat(*panels, spacing=20))
    return style.styled(alt.vconcat(*lines, spacing=14))
