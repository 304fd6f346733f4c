"""Published against predicted: one line per value, in panels by group and unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from cereblon.core.rows import Row, Rows, grouped, interval, number, text, truth
from cereblon.report import style, wording
from cereblon.report.labels import GROUPS, endpoint_group, row_label
from cereblon.report.narrow import NarrowLine, narrow_line

_ROW = 24  # pixels per line
_LEFT, _ARM, _PLOT = 372, 172, 205  # label column, arm column (distances left of the plot) and the plot itself
_PUBLISHED, _PREDICTED, _VERDICT = 14, 128, 252  # text columns right of the plot
_COLUMNS = {"heading": _LEFT - _ARM - 20, "who": _ARM - 8}
_EDGES = (-_LEFT, _PLOT + style.WIDTH - _LEFT - _PLOT)


def forest(rows: Rows, arms: Sequence[str]) -> alt.VConcatChart:
    """Draw published values against predicted intervals.

    Parameters
    ----------
    rows
        Rows of `comparison`, with the arms' labels in `arm` and `versus`.
    arms
        Labels of the arms, in order.
    """
    charts = [_panel(group, unit, own, arms) for group, unit, own in _panels(rows)]
    keys = style.simulated_keys(rows, arms)
    keys.append(style.Key("diamond", "published, with its interval", style.PUBLISHED, "#ffffff"))
    if any(truth(row, "inside") is False for row in rows):
        keys.append(style.Key("bar", "published outside the predicted interval", style.OUTSIDE))
    return style.with_legend(alt.vconcat(*charts, spacing=16), keys, _LEFT)


def _panels(rows: Rows) -> list[tuple[str, str, list[Row]]]:
    """Give rows by group of endpoints and unit, in the order of the groups; rows of one label stand together."""
    panels = grouped(rows, lambda row: (endpoint_group(text(row, "endpoint")), text(row, "unit")))
    ordered = sorted(panels, key=lambda panel: GROUPS.index(panel[0]))
    together = [[row for block in grouped(panels[one], row_label).values() for row in block] for one in ordered]
    return [(group, unit, own) for (group, unit), own in zip(ordered, together, strict=True)]


def forest_lines(rows: Rows, arms: Sequence[str]) -> list[NarrowLine]:
    """Give the same values as lines of a list; arguments as of `forest`."""
    lines: list[NarrowLine] = []
    for _, unit, own in _panels(rows):
        domain, scale = _scale(own, unit)
        said = wording.unit_label(unit)
        for one in _drawn(own, arms, domain):
            heading = f"{one['heading']}, {said}" if one["heading"] and said else one["heading"]
            amounts = {"low": one["pred_low"], "high": one["pred_high"], "value": one["pred"], "mark": one["pub"]}
            words = f"published {one['published']}, predicted {one['predicted']}"
            is_outside = one["verdict"] == "outside"
            lines.append(
                narrow_line(
                    domain,
                    amounts,
                    (heading, one["who"], f"{words}, outside" if is_outside else words),
                    is_log=scale.get("type") == "log",
                    color=one["color"],
                    is_outside=is_outside,
                )
            )
    return lines


def _panel(group: str, unit: str, rows: list[Row], arms: Sequence[str]) -> style.Drawing:
    domain, scale = _scale(rows, unit)
    drawn = _drawn(rows, arms, domain)
    height = _ROW + style.wrap_columns(drawn, _COLUMNS)
    base = style.chart(drawn)
    y = alt.Y("line:O", axis=None, scale=dict(padding=0))
    title = wording.unit_label(unit) or unit

    def x(column: str) -> alt.X:
        return alt.X(f"{column}:Q", scale=scale, axis=dict(title=title, grid=True, tickCount=5, titlePadding=4))

    color = alt.Color("color:N", scale=None, legend=None)
    tips = style.tips("label:N", "who:N", "published:N", "predicted:N", "verdict:N")
    layers = [
        style.separators(base, y, _EDGES, height),
        base.transform_filter("datum.verdict == 'outside'")
        .mark_rect(color=style.OUTSIDE)
        .encode(y=y, x=style.x_at(_EDGES[0]), x2=style.x2_at(_EDGES[1])),
        base.mark_rule(strokeWidth=7, opacity=0.35, yOffset=5, strokeCap="round").encode(
            y=y, x=x("pred_low"), x2=alt.X2("pred_high:Q"), color=color
        ),
        base.mark_point(shape="circle", size=55, opacity=1, filled=True, yOffset=5).encode(
            y=y, x=x("pred"), color=color, tooltip=tips
        ),
        base.mark_text(text="▸", dx=5, fontSize=15, yOffset=5).encode(y=y, x=x("pred_open"), color=color),
        base.mark_rule(color=style.PUBLISHED, strokeWidth=1.3, yOffset=-4).encode(
            y=y, x=x("pub_low"), x2=alt.X2("pub_high:Q")
        ),
        base.mark_point(
            shape="diamond", size=75, opacity=1, fill="#ffffff", stroke=style.PUBLISHED, strokeWidth=1.5, yOffset=-4
        ).encode(y=y, x=x("pub"), tooltip=tips),
        base.mark_text(text="▹", dx=5, fontSize=15, yOffset=-4, color=style.PUBLISHED).encode(y=y, x=x("pub_open")),
        *_words(base, y, unit, rows),
    ]
    if unit == "ratio" and domain[0] <= 1 <= domain[1]:
        line = style.chart([{"one": 1.0}]).mark_rule(color=style.QUIET, strokeDash=[4, 3])
        layers.insert(2, line.encode(x=x("one")))
    panel = alt.Title(group, frame="bounds", anchor="start", offset=18)
    return alt.layer(*layers).properties(width=_PLOT, height=height * len(drawn), title=panel)


def _words(base: alt.Chart, y: alt.Y, unit: str, rows: Rows) -> list[alt.Chart]:
    """Write the columns left and right of the plot, and their headings."""
    columns = [
        (-_LEFT + 4, "heading"),
        (-_ARM, "who"),
        (_PLOT + _PUBLISHED, "published"),
        (_PLOT + _PREDICTED, "predicted"),
        (_PLOT + _VERDICT, "verdict_shown"),
    ]
    said = wording.unit_label(unit)
    headings = [
        (_PLOT + _PUBLISHED, f"published, {said}" if said else "published"),
        (_PLOT + _PREDICTED, f"predicted ({wording.level(wording.level_of(rows))})"),
    ]
    heading = style.words(style.chart([{}]), size=11, color=style.QUIET)
    return [
        *(
            style.words(base).encode(y=y, x=style.x_at(place), text=alt.Text(f"{column}:N"))
            for place, column in columns
        ),
        *(heading.encode(x=style.x_at(place), y=style.y_at(-9), text=alt.value(told)) for place, told in headings),
    ]


def _scale(rows: Rows, unit: str) -> tuple[tuple[float, float], style.Options]:
    """Choose the axis: 0 to 100 for a percentage, logarithmic for a ratio, from 0 otherwise."""
    if unit == "percent":
        return (0, 100), dict(domain=[0, 100], nice=False)
    seen = [amount for row in rows for amount in _amounts(row)]
    if unit == "ratio" and all(amount > 0 for amount in seen):
        low, high = min([0.5, *seen]) / 1.05, max([1.25, *seen]) * 1.05
        return (low, high), dict(type="log", domain=[low, high], nice=False)
    high = max([1.0, *seen]) * 1.08
    low = min([0.0, *seen])
    return (low, high), dict(domain=[low, high], nice=False)


def _amounts(row: Row) -> list[float]:
    ends = [*(interval(row, "published_interval") or ()), *(interval(row, "predicted_interval") or ())]
    found = [number(row, "published"), number(row, "predicted"), *ends]
    return [amount for amount in found if amount is not None and math.isfinite(amount)]


def _drawn(rows: Rows, arms: Sequence[str], domain: tuple[float, float]) -> list[dict[str, Any]]:
    """Lay out one panel's lines; what is open or not reached runs to the edge of the plot."""
    edge = domain[1]
    drawn: list[dict[str, Any]] = []
    previous = ""
    for index, row in enumerate(rows):
        label, unit = row_label(row), text(row, "unit")
        pred, pub = number(row, "predicted"), number(row, "published")
        pred_ends, pub_ends = interval(row, "predicted_interval"), interval(row, "published_interval")
        not_reached = text(row, "published_status") == "not_reached"
        drawn.append(
            {
                "line": index,
                "label": label,
                "heading": "" if label == previous else label,
                "who": _who(row),
                "color": style.arm_color(arms, text(row, "arm")),
                "pred": pred,
                "pred_low": None if pred_ends is None else _or(pred_ends[0], domain[0]),
                "pred_high": None if pred_ends is None else _or(pred_ends[1], edge),
                "pred_open": edge if pred_ends is not None and pred_ends[1] is None else None,
                "pub": pub,
                "pub_low": None if pub_ends is None else _or(pub_ends[0], domain[0]),
                "pub_high": None if pub_ends is None else _or(pub_ends[1], edge),
                "pub_open": edge if not_reached or (pub_ends is not None and pub_ends[1] is None) else None,
                "published": _with_span(wording.published(row), wording.short_span(pub_ends, unit)),
                "predicted": _with_span(wording.predicted(row), wording.short_span(pred_ends, unit)),
                "verdict": wording.verdict(row),
                "verdict_shown": "" if truth(row, "inside") is None else wording.verdict(row),
            }
        )
        previous = label
    return drawn


def _with_span(said: str, span: str) -> str:
    """Write a value with its interval in a column; there is no room for what is said in the interval in short."""
    return said.replace("not reached", "NR") + span if span else said


def _or(amount: float | None, otherwise: float) -> float:
    return otherwise if amount is None else amount


def _who(row: Row) -> str:
    """Name the arm, what it is compared with, and the data cut."""
    arm = text(row, "arm")
    if text(row, "versus"):
        arm = f"{arm} v {text(row, 'versus')}"
    return f"{arm} · {text(row, 'cut')}" if text(row, "cut") else arm
