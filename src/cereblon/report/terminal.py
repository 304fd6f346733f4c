"""Tables as text, readable at 100 columns and without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cereblon.core.rows import Row, Rows, interval, number, text, truth
from cereblon.report import wording
from cereblon.report.labels import GROUPS, endpoint_group, row_label
from cereblon.vocabulary.endpoints import headline_endpoints

if TYPE_CHECKING:
    from rich.table import Table


def comparison_table(rows: Rows) -> Table:
    """Set published beside predicted values, one line per row, by group of endpoints.

    Parameters
    ----------
    rows
        Rows of `comparison` (see `cereblon.report.schemas.TABLES`), with arm keys or labels.

    Returns
    -------
        A table to print with `rich.console.Console`; the verdict is in words, so it survives a pipe.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    level = wording.level(wording.level_of(rows))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("endpoint", ratio=5, min_width=20)
    table.add_column("arm", min_width=4)
    table.add_column("data cut", min_width=5)
    table.add_column("published", min_width=10)
    table.add_column(f"predicted ({level})", min_width=14)
    table.add_column("verdict", no_wrap=True)
    for group in GROUPS:
        own = [row for row in rows if endpoint_group(text(row, "endpoint")) == group]
        if not own:
            continue
        table.add_section()
        previous = ""
        for row in sorted(own, key=lambda row: _first(own, row)):
            label = _label(row)
            cells = ("" if label == previous else label, *_cells(row))
            # As Text: a square bracket in a trial's words is no colour command.
            table.add_row(*(Text(cell) for cell in cells), style="bold" if _missed(row) else None)
            previous = label
    return table


def outcomes_table(rows: Rows, *, is_short: bool = False) -> Table:
    """List outcomes with their spread over the virtual trials, one line each.

    Parameters
    ----------
    rows
        Outcomes with endpoint, arm, versus, grade, month, unit, centre, low and high.
    is_short
        Only hazard ratios, medians, response and the severe adverse events that trials report first.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table("outcome", "arm", "month", "predicted", "90 % of trials", "unit")
    for row in rows:
        name, grade = text(row, "endpoint"), text(row, "grade")
        if is_short and (name not in headline_endpoints() or grade not in ("", "3-4") or row["month"] is not None):
            continue
        arm = f"{text(row, 'arm')} v {text(row, 'versus')}" if text(row, "versus") else text(row, "arm")
        month = number(row, "month")
        low, centre, high = (_reached(number(row, column)) for column in ("low", "centre", "high"))
        cells = (
            row_label({**row, "month": None}),
            arm,
            "" if month is None else f"{month:g}",
            centre,
            f"{low} to {high}",
            text(row, "unit"),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _reached(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.3g}"


def as_text(*tables: Table) -> str:
    """Write tables as text as wide as the terminal, or 120 columns where there is none."""
    import io
    import os
    import shutil

    from rich.console import Console

    width = shutil.get_terminal_size((120, 24)).columns if os.isatty(1) else 120
    paper = Console(file=io.StringIO(), width=width, force_terminal=False, color_system=None)
    for table in tables:
        paper.print(table)
    written = paper.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in written.splitlines())


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
