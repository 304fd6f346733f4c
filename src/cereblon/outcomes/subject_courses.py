"""Tables behind pictures of single subjects: swimmer lanes, their events, and M-protein over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.criteria import imwg
from cereblon.criteria.rules import IMWG_2016, Rules
from cereblon.outcomes.changes import baseline_values, first_dose_day
from cereblon.outcomes.checks import check_count
from cereblon.outcomes.cohort import Cohort, cohort_of
from cereblon.outcomes.groups import Groups, group_subjects, said
from cereblon.outcomes.lines import line_starts
from cereblon.outcomes.rankings import SubjectOrder, rank
from cereblon.outcomes.response_category import CATEGORIES
from cereblon.outcomes.subject_index import Floats, Ints, text_values
from cereblon.outcomes.visits import Visits, gather_visits
from cereblon.tables import with_remarks


def swimmer_lanes(tables: Mapping[str, pa.Table], *, per_group: int = 30, by: str = "arm") -> pa.Table:
    """Give the lines of therapy of a sample of subjects as stretches of time.

    The sample is taken evenly over the length of follow-up, longest first; `swimmer_events` takes the same. Lanes
    begin at randomisation, even if treatment did before.

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
        Columns arm, subject, line (0 for time without treatment), start and end in months.
    """
    check_count(per_group, "per_group")
    cohort = cohort_of(tables)
    groups = group_subjects(cohort, by=by)
    contact = cohort.last_contact()
    row = rank_follow_up(cohort, groups, np.arange(cohort.index.count)).evenly(per_group).who
    starts = line_starts(cohort.events, cohort.index.count)
    parts: list[tuple[Ints, int, Floats, Floats]] = []
    before = np.zeros(len(row))
    for place, start in enumerate(starts):
        begin = np.clip(start, 0.0, contact)[row]
        following = starts[place + 1] if place + 1 < len(starts) else np.full(cohort.index.count, np.inf)
        stopped = cohort.first("treatment_stopped", line=place + 1)
        end = np.minimum(np.minimum(stopped, following), contact)[row]
        parts += [(row, 0, before, begin), (row, place + 1, begin, end)]
        before = np.maximum(end, before)
    parts.append((row, 0, before, contact[row]))
    lanes = pa.concat_tables([_stretches(cohort, groups, *part) for part in parts])
    return with_remarks(lanes.sort_by(_in(("arm", "subject", "start", "line"))), said(cohort, groups.names))


def _in(columns: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(column, "ascending") for column in columns]


def _stretches(cohort: Cohort, groups: Groups, row: Ints, line: int, start: Floats, end: Floats) -> pa.Table:
    there = end > start
    chosen = row[there]
    return pa.table(
        {
            "arm": pa.array([groups.labels[code] for code in groups.code[chosen]], pa.string()),
            "subject": cohort.index.subject_id[chosen],
            "line": np.full(len(chosen), line, np.int64),
            "start": start[there] / DAYS_PER_MONTH,
            "end": end[there] / DAYS_PER_MONTH,
        }
    )


def swimmer_events(tables: Mapping[str, pa.Table], *, per_group: int = 30, by: str = "arm") -> pa.Table:
    """Give the events of the subjects in `swimmer_lanes`; parameters as there.

    Returns
    -------
        Columns arm, subject, month, event (response, transplant, progression, death or censored) and detail (best
        confirmed response of line 1, or the cause; may be empty), ordered by arm, subject and month.
    """
    check_count(per_group, "per_group")
    cohort = cohort_of(tables)
    groups = group_subjects(cohort, by=by)
    row = rank_follow_up(cohort, groups, np.arange(cohort.index.count)).evenly(per_group).who
    events = cohort.events
    shown = np.isin(events.name.astype(str), ("transplant", "progression", "death", "censored"))
    shown &= np.isin(events.row, row)
    response, best = cohort.first_response(), cohort.best_response()
    responders = row[np.isfinite(response[row])]
    who = np.concatenate([responders, events.row[shown]])
    day = np.concatenate([response[responders], events.day[shown]])
    names = ["response"] * len(responders) + [str(name) for name in events.name[shown]]
    details = [CATEGORIES[code] for code in best[responders]] + [str(cause) for cause in events.cause[shown]]
    marks = pa.table(
        {
            "arm": pa.array([groups.labels[code] for code in groups.code[who]], pa.string()),
            "subject": cohort.index.subject_id[who],
            "month": day / DAYS_PER_MONTH,
            "event": pa.array(names, pa.string()),
            "detail": pa.array(details, pa.string()),
        }
    )
    return with_remarks(marks.sort_by(_in(("arm", "subject", "month", "event"))), said(cohort, groups.names))


def m_protein_courses(
    tables: Mapping[str, pa.Table], *, per_group: int = 40, by: str = "arm", rules: Rules = IMWG_2016
) -> pa.Table:
    """Give the measured serum M-protein of a sample of subjects over time.

    Subjects whose serum M-protein is measurable at baseline, evenly over their numbers; values from day 0 on.

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
        Columns arm, subject, month, m_protein in g/L, ordered by group, subject and month.
    """
    check_count(per_group, "per_group")
    cohort = cohort_of(tables, "labs")
    groups = group_subjects(cohort, by=by)
    visits = gather_visits(tables["labs"], cohort.follow_up, ("m_protein",))
    rows = rank_serum(cohort, groups, visits, np.arange(cohort.index.count), rules).evenly(per_group).who
    values = visits.values[0][:, rows] if visits.tests else np.zeros((0, len(rows)))
    days = visits.day[:, rows]
    place, visit = np.nonzero(((~np.isnan(values)) & (days >= 0)).T)
    row = rows[place]
    values_over_time = pa.table(
        {
            "arm": pa.array([groups.labels[code] for code in groups.code[row]], pa.string()),
            "subject": cohort.index.subject_id[row],
            "month": days[visit, place] / DAYS_PER_MONTH,
            "m_protein": values[visit, place],
        }
    )
    return with_remarks(values_over_time, said(cohort, groups.names))


def rank_follow_up(cohort: Cohort, groups: Groups, who: Ints) -> SubjectOrder:
    """Rank subjects by the length of their follow-up, longest first; those of `swimmer_lanes`."""
    return rank(groups, -cohort.last_contact(), who)


def rank_serum(cohort: Cohort, groups: Groups, visits: Visits, who: Ints, rules: Rules = IMWG_2016) -> SubjectOrder:
    """Rank subjects with a measurable serum M-protein at baseline by their numbers; those of `m_protein_courses`."""
    base = baseline_values(cohort.subjects, visits, first_dose_day(cohort))["m_protein"]
    is_iga = text_values(cohort.subjects["isotype"]) == "IgA"
    followed = imwg.serum_is_measurable(base, is_iga, np, rules)
    return rank(groups, np.where(followed, cohort.index.subject_id, np.nan), who)
