"""How long the patients of a virtual trial are followed for medians that its own follow-up does not reach."""

from __future__ import annotations

from math import isnan

from cereblon.calibration.targets import facts_to_meet
from cereblon.evidence import Study
from cereblon.trials.trial import TrialPlan
from cereblon.vocabulary.endpoints import simulated_endpoints

_REACHED = 0.75  # of the median follow-up: a median before it is reached in nearly every virtual trial
_BEYOND = 1.5  # times the published median, so that a prediction that is too long is not cut off there


def months_for_medians(study: Study, plan: TrialPlan) -> float:
    """Give the months for which a trial's patients are followed, besides its own follow-up; 0 for no longer.

    A median late in a trial rests on few patients, and of a virtual one often is not reached. Read off the risk of
    the first years it would be far too long, because few die before they relapse.

    Parameters
    ----------
    study
        Its published medians say how far the curves are needed, and nothing else.
    plan
        The virtual trial.
    """
    facts = facts_to_meet(study, simulated_endpoints())
    printed = [fact.value or 0.0 for fact in facts if fact.endpoint.endswith("_median")]
    longest = max((value for value in printed if not isnan(value)), default=0.0)
    return _BEYOND * longest if longest > _REACHED * plan.follow_up_months else 0.0
