"""Treatment in routine care is stopped more often than in a trial for other reasons than progression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cereblon.evidence import load_study
from cereblon.model.engine.parameters import Parameters
from cereblon.trials.published_regimen.completion import automatic_rules

if TYPE_CHECKING:
    from cereblon.trials.trial import TrialPlan


def is_routine_care(plan: TrialPlan) -> bool:
    """Tell whether a trial stands for a study of routine care."""
    return plan.study is not None and load_study(plan.study).is_practice


def stop_ratio() -> float:
    """Give how many times as often treatment is stopped as in a trial, judged (`automatic_plans.yaml`)."""
    return float(automatic_rules()["practice"]["stop_ratio"])


def practised(parameters: Parameters) -> Parameters:
    """Give parameters of routine care instead of those of a trial."""
    mortality = {**parameters["mortality"], "stop_rate": parameters["mortality"]["stop_rate"] * stop_ratio()}
    return {**parameters, "mortality": mortality}
