"""Documents by year of publication, told apart by what was read of them."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cereblon.core.rows import Row, text
from cereblon.report import style

_WIDTH, _HEIGHT = 800, 200
_FILLS = {"primary": style.PUBLISHED, "secondary": style.PUBLISHED_FILLS[2], "ungraded": style.PUBLISHED_FILLS[1]}
_NAMES = {"primary": "the document itself", "secondary": "a report of it", "ungraded": "not graded yet"}


def documents_chart(rows: Sequence[Row]) -> alt.VConcatChart:
    """Draw how many documents appeared in each year.

    Parameters
    ----------
    rows
        One per document: `year`, four digits, or empty where the citation names none, and `grade`, a key of primary
        (read itself), secondary (a report of it was read) or ungraded.
    """
    drawn = [
        {"year": text(row, "year") or "no year", "grade": text(row, "grade"), "fill": _FILLS[text(row, "grade")]}
        for row in rows
    ]
    years = sorted({row["year"] for row in drawn if row["year"] != "no year"})
    order = [str(year) for year in range(int(years[0]), int(years[-1]) + 1)] if years else []
    order += ["no year"] if any(row["year"] == "no year" for row in drawn) else []
    bars = (
        style.chart(drawn)
        .mark_bar(stroke=style.PUBLISHED, strokeWidth=1)
        .encode(
            x=alt.X("year:N", scale=dict(domain=order), axis=dict(title="year of publication", labelAngle=0)),
            y=alt.Y("count():Q", axis=dict(title="documents", tickMinStep=1)),
            fill=alt.Fill("fill:N", scale=None, legend=None),
            order=alt.Order("grade:N"),
        )
        .properties(width=_WIDTH, height=_HEIGHT)
    )
    present = [grade for grade in _FILLS if any(row["grade"] == grade for row in drawn)]
    keys = [style.Key("outline", _NAMES[grade], style.PUBLISHED, _FILLS[grade]) for grade in present]
    return style.with_legend(bars, keys, 40)
