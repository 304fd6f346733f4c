"""The data of a trial as they were on a calendar day: a cut by date, or when so many events were known.

A cut drops who was not enrolled yet and everything dated later, ends the follow-up of the others on the day, and
assesses response and progression again from what was measured by then: a progression that waits for its confirmation
is none yet. All outcomes work on the tables of a cut as on those of a whole trial.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.errors import InputError
from cereblon.criteria.rules import IMWG_2016, Rules
from cereblon.outcomes.cohort import Cohort, read_cohort
from cereblon.outcomes.response import assess
from cereblon.outcomes.subject_index import Bools, Floats, in_order, index_subjects
from cereblon.outcomes.time_to_event import DEFAULT_CENSORING, Censoring, event_times
from cereblon.tables import conform
from cereblon.tables.schemas import EVENTS

_DAY_COLUMNS = {"exposures": "day", "labs": "day", "adverse_events": "start_day", "grades": "day", "decisions": "day"}


def cut(
    tables: Mapping[str, pa.Table],
    *,
    day: float | None = None,
    events: int | None = None,
    endpoint: str = "pfs",
    censoring: Censoring = DEFAULT_CENSORING,
    rules: Rules = IMWG_2016,
) -> dict[str, pa.Table]:
    """Give the tables as they were on a day of the trial.

    Parameters
    ----------
    tables
        Subject tables of one or several replicate trials; `enrolment_day` of the subjects says when each began.
    day
        Calendar day, counted from the first day of enrolment.
    events
        Instead of a day: each replicate trial is cut when so many events of the endpoint are known.
    endpoint, censoring
        Whose events are counted.
    rules
        By which response is assessed again.

    Raises
    ------
    InputError
        If both or neither of day and events are given, enrolment days are not known, nobody is enrolled by the day,
        or a trial has fewer events.
    """
    if (day is None) == (events is None):
        raise InputError("cut: give either a day or a number of events")
    subjects = in_order(tables["subjects"])
    enrolled = _enrolment_days(subjects)
    if events is None:
        until: Floats = np.full(len(enrolled), float(day or 0.0))
    else:
        until = _days_of_events(tables, enrolled, events, endpoint, censoring)
    left = until - enrolled  # days that each subject is followed at the most
    if not (left >= 0).any():
        raise InputError(f"cut: nobody is enrolled by day {float(until.max()):g}")
    kept = _rows_before({**tables, "subjects": subjects}, left)
    return assess(kept, rules) if "labs" in kept else kept


def follow_until(tables: Mapping[str, pa.Table], days: Floats, *, rules: Rules = IMWG_2016) -> dict[str, pa.Table]:
    """Give the tables as they were if each subject had been followed for so many days.

    Parameters
    ----------
    tables
        Subject tables.
    days
        From the beginning, one entry for each row of `subjects`; who was followed for less stays as it is.
    rules
        By which response is assessed again.
    """
    kept = _rows_before(tables, days)
    return assess(kept, rules) if "labs" in kept else kept


def known_day(cohort: Cohort, day: Floats, observed: Bools) -> Floats:
    """Give the day on which an event is known: of a progression the next assessment, which confirms it.

    Parameters
    ----------
    cohort
        Subjects with their assessments.
    day, observed
        Time and event of every subject of the cohort.
    """
    seen = cohort.assessments
    following = np.full(len(day), np.inf)
    later = seen.day > day[seen.row]
    np.minimum.at(following, seen.row[later], seen.day[later])
    death, progression = cohort.first("death"), cohort.first("progression")
    confirmed = np.minimum(np.minimum(following, death), cohort.next_therapy())
    waits = observed & (day == progression) & (death > day) & np.isfinite(confirmed)
    return np.where(waits, np.maximum(confirmed, day), day)


def _enrolment_days(subjects: pa.Table) -> Floats:
    if "enrolment_day" not in subjects.column_names or subjects["enrolment_day"].null_count:
        raise InputError(
            "subjects, enrolment_day: is not known of everybody, so there is no calendar to cut by",
            hint="runs made before enrolment was written are cut by repeating them",
        )
    return np.asarray(subjects["enrolment_day"].to_numpy(), dtype=np.float64)


def _days_of_events(
    tables: Mapping[str, pa.Table], enrolled: Floats, count: int, endpoint: str, censoring: Censoring
) -> Floats:
    """Give, for each subject, the calendar day on which its trial knew so many events."""
    cohort = read_cohort(tables["subjects"], tables["events"], tables["responses"])
    times = event_times(cohort, endpoint, censoring)
    day, observed = np.full(len(enrolled), np.inf), np.zeros(len(enrolled), np.bool_)
    day[times.row], observed[times.row] = times.day, times.observed
    calendar = enrolled + np.where(observed, known_day(cohort, day, observed), np.inf)
    until = np.zeros(len(enrolled))
    for replicate in np.unique(cohort.replicate):
        own = cohort.replicate == replicate
        known = np.sort(calendar[own])
        if count < 1 or count > len(known) or not np.isfinite(known[count - 1]):
            there = int(np.isfinite(known).sum())
            raise InputError(f"cut, events: {count} asked for; replicate trial {replicate} has {there} of {endpoint}")
        until[own] = known[count - 1]
    return until


def _rows_before(tables: Mapping[str, pa.Table], left: Floats) -> dict[str, pa.Table]:
    index = index_subjects(tables["subjects"])
    kept: dict[str, pa.Table] = {"subjects": tables["subjects"].filter(pa.array(left >= 0))}
    for name, table in tables.items():
        if name in _DAY_COLUMNS:
            ends = left[index.rows(table, name=name)]
            kept[name] = table.filter(pa.array(table[_DAY_COLUMNS[name]].to_numpy() <= ends))
    if "adverse_events" in kept:
        episodes, ends = kept["adverse_events"], left[index.rows(kept["adverse_events"], name="adverse_events")]
        open_end = pc.if_else(pa.array(episodes["end_day"].to_numpy() > ends), None, episodes["end_day"])
        place = episodes.schema.get_field_index("end_day")
        kept["adverse_events"] = episodes.set_column(place, episodes.schema.field(place), open_end)
    kept["events"] = _events_before(tables["events"], left[index.rows(tables["events"], name="events")])
    return kept


def _events_before(events: pa.Table, ends: Floats) -> pa.Table:
    """Keep the events that have happened; who was last seen alive later was last seen on the day of the cut."""
    day = events["day"].to_numpy()
    name = events["event"].cast(pa.string())
    closing = pc.is_in(name, pa.array(["death", "censored"])).to_numpy(zero_copy_only=False)
    later = day > ends
    shown = np.where(closing & later, ends, day)
    named = pc.if_else(pa.array(closing & later), "censored", name)
    cause = pc.if_else(pa.array(closing & later), "end_of_follow_up", events["cause"].cast(pa.string()))
    kept = pa.array((~later | closing) & (ends >= 0))
    columns = {column: events[column].filter(kept) for column in events.column_names}
    columns |= {"day": pa.array(shown).filter(kept), "event": named.filter(kept), "cause": cause.filter(kept)}
    return conform(columns, EVENTS, name="events", allow_implausible=True)
