"""Who was treated: everyone with a first dose, or everyone where no first dose is recorded at all.

Which of the two it is shows only when all subjects are counted, so safety is counted among both.
"""

from __future__ import annotations

import numpy as np

from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.group_estimates import GroupEstimates
from cereblon.outcomes.subject_index import Bools, Ints

TREATED = "with a first dose"
ANYBODY = "anybody"
UNTREATED = "adverse_events: {count} subjects without a first dose do not count; {subjects}"
"""Remark on who is left out of safety; it holds where anybody has a first dose."""


def has_first_dose(cohort: Cohort) -> Bools:
    """Tell who has a first dose on record."""
    return np.isfinite(cohort.first("treatment_start", line=1))


def safety_population(reading: GroupEstimates) -> tuple[str, Ints]:
    """Choose among whom safety is counted, and give their number per group."""
    if reading.totals[TREATED]:
        return TREATED, reading.tallies[TREATED]
    return ANYBODY, reading.tallies["subjects"]
