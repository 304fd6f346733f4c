"""What happened to one subject of a run, from its tables: lines, visits, counts, grades and what was given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from cereblon.model.drugs import DRUGS
from cereblon.model.regimens import Order, Phase, Regimen

if TYPE_CHECKING:
    import pyarrow as pa

WEEK = 7
COUNTS = {"neutrophils": "anc", "platelets": "platelets", "haemoglobin": "haemoglobin"}


@dataclass(frozen=True)
class OrderedDays:
    """Days of a cycle, from 0, on which one order asks for a dose one after the other."""

    order: Order
    days: tuple[int, ...]


@dataclass(frozen=True)
class Cycle:
    """One cycle of a regimen: length, orders, transplant."""

    days: int
    orders: tuple[Order, ...]

    @cached_property
    def highest(self) -> dict[str, float]:
        """Highest dose ordered of each drug."""
        highest: dict[str, float] = {}
        for order in self.orders:
            highest[order.drug] = max(highest.get(order.drug, 0.0), order.dose)
        return highest

    @cached_property
    def is_maintenance(self) -> bool:
        """Lenalidomide alone, at most 15 mg."""
        highest = self.highest
        return list(highest) == ["lenalidomide"] and highest["lenalidomide"] <= 15.0

    @cached_property
    def with_drugs(self) -> dict[str, float]:
        """Say of each drug whether the cycle orders it, by the names of `measures.MEASURES`."""
        return {f"with_{drug}": float(self.highest.get(drug, 0.0) > 0.0) for drug in DRUGS}

    @cached_property
    def weeks(self) -> list[dict[str, list[OrderedDays]]]:
        """List the orders of each week by drug."""
        return [self._week(first) for first in range(0, self.days, WEEK)]

    def _week(self, first: int) -> dict[str, list[OrderedDays]]:
        found: dict[str, list[tuple[int, Order]]] = defaultdict(list)
        for order in self.orders:
            for day in order.days:
                if first < day <= first + WEEK:
                    found[order.drug].append((day - 1, order))
        return {
            drug: [
                OrderedDays(order, tuple(day for day, _ in days))
                for order, days in groupby(sorted(listed, key=lambda one: one[0]), key=lambda one: one[1])
            ]
            for drug, listed in found.items()
        }


@dataclass(frozen=True)
class PlannedLine:
    """A regimen written down cycle by cycle, the one that repeats last."""

    cycles: list[Cycle]
    repeats: bool


def planned_line(regimen: Regimen) -> PlannedLine:
    """Write a regimen down."""
    return PlannedLine(cycles_of(regimen), regimen.repeats)


def cycles_of(regimen: Regimen) -> list[Cycle]:
    """Write a regimen's cycles down one by one, the one that repeats last."""
    return [_cycle(phase, number) for phase in regimen.phases for number in range(1, phase.distinct_cycles + 1)]


def _cycle(phase: Phase, number: int) -> Cycle:
    return Cycle(phase.cycle_days, phase.orders_in(number))


@dataclass
class SubjectCourse:
    """One subject.

    Parameters
    ----------
    subject_id, arm
        Who, and in which arm.
    patient
        Values of the subject's row.
    counts
        By day: neutrophils, platelets and haemoglobin by the names that rules use.
    grades
        By day: changes of grades by term.
    events
        In order: event, day, line, cause.
    exposures
        By line, cycle and drug: day, planned and given doses, planned and given mg.
    decisions
        As recorded: day, drug, action, rule, dose.
    """

    subject_id: int
    arm: str
    patient: Mapping[str, Any]
    counts: dict[int, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    grades: dict[int, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    events: list[tuple[str, float, int, str]] = field(default_factory=list)
    exposures: dict[tuple[int, int, str], tuple[float, ...]] = field(default_factory=dict)
    decisions: list[tuple[int, str, str, str, float | None]] = field(default_factory=list)

    def starts(self) -> dict[int, float]:
        """Give the first day of each line."""
        return {line: day for event, day, line, _ in self.events if event == "treatment_start"}

    def stop(self, line: int) -> tuple[float, str]:
        """Give day and cause of the end of a line; infinite if it was not recorded."""
        found = [
            (day, cause)
            for event, day, number, cause in self.events
            if event == "treatment_stopped" and number == line
        ]
        return found[0] if found else (float("inf"), "")

    def last_day(self) -> float:
        """Give the last day on which the subject could be seen."""
        transplants = {day for event, day, _, _ in self.events if event == "transplant"}
        for event, day, _, cause in self.events:
            if event == "censored":
                return day
            if event == "death":
                # Who dies of a transplant dies two weeks after it and is given nothing in between.
                fatal = [at for at in transplants if cause == "toxicity" and abs(at + 14.0 - day) < 1e-3]
                return np.nextafter(fatal[0] // WEEK * WEEK + WEEK, 0.0) if fatal else float(np.nextafter(day, -1.0))
        return float("inf")


def courses_of(tables: Mapping[str, pa.Table]) -> list[SubjectCourse]:
    """Gather the rows of each subject that was simulated whole; tables by the names of `SUBJECT_TABLES`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from cereblon.tables.schemas import SUBJECT_TABLES

    needed = {name: tables[name].select([f.name for f in SUBJECT_TABLES[name]]) for name in tables}
    found: dict[int, SubjectCourse] = {}
    for row in needed["subjects"].to_pylist():
        if row["result_code"] == 0:
            found[row["subject_id"]] = SubjectCourse(row["subject_id"], row["arm"], row)
    labs = needed["labs"].filter(pc.is_in(needed["labs"]["test"], pa.array(sorted(COUNTS))))
    names = labs["test"].to_pylist()
    for who, day, name, value in zip(
        *_lists(labs, "subject_id", "day"), names, labs["value"].to_pylist(), strict=True
    ):
        found[who].counts[int(day)][COUNTS[name]] = value
    for who, day, term, grade in zip(*_lists(needed["grades"], "subject_id", "day", "term", "grade"), strict=True):
        found[who].grades[int(day)][term] = float(grade)
    for who, *event in zip(*_lists(needed["events"], "subject_id", "event", "day", "line", "cause"), strict=True):
        found[who].events.append((event[0], event[1], event[2], event[3]))
    columns = ("planned_doses", "given_doses", "planned_mg", "given_mg")
    for who, line, cycle, drug, *rest in zip(
        *_lists(needed["exposures"], "subject_id", "line", "cycle", "drug", "day", *columns), strict=True
    ):
        found[who].exposures[line, cycle, drug] = tuple(rest)
    decided = ("subject_id", "day", "drug", "action", "rule", "dose")
    for who, day, drug, action, rule, dose in zip(*_lists(needed["decisions"], *decided), strict=True):
        found[who].decisions.append((int(day), drug, action, rule, dose))
    return list(found.values())


def _lists(table: pa.Table, *columns: str) -> list[list[Any]]:
    return [table[name].to_pylist() for name in columns]
