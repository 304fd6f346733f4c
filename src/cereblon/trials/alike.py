"""Arms that would be simulated alike: nothing can be said of their difference, and a ratio of them means nothing."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from cereblon.core.errors import InputError
from cereblon.model.regimens import strategy_grid
from cereblon.model.regimens.grid import StrategyGrid
from cereblon.trials.library import lines_of
from cereblon.trials.trial import ArmPlan, TrialPlan

CANNOT_BE_TOLD_APART = "cannot be told apart: both arms are simulated alike"


def alike_arms(plan: TrialPlan) -> tuple[tuple[str, str], ...]:
    """Give the pairs of arms of a trial to which the same is given on the same days, in every line.

    Parameters
    ----------
    plan
        The trial; an arm whose treatment cannot be looked up is like no other.
    """
    grids = {key: grid for key, arm in plan.arms.items() if (grid := _grid(arm, plan.id)) is not None}
    return tuple((one, other) for one, other in combinations(grids, 2) if _are_equal(grids[one], grids[other]))


def alike_pairs(pairs: tuple[tuple[str, str], ...]) -> frozenset[tuple[str, str]]:
    """Give pairs in both orders."""
    return frozenset(pairs) | frozenset((other, one) for one, other in pairs)


def alike_sentences(plan: TrialPlan) -> list[str]:
    """Say of each pair of arms that are simulated alike that they cannot be told apart."""
    return [
        f"arms {one} and {other} cannot be told apart: the same is given on the same days in both, so a ratio "
        "of them would show chance alone and is left out"
        for one, other in alike_arms(plan)
    ]


def _grid(arm: ArmPlan, where: str) -> StrategyGrid | None:
    try:
        lines, gap_days = lines_of(arm, where=where)
        return strategy_grid(lines, gap_days=gap_days)
    except InputError:
        return None


def _are_equal(one: StrategyGrid, other: StrategyGrid) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__)
