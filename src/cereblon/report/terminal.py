"""Results of trials as text, readable at 100 columns and without colour."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.core.plain_text import table_text
from cereblon.core.rows import Row, Rows, interval, number, text, truth
from cereblon.report import wording
from cereblon.report.labels import GROUPS, endpoint_group, row_label
from cereblon.vocabulary.endpoints import headline_endpoints

_WIDTH = 120  # where there is no terminal


def comparison_text(rows: Rows) -> str:
    """Set published beside predicted values, one line per row, by group of endpoints.

    Parameters
    ----------
    rows
        Rows of `comparison` (see `cereblon.report.schemas.TABLES`), with arm keys or labels.

    Returns
    -------
        A table; the verdict is in words, so it survives a pipe.
    """
    predicted = f"predicted ({wording.level(wording.level_of(rows))})"
    columns = ("endpoint", "arm", "data cut", "published", predicted, "verdict")
    lines: list[Sequence[str]] = []
    for group in GROUPS:
        own = [row for row in rows if endpoint_group(text(row, "endpoint")) == group]
        if not own:
            continue
        lines += [[""] * len(columns)] if lines else []
        previous = ""
        for row in sorted(own, key=lambda row: _first(own, row)):
            label = _label(row)
            lines.append(("" if label == previous else label, *_cells(row)))
            previous = label
    return table_text(columns, lines, folded=("endpoint", "arm", "data cut"), otherwise=_WIDTH)


def outcomes_text(rows: Rows, *, is_short: bool = False) -> str:
    """List outcomes with their spread over the virtual trials, one line each.

    Parameters
    ----------
    rows
        Outcomes with endpoint, arm, versus, grade, month, unit, centre, low and high.
    is_short
        Only hazard ratios, medians, response and the severe adverse events that trials report first.
    """
    lines: list[Sequence[str]] = []
    for row in rows:
        name, grade = text(row, "endpoint"), text(row, "grade")
        if is_short and (name not in headline_endpoints() or grade not in ("", "3-4") or row["month"] is not None):
            continue
        arm = f"{text(row, 'arm')} v {text(row, 'versus')}" if text(row, "versus") else text(row, "arm")
        month = number(row, "month")
        low, centre, high = (_reached(number(row, column)) for column in ("low", "centre", "high"))
        shown = row_label({**row, "month": None})
        when = "" if month is None else f"{month:g}"
        lines.append((shown, arm, when, centre, f"{low} to {high}", text(row, "unit")))
    columns = ("outcome", "arm", "month", "predicted", "90 % of trials", "unit")
    return table_text(columns, lines, right=("month", "predicted"), folded=("outcome",), otherwise=_WIDTH)


def _reached(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.3g}"


def _cells(row: Row) -> tuple[str, ...]:
    unit = text(row, "unit")
    versus = text(row, "versus")
    published_ends, predicted_ends = interval(row, "published_interval"), interval(row, "predicted_interval")
    return (
        f"{text(row, 'arm')} v {versus}" if versus else text(row, "arm"),
        text(row, "cut"),
        wording.published(row) + wording.short_span(published_ends, unit),
        wording.predicted(row) + wording.short_span(predicted_ends, unit),
        "OUTSIDE" if _missed(row) else wording.verdict(row),
    )


def _missed(row: Row) -> bool:
    return truth(row, "inside") is False


def _first(rows: Rows, row: Row) -> int:
    """Place a row beside the first row of the same endpoint."""
    return next(index for index, other in enumerate(rows) if _label(other) == _label(row))


def _label(row: Row) -> str:
    unit = wording.unit_label(text(row, "unit"))
    return row_label(row) + (f", {unit}" if unit else "")
