"""The league table as a picture: every treatment against every other, coloured by size and direction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import altair as alt

from cereblon.report import style
from cereblon.report.narrow import NarrowLine

_CELL_WIDTH, _CELL_HEIGHT = 104, 44
_TIPS = {"tip": "comparison", "top": "estimate", "bottom": "interval"}
_BETTER, _WORSE = ("#9ecae1", "#6baed6", "#4292c6"), ("#fdd0a2", "#fdae6b", "#e6550d")


def league_plot(
    treatments: Sequence[str],
    cells: Mapping[tuple[int, int], tuple[float, float, float]],
    *,
    is_ratio: bool,
    smaller_is_better: bool,
    caption: str,
) -> alt.VConcatChart:
    """Draw a league table.

    Parameters
    ----------
    treatments
        In the order of rows and columns.
    cells
        Value, low and high at (row, column), on the natural scale: the treatment that is named first in the cell's
        reading above the line. Below the diagonal the column treatment against the row treatment.
    is_ratio
        Whether no difference is 1 (else 0).
    smaller_is_better
        Decides which colour favours the treatment above the line.
    caption
        How to read the table.
    """
    rows = list[dict[str, object]]()
    for i, name in enumerate(treatments):
        rows.append(
            {
                "row": i,
                "column": i,
                "top": style.wrapped(name, _CELL_WIDTH - 12),
                "bottom": "",
                "fill": "#e6e8eb",
                "weight": "bold",
                "tip": name,
            }
        )
        for j, other in enumerate(treatments):
            if (i, j) in cells:
                value, low, high = cells[i, j]
                above, below = (other, name) if j < i else (name, other)
                rows.append(
                    {
                        "row": i,
                        "column": j,
                        "top": f"{value:.2f}",
                        "bottom": f"{low:.2f} to {high:.2f}",
                        "fill": _fill(value, low, high, is_ratio, smaller_is_better),
                        "weight": "normal",
                        "tip": f"{above} versus {below}",
                    }
                )
    base = style.chart(rows)
    x = alt.X("column:O", axis=None, scale=dict(padding=0.03))
    y = alt.Y("row:O", axis=None, scale=dict(padding=0.04))
    top, bottom = (
        base.mark_text(dy=-7, fontSize=13, color=style.INK),
        base.mark_text(dy=10, fontSize=11, color=style.INK),
    )
    names = base.transform_filter("datum.weight == 'bold'").mark_text(
        fontSize=13, fontWeight="bold", color=style.INK, lineBreak="\n", lineHeight=style.LINE
    )
    table = alt.layer(
        base.mark_rect().encode(
            x=x,
            y=y,
            color=alt.Color("fill:N", scale=None, legend=None),
            tooltip=[alt.Tooltip(f"{field}:N", title=title) for field, title in _TIPS.items()],
        ),
        names.encode(x=x, y=y, text=alt.Text("top:N")),
        top.transform_filter("datum.weight != 'bold'").encode(x=x, y=y, text=alt.Text("top:N")),
        bottom.encode(x=x, y=y, text=alt.Text("bottom:N")),
    ).properties(width=_CELL_WIDTH * len(treatments), height=_CELL_HEIGHT * len(treatments))
    foot = style.footnote(caption, _CELL_WIDTH * len(treatments))
    return style.styled(alt.vconcat(table, foot))


def league_lines(
    treatments: Sequence[str], cells: Mapping[tuple[int, int], tuple[float, float, float]]
) -> list[NarrowLine]:
    """Give the same table as a list, each treatment against those behind it; parameters as of `league_plot`."""
    lines: list[NarrowLine] = []
    for column, name in enumerate(treatments):
        heading = f"{name} versus"
        for row in range(column + 1, len(treatments)):
            for place, label in (((row, column), ""), ((column, row), ", head to head")):
                if place in cells:
                    value, low, high = cells[place]
                    words = f"{value:.2f} ({low:.2f} to {high:.2f})"
                    lines.append(NarrowLine(heading, f"{treatments[row]}{label}", words))
                    heading = ""
    return lines


def _fill(value: float, low: float, high: float, is_ratio: bool, smaller_is_better: bool) -> str:
    """Colour a cell whose interval leaves out no difference; the stronger, the larger the effect."""
    null = 1.0 if is_ratio else 0.0
    if low <= null <= high or not math.isfinite(value):
        return "#f6f8fa"
    size = abs(math.log(value)) if is_ratio and value > 0 else abs(value)
    step = 0 if size < 0.3 else 1 if size < 0.7 else 2
    return (_BETTER if (value < null) == smaller_is_better else _WORSE)[step]
