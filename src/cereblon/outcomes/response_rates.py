"""Response rates, MRD negativity and times to response."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.counts import Counting
from cereblon.outcomes.outcome_rows import OutcomeRows
from cereblon.outcomes.response_category import CATEGORIES, CR, MR, NE, PD, PR, SCR, SD, VGPR
from cereblon.outcomes.subject_index import Bools, Floats
from cereblon.outcomes.visits import refuse_conflicts

_SUSTAINED_DAYS = {12.0: 365.0, 18.0: 547.0, 24.0: 730.0}  # by month
BEST = "best confirmed response"
_ASSESSED, _TESTED = "assessed for MRD", "tested for MRD"
_MRD_LIMITS = {"mrd_negative": 1e-5, "mrd_negative_1e-5": 1e-5, "mrd_negative_1e-6": 1e-6}
_SUSTAINED = "mrd_negative_sustained_1e-5"

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
_OF_CATEGORY = {"sCR": ("scr",), "MR": ("mr", "orr_mr_or_better")}


def count_responses(counting: Counting, cohort: Cohort) -> None:
    """Count the best confirmed responses in line 1, and the months to them."""
    everyone, best = np.ones(cohort.index.count, np.bool_), cohort.best_response()
    counting.code(BEST, best, len(CATEGORIES), everyone)
    for endpoint, day in (
        ("ttr_median", cohort.first_response(PR)),
        ("time_to_vgpr_median", cohort.first_response(VGPR)),
        ("time_to_best_response_median", np.where(best >= PR, cohort.first_response(best), np.inf)),
    ):
        counting.value(endpoint, day / DAYS_PER_MONTH, np.isfinite(day))


def add_response_rates(rows: OutcomeRows, *, evaluable_only: bool = False, without: Sequence[str] = ()) -> None:
    """Add best confirmed response in line 1, in percent.

    `cr` is complete response or better, as publications without a stringent category print it.

    Parameters
    ----------
    rows
        Collected rows.
    evaluable_only
        Divide by the subjects with an assessment that could be judged instead of by all.
    without
        Categories that are not told apart, `sCR` or `MR`; they have no row.
    """
    best = rows.reading.tallies[BEST]
    n = best.sum(axis=1) - (best[:, NE] if evaluable_only else 0)
    of = "evaluable" if evaluable_only else "all"
    method = f"best confirmed response of {of} subjects, {rows.proportions} interval"
    absent = {endpoint for name in without for endpoint in _OF_CATEGORY[name]}
    for endpoint, (least, greatest) in _RANGES.items():
        if endpoint in absent:
            continue
        rows.add_share(endpoint, best[:, least : greatest + 1].sum(axis=1), n, method=method)
    rows.add("mr_or_sd", "patients", "best confirmed response", best[:, MR] + best[:, SD], n=n)


def count_mrd(counting: Counting, cohort: Cohort, labs: pa.Table | None) -> None:
    """Count who was MRD-negative at any time; see `add_mrd`.

    Parameters
    ----------
    counting
        Gathers the counts.
    cohort
        Subjects with their assessments.
    labs
        LABS, or None.
    """
    seen, count = cohort.assessments, cohort.index.count

    def subjects_of(row: np.ndarray) -> Bools:
        chosen = np.zeros(count, np.bool_)
        chosen[row] = True
        return chosen

    counting.tally(_ASSESSED, subjects_of(seen.row[seen.mrd >= 0]))
    with_cr = subjects_of(seen.row[(seen.mrd == 1) & (seen.line == 1)])
    counting.tally("mrd_negative_1e-5_with_cr", with_cr & (cohort.best_response() >= CR))
    if labs is None:
        return
    tests = labs.filter(pc.equal(labs["test"].cast(pa.string()), "mrd"))
    row, day = cohort.index.rows(tests, name="labs"), tests["day"].to_numpy()
    value = tests["value"].to_numpy()
    counting.tally(_TESTED, subjects_of(row))
    refuse_conflicts(cohort.index, "mrd", row, day, value)
    followed = cohort.follow_up.during(row, day, name="labs, mrd", from_zero=True)
    row, day, value = row[followed], day[followed], value[followed]
    in_line = day <= cohort.next_therapy()[row]
    for endpoint, limit in _MRD_LIMITS.items():
        counting.tally(endpoint, subjects_of(row[(value < limit) & in_line]))
    held = _longest_held(row[in_line], day[in_line], value[in_line] < 1e-5, count)
    for month, days in _SUSTAINED_DAYS.items():
        counting.tally(_sustained(month), held >= days)


def count_mrd_at(counting: Counting, cohort: Cohort, landmarks_months: Sequence[float]) -> None:
    """Count who is MRD-negative with complete response at landmarks; see `mrd_negative_at`."""
    for month in landmarks_months:
        counting.tally(_at_landmark(month), mrd_negative_at(cohort, month * DAYS_PER_MONTH))


def mrd_negative_at(cohort: Cohort, day: float) -> Bools:
    """Tell who is MRD-negative with complete response at a landmark.

    The last test of line 1 on or before the landmark counts; who progressed, died, changed therapy or was lost before
    it is not negative.

    Parameters
    ----------
    cohort
        Subjects with their assessments.
    day
        The landmark, from day 0.
    """
    seen = cohort.assessments
    tested = (seen.mrd >= 0) & (seen.line == 1) & (seen.day <= day)
    last = np.full(cohort.index.count, -np.inf)
    np.maximum.at(last, seen.row[tested], seen.day[tested])
    negative = np.zeros(cohort.index.count, np.bool_)
    negative[seen.row[tested & (seen.mrd == 1) & (seen.day == last[seen.row])]] = True
    ended = np.minimum(cohort.first("progression"), np.minimum(cohort.next_therapy(), cohort.last_contact()))
    return np.asarray(negative & (ended >= day), dtype=np.bool_)


def add_mrd(rows: OutcomeRows, *, landmarks_months: Sequence[float] = ()) -> None:
    """Add MRD negativity at any time, in percent of all subjects; nothing where MRD was never tested.

    `mrd_negative_1e-5_with_cr` asks for complete response at the test, the others for the test alone; they need the
    laboratory table. Tests before day 0 and after the end of follow-up do not count. Sustained for 12, 18 or 24
    months: two negative tests so far apart without a positive one between. With a month, negativity with complete
    response is that at the landmark, see `count_mrd_at`.
    """
    tallies = rows.reading.tallies
    n = tallies["subjects"]
    if rows.reading.totals[_ASSESSED]:
        rows.add_share("mrd_negative_1e-5_with_cr", tallies["mrd_negative_1e-5_with_cr"], n)
        for month in landmarks_months:
            rows.add_share("mrd_negative_1e-5_with_cr", tallies[_at_landmark(month)], n, month=float(month))
    if rows.reading.totals.get(_TESTED):
        for endpoint in _MRD_LIMITS:
            rows.add_share(endpoint, tallies[endpoint], n)
        for month in _SUSTAINED_DAYS:
            rows.add_share(_SUSTAINED, tallies[_sustained(month)], n, month=month)


def _at_landmark(month: float) -> str:
    return f"mrd_negative_1e-5_with_cr at month {month:g}"


def _sustained(month: float) -> str:
    return f"{_SUSTAINED} for {month:g} months"


def _longest_held(row: np.ndarray, day: np.ndarray, negative: np.ndarray, subjects: int) -> Floats:
    """Give the longest time between two negative tests of each subject with no positive one between, days."""
    order = np.lexsort((~negative, day, row))
    row, day, negative = row[order], day[order], negative[order]
    held = np.full(subjects, -1.0)
    began = np.full(subjects, np.inf)
    for subject, when, is_negative in zip(row, day, negative, strict=True):
        if not is_negative:
            began[subject] = np.inf
            continue
        began[subject] = min(began[subject], when)
        held[subject] = max(held[subject], when - began[subject])
    return held


def add_response_times(rows: OutcomeRows) -> None:
    """Add median months from randomisation to first response, to VGPR and to the best response of responders."""
    for endpoint in ("ttr_median", "time_to_vgpr_median", "time_to_best_response_median"):
        rows.add_median(endpoint, "months", "median of those who reached it")
