"""Pictures of a target trial: the estimates, and a love plot of balance."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cereblon.core.plain_text import signed
from cereblon.core.rows import Row, number
from cereblon.report import style
from cereblon.report.narrow import NarrowLine, narrow_line

_WIDTH, _STEP = 520, 26
_BALANCED = 0.1


def effects_chart(effects: Sequence[Row]) -> alt.VConcatChart:
    """Draw the hazard ratio of each analysis with its interval.

    Parameters
    ----------
    effects
        analysis, hazard_ratio, low, high; in order.
    """
    drawn = [{**row, "place": place} for place, row in enumerate(effects)]
    scale = dict(type="log", domain=_ratios(effects), nice=False)
    y = alt.Y(
        "analysis:N",
        sort=alt.SortField("place"),
        axis=style.words_axis([str(row["analysis"]) for row in effects], domain=False),
    )
    base = style.chart(drawn)
    layers = [
        style.chart([{"one": 1.0}])
        .mark_rule(color=style.QUIET, strokeDash=[4, 3])
        .encode(x=alt.X("one:Q", scale=scale)),
        base.mark_rule(strokeWidth=1.6).encode(x=alt.X("low:Q", scale=scale), x2=alt.X2("high:Q"), y=y),
        base.mark_point(shape="square", size=70, filled=True, opacity=1, color=style.INK).encode(
            x=alt.X("hazard_ratio:Q", scale=scale, axis=dict(title="hazard ratio, 95% interval")), y=y
        ),
    ]
    picture = alt.layer(*layers).properties(width=_WIDTH, height=_STEP * len(effects))
    return style.styled(alt.vconcat(picture))


def _ratios(effects: Sequence[Row]) -> tuple[float, float]:
    ends = [number(row, name) or 1.0 for row in effects for name in ("low", "high")]
    return min([0.5, *ends]) / 1.05, max([1.5, *ends]) * 1.05


def effects_lines(effects: Sequence[Row]) -> list[NarrowLine]:
    """Give the same as a list, for narrow windows."""
    found = []
    for row in effects:
        value, low, high = (number(row, name) for name in ("hazard_ratio", "low", "high"))
        said = "not estimated" if value is None else f"{value:.2f}"
        if low is not None and high is not None:
            said += f" ({low:.2f} to {high:.2f})"
        amounts = {"low": low, "high": high, "value": value, "mark": 1.0}
        words = ("", str(row["analysis"]), f"hazard ratio {said}")
        found.append(narrow_line(_ratios(effects), amounts, words, is_log=True))
    return found


def balance_lines(balance: Sequence[Row]) -> list[NarrowLine]:
    """Give the balance of covariates as a list, for narrow windows: from before weighting to after it."""
    pairs = [(number(row, "before") or 0.0, number(row, "after") or 0.0) for row in balance]
    most = max([2 * _BALANCED, *(abs(one) for pair in pairs for one in pair)])
    return [
        narrow_line(
            (-most, most),
            {"low": min(before, after), "high": max(before, after), "value": after, "mark": 0.0},
            ("", str(row["covariate"]), f"{signed(before, 2)} before, {signed(after, 2)} after"),
        )
        for row, (before, after) in zip(balance, pairs, strict=True)
    ]


def love_plot(balance: Sequence[Row]) -> alt.VConcatChart:
    """Draw the standardised difference of each covariate before and after weighting.

    Parameters
    ----------
    balance
        covariate, before, after.
    """
    points = [
        {"covariate": row["covariate"], "when": when, "difference": row[when]}
        for row in balance
        for when in ("before", "after")
    ]
    y = alt.Y(
        "covariate:N",
        sort=None,
        axis=style.words_axis([str(row["covariate"]) for row in balance], domain=False, grid=True),
    )
    marks = (
        style.chart(points)
        .mark_point(size=70, opacity=1)
        .encode(
            x=alt.X("difference:Q", axis=dict(title="standardised difference, above less below the line")),
            y=y,
            shape=alt.Shape(
                "when:N", scale=dict(domain=["before", "after"], range=["circle", "square"]), legend=dict(title=None)
            ),
            fill=alt.condition("datum.when == 'after'", alt.value(style.INK), alt.value("transparent")),
            color=alt.value(style.INK),
        )
    )
    limits = style.chart([{"limit": -_BALANCED}, {"limit": 0.0}, {"limit": _BALANCED}]).mark_rule(
        color=style.QUIET, strokeDash=[4, 3]
    )
    drawn = alt.layer(limits.encode(x=alt.X("limit:Q")), marks).properties(
        width=_WIDTH, height=_STEP * max(len(balance), 2)
    )
    return style.styled(alt.vconcat(drawn))
