"""In which years a trial enrolled, as its file or the study that it replicates says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cereblon.evidence import Study, load_study

if TYPE_CHECKING:
    from cereblon.trials.trial import TrialPlan

FIRST, LAST = 2003.9, 2015.0
"""Middle of enrolment of the earliest and the latest calibration trial; nothing tells of the years around."""


def enrolment_year(plan: TrialPlan) -> float | None:
    """Give the calendar year of the middle of enrolment; None where neither the trial nor its study tells."""
    if plan.enrolment_year is not None or plan.study is None:
        return plan.enrolment_year
    return study_enrolment_year(load_study(plan.study))


def study_enrolment_year(study: Study) -> float | None:
    """Give the year that the trial of a study states, else the middle of the enrolment that is published, or None."""
    stated = study.simulation.get("trial", {}).get("enrolment_year")
    if stated is not None:
        return float(stated)
    return None if study.enrolled is None else study.enrolled.middle


def years_since_2010(plan: TrialPlan) -> float:
    """Give the years from 2010 to the middle of enrolment, held within the calibration trials; 0 where unknown."""
    year = enrolment_year(plan)
    return 0.0 if year is None else min(max(year, FIRST), LAST) - 2010.0
