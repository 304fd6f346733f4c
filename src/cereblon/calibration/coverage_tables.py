"""Coverage as tables for a terminal and for the validation page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cereblon.calibration.coverage import Coverage, CoverageRow
from cereblon.core.plain_text import table_text

_MOST_NAMED = 3
WIDTH = 120
"""Columns of a table where there is no terminal."""


def coverage_sentence(found: Coverage) -> str:
    """Say which share of the published numbers can be predicted; nothing where none is published."""
    parts = [f"{_share(row)} of {row.published} {row.kind}s" for row in found.rows[:3] if row.published]
    return f"Coverage: {', '.join(parts)} can be predicted" if parts else ""


def coverage_text(found: Coverage) -> str:
    """Lay out coverage as a table."""
    columns = ("coverage", "published", "can be predicted", "share")
    rows = [(row.kind, str(row.published), str(row.predicted), _share(row)) for row in found.rows]
    return table_text(columns, rows, right=columns[1:], otherwise=WIDTH)


def reasons_text(found: Coverage) -> str:
    """Lay out why published numbers cannot be predicted, as a table."""
    columns = ("numbers", "left out because", "studies")
    rows = [(str(one.numbers), one.reason, _named(one.studies)) for one in found.left_out]
    return table_text(columns, rows, right=("numbers",), folded=("studies",), otherwise=WIDTH)


def coverage_lines(found: Coverage) -> Iterable[str]:
    """Give the section of the validation page."""
    yield "## Coverage"
    yield ""
    yield "Which of the published numbers of whole arms can be predicted at all."
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
