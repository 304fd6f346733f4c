"""Shares of subjects with an adverse event by worst grade."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from cereblon.outcomes.cohort import Cohort, read_cohort
from cereblon.outcomes.counts import Counting
from cereblon.outcomes.group_estimates import EstimateChoices, read_off
from cereblon.outcomes.groups import group_subjects
from cereblon.outcomes.outcome_rows import OutcomeRows, about
from cereblon.outcomes.safety_population import ANYBODY, TREATED, UNTREATED, has_first_dose, safety_population
from cereblon.outcomes.subject_index import text_codes
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

_GRADES = 6  # 0 for none
_PREFIX = "worst grade of "
_RECORDED = "adverse events are recorded"


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
    counting = Counting(group_subjects(cohort, by=by))
    counting.tally("subjects", np.ones(cohort.index.count, np.bool_))
    counting.tally(TREATED, has_first_dose(cohort))
    count_adverse_events(counting, cohort, adverse_events)
    counts = counting.of(cohort)
    rows = OutcomeRows(read_off(counts, EstimateChoices(level=level)), level=level, proportions=method)
    add_adverse_events(rows, names)
    return rows.table(about(counts))


def count_adverse_events(counting: Counting, cohort: Cohort, adverse_events: pa.Table) -> None:
    """Count the subjects by worst grade of each event."""
    given, everyone = has_first_dose(cohort), np.ones(cohort.index.count, np.bool_)
    counting.tally(_RECORDED, everyone)
    cohort.follow_up.note(UNTREATED, np.flatnonzero(cohort.is_whole & ~given))
    for name, grade in worst_grades(cohort, adverse_events).items():
        for population, among in ((TREATED, given), (ANYBODY, everyone)):
            counting.code(f"{_PREFIX}{name}, {population}", grade, _GRADES, among)


def add_adverse_events(rows: OutcomeRows, names: Sequence[str] | None = None) -> None:
    """Add the rates to collected rows, where adverse events were recorded; as `adverse_event_rates`."""
    if _RECORDED not in rows.reading.tallies:
        return
    population, n = safety_population(rows.reading)
    tallies, suffix = rows.reading.tallies, f", {population}"
    there = [
        name[len(_PREFIX) : -len(suffix)] for name in tallies if name.startswith(_PREFIX) and name.endswith(suffix)
    ]
    nobody = np.zeros((len(n), _GRADES), np.int64)
    for name in names if names is not None else sorted(there):
        worst = tallies.get(f"{_PREFIX}{name}{suffix}", nobody)
        for label, (least, greatest) in GRADES.items():
            rows.add_share(f"ae_{name}", worst[:, least : greatest + 1].sum(axis=1), n, grade=label)


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
