"""Coverage as tables for a terminal and for the validation page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cereblon.calibration.coverage import Coverage, CoverageRow

if TYPE_CHECKING:
    from rich.table import Table

_MOST_NAMED = 3


def coverage_sentence(found: Coverage) -> str:
    """Say which share of the published numbers can be predicted; nothing where none is published."""
    parts = [f"{_share(row)} of {row.published} {row.kind}s" for row in found.rows[:3] if row.published]
    return f"Coverage: {', '.join(parts)} can be predicted" if parts else ""


def coverage_table(found: Coverage) -> Table:
    """Make the table of coverage for a terminal."""
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for title in ("coverage", "published", "can be predicted", "share"):
        table.add_column(title, justify="left" if title == "coverage" else "right")
    for row in found.rows:
        table.add_row(row.kind, str(row.published), str(row.predicted), _share(row))
    return table


def reasons_table(found: Coverage) -> Table:
    """Make the table of reasons why published numbers cannot be predicted, for a terminal."""
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    table.add_column("numbers", justify="right")
    table.add_column("left out because")
    table.add_column("studies")
    for one in found.left_out:
        table.add_row(str(one.numbers), one.reason, _named(one.studies))
    return table


def coverage_lines(found: Coverage) -> Iterable[str]:
    """Give the section of the validation page."""
    yield "## Coverage"
    yield ""
    yield "Share of the published numbers of whole arms that can be predicted at all."
    yield ""
    yield "| numbers | published | can be predicted | share |"
    yield "|---|---:|---:|---:|"
    for row in found.rows:
        yield f"| {row.kind} | {row.published} | {row.predicted} | {_share(row)} |"
    yield ""
    yield "| left out because | numbers | studies |"
    yield "|---|---:|---|"
    for one in found.left_out:
        yield f"| {one.reason} | {one.numbers} | {_named(one.studies)} |"
    yield ""


def _share(row: CoverageRow) -> str:
    return "" if row.share is None else f"{100 * row.share:.0f} %"


def _named(studies: Sequence[str]) -> str:
    more = len(studies) - _MOST_NAMED
    return ", ".join(studies[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
