"""Results of trials as text, readable at 80 columns and without colour."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.core.plain_text import table_text
from cereblon.core.rows import Row, Rows, grouped, interval, number, text, truth
from cereblon.report import wording
from cereblon.report.labels import GROUPS, endpoint_group, row_label
from cereblon.vocabulary.endpoints import headline_endpoints


def comparison_text(rows: Rows) -> str:
    """Set published beside predicted values, one line per row below the name of its endpoint.

    Parameters
    ----------
    rows
        Rows of `comparison` (see `cereblon.report.schemas.TABLES`), with arm keys or labels.

    Returns
    -------
        A table; the verdict is in words, so it survives a pipe.
    """
    predicted = f"predicted ({wording.level(wording.level_of(rows))})"
    columns = ("arm", "data cut", "published", predicted, "verdict")
    lines: list[Sequence[str]] = []
    for group in GROUPS:
        own = [row for row in rows if endpoint_group(text(row, "endpoint")) == group]
        lines += [[""] * len(columns)] if lines and own else []
        for label, alike in grouped(own, _label).items():
            lines += [[label], *map(_cells, alike)]
    return table_text(columns, lines, folded=("arm", "data cut"))


def outcomes_text(rows: Rows, *, is_short: bool = False) -> str:
    """List outcomes with their spread over the virtual trials, one line each.

    Parameters
    ----------
    rows
        Outcomes with endpoint, arm, versus, grade, month, unit, predicted, low and high.
    is_short
        Only hazard ratios, medians, response and the severe adverse events that trials report first.
    """
    lines: list[Sequence[str]] = []
    for label, alike in grouped([row for row in rows if not is_short or _is_main(row)], _label).items():
        lines.append([label])
        for row in alike:
            low, predicted, high = (_reached(row, column) for column in ("low", "predicted", "high"))
            lines.append((_arms(row), predicted, low if low == high else f"{low} to {high}"))
    return table_text(("arm", "predicted", "90 % of trials"), lines, right=("predicted",), folded=("arm",))


def _is_main(row: Row) -> bool:
    """Say whether a row is what trials report first: hazard ratio, median, response or a severe adverse event."""
    is_severe = text(row, "grade") in ("", "3-4")
    return text(row, "endpoint") in headline_endpoints() and is_severe and row["month"] is None


def _arms(row: Row) -> str:
    versus = text(row, "versus")
    return f"  {text(row, 'arm')} v {versus}" if versus else f"  {text(row, 'arm')}"


def _reached(row: Row, column: str) -> str:
    found = number(row, column)
    return "not reached" if found is None else wording.value(found, text(row, "unit"))


def _cells(row: Row) -> tuple[str, ...]:
    unit = text(row, "unit")
    published_ends, predicted_ends = interval(row, "published_interval"), interval(row, "predicted_interval")
    return (
        _arms(row),
        text(row, "cut"),
        wording.published(row) + wording.short_span(published_ends, unit),
        wording.predicted(row) + wording.short_span(predicted_ends, unit),
        "OUTSIDE" if _missed(row) else wording.verdict(row),
    )


def _missed(row: Row) -> bool:
    return truth(row, "inside") is False


def _label(row: Row) -> str:
    """Name the endpoint with its unit, unless the name holds it: `earlier lines of therapy`."""
    label, unit = row_label(row), wording.unit_label(text(row, "unit"))
    return f"{label}, {unit}" if unit and unit not in label.split() else label
