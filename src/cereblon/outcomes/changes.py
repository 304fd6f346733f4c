"""The best change of M-protein or light chains of each subject, for waterfall plots."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from cereblon.criteria import imwg
from cereblon.criteria.rules import IMWG_2016, Rules
from cereblon.outcomes.checks import check_count
from cereblon.outcomes.cohort import Cohort, cohort_of
from cereblon.outcomes.groups import Groups, group_subjects, said
from cereblon.outcomes.light_chains import involved_chain
from cereblon.outcomes.rankings import SubjectOrder, rank
from cereblon.outcomes.response_category import CATEGORIES
from cereblon.outcomes.subject_index import Bools, Floats, numbers, text_values
from cereblon.outcomes.visits import Visits, gather_visits
from cereblon.tables import with_remarks

_MARKERS = ("m_protein", "involved_flc", "uninvolved_flc")


def best_change(
    tables: Mapping[str, pa.Table], *, by: str = "arm", sample: int | None = None, rules: Rules = IMWG_2016
) -> pa.Table:
    """Give each subject's best change of the followed value in line 1, for a waterfall.

    M-protein where it is measurable at baseline, else dFLC where that is; other subjects are left out, as are those
    without a later value.

    Parameters
    ----------
    tables
        subjects, labs, events and responses.
    by
        Column of SUBJECTS to group by.
    sample
        Keep this many subjects per group, evenly over the order from the largest rise to the deepest fall.
    rules
        What is measurable.

    Returns
    -------
        Columns arm, subject, change in percent, response (best confirmed) and marker (m_protein or dflc), ordered by
        group, largest rise first.
    """
    check_count(sample, "sample")
    cohort = cohort_of(tables, "labs")
    groups = group_subjects(cohort, by=by)
    return with_remarks(changes_of(rank_changes(tables, cohort, groups, rules), sample), said(cohort, groups.names))


def rank_changes(
    tables: Mapping[str, pa.Table], cohort: Cohort, groups: Groups, rules: Rules = IMWG_2016
) -> SubjectOrder:
    """Rank subjects by their best change, the largest rise first; as `best_change`."""
    visits = gather_visits(tables["labs"], cohort.follow_up, _MARKERS)
    is_serum, change = _best_changes(cohort, visits, rules)
    cohort.follow_up.note(
        "subjects: {count} left out, without a measurable M-protein or light chain at baseline or without a later "
        "value; {subjects}",
        np.flatnonzero((groups.code >= 0) & np.isnan(change)),
    )
    return rank(groups, -change, cohort.index.subject_id, cohort.best_response(), is_serum)


def changes_of(ranking: SubjectOrder, sample: int | None) -> pa.Table:
    """Give the best changes of some of the ranked subjects; as `best_change`."""
    shown = ranking.evenly(sample)
    return pa.table(
        {
            "arm": pa.array([shown.names.labels[code] for code in shown.group], pa.string()),
            "subject": shown.who,
            "change": -shown.by,
            "response": pa.array([CATEGORIES[code] for code in shown.detail[:, 0]], pa.string()),
            "marker": pa.array(["m_protein" if is_serum else "dflc" for is_serum in shown.detail[:, 1]], pa.string()),
        }
    )


def first_dose_day(cohort: Cohort) -> Floats:
    """Find the first day of line 1; day 0 for those never treated."""
    first = cohort.first("treatment_start", line=1)
    return np.where(np.isfinite(first), first, 0.0)


def baseline_values(subjects: pa.Table, visits: Visits, start: Floats) -> dict[str, Floats]:
    """Give the last value of each marker on or before a day, from the subjects table where there is none."""
    columns = {
        "m_protein": "m_protein_g_l",
        "involved_flc": "involved_flc_mg_l",
        "uninvolved_flc": "uninvolved_flc_mg_l",
    }
    values = {test: numbers(subjects[column]) for test, column in columns.items()}
    for visit in range(visits.count):
        before = visits.day[visit] <= start
        if not before.any():
            break
        for test in values:
            now = visits.at(test, visit)
            values[test] = np.where(before & ~np.isnan(now), now, values[test])
    return values


def _best_changes(cohort: Cohort, visits: Visits, rules: Rules) -> tuple[Bools, Floats]:
    """Tell who is followed in serum, and give the least value of line 1 against baseline in percent."""
    start = first_dose_day(cohort)
    until = cohort.next_therapy()
    subjects = cohort.subjects
    base = baseline_values(subjects, visits, start)
    serum = imwg.serum_is_measurable(base["m_protein"], text_values(subjects["isotype"]) == "IgA", np, rules)
    light = ~serum & imwg.flc_is_measurable(
        base["involved_flc"], base["uninvolved_flc"], involved_chain(subjects), np, rules
    )
    lowest = np.full(cohort.index.count, np.nan)
    for visit in range(visits.count):
        inside = (visits.day[visit] > start) & (visits.day[visit] <= until)
        dflc = visits.at("involved_flc", visit) - visits.at("uninvolved_flc", visit)
        value = np.where(serum, visits.at("m_protein", visit), dflc)
        lowest = np.where(inside, np.fmin(lowest, value), lowest)
    baseline = np.where(serum, base["m_protein"], base["involved_flc"] - base["uninvolved_flc"])
    followed = serum | light
    change = np.full(len(lowest), np.nan)
    # dFLC can turn negative once the involved chain is the smaller one; nothing falls below nought in a picture
    change[followed] = 100 * (np.maximum(lowest[followed], 0.0) / baseline[followed] - 1)
    return serum, change
