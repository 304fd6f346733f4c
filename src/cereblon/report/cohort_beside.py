"""Pictures of cohorts beside each other, an endpoint in each panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import altair as alt

from cereblon.core.rows import Row, number, text
from cereblon.report.points import points_chart


def _point(row: Row, panel: str, group: str, label: str, values: Row, of: str) -> Row:
    unit = text(row, "unit")
    value, low, high = (number(values, name) for name in ("value", "low", "high"))
    digits = 0 if unit == "percent" else 1
    words = f"{value:.{digits}f}"
    if low is not None or high is not None:
        words += " (" + " to ".join("?" if end is None else f"{end:.{digits}f}" for end in (low, high)) + ")"
    return {
        "panel": panel,
        "label": label,
        "group": group,
        "value": value,
        "low": low,
        "high": high,
        "unit": unit,
        "words": words + of,
    }


def sites_chart(results: Sequence[Row], pooled: Sequence[Row], words: Callable[[str], str]) -> alt.VConcatChart:
    """Draw the results of sites above the pooled number of each endpoint.

    Parameters
    ----------
    results
        site, endpoint, unit, value, low, high, n.
    pooled
        endpoint, unit, value, low, high, n.
    words
        Of an endpoint.
    """
    drawn: list[Row] = []
    for total in pooled:
        endpoint = text(total, "endpoint")
        for row in results:
            if text(row, "endpoint") == endpoint and number(row, "value") is not None:
                drawn.append(_point(total, words(endpoint), "observed", text(row, "site"), row, f", n {row['n']}"))
        drawn.append(_point(total, words(endpoint), "pooled", "pooled", total, f", n {total['n']}"))
    return points_chart(drawn)
