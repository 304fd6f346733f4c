"""Equal cycles with their orders; what must hold within them is checked at once, every problem listed."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationInfo, model_validator

from cereblon.core.validation import Name, StrictModel
from cereblon.model.regimens.order import Order
from cereblon.model.regimens.schedule import LONGEST_CYCLE, MOST_CYCLES


class Phase(StrictModel):
    """Equal cycles with their orders: a number of them, or until progression.

    A phase without orders is observation or rest. With `procedure: asct` each cycle holds a transplant on
    `transplant_day`, and melphalan goes before it.
    """

    name: Name
    cycle_days: int = Field(ge=1, le=LONGEST_CYCLE, strict=True)
    cycles: int | None = Field(default=None, ge=1, le=MOST_CYCLES, strict=True)
    until: Literal["progression"] | None = None
    orders: tuple[Order, ...] = ()
    procedure: Literal["asct"] | None = None
    transplant_day: int | None = Field(default=None, ge=1, strict=True)
    source: str = ""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _pass_source_on(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not data.get("source") or not isinstance(data.get("orders"), (list, tuple)):
            return data
        orders = [
            {**order, "source": data["source"]} if isinstance(order, dict) and not order.get("source") else order
            for order in data["orders"]
        ]
        return {**data, "orders": orders}

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Phase:
        refuse(phase_problems(self, complete=is_complete(info)))
        return self

    @property
    def distinct_cycles(self) -> int:
        """Number of cycles to write down: all of them, or those up to the one that repeats."""
        if self.cycles is not None:
            return self.cycles
        turns = [order.cycles for order in self.orders if order.cycles is not None]
        return max([1, *(turn.first if turn.last is None else turn.last + 1 for turn in turns)])

    def orders_in(self, cycle: int) -> tuple[Order, ...]:
        """Give the orders of one cycle of the phase, counted from 1."""
        return tuple(order for order in self.orders if order.is_given_in(cycle))


_MOST_ORDERS = 200
"""Orders of a phase; the longest of the library has 11, and each is compared with each."""
_MOST_WITHOUT_CELLS = {"mg": 40.0, "mg/m2": 25.0, "mg/kg": 0.5}
"""Melphalan of a day that is given without stem cells: at most twice the usual 9 mg/m2 or 0.25 mg/kg by mouth."""


def phase_problems(phase: Phase, *, complete: bool = True) -> list[str]:
    """List what does not fit within a phase.

    Parameters
    ----------
    phase
        Its own fields are valid.
    complete
        False if faulty orders were left out; what an order must be there for is then not judged.
    """
    where = f"phase {phase.name}"
    if len(phase.orders) > _MOST_ORDERS:
        return [f"{where}: has {len(phase.orders):,} orders; at most {_MOST_ORDERS} are read"]
    problems: list[str] = []
    if phase.cycles is None and phase.until is None:
        problems.append(f"{where}: neither a number of cycles nor 'until: progression' is given")
    if phase.cycles is not None and phase.until is not None:
        problems.append(f"{where}: both cycles ({phase.cycles}) and until are given; one is allowed")
    for order in phase.orders:
        problems.extend(f"{where}, {order.drug}: {text}" for text in _order_problems(order, phase))
    if complete:
        problems.extend(f"{where}: {text}" for text in _transplant_problems(phase))
    return problems + [f"{where}, {text}" for text in _double_orders(phase)]


def _order_problems(order: Order, phase: Phase) -> list[str]:
    problems: list[str] = []
    outside = [day for day in order.days if day > phase.cycle_days]
    if outside:
        listed = ", ".join(map(str, outside[:5])) + (" ..." if len(outside) > 5 else "")
        days, verb = ("day", "is") if len(outside) == 1 else ("days", "are")
        problems.append(f"{days} {listed} {verb} outside the {phase.cycle_days}-day cycle")
    if order.cycles is not None and phase.cycles is not None:
        reach = order.cycles.last or order.cycles.first
        if reach > phase.cycles:
            problems.append(f"cycle {reach} is beyond the {phase.cycles} cycles of the phase")
    return problems


def _double_orders(phase: Phase) -> list[str]:
    """Find drugs that two orders give on the same day of the same cycle."""
    problems: list[str] = []
    for drug in dict.fromkeys(order.drug for order in phase.orders):
        orders = [order for order in phase.orders if order.drug == drug]
        for position, one in enumerate(orders):
            for other in orders[position + 1 :]:
                shared = sorted(set(one.days) & set(other.days))
                cycle = _shared_cycle(one, other)
                if shared and cycle is not None:
                    problems.append(f"{drug}: ordered twice on day {shared[0]} of cycle {cycle}")
    return problems


def _shared_cycle(one: Order, other: Order) -> int | None:
    starts = [order.cycles.first if order.cycles else 1 for order in (one, other)]
    cycle = max(starts)
    return cycle if one.is_given_in(cycle) and other.is_given_in(cycle) else None


def _transplant_problems(phase: Phase) -> list[str]:
    melphalan = [order for order in phase.orders if order.drug == "melphalan"]
    if phase.procedure is None:
        problems = ["transplant_day is given without 'procedure: asct'"] if phase.transplant_day else []
        if any(order.dose > _MOST_WITHOUT_CELLS[order.unit] for order in melphalan):
            problems.append("melphalan in a high dose needs 'procedure: asct'; the marrow does not recover without")
        return problems
    if phase.transplant_day is None:
        return ["procedure asct needs a transplant_day"]
    problems = []
    if phase.transplant_day > phase.cycle_days:
        problems.append(f"transplant_day {phase.transplant_day} is outside the {phase.cycle_days}-day cycle")
    if phase.cycles is None:
        problems.append("a transplant cannot go on until progression; give a number of cycles")
    for cycle in range(1, phase.distinct_cycles + 1):
        days = [day for order in melphalan if order.is_given_in(cycle) for day in order.days]
        if not days:
            problems.append(f"no melphalan before the transplant of cycle {cycle}")
        elif max(days) >= phase.transplant_day:
            problems.append(f"melphalan on day {max(days)} must precede the transplant on day {phase.transplant_day}")
            break
    return problems


def refuse(problems: list[str]) -> None:
    """Refuse a part with all that is wrong in it."""
    if problems:
        raise ValueError("\n".join(problems))


def is_complete(info: ValidationInfo) -> bool:
    """Say whether all parts are there; a reader that lists every problem checks what is left without the faulty."""
    return not (info.context or {}).get("incomplete", False)
