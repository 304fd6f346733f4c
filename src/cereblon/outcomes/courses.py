"""Tables behind pictures of single subjects: swimmer lanes and M-protein over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from cereblon.criteria import imwg
from cereblon.criteria.rules import IMWG_2016, Rules
from cereblon.outcomes.cohort import Cohort, cohort_of
from cereblon.outcomes.curves import baseline_values, evenly
from cereblon.outcomes.groups import Groups, group_subjects
from cereblon.outcomes.subject_index import Floats, Ints, text_values
from cereblon.outcomes.survival import DAYS_PER_MONTH
from cereblon.outcomes.visits import gather_visits


def swimmer_lanes(tables: Mapping[str, pa.Table], *, per_group: int = 30, by: str = "arm") -> pa.Table:
    """Give the course of a sample of subjects.

    The sample is taken evenly over the length of follow-up, longest first.

    Parameters
    ----------
    tables
        subjects, events and responses.
    per_group
        Subjects per group.
    by
        Column of SUBJECTS to group by.

    Returns
    -------
        Columns arm, subject_id, lane (from 1, longest follow-up first), what, start_month and end_month. Bars are
        `treatment` (line 1), `response` (first confirmed response to progression or last contact) and `follow_up`;
        points, with equal months, `transplant`, `progression`, `next_therapy`, `death` and `alive`.
    """
    cohort = cohort_of(tables)
    groups = group_subjects(cohort, tables["subjects"], by=by)
    contact, death = cohort.last_contact(), cohort.first("death")
    row, lane = _sample(groups, -contact, per_group)
    treated = cohort.first("treatment_start", line=1)
    stopped = np.minimum(cohort.first("treatment_stopped", line=1), contact)
    progressed = cohort.first("progression")
    response = cohort.first_response()
    spans = {
        "follow_up": (np.zeros(cohort.index.count), contact),
        "treatment": (treated, stopped),
        "response": (response, np.minimum(progressed, contact)),
        "transplant": (cohort.first("transplant"),) * 2,
        "progression": (progressed, progressed),
        "next_therapy": (cohort.next_therapy(),) * 2,
        "death": (death, death),
        "alive": (np.where(np.isfinite(death), np.inf, contact),) * 2,
    }
    parts = [_lane_rows(cohort, groups, row, lane, what, *span) for what, span in spans.items()]
    return pa.concat_tables(parts).sort_by([("arm", "ascending"), ("lane", "ascending")])


def _lane_rows(
    cohort: Cohort, groups: Groups, row: Ints, lane: Ints, what: str, start: Floats, end: Floats
) -> pa.Table:
    there = np.isfinite(start[row])
    chosen = row[there]
    return pa.table(
        {
            "arm": pa.array([groups.labels[code] for code in groups.code[chosen]], pa.string()),
            "subject_id": cohort.index.subject_id[chosen],
            "lane": lane[there],
            "what": pa.array([what] * len(chosen), pa.string()),
            "start_month": start[chosen] / DAYS_PER_MONTH,
            "end_month": end[chosen] / DAYS_PER_MONTH,
        }
    )


def marker_courses(
    tables: Mapping[str, pa.Table], *, per_group: int = 40, by: str = "arm", rules: Rules = IMWG_2016
) -> pa.Table:
    """Give the measured M-protein (or dFLC) of a sample of subjects over time.

    Subjects are taken evenly over the table. M-protein where it is measurable at baseline, else dFLC.

    Parameters
    ----------
    tables
        subjects, labs, events and responses.
    per_group
        Subjects per group.
    by
        Column of SUBJECTS to group by.
    rules
        What is measurable.

    Returns
    -------
        Columns arm, subject_id, month, marker (m_protein, g/L, or dflc, mg/L), value, percent_of_baseline (null where
        the baseline is not positive), in_line_1; ordered by group, subject and month.
    """
    cohort = cohort_of(tables)
    groups = group_subjects(cohort, tables["subjects"], by=by)
    visits = gather_visits(tables["labs"], cohort.index, ("m_protein", "involved_flc", "uninvolved_flc"))
    rows, _ = _sample(groups, np.arange(cohort.index.count, dtype=np.float64), per_group)
    start = np.where(np.isfinite(first := cohort.first("treatment_start", line=1)), first, 0.0)
    base = baseline_values(tables["subjects"], visits, start)
    is_iga = text_values(tables["subjects"]["isotype"]) == "IgA"
    serum = imwg.serum_is_measurable(base["m_protein"], is_iga, np, rules)
    baseline = np.where(serum, base["m_protein"], base["involved_flc"] - base["uninvolved_flc"])
    values = np.full((visits.count, len(rows)), np.nan)
    for visit in range(visits.count):
        dflc = visits.at("involved_flc", visit) - visits.at("uninvolved_flc", visit)
        values[visit] = np.where(serum, visits.at("m_protein", visit), dflc)[rows]
    place, at = np.nonzero(~np.isnan(values.T))
    row, value = rows[place], values[at, place]
    day = visits.day[at, row]
    percent = np.where(baseline[row] > 0, 100 * value / np.where(baseline[row] > 0, baseline[row], 1.0), np.nan)
    return pa.table(
        {
            "arm": pa.array([groups.labels[code] for code in groups.code[row]], pa.string()),
            "subject_id": cohort.index.subject_id[row],
            "month": day / DAYS_PER_MONTH,
            "marker": pa.array(np.where(serum[row], "m_protein", "dflc"), pa.string()),
            "value": value,
            "percent_of_baseline": pa.array(percent, mask=np.isnan(percent)),
            "in_line_1": day <= cohort.next_therapy()[row],
        }
    )


def _sample(groups: Groups, order_by: Floats, per_group: int) -> tuple[Ints, Ints]:
    """Choose subjects evenly over an order, and number them in it from 1 within each group."""
    everyone = np.flatnonzero(groups.code >= 0)
    rows, lanes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for part in groups.split(everyone):
        ordered = everyone[part][np.argsort(order_by[everyone[part]], kind="stable")]
        chosen = ordered[evenly(len(ordered), per_group)]
        rows.append(chosen)
        lanes.append(np.arange(1, len(chosen) + 1))
    return np.concatenate(rows), np.concatenate(lanes)
