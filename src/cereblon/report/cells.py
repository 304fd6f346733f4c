"""Tables of answers as people read them: headings and cells in words, without columns that nothing fills."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa

from cereblon.core.rows import Row
from cereblon.tables.answers import schema_of
from cereblon.tables.fields import heading, said

_ROUNDING = 1e-12  # what is nearer to 0 is what rounding left of it
_LEAST_P = 1e-4


def written(rows: Sequence[Row], names: Sequence[str] = ()) -> tuple[list[str], list[list[str]]]:
    """Write a table.

    Parameters
    ----------
    rows
        Its rows, one at least.
    names
        Columns, in order; those of the first row if empty.

    Returns
    -------
        Headings, and the words of each row. A column that is empty in every row is left out.
    """
    filled = [name for name in names or rows[0] if any(row.get(name) not in (None, "") for row in rows)]
    columns = list(schema_of(rows, filled))
    cells = [[cell(row.get(name), column) for name, column in zip(filled, columns, strict=True)] for row in rows]
    return [heading(column) for column in columns], cells


def cell(value: object, column: pa.Field) -> str:
    """Write a cell: a number with four digits and without a power of ten, a small p-value by its bound."""
    if not isinstance(value, float) or value != value or abs(value) == float("inf"):
        return _plain(value)
    if abs(value) < _ROUNDING:
        return "0"
    if said(column, "meaning").startswith("p-value") and value < _LEAST_P:
        return f"below {_LEAST_P:.4f}"
    words = f"{value:.4g}"
    if "e" not in words:
        return words
    return f"{Decimal(words):f}"


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
