"""A column as an Arrow field: its type, and in the metadata its meaning, label, unit, format and bounds."""

from __future__ import annotations

import math

import pyarrow as pa

TEXT = pa.string()
NUMBER = pa.float64()
WHOLE = pa.int64()
TRUTH = pa.bool_()
INTERVAL = pa.list_(pa.float64(), 2)
"""A pair low, high; an open end is null."""


def field(
    name: str,
    kind: pa.DataType,
    meaning: str,
    *,
    null: bool = False,
    label: str = "",
    unit: str = "",
    lower: float = -math.inf,
    upper: float = math.inf,
    words: str = "",
    of: str = "",
    may_lack: bool = False,
) -> pa.Field:
    """Describe a column.

    Parameters
    ----------
    name, kind
        Of the column.
    meaning
        What it holds.
    null
        Whether a cell may be null.
    label
        Heading on pages; the name if empty.
    unit
        Where all cells have the same.
    lower, upper
        What is possible.
    words, of
        Vocabulary of the cells, or the quantity whose bounds hold for them; `conform` checks both.
    may_lack
        Whether a table may come without the column, which is then null.
    """
    said = {"meaning": meaning, "label": label, "unit": unit, "words": words, "quantity": of}
    bounds = {"lower": lower, "upper": upper}
    metadata = {key: value for key, value in said.items() if value}
    if may_lack:
        metadata["lack"] = "null"
    metadata |= {key: repr(bound) for key, bound in bounds.items() if math.isfinite(bound)}
    return pa.field(name, kind, nullable=null, metadata=metadata)


def said(column: pa.Field, key: str) -> str:
    """Give an entry of a column's metadata, or the empty text."""
    found: bytes = (column.metadata or {}).get(key.encode(), b"")
    return found.decode()


def bounds(column: pa.Field) -> tuple[float, float]:
    """Give the least and the greatest value that a column may hold."""
    return float(said(column, "lower") or -math.inf), float(said(column, "upper") or math.inf)


def heading(column: pa.Field) -> str:
    """Name a column above a table for people, with its unit."""
    unit = said(column, "unit")
    return (said(column, "label") or column.name.replace("_", " ")) + (f", {unit}" if unit else "")
