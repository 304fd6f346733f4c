"""A group of a cohort as points of a picture: observed, simulated and published, an endpoint in each panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cereblon.core.rows import Row, number, text


def beside_points(endpoints: Sequence[Row], published: Sequence[Row], names: Mapping[str, str]) -> list[Row]:
    """Give a group as points of a picture.

    Parameters
    ----------
    endpoints
        endpoint, month, unit, observed and simulated with _low and _high, n.
    published
        endpoint, kind (trial or practice), name, arm, value, low, high, n.
    names
        Words for the endpoints.
    """
    drawn: list[Row] = []
    for row in endpoints:
        endpoint = text(row, "endpoint")
        month = number(row, "month")
        panel = names[endpoint] + (f" at {month:g} months" if month else "")
        for group, label in (("observed", "this cohort"), ("simulated", "its patients, simulated")):
            if number(row, group) is not None:
                ends = {end: row[f"{group}_{end}"] for end in ("low", "high")}
                of = f", n {row['n']}" if group == "observed" and row.get("n") else ""
                drawn.append(_point(row, panel, group, label, {"value": row[group], **ends}, of))
        drawn += [
            _point(one, panel, text(one, "kind"), f"{text(one, 'name').split(' (')[0]}: {text(one, 'arm')}", one, "")
            for one in published
            if text(one, "endpoint") == endpoint and number(one, "value") is not None
        ]
    return drawn


def _point(row: Row, panel: str, group: str, label: str, values: Row, of: str) -> Row:
    unit = text(row, "unit")
    value, low, high = (number(values, name) for name in ("value", "low", "high"))
    digits = 0 if unit == "percent" else 1
    words = f"{value:.{digits}f}"
    if low is not None or high is not None:
        ends = ("?" if low is None else f"{low:.{digits}f}", "not reached" if high is None else f"{high:.{digits}f}")
        words += f" ({' to '.join(ends)})"
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


def sites_points(results: Sequence[Row], pooled: Sequence[Row], words: Callable[[Row], str]) -> list[Row]:
    """Give the results of sites above the pooled number of each endpoint, as points of a picture.

    Parameters
    ----------
    results
        site, endpoint, unit, value, low, high, n.
    pooled
        endpoint, unit, value, low, high, n.
    words
        Of a row's endpoint.
    """
    drawn: list[Row] = []
    for total in pooled:
        name = words(total)
        for row in results:
            if words(row) == name and number(row, "value") is not None:
                drawn.append(_point(total, name, "observed", text(row, "site"), row, _size(row)))
        drawn.append(_point(total, name, "pooled", "pooled", total, _size(total)))
    return drawn


def _size(row: Row) -> str:
    return "" if row["n"] is None else f", n {row['n']}"
