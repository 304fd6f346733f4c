"""Numbers of survival curves as text: a table of what was observed, and one of models for each arm."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.core.plain_text import table_text
from cereblon.core.rows import Row

_OBSERVED = ("arm", "quantity", "month", "value", "interval", "unit", "method")


def curve_text(rows: Sequence[Row]) -> str:
    """Lay out the rows of `curve_rows`."""
    parts = [table_text(_OBSERVED, [_cells(row) for row in rows if not row["model"]], folded=("method",))]
    for arm in _fitted_arms(rows):
        parts.append(f"\nmodels fitted to {arm}, best first; * lies beyond the data, intervals with --json and --csv")
        columns, lines = _models(rows, arm)
        parts.append(table_text(columns, lines, folded=("model",)))
    return "\n".join(parts)


def curve_tables(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Give the tables of a page by their titles: what was observed, then a line for each model of each arm."""
    found = {"Observed": [dict(zip(_OBSERVED, _cells(row), strict=True)) for row in rows if not row["model"]]}
    for arm in _fitted_arms(rows):
        columns, lines = _models(rows, arm)
        found[f"Models for {arm}"] = [dict(zip(columns, line, strict=True)) for line in lines]
    return {title: list[Row](lines) for title, lines in found.items()}


def median_or_ratio(row: Row) -> str:
    """Say the median of an arm or a hazard ratio, with its interval; nothing of other rows."""
    arm, quantity, _, value, interval, unit, _ = _cells(row, digits=3)
    if row["model"] or quantity not in ("median", "hazard ratio"):
        return ""
    months = f" {unit}" if quantity == "median" and row["value"] is not None else ""
    return f"{quantity} {value}{months} with {arm}" + (f" ({interval})" if interval else "")


def _fitted_arms(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(str(row["arm"]) for row in rows if row["quantity"] == "aic"))


def _models(every: Sequence[Row], arm: str) -> tuple[list[str], list[list[str]]]:
    """Lay one arm's fits out, a line per model."""
    rows = [row for row in every if row["model"] and row["arm"] == arm]
    lines = dict[str, dict[str, str]]()
    for row in rows:
        quantity, month = str(row["quantity"]), row["month"]
        if quantity in ("aic", "aic_difference", "bic", "median", "mean", "rate"):
            name = quantity.replace("_", " ")
            if quantity == "rate" and isinstance(month, int | float):
                name = f"% at {month:g}"
            lines.setdefault(str(row["model"]), {})[name] = _cells(row)[3]
    columns = list(dict.fromkeys(name for line in lines.values() for name in line))
    return ["model", *columns], [[model, *(line.get(c, "") for c in columns)] for model, line in lines.items()]


def _cells(row: Row, digits: int = 4) -> list[str]:
    value, low, high = (row[name] for name in ("value", "low", "high"))
    interval = "" if low is None and high is None else f"{_short(low, '', digits)} to {_short(high, 'open', digits)}"
    star = "*" if row["extrapolated"] == "yes" else ""
    shown = str(row["status"]).replace("_", " ") if value is None else _short(value, "", digits)
    month = "" if row["month"] is None else f"{row['month']:g}"
    arm = f"{row['arm']} versus {row['versus']}" if row["versus"] else str(row["arm"])
    quantity = str(row["quantity"]).replace("_", " ")
    return [arm, quantity, month, shown + star, interval, str(row["unit"]), str(row["method"])]


def _short(value: object, otherwise: str, digits: int) -> str:
    if not isinstance(value, int | float):
        return otherwise
    return str(value) if isinstance(value, int) else f"{value:.{digits}g}" if abs(value) < 1000 else f"{value:.1f}"
