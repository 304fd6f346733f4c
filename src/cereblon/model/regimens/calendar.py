"""The dosing calendar: which drug on which day of a cycle, as plain rows and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cereblon.model.drugs.drug import drug_of
from cereblon.model.regimens.order import Order
from cereblon.model.regimens.phase import Phase
from cereblon.model.regimens.regimen import Regimen
from cereblon.model.regimens.schedule import format_days

TEXT_WIDTH = 79
"""Letters in a line, for a terminal of 80 columns."""
_DAYS_ACROSS = 56  # eight weeks
CalendarRow: TypeAlias = dict[str, str | int | float]


@dataclass(frozen=True)
class CalendarBlock:
    """Cycles of a phase that have the same orders.

    Parameters
    ----------
    title
        Phase, cycles and length, in words.
    phase
        The phase.
    orders
        Orders of each of these cycles.
    """

    title: str
    phase: Phase
    orders: tuple[Order, ...]


def calendar_blocks(regimen: Regimen) -> list[CalendarBlock]:
    """Group the cycles of each phase by their orders, in order of first appearance."""
    blocks: list[CalendarBlock] = []
    for phase in regimen.phases:
        cycles: dict[tuple[Order, ...], list[int]] = {}
        for cycle in range(1, phase.distinct_cycles + 1):
            cycles.setdefault(phase.orders_in(cycle), []).append(cycle)
        for orders, numbers in cycles.items():
            blocks.append(CalendarBlock(_title(phase, numbers), phase, orders))
    return blocks


def _title(phase: Phase, cycles: list[int]) -> str:
    if phase.cycles == 1:
        return f"{phase.name}: {phase.cycle_days} days"
    if phase.until is not None and cycles[-1] == phase.distinct_cycles:
        listed = "every cycle" if phase.distinct_cycles == 1 else f"from cycle {_listed(cycles)}"
        return f"{phase.name}: {listed} until progression, {phase.cycle_days} days each"
    if len(cycles) == 1:
        return f"{phase.name}: cycle {cycles[0]}, {phase.cycle_days} days"
    return f"{phase.name}: cycles {_listed(cycles)}, {phase.cycle_days} days each"


def _listed(cycles: list[int]) -> str:
    listed = format_days(tuple(cycles))
    return listed.replace(",", " and ") if len(cycles) == 2 else listed.replace(",", ", ")


def calendar_rows(regimen: Regimen, *, prefix: str = "") -> list[CalendarRow]:
    """List the doses of a regimen by day, cycles that are equal only once.

    Parameters
    ----------
    regimen
        Any valid regimen.
    prefix
        Put before the name of each block, for example `line 2, `.

    Returns
    -------
        One row per block, drug and day: `block` (phase and cycles that share the calendar), `cycle_days`, `day`,
        `mark`, `drug`, `dose`, `unit`, `route`, `color`. `mark` is dose, transplant (no drug, dose 0), or none in the
        one row, on day 0, of a cycle in which nothing is given.
    """
    return [row for block in calendar_blocks(regimen) for row in _block_rows(block, prefix)]


def _block_rows(block: CalendarBlock, prefix: str) -> Iterator[CalendarRow]:
    place: CalendarRow = {"block": prefix + block.title, "cycle_days": block.phase.cycle_days}
    for order in block.orders:
        color = drug_of(order.drug).color
        given: CalendarRow = {"drug": order.drug, "dose": order.dose, "unit": order.unit, "route": order.route}
        for day in order.days:
            yield {**place, "day": day, "mark": "dose", **given, "color": color}
    nothing: CalendarRow = {"drug": "", "dose": 0.0, "unit": "", "route": "", "color": ""}
    if block.phase.transplant_day:
        yield {**place, "day": block.phase.transplant_day, "mark": "transplant", **nothing}
    elif not block.orders:
        yield {**place, "day": 0, "mark": "none", **nothing}


def text_calendar(regimen: Regimen) -> str:
    """Write the calendar as text: a line per order, a sign per day, weeks apart; below it what is given."""
    return "\n\n".join(_block_text(block) for block in calendar_blocks(regimen))


def _block_text(block: CalendarBlock) -> str:
    rows = [(order.drug, order.days, "x", _given(order)) for order in block.orders]
    if block.phase.transplant_day:
        day = block.phase.transplant_day
        rows.append(("transplant", (day,), "T", f"day {day}  [{block.phase.source}]"))
    elif not block.orders:
        rows.append(("no drug", (), "x", f"[{block.phase.source}]"))
    lines = [block.title]
    for first in range(1, block.phase.cycle_days + 1, _DAYS_ACROSS):
        shown = range(first, min(first + _DAYS_ACROSS, block.phase.cycle_days + 1))
        lines.append(f"  {'day':<14}{''.join(f'{day:<8}' for day in shown[::7]).rstrip()}")
        lines += [f"  {name:<14}{_days_text(days, shown, sign)}" for name, days, sign, _ in rows]
    lines += [_wrapped(f"{name:<14}{about}", 16) for name, *_, about in rows]
    if block.phase.note:
        lines.append(_wrapped(block.phase.note, 2))
    return "\n".join(lines)


def _given(order: Order) -> str:
    days = ("day " if len(order.days) == 1 else "days ") + format_days(order.days).replace(",", ", ")
    return f"{order.dose:g} {order.unit} {order.route}, {days}  [{order.source}]"


def _wrapped(text: str, indent: int) -> str:
    return textwrap.fill(
        text, TEXT_WIDTH, initial_indent="  ", subsequent_indent=" " * indent, break_on_hyphens=False
    )


def _days_text(days: tuple[int, ...], shown: range, sign: str) -> str:
    signs = [sign if day in days else "." for day in shown]
    return " ".join("".join(signs[start : start + 7]) for start in range(0, len(shown), 7))
