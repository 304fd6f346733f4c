"""The published arms of a regimen in a setting, and the trial whose treatment stands for the cohort's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cereblon.cohort.beside.treated_groups import TreatedGroup
from cereblon.core.errors import CereblonError
from cereblon.evidence.study import Fact, Study
from cereblon.synthesis.real_world import TreatedCohort, figure, find_cohorts
from cereblon.synthesis.real_world.comparison import ENDPOINTS
from cereblon.trials.study_plan import StudyPlan, plan_study
from cereblon.trials.trial import TrialPlan

_LONGEST, _RULES = 60.0, "us-label"
RESPONSES = ("orr", "vgpr_or_better", "cr_or_better", "dor_median")


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedFigure:
    """One published number of an arm of the same regimen."""

    arm: TreatedCohort
    endpoint: str
    fact: Fact


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceTrial:
    """The trial arm that a group is simulated like.

    Parameters
    ----------
    arm
        Published.
    planned
        Its trial with this arm alone, its own patients, and the dose rules of the label.
    """

    arm: TreatedCohort
    planned: StudyPlan

    @property
    def plan(self) -> TrialPlan:
        """The trial of the one arm."""
        assert self.planned.plan is not None
        return self.planned.plan

    @property
    def arm_key(self) -> str:
        """Key of the arm in the plan."""
        return next(iter(self.plan.arms))


def published_figures(studies: Iterable[Study], group: TreatedGroup) -> list[PrintedFigure]:
    """Give the published numbers of whole arms of the regimen, setting and use of transplantation, trials first.

    Of maintenance these are times alone: in a cohort response is that of the whole line.
    """
    return [
        PrintedFigure(arm=arm, endpoint=endpoint, fact=fact)
        for arm in published_arms(studies, group)
        for endpoint in ENDPOINTS
        if not (group.is_maintenance and endpoint in RESPONSES) and (fact := figure(arm, endpoint)) is not None
    ]


def reference_trial(studies: Iterable[Study], group: TreatedGroup) -> ReferenceTrial | None:
    """Choose the trial that a group is simulated like and compared with.

    It is the one that prints most of the compared endpoints, of equals the largest; None where no trial of the
    regimen can be simulated, or time is counted from maintenance. Nothing of its results plays a part.
    """
    if group.is_maintenance:
        return None
    trials = [arm for arm in published_arms(studies, group) if arm.group == "trial"]
    printed = {id(arm): sum(_has_value(arm, endpoint) for endpoint in ENDPOINTS) for arm in trials}
    ordered = sorted(trials, key=lambda arm: (-printed[id(arm)], -(arm.patients or 0), arm.study.id))
    for arm in ordered:
        planned = _alone(arm)
        if planned is not None:
            return ReferenceTrial(arm=arm, planned=planned)
    return None


def published_arms(studies: Iterable[Study], group: TreatedGroup) -> list[TreatedCohort]:
    """Give the arms of the regimen, setting and use of transplantation."""
    found = find_cohorts(studies, group.regimen)
    return [
        arm
        for arm in found
        if arm.study.setting in group.settings and (group.is_maintenance or arm.is_transplanted == group.transplanted)
    ]


def _has_value(arm: TreatedCohort, endpoint: str) -> bool:
    fact = figure(arm, endpoint)
    return fact is not None and fact.value is not None


def _alone(arm: TreatedCohort) -> StudyPlan | None:
    """Give the trial with one arm only; None where it cannot be simulated, or only after a run-in."""
    try:
        found = plan_study(arm.study)
    except CereblonError:
        return None
    plan = found.plan
    keys = [key for key in plan.arms if plan.published_arm(key) == arm.arm] if plan is not None else []
    if plan is None or not keys or plan.run_in or found.patients is None:
        return None
    followed = min(plan.follow_up_months, _LONGEST - plan.enrolment_months / 2)
    changes = {
        "arms": {keys[0]: plan.arms[keys[0]]},
        "comparator": None,
        "rules": _RULES,
        "design": None,
        "follow_up_months": max(followed, 12.0 + plan.enrolment_months / 2),
    }
    return StudyPlan(study=arm.study, plan=plan.model_copy(update=changes), patients=found.patients)
