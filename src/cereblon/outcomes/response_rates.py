"""Response rates, MRD negativity and times to response."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.outcome_rows import OutcomeRows
from cereblon.outcomes.response_category import CR, MR, NE, PD, PR, SCR, SD, VGPR
from cereblon.outcomes.subject_index import Bools
from cereblon.outcomes.visits import refuse_conflicts

_YEAR = 365.0

# endpoint: least and greatest best response
_RANGES: dict[str, tuple[int, int]] = {
    "orr": (PR, SCR),
    "orr_mr_or_better": (MR, SCR),
    "dcr": (SD, SCR),
    "vgpr_or_better": (VGPR, SCR),
    "cr_or_better": (CR, SCR),
    "scr": (SCR, SCR),
    "cr": (CR, SCR),
    "vgpr": (VGPR, VGPR),
    "pr": (PR, PR),
    "mr": (MR, MR),
    "pd": (PD, PD),
}


def add_response_rates(rows: OutcomeRows, cohort: Cohort, *, evaluable_only: bool = False) -> None:
    """Add best confirmed response in line 1, in percent.

    `cr` is complete response or better, as publications without a stringent category print it.

    Parameters
    ----------
    rows
        Collected rows.
    cohort
        Subjects with their assessments.
    evaluable_only
        Divide by the subjects with an assessment that could be judged instead of by all.
    """
    best = cohort.best_response()
    counted = best != NE if evaluable_only else np.ones(cohort.index.count, np.bool_)
    n = rows.groups.tally(counted)
    of = "evaluable" if evaluable_only else "all"
    method = f"best confirmed response of {of} subjects, {rows.proportions} interval"
    for endpoint, (least, greatest) in _RANGES.items():
        rows.add_share(endpoint, rows.groups.tally((best >= least) & (best <= greatest)), n, method=method)
    stable = rows.groups.tally((best == MR) | (best == SD))
    rows.add("mr_or_sd", "patients", "best confirmed response", stable, n=n)


def add_mrd(rows: OutcomeRows, cohort: Cohort, labs: pa.Table | None) -> None:
    """Add MRD negativity at any time, in percent of all subjects; nothing where MRD was never tested.

    `mrd_negative_1e-5_with_cr` asks for complete response at the test, the others for the test alone; they need the
    laboratory table. Tests before day 0 and after the end of follow-up do not count. Sustained: two negative tests at
    least a year apart without a positive one between.

    Parameters
    ----------
    rows
        Collected rows.
    cohort
        Subjects with their assessments.
    labs
        LABS, or None.
    """
    n = rows.groups.tally(np.ones(cohort.index.count, np.bool_))
    seen = cohort.assessments
    if (seen.mrd >= 0).any():
        with_cr = np.zeros(cohort.index.count, np.bool_)
        with_cr[seen.row[(seen.mrd == 1) & (seen.line == 1)]] = True
        with_cr &= cohort.best_response() >= CR
        rows.add_share("mrd_negative_1e-5_with_cr", rows.groups.tally(with_cr), n)
    if labs is None:
        return
    tests = labs.filter(pc.equal(labs["test"].cast(pa.string()), "mrd"))
    if tests.num_rows == 0:
        return
    row, day = cohort.index.rows(tests, name="labs"), tests["day"].to_numpy()
    value = tests["value"].to_numpy()
    refuse_conflicts(cohort.index, "mrd", row, day, value)
    followed = cohort.follow_up.during(row, day, name="labs, mrd", from_zero=True)
    row, day, value = row[followed], day[followed], value[followed]
    in_line = day <= cohort.next_therapy()[row]
    for endpoint, limit in (("mrd_negative", 1e-5), ("mrd_negative_1e-5", 1e-5), ("mrd_negative_1e-6", 1e-6)):
        ever = np.zeros(cohort.index.count, np.bool_)
        ever[row[(value < limit) & in_line]] = True
        rows.add_share(endpoint, rows.groups.tally(ever), n)
    sustained = _sustained(row[in_line], day[in_line], value[in_line] < 1e-5, cohort.index.count)
    rows.add_share("mrd_negative_sustained_1e-5", rows.groups.tally(sustained), n, month=12.0)


def _sustained(row: np.ndarray, day: np.ndarray, negative: np.ndarray, subjects: int) -> Bools:
    order = np.lexsort((~negative, day, row))
    row, day, negative = row[order], day[order], negative[order]
    held = np.zeros(subjects, np.bool_)
    began = np.full(subjects, np.inf)
    for subject, when, is_negative in zip(row, day, negative, strict=True):
        if not is_negative:
            began[subject] = np.inf
            continue
        began[subject] = min(began[subject], when)
        held[subject] |= when - began[subject] >= _YEAR
    return held


def add_response_times(rows: OutcomeRows, cohort: Cohort) -> None:
    """Add median months from randomisation to first response, to VGPR and to the best response of responders."""
    best = cohort.best_response()
    for endpoint, day in (
        ("ttr_median", cohort.first_response(PR)),
        ("time_to_vgpr_median", cohort.first_response(VGPR)),
        ("time_to_best_response_median", np.where(best >= PR, cohort.first_response(best), np.inf)),
    ):
        median, n = rows.groups.medians(day / DAYS_PER_MONTH, np.isfinite(day))
        known = np.flatnonzero(n > 0)
        rows.add(endpoint, "months", "median of those who reached it", median[known], n=n[known], group=known)
