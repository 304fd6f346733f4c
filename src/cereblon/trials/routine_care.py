"""Treatment in routine care is stopped more often than in a trial for other reasons than progression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from cereblon.evidence import load_study
from cereblon.trials.published_regimen.completion import automatic_rules

if TYPE_CHECKING:
    from cereblon.trials.trial import TrialPlan

T = TypeVar("T", float, NDArray[np.float64])


def is_routine_care(plan: TrialPlan) -> bool:
    """Tell whether a trial stands for a study of routine care."""
    return plan.study is not None and load_study(plan.study).is_practice


def stop_ratio() -> float:
    """Give how many times as often treatment is stopped as in a trial, judged (`automatic_plans.yaml`)."""
    return float(automatic_rules()["practice"]["stop_ratio"])


def practised(parameters: Mapping[str, Mapping[str, T]], ratio: float) -> dict[str, dict[str, T]]:
    """Give parameters, or draws of them, with a rate of stopping some times that of a trial, where they have one."""
    changed = {group: dict(values) for group, values in parameters.items()}
    if "stop_rate" in changed.get("mortality", {}):
        changed["mortality"]["stop_rate"] *= ratio
    return changed
