"""What must hold between the parts of a regimen; each check lists its problems, so that all show at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cereblon.model.regimens.regimen import Order, Phase, Regimen


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


def regimen_problems(regimen: Regimen, *, complete: bool = True) -> list[str]:
    """List what does not fit between the phases of a regimen, and sources that are missing.

    Parameters
    ----------
    regimen
        Its phases are valid.
    complete
        False if faulty phases were left out.
    """
    problems: list[str] = []
    if complete and not regimen.phases:
        problems.append("phases: at least one is needed")
    for phase, follower in zip(regimen.phases, regimen.phases[1:], strict=False):
        if phase.until is not None:
            problems.append(f"phase {phase.name}: goes on until progression, yet phase {follower.name} follows")
    uses: dict[str, int] = defaultdict(int)
    for phase in regimen.phases:
        uses[phase.name] += 1
    problems.extend(f"phase {name}: the name is used {count} times" for name, count in uses.items() if count > 1)
    for phase in regimen.phases:
        problems.extend(_source_problems(phase, regimen))
    return problems


def _source_problems(phase: Phase, regimen: Regimen) -> list[str]:
    known = ", ".join(regimen.sources) or "none"
    problems: list[str] = []
    if phase.source and phase.source not in regimen.sources:
        problems.append(f"phase {phase.name}: source {phase.source!r} is not among the sources ({known})")
    if not phase.source and not phase.orders:
        problems.append(f"phase {phase.name}: no source")
    for order in phase.orders:
        place = f"phase {phase.name}, {order.drug}"
        if not order.source:
            problems.append(f"{place}: no source")
        elif order.source not in regimen.sources and order.source != phase.source:
            problems.append(f"{place}: source {order.source!r} is not among the sources ({known})")
    return problems
