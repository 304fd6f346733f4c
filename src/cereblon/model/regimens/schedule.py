"""Days of a cycle and cycles of a phase, as people write them: `1-4,9-12`, `3+`."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST_CYCLE = 182  # days; no published myeloma schedule comes near it, a typing slip does
MOST_CYCLES = 400  # thirty years of 28-day cycles

_SPAN = re.compile(r"\s*(\d+)\s*(?:(?:-|to|through|thru|until)\s*(\d+)\s*)?")
_NAMES_A_CYCLE = re.compile(r"/|\bof\b|\bq\s*\d|\bevery\b")
_CYCLES = re.compile(r"\s*(\d+)\s*(?:(\+)|-\s*(\d+))?\s*")


class CycleRange(NamedTuple):
    """Cycles of a phase, counted from 1; `last` is None for an open end."""

    first: int
    last: int | None

    def __contains__(self, cycle: object) -> bool:
        """Say whether a cycle number lies in the range."""
        return isinstance(cycle, int) and self.first <= cycle and (self.last is None or cycle <= self.last)


def parse_days(value: object) -> tuple[int, ...]:
    """Read the days of an order.

    Parameters
    ----------
    value
        A whole number, a text of days and spans (`1-4,9-12`), or a list of both.

    Returns
    -------
        Days within the cycle, from 1, in rising order.

    Raises
    ------
    ValueError
        If a day is no whole number, lies outside 1 to `LONGEST_CYCLE`, or is there twice.
    """
    parts = list(value) if isinstance(value, (list, tuple)) else [value]
    days: list[int] = []
    for part in parts:
        days.extend(_span(part))
    if not days:
        raise ValueError("no day is given")
    twice = sorted({day for day in days if days.count(day) > 1})
    if twice:
        raise ValueError(f"{_name_days(twice)} listed twice")
    return tuple(sorted(days))


def _span(part: object) -> list[int]:
    if isinstance(part, bool) or not isinstance(part, (int, str)):
        raise ValueError(f"day {part!r} is not a whole number or a span such as 1-4")
    if isinstance(part, int):
        return [_day(part)]
    days: list[int] = []
    text = _plain_days_text(part)
    if _NAMES_A_CYCLE.search(text):
        raise ValueError(f"days {part!r} name a cycle too; write the days alone, as 1-21 (cycle_days is its length)")
    for piece in text.split(","):
        match = _SPAN.fullmatch(piece)
        if match is None:
            raise ValueError(f"days {part!r} cannot be read; write them as 1-4,9-12")
        first = _day(int(match[1]))
        last = _day(int(match[2])) if match[2] else first
        if last < first:
            raise ValueError(f"days {piece.strip()!r} run backwards")
        days.extend(range(first, last + 1))
    return days


def _plain_days_text(text: str) -> str:
    """Write days in one way: `Days 1, 8 and D15` as `1, 8 , 15`."""
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text.strip().lower())
    text = re.sub(r"\bd(?:ays?)?\s*(?=\d)", "", text)
    return re.sub(r",?\s+(?:and|&)\s+|\s*[;+]\s*", ",", text)


def plain_days(text: str) -> tuple[int, ...] | None:
    """Read a text of days and spans, or None where it is none."""
    try:
        return parse_days(text)
    except ValueError:
        return None


def _day(day: int) -> int:
    if not 1 <= day <= LONGEST_CYCLE:
        raise ValueError(f"day {day} is outside 1 to {LONGEST_CYCLE}")
    return day


def _name_days(days: list[int]) -> str:
    listed = ", ".join(map(str, days))
    return f"day {listed} is" if len(days) == 1 else f"days {listed} are"


def format_days(days: tuple[int, ...]) -> str:
    """Write days in the shortest form: `1-4,9-12`; two neighbours stay two days."""
    spans: list[str] = []
    start = 0
    for position in range(1, len(days) + 1):
        if position < len(days) and days[position] == days[position - 1] + 1:
            continue
        run = days[start:position]
        spans.extend([f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run))
        start = position
    return ",".join(spans)


def parse_cycles(value: object) -> CycleRange:
    """Read a range of cycles: `3`, `1-2` or `3+`.

    Raises
    ------
    ValueError
        If it is no such range, starts before 1, runs backwards or beyond `MOST_CYCLES`.
    """
    match = _CYCLES.fullmatch(str(value)) if isinstance(value, (int, str)) and not isinstance(value, bool) else None
    if match is None:
        raise ValueError(f"cycles {value!r} cannot be read; write 3, 1-2 or 3+")
    first = int(match[1])
    last = None if match[2] else int(match[3]) if match[3] else first
    if first < 1 or first > MOST_CYCLES or (last is not None and last > MOST_CYCLES):
        raise ValueError(f"cycles {value!r} reach outside 1 to {MOST_CYCLES}")
    if last is not None and last < first:
        raise ValueError(f"cycles {value!r} run backwards")
    return CycleRange(first, last)


def format_cycles(cycles: CycleRange) -> str:
    """Write a range of cycles the way `parse_cycles` reads it."""
    if cycles.last is None:
        return f"{cycles.first}+"
    return str(cycles.first) if cycles.last == cycles.first else f"{cycles.first}-{cycles.last}"
