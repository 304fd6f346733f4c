"""Time to an event per subject: each endpoint's start, events and censoring.

All times count from randomisation (day 0) unless said otherwise; one row per subject at risk.

| endpoint | from | event | censored at |
|---|---|---|---|
| pfs | day 0 | confirmed progression or death, whatever came between | last judged assessment |
| ttp | day 0 | confirmed progression, or death from myeloma without one | last judged assessment |
| os | day 0 | death | last contact |
| dor | first confirmed response | confirmed progression or death; responders only | last judged assessment |
| ttr | day 0 | first confirmed response; responders only | none |
| ttnt | day 0 | next line of therapy or death | last contact |
| pfs2 | day 0 | progression in a later line, or death | last contact |
| treatment_duration | first dose of line 1, day 0 if it came before | end of line 1 or death | last contact |

What lies outside follow-up does not count and is remarked, see `cereblon.outcomes.follow_up`.

`Censoring` changes where PFS, TTP and DoR are censored, whether the next line of therapy ends or censors them, what
missed visits do, and which deaths end a response. `cereblon.outcomes.estimands` has those of EMA and FDA by name.

Source
------
Rajkumar et al., Blood 2011;117:4691 (endpoints of the International Myeloma Workshop; its TTNT counts death, its
TTP and DoR censor deaths that are not from progression); EMA/CHMP/205/95 rev. 6, appendix 1 (PFS whatever therapy
follows; PFS2). Recalled from the texts, not read again. A response counts from its first assessment (Kumar 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError, unknown_name
from cereblon.outcomes.cohort import Cohort, read_cohort
from cereblon.outcomes.subject_index import Bools, Floats, Ints
from cereblon.tables import with_remarks

ENDPOINTS: tuple[str, ...] = ("pfs", "ttp", "os", "dor", "ttr", "ttnt", "pfs2", "treatment_duration")
"""Endpoints that `time_to_event` knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Censoring:
    """Choices of a trial about censoring.

    Parameters
    ----------
    without_event
        Where PFS, TTP and DoR of a subject without event end: at the last judged assessment or at the last contact.
    next_therapy
        What a next line of therapy before progression does to PFS, TTP and DoR: `ignore` (EMA), `censor` at the last
        assessment before it (FDA), or `event`.
    response_ends_with
        Deaths that end a response: `any` or those from `myeloma`.
    missed_visits
        From how many missed visits on an event of PFS, TTP and DoR is censored at the last judged assessment before
        it; None to count it whenever it occurs. A visit is missed if it was due more than a quarter of the time
        between visits before the event.
    visit_days
        Days between two visits.
    """

    without_event: Literal["last_assessment", "last_contact"] = "last_assessment"
    next_therapy: Literal["ignore", "censor", "event"] = "ignore"
    response_ends_with: Literal["any", "myeloma"] = "any"
    missed_visits: int | None = None
    visit_days: float = 28.0


@dataclass(frozen=True, slots=True)
class EventTimes:
    """Time and event of the subjects at risk.

    Parameters
    ----------
    row
        Subject rows.
    day
        Days from the endpoint's start.
    observed
        Whether the event was seen.
    """

    row: Ints
    day: Floats
    observed: Bools


DEFAULT_CENSORING = Censoring()
_LATE = 0.25  # of the time between visits, that a visit may be late without being missed


def time_to_event(
    subjects: pa.Table,
    events: pa.Table,
    responses: pa.Table,
    endpoint: str,
    censoring: Censoring = DEFAULT_CENSORING,
) -> pa.Table:
    """Give time and event of an endpoint per subject.

    Parameters
    ----------
    subjects, events, responses
        Subject tables; the `progression` rows of events count, so add them with `cereblon.outcomes.assess` first.
    endpoint
        One of `ENDPOINTS`.
    censoring
        Choices of the trial.

    Returns
    -------
        Columns arm, replicate, subject_id, day, observed, ordered by subject. Subjects whose result code is not 0 are
        left out; `cereblon.tables.remarks_of` names what was left out or cut.

    Raises
    ------
    UnknownNameError
        If the endpoint is not known.
    InputError
        If an event or response belongs to no subject, or events contradict each other (see
        `cereblon.outcomes.follow_up`).
    """
    cohort = read_cohort(subjects, events, responses)
    times = event_times(cohort, endpoint, censoring)
    key = cohort.index.key_columns(times.row)
    rows = pa.table(
        {
            "arm": key["arm"],
            "replicate": pa.array(cohort.replicate[times.row].astype(np.int32)),
            "subject_id": key["subject_id"],
            "day": times.day,
            "observed": times.observed,
        }
    )
    return with_remarks(rows, cohort.follow_up.remarks.said())


def event_times(cohort: Cohort, endpoint: str, censoring: Censoring = DEFAULT_CENSORING) -> EventTimes:
    """Give time and event of an endpoint as arrays; as `time_to_event`."""
    if endpoint not in ENDPOINTS:
        raise unknown_name("endpoint", endpoint, ENDPOINTS)
    _check(censoring)
    contact, death = cohort.last_contact(), cohort.first("death")
    start = np.zeros(cohort.index.count)
    at_risk = cohort.is_whole.copy()
    if endpoint in ("pfs", "ttp"):
        deaths = death if endpoint == "pfs" else cohort.first("death", cause="myeloma")
        event, end = _until_progression(cohort, deaths, contact, censoring)
    elif endpoint == "dor":
        start = cohort.first_response()
        deaths = death if censoring.response_ends_with == "any" else cohort.first("death", cause="myeloma")
        event, end = _until_progression(cohort, deaths, contact, censoring)
        at_risk &= np.isfinite(start)
    elif endpoint == "ttr":
        event = end = cohort.first_response()
        at_risk &= np.isfinite(event)
    elif endpoint == "treatment_duration":
        start = np.maximum(cohort.first("treatment_start", line=1), 0.0)
        event, end = np.minimum(cohort.first("treatment_stopped", line=1), death), contact
        at_risk &= np.isfinite(start)
    else:
        other = {"os": death, "ttnt": cohort.next_therapy(), "pfs2": _later_progression(cohort)}[endpoint]
        event, end = np.minimum(other, death), contact
    last = np.where(np.isfinite(event), event, end)
    cohort.follow_up.note(
        f"{endpoint}: {{count}} left out, as it would begin after its end; {{subjects}}",
        np.flatnonzero(at_risk & (last < start)),
    )
    row = np.flatnonzero(at_risk & (last >= start))
    return EventTimes(row, last[row] - start[row], np.isfinite(event[row]))


def _check(censoring: Censoring) -> None:
    for name, chosen in (
        ("without_event", ("last_assessment", "last_contact")),
        ("next_therapy", ("ignore", "censor", "event")),
        ("response_ends_with", ("any", "myeloma")),
    ):
        if getattr(censoring, name) not in chosen:
            raise unknown_name(f"choice of censoring, {name}:", getattr(censoring, name), chosen)
    if censoring.missed_visits is not None and censoring.missed_visits < 1:
        raise InputError(f"censoring, missed_visits: {censoring.missed_visits} is no number of visits from 1 on")
    if not 0 < censoring.visit_days < np.inf:
        raise InputError(f"censoring, visit_days: {censoring.visit_days:g} is no time between visits")


def _until_progression(
    cohort: Cohort, deaths: Floats, contact: Floats, censoring: Censoring
) -> tuple[Floats, Floats]:
    """Give the day of progression or death, infinite without, and the day of censoring."""
    event = np.minimum(cohort.first("progression"), deaths)
    end = contact
    therapy = cohort.next_therapy()
    if censoring.next_therapy == "event":
        event = np.minimum(event, therapy)
    elif censoring.next_therapy == "censor":
        event = np.where(therapy < event, np.inf, event)
        end = np.minimum(contact, therapy)
    if censoring.missed_visits is not None:
        last = cohort.last_assessment(np.nextafter(event, -np.inf))
        since = np.where(np.isfinite(event), event, last) - last
        missed = np.floor(since / censoring.visit_days - _LATE)
        is_late = missed >= censoring.missed_visits
        event, end = np.where(is_late, np.inf, event), np.where(is_late, last, end)
    if censoring.without_event == "last_assessment":
        end = cohort.last_assessment(end)
    return event, end


def _later_progression(cohort: Cohort) -> Floats:
    """Find the first progression after the start of the second line."""
    events, therapy = cohort.events, cohort.next_therapy()
    later = (events.name == "progression") & (events.line > 1) & (events.day > therapy[events.row])
    day = np.full(cohort.index.count, np.inf)
    np.minimum.at(day, events.row[later], events.day[later])
    return day
