"""The order grid: all that the simulator sees of a regimen, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.drug import ROUTES, UNITS
from cereblon.model.regimens.order import Order
from cereblon.model.regimens.phase import Phase
from cereblon.model.regimens.regimen import Regimen

WEEK = 7  # days; the simulator decides on doses once a week


@dataclass(frozen=True, kw_only=True, eq=False)
class OrderGrid:
    """One regimen as arrays; days and cycles count from 0 here.

    Parameters
    ----------
    template_dose
        Nominal dose, shape (template, day, drug), in the unit of `template_unit`; 0 where nothing is given and on
        days past the template's length.
    template_unit
        Shape (template, drug): 0 mg, 1 mg/m2, 2 mg/kg; 0 for a drug that is not given.
    template_route
        Shape (template, drug): 0 oral, 1 iv, 2 sc; 0 for a drug that is not given.
    template_days
        Length of the cycle, days.
    template_transplant_day
        Day of the transplant counted from 1, 0 for none.
    cycle_template
        Template of each cycle.
    repeats
        True if the last cycle goes on until progression, False if the regimen is complete after its last cycle.
    """

    template_dose: NDArray[np.float64]
    template_unit: NDArray[np.int8]
    template_route: NDArray[np.int8]
    template_days: NDArray[np.int32]
    template_transplant_day: NDArray[np.int32]
    cycle_template: NDArray[np.int32]
    repeats: bool

    @property
    def n_cycles(self) -> int:
        """Number of cycles written down."""
        return len(self.cycle_template)


@dataclass(frozen=True, kw_only=True, eq=False)
class StrategyGrid:
    """Lines of treatment as arrays; the templates are those of `OrderGrid`, shared by all lines.

    Parameters
    ----------
    cycle_template
        Template of each cycle, shape (line, cycle), -1 past the last.
    n_cycles
        Number of cycles written down, shape (line,).
    repeats
        Shape (line,): True if the last cycle goes on until progression, False if the line is complete after it.
    gap_days
        From the end of a line to the start of the next.
    """

    template_dose: NDArray[np.float64]
    template_unit: NDArray[np.int8]
    template_route: NDArray[np.int8]
    template_days: NDArray[np.int32]
    template_transplant_day: NDArray[np.int32]
    cycle_template: NDArray[np.int32]
    n_cycles: NDArray[np.int32]
    repeats: NDArray[np.bool_]
    gap_days: int


@dataclass(frozen=True)
class _Template:
    """One cycle, hashable, so that equal cycles are recognised."""

    days: int
    transplant_day: int
    orders: tuple[tuple[int, int, int, tuple[tuple[int, float], ...]], ...]  # drug, unit, route, (day, dose) ...


def grid_problems(regimen: Regimen) -> list[str]:
    """List why the simulator could not run a regimen that is otherwise valid."""
    problems: list[str] = []
    for phase in regimen.phases:
        if phase.cycle_days % WEEK:
            problems.append(
                f"phase {phase.name}: a cycle of {phase.cycle_days} days cannot be simulated; multiples of {WEEK} can"
            )
        problems.extend(_mixed_forms(phase))
    return problems


def _mixed_forms(phase: Phase) -> list[str]:
    problems: dict[str, None] = {}
    for cycle in range(1, phase.distinct_cycles + 1):
        forms: dict[str, set[tuple[str, str]]] = {}
        for order in phase.orders_in(cycle):
            forms.setdefault(order.drug, set()).add((order.unit, order.route))
        for drug, found in forms.items():
            if len(found) > 1:
                listed = " and ".join(sorted(f"{unit} {route}" for unit, route in found))
                problems[f"phase {phase.name}, {drug}: given as {listed} in one cycle; the simulator takes one"] = (
                    None
                )
    return list(problems)


def order_grid(regimen: Regimen) -> OrderGrid:
    """Turn one regimen into arrays.

    Raises
    ------
    InputError
        If a cycle is no multiple of 7 days, or a drug has two units or routes within a cycle.
    """
    strategy = strategy_grid([regimen])
    return OrderGrid(
        template_dose=strategy.template_dose,
        template_unit=strategy.template_unit,
        template_route=strategy.template_route,
        template_days=strategy.template_days,
        template_transplant_day=strategy.template_transplant_day,
        cycle_template=strategy.cycle_template[0],
        repeats=bool(strategy.repeats[0]),
    )


def strategy_grid(lines: Sequence[Regimen], *, gap_days: int = 28) -> StrategyGrid:
    """Turn lines of treatment into arrays; cycles that are equal, in any line, share a template.

    Parameters
    ----------
    lines
        First line first, at least one.
    gap_days
        From the end of a line to the start of the next, a multiple of 7.

    Raises
    ------
    InputError
        If there is no line, or the simulator could not run one of them.
    """
    problems = [f"regimen {regimen.id}, {text}" for regimen in lines for text in grid_problems(regimen)]
    if not lines:
        problems.append("a strategy needs at least one line")
    if gap_days < 0 or gap_days % WEEK:
        problems.append(f"a gap of {gap_days} days between lines cannot be simulated; multiples of {WEEK} can")
    if problems:
        raise InputError("\n".join(problems), hint=f"doses are decided once a week: use whole weeks ({WEEK} days)")
    numbers: dict[_Template, int] = {}
    cycles = [
        [numbers.setdefault(template, len(numbers)) for template in _line_templates(regimen)] for regimen in lines
    ]
    n_cycles = np.array([len(line) for line in cycles], dtype=np.int32)
    cycle_template = np.full((len(cycles), int(n_cycles.max())), -1, dtype=np.int32)
    for row, line in zip(cycle_template, cycles, strict=True):
        row[: len(line)] = line
    dose, unit, route = _template_arrays(list(numbers))
    return StrategyGrid(
        template_dose=dose,
        template_unit=unit,
        template_route=route,
        template_days=np.array([template.days for template in numbers], dtype=np.int32),
        template_transplant_day=np.array([template.transplant_day for template in numbers], dtype=np.int32),
        cycle_template=cycle_template,
        n_cycles=n_cycles,
        repeats=np.array([regimen.repeats for regimen in lines], dtype=np.bool_),
        gap_days=gap_days,
    )


def _line_templates(regimen: Regimen) -> list[_Template]:
    return [
        _template(phase, phase.orders_in(cycle))
        for phase in regimen.phases
        for cycle in range(1, phase.distinct_cycles + 1)
    ]


def _template(phase: Phase, orders: Sequence[Order]) -> _Template:
    doses: dict[tuple[int, int, int], dict[int, float]] = {}
    for order in orders:
        key = (DRUGS.index(order.drug), UNITS.index(order.unit), ROUTES.index(order.route))
        doses.setdefault(key, {}).update(dict.fromkeys(order.days, order.dose))
    return _Template(
        days=phase.cycle_days,
        transplant_day=phase.transplant_day or 0,
        orders=tuple((*key, tuple(sorted(days.items()))) for key, days in sorted(doses.items())),
    )


def _template_arrays(
    templates: Sequence[_Template],
) -> tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.int8]]:
    shape = (len(templates), max(template.days for template in templates), len(DRUGS))
    dose = np.zeros(shape, dtype=np.float64)
    unit = np.zeros((shape[0], shape[2]), dtype=np.int8)
    route = np.zeros_like(unit)
    for number, template in enumerate(templates):
        for drug, unit_code, route_code, days in template.orders:
            unit[number, drug], route[number, drug] = unit_code, route_code
            for day, amount in days:
                dose[number, day - 1, drug] = amount
    return dose, unit, route
