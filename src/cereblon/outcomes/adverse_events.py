"""Shares of subjects with an adverse event by worst grade."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from cereblon.outcomes.cohort import Cohort, read_cohort
from cereblon.outcomes.groups import group_subjects
from cereblon.outcomes.outcome_rows import OutcomeRows
from cereblon.outcomes.subject_index import Bools, text_codes
from cereblon.statistics.proportions import ProportionMethod
from cereblon.vocabulary.endpoints import counts_in_any_line

GRADES: dict[str, tuple[int, int]] = {
    "any": (1, 5),
    "2+": (2, 5),
    "3+": (3, 5),
    "3-5": (3, 5),
    "3-4": (3, 4),
    "3": (3, 3),
    "4": (4, 4),
    "5": (5, 5),
}
"""Least and greatest worst grade of each grade range of the evidence vocabulary."""


def adverse_event_rates(
    subjects: pa.Table,
    events: pa.Table,
    adverse_events: pa.Table,
    *,
    by: str = "arm",
    names: Sequence[str] | None = None,
    level: float = 0.95,
    method: ProportionMethod = "clopper-pearson",
) -> pa.Table:
    """Give the share of treated subjects with each adverse event, by worst grade.

    Parameters
    ----------
    subjects, events, adverse_events
        Subject tables.
    by
        Column of SUBJECTS to group by.
    names
        Events to report, also where nobody had them; those of the table unless given.
    level, method
        Of the intervals.

    Returns
    -------
        OUTCOMES rows `ae_*` in percent, one per event, grade range of `GRADES` and group. There is no `ae_any`: the
        table holds the events that were modelled or recorded, not all that can happen.

    Raises
    ------
    InputError
        If an adverse event belongs to no subject.
    """
    cohort = read_cohort(subjects, events)
    rows = OutcomeRows(group_subjects(cohort, by=by), level=level, proportions=method)
    add_adverse_events(rows, cohort, adverse_events, names)
    return rows.table(cohort.index, cohort.follow_up.remarks)


def add_adverse_events(
    rows: OutcomeRows, cohort: Cohort, adverse_events: pa.Table, names: Sequence[str] | None = None
) -> None:
    """Add the rates to collected rows; as `adverse_event_rates`."""
    treated = safety_population(cohort)
    n = rows.groups.tally(treated)
    untreated = np.flatnonzero(cohort.is_whole & ~treated)
    if len(untreated):
        cohort.follow_up.remarks.append(
            f"adverse_events: {len(untreated)} subjects without a first dose do not count; "
            f"{cohort.index.name_rows(untreated)}"
        )
    worst = worst_grades(cohort, adverse_events)
    nobody = np.zeros(cohort.index.count, np.int8)
    for name in names if names is not None else sorted(worst):
        grade = worst.get(name, nobody)
        for label, (least, greatest) in GRADES.items():
            count = rows.groups.tally(treated & (grade >= least) & (grade <= greatest))
            rows.add_share(f"ae_{name}", count, n, grade=label)


def safety_population(cohort: Cohort) -> Bools:
    """Tell who was treated: everyone with a first dose, or everyone where no first dose is recorded at all."""
    treated = np.isfinite(cohort.first("treatment_start", line=1))
    return treated if treated.any() else np.ones(cohort.index.count, np.bool_)


def worst_grades(cohort: Cohort, adverse_events: pa.Table) -> dict[str, np.ndarray]:
    """Give the worst grade per subject of each event during line 1; second cancers count whenever they come.

    Events that begin before day 0 or after the end of follow-up are cut and remarked.
    """
    row = cohort.index.rows(adverse_events, name="adverse_events")
    code, names = text_codes(adverse_events["event"])
    grade = adverse_events["grade"].to_numpy().astype(np.int8)
    line = adverse_events["line"].to_numpy()
    inside = cohort.follow_up.during(
        row, adverse_events["start_day"].to_numpy(), name="adverse_events", from_zero=True
    )
    worst = {}
    for position, name in enumerate(names):
        chosen = inside & (code == position) & ((line == 1) | counts_in_any_line(name))
        grades = np.zeros(cohort.index.count, np.int8)
        np.maximum.at(grades, row[chosen], grade[chosen])
        worst[name] = grades
    return worst
