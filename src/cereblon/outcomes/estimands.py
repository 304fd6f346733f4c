"""Conventions of counting: progression-free survival of EMA and FDA, and IMWG response with fewer categories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cereblon.core.errors import unknown_name
from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.response_category import CATEGORIES, CR, MR, SCR, SD
from cereblon.outcomes.subject_index import Ints
from cereblon.outcomes.summary_choices import SummaryChoices
from cereblon.outcomes.time_to_event import Censoring

CONVENTIONS: tuple[str, ...] = ("ema", "fda")
DROPPABLE: dict[str, tuple[int, int]] = {"sCR": (SCR, CR), "MR": (MR, SD)}
"""Category by name: its code, and that of the category it counts as."""
_MISSED = 2


def censoring_of(convention: str, *, visit_days: float) -> Censoring:
    """Give the censoring of a named convention of progression-free survival.

    Parameters
    ----------
    convention
        `ema` (the event counts whenever it occurs) or `fda` (after two or more missed visits, or after a new therapy,
        the subject is censored at the last adequate assessment).
    visit_days
        Days between two visits.

    Raises
    ------
    UnknownNameError
        If the convention is not known.

    Source
    ------
    EMA/CHMP/27994/2008 rev. 1, appendix 1; FDA, Clinical Trial Endpoints for the Approval of Cancer Drugs and
    Biologics, 2018, appendix C. Recalled from the texts, not read again.
    """
    if convention == "ema":
        return Censoring()
    if convention == "fda":
        return Censoring(next_therapy="censor", missed_visits=_MISSED, visit_days=visit_days)
    raise unknown_name("convention of progression-free survival", convention, CONVENTIONS)


def without_categories(cohort: Cohort, names: tuple[str, ...]) -> Cohort:
    """Count categories as the next one: `sCR` as complete response, `MR` as stable disease.

    Raises
    ------
    UnknownNameError
        If a category cannot be left out.
    """
    code: Ints = np.arange(len(CATEGORIES), dtype=np.int64)
    for name in names:
        if name not in DROPPABLE:
            raise unknown_name("category to leave out", name, tuple(DROPPABLE))
        left, instead = DROPPABLE[name]
        code[left] = instead
    seen = cohort.assessments
    return replace(cohort, assessments=replace(seen, category=code[seen.category], confirmed=code[seen.confirmed]))


def sentences(convention: str, choices: SummaryChoices) -> list[str]:
    """Say by which conventions outcomes were counted."""
    said = []
    if convention == "fda":
        days = choices.censoring.visit_days
        said.append(
            "Progression-free survival by the convention of the FDA: progression or death after two or more missed "
            f"visits (every {days:g} days), or after a new therapy, is censored at the last adequate assessment."
        )
    else:
        said.append(
            "Progression-free survival by the convention of the EMA: progression and death count whenever they occur."
        )
    for name in choices.without:
        counts_as = {"sCR": "complete response", "MR": "stable disease"}[name]
        said.append(f"Response by IMWG criteria without {name}, which counts as {counts_as}.")
    if choices.mrd_with_cr_months:
        months = " and ".join(f"{month:g}" for month in choices.mrd_with_cr_months)
        said.append(
            f"MRD negativity with complete response at month {months}, of all randomised: the last test by then was "
            "negative in complete response, without progression, death, new therapy or loss to follow-up before."
        )
    return said
