"""Rows of tables as plain mappings, and their cells read with the type that the schema promises."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

Row: TypeAlias = Mapping[str, object]
Rows: TypeAlias = Sequence[Row]
Interval: TypeAlias = tuple[float | None, float | None]

_Key = TypeVar("_Key", bound=Hashable)
_Item = TypeVar("_Item")


def text(row: Row, column: str) -> str:
    """Give a text cell; an absent or empty one is the empty string."""
    value = row.get(column)
    return "" if value is None else str(value)


def number(row: Row, column: str) -> float | None:
    """Give a number cell, or None where the table has none."""
    value = row.get(column)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return None


def interval(row: Row, column: str) -> Interval | None:
    """Give an interval cell (low, high), whose ends may be open (None), or None where there is no interval."""
    value = row.get(column)
    if not isinstance(value, (list, tuple)):
        return None
    low, high = value
    return low, high


def truth(row: Row, column: str) -> bool | None:
    """Give a yes/no cell, or None where nothing was judged."""
    value = row.get(column)
    return value if isinstance(value, bool) else None


def distinct(rows: Rows, column: str) -> list[str]:
    """Name the values of a text column, each once, in order of appearance."""
    return list(dict.fromkeys(text(row, column) for row in rows))


def grouped(rows: Iterable[Row], key: Callable[[Row], _Key]) -> dict[_Key, list[Row]]:
    """Sort rows into groups, in order of appearance."""
    groups: dict[_Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def relabelled(rows: Rows, labels: Mapping[str, str]) -> list[Row]:
    """Call arms and comparators by their labels; an arm without one keeps its key."""
    return [
        {**row, **{column: labels[text(row, column)] for column in ("arm", "versus") if text(row, column) in labels}}
        for row in rows
    ]


def evenly(items: Sequence[_Item], limit: int) -> list[_Item]:
    """Take at most `limit` items at even steps, the first and the last among them."""
    if len(items) <= limit:
        return list(items)
    step = (len(items) - 1) / (limit - 1)
    return [items[round(index * step)] for index in range(limit)]


def rounded(rows: Rows, digits: int = 4) -> list[dict[str, object]]:
    """Round the numbers of rows that go into a picture, to `digits` significant digits, to keep the page light."""
    return [
        {name: _round(value, digits) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    ]


def _round(value: float, digits: int) -> float:
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
