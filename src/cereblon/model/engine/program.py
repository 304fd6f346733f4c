"""What goes into a simulation of each arm: orders and dose rules as arrays of few shapes.

The shape of these arrays is part of the compiled program, and compiling takes longer than a small trial. Tables are
therefore filled up to common sizes, and most trials have the same drugs in their program, ordered or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np
from jax import Array

from cereblon.model.dosing.library import load_rule_set
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.dosing.tables import RuleTables, rule_tables
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.drug import ROUTES
from cereblon.model.regimens.grid import StrategyGrid

WEEK = 7
RESPONSE_EVERY_WEEKS = 4

_COMMON = {
    "lenalidomide": ("oral",),
    "dexamethasone": ("oral",),
    "bortezomib": ("iv", "sc"),
    "carfilzomib": ("iv",),
    "daratumumab": ("iv", "sc"),
    "melphalan": ("iv",),
}
"""Drugs and routes of the program that trials share which order no others."""

# The least size of each axis, twice that, and so on; what the trials of the library need.
_ARMS, _TEMPLATES, _DAYS, _CYCLES, _LINES = 8, 64, 112, 48, 3


class Program(NamedTuple):
    """The arms' orders: templates of all arms together, cycles by arm and line; axes are filled up."""

    template_dose: Array  # [template, day, drug], in the order's unit
    template_unit: Array  # [template, drug]: 0 mg, 1 mg/m2, 2 mg/kg
    template_route: Array  # [template, drug]: 0 oral, 1 iv, 2 sc
    template_days: Array  # [template]
    template_transplant_day: Array  # [template], 0 for none
    template_maintenance: Array  # [template]: lenalidomide alone, at most 15 mg
    template_highest: Array  # [template, drug]: highest dose, in the order's unit
    rules: RuleTables  # dose rules, as data
    cycle_template: Array  # [arm, line, cycle]
    n_cycles: Array  # [arm, line]
    repeats: Array  # [arm, line]
    n_lines: Array  # [arm]
    gap_weeks: Array  # [arm]
    randomised_week: Array  # [arm]: 0 unless treatment begins before
    response_every_weeks: Array  # [arm]: interval of response visits
    once: Array  # the number 1; see `core.batching`


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What the compiled program is made for besides the shapes of its arrays; hashable.

    Parameters
    ----------
    drugs
        Drugs that can be ordered, in the order of `cereblon.model.drugs.DRUGS`.
    routes
        For each drug the routes that can be used, as numbers.
    n_lines
        Lines of the longest strategy, or more.
    """

    drugs: tuple[str, ...]
    routes: tuple[tuple[int, ...], ...]
    n_lines: int


def build_program(
    strategies: Sequence[StrategyGrid],
    rules: RuleSet | None = None,
    run_in_weeks: Sequence[int] | None = None,
    response_every_weeks: Sequence[int] | None = None,
) -> tuple[Program, Layout]:
    """Stack the arms' strategies into one program.

    Parameters
    ----------
    strategies
        By arm.
    rules
        Dose rules of the trial; `us-label` unless given.
    run_in_weeks
        Weeks of treatment before randomisation, by arm; none unless given.
    response_every_weeks
        Interval of response visits, by arm; 4 unless given.

    Returns
    -------
        The program and its layout.

    Raises
    ------
    InputError
        If the dose rules have no room for the drugs that are ordered.
    """
    n = len(strategies)
    days = max(grid.template_dose.shape[1] for grid in strategies)
    dose = np.concatenate(
        [np.pad(g.template_dose, ((0, 0), (0, days - g.template_dose.shape[1]), (0, 0))) for g in strategies]
    )
    route = np.concatenate([grid.template_route for grid in strategies])
    layout = _layout(dose, route, max(len(grid.n_cycles) for grid in strategies))
    keep = [DRUGS.index(drug) for drug in layout.drugs]
    dose = dose[:, :, keep]
    ordered = [drug for place, drug in enumerate(layout.drugs) if dose[:, :, place].any()]
    templates, arms = _size(len(dose), _TEMPLATES), _size(n, _ARMS)

    def by_template(values: np.ndarray, kind: type) -> np.ndarray:
        return _filled(values.astype(kind), (templates, *values.shape[1:]))

    def by_arm(values: Sequence[int]) -> np.ndarray:
        return _filled(np.array(values, np.int32), (arms,))

    arrays = {
        "template_dose": _filled(dose.astype(np.float32), (templates, _size(days, _DAYS), len(keep))),
        "template_unit": by_template(np.concatenate([g.template_unit for g in strategies])[:, keep], np.int32),
        "template_route": by_template(route[:, keep], np.int32),
        "template_days": by_template(np.concatenate([g.template_days for g in strategies]), np.int32),
        "template_transplant_day": by_template(
            np.concatenate([g.template_transplant_day for g in strategies]), np.int32
        ),
        "template_maintenance": by_template(_maintenance(dose, layout.drugs), np.bool_),
        "template_highest": by_template(dose.max(axis=1), np.float32),
        "rules": tuple(map(np.asarray, rule_tables(rules or load_rule_set("us-label"), layout.drugs, ordered))),
        **_cycles(strategies, arms, layout.n_lines),
        "n_lines": by_arm([len(grid.n_cycles) for grid in strategies]),
        "gap_weeks": by_arm([-(-grid.gap_days // WEEK) for grid in strategies]),
        "randomised_week": by_arm(run_in_weeks or [0] * n),
        "response_every_weeks": by_arm(response_every_weeks or [RESPONSE_EVERY_WEEKS] * n),
        "once": np.int32(1),
    }
    moved = jax.device_put(arrays)  # at once: to convert each on the device would compile a program for each
    return Program(**{**moved, "rules": RuleTables(*moved["rules"])}), layout


def ordered_drugs(program: Program, layout: Layout) -> tuple[str, ...]:
    """Name the drugs of a layout that some arm orders."""
    highest = np.asarray(program.template_highest).max(axis=0)
    return tuple(drug for drug, dose in zip(layout.drugs, highest, strict=True) if dose > 0.0)


def _layout(dose: np.ndarray, route: np.ndarray, lines: int) -> Layout:
    """Find the drugs and routes of the program: those that most trials share, or else those that are ordered."""
    given = np.asarray(dose.any(axis=1))
    used = {
        drug: {int(number) for number in route[given[:, place], place]}
        for place, drug in enumerate(DRUGS)
        if given[:, place].any()
    }
    common = {drug: {ROUTES.index(name) for name in names} for drug, names in _COMMON.items()}
    shared = all(drug in common and numbers <= common[drug] for drug, numbers in used.items())
    chosen = common if shared else {drug: used[drug] | common.get(drug, set()) for drug in used}
    drugs = tuple(drug for drug in DRUGS if drug in chosen)
    routes = tuple(tuple(sorted(chosen[drug])) for drug in drugs)
    return Layout(drugs=drugs, routes=routes, n_lines=max(lines, _LINES))


def _cycles(strategies: Sequence[StrategyGrid], arms: int, lines: int) -> dict[str, np.ndarray]:
    """Lay the cycles of all arms out by line; templates are numbered through."""
    cycles = _size(max(grid.cycle_template.shape[1] for grid in strategies), _CYCLES)
    template = np.full((arms, lines, cycles), -1, np.int32)
    n_cycles, repeats = np.zeros((arms, lines), np.int32), np.zeros((arms, lines), bool)
    offset = 0
    for arm, grid in enumerate(strategies):
        own_lines, own_cycles = grid.cycle_template.shape
        template[arm, :own_lines, :own_cycles] = np.where(grid.cycle_template >= 0, grid.cycle_template + offset, -1)
        n_cycles[arm, :own_lines], repeats[arm, :own_lines] = grid.n_cycles, grid.repeats
        offset += len(grid.template_days)
    return {"cycle_template": template, "n_cycles": n_cycles, "repeats": repeats}


def _size(needed: int, least: int) -> int:
    """Give the size of an axis: `least`, doubled until there is room."""
    size = least
    while size < needed:
        size *= 2
    return size


def _filled(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Fill an array up with zeros."""
    return np.pad(values, [(0, wanted - there) for wanted, there in zip(shape, values.shape, strict=True)])


def _maintenance(dose: np.ndarray, drugs: Sequence[str]) -> np.ndarray:
    """Tell templates in which lenalidomide is given alone at 15 mg or less: the maintenance rules hold there."""
    if "lenalidomide" not in drugs:
        return np.zeros(len(dose), bool)
    index = drugs.index("lenalidomide")
    highest = dose.max(axis=1)
    alone = np.delete(highest, index, axis=1).max(axis=1, initial=0.0) == 0.0
    return np.asarray(alone & (highest[:, index] > 0.0) & (highest[:, index] <= 15.0))
