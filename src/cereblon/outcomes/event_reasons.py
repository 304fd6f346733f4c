"""Times to an event with what ended each: the event in words, or why the time is censored, as trials submit them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from cereblon.core.errors import unknown_name
from cereblon.outcomes.cohort import Cohort, cohort_of
from cereblon.outcomes.subject_index import Floats
from cereblon.outcomes.time_to_event import DEFAULT_CENSORING, Censoring, event_times

REASONED: tuple[str, ...] = ("os", "pfs", "ttp", "dor", "ttnt", "pfs2")
"""Endpoints whose events have a reason."""
_ASSESSED = ("pfs", "ttp", "dor")


def times_with_reasons(
    tables: Mapping[str, pa.Table],
    endpoints: Sequence[str] = REASONED,
    censoring: Censoring = DEFAULT_CENSORING,
) -> pa.Table:
    """Give the time of each subject and endpoint, whether it is an event, and what ended it.

    Parameters
    ----------
    tables
        subjects, events and responses.
    endpoints
        Some of `REASONED`.
    censoring
        Choices of the trial.

    Returns
    -------
        Columns arm, replicate, subject_id, endpoint, start_day, day (days from the start), observed, event
        (description) and censoring (description of a censored time, empty for an event).

    Raises
    ------
    UnknownNameError
        If an endpoint is not known.
    InputError
        As in `time_to_event`.
    """
    cohort = cohort_of(tables)
    parts = [_of_endpoint(cohort, endpoint, censoring) for endpoint in endpoints]
    return pa.concat_tables(parts) if parts else _of_endpoint(cohort, "os", censoring).slice(0, 0)


def _of_endpoint(cohort: Cohort, endpoint: str, censoring: Censoring) -> pa.Table:
    if endpoint not in REASONED:
        raise unknown_name("endpoint with a reason", endpoint, REASONED)
    times = event_times(cohort, endpoint, censoring)
    start = cohort.first_response()[times.row] if endpoint == "dor" else np.zeros(len(times.row))
    end = start + times.day
    death = cohort.first("death")[times.row]
    is_death = times.observed & (death == end) & (_other(cohort, endpoint, censoring)[times.row] > end)
    event = np.where(is_death, "Death", _EVENT[endpoint])
    if censoring.next_therapy == "event" and endpoint in _ASSESSED:
        by_therapy = (cohort.next_therapy()[times.row] == end) & (cohort.first("progression")[times.row] > end)
        event = np.where(by_therapy & ~is_death, "Next therapy", event)
    alive = "Alive" if endpoint == "os" else "No event"
    why = np.where(end > 0, _why_censored(endpoint, censoring), "Randomisation")
    key = cohort.index.key_columns(times.row)
    return pa.table(
        {
            "arm": key["arm"].cast(pa.string()),
            "replicate": pa.array(cohort.replicate[times.row].astype(np.int32)),
            "subject_id": key["subject_id"],
            "endpoint": pa.array([endpoint] * len(times.row), pa.string()),
            "start_day": start,
            "day": times.day,
            "observed": times.observed,
            "event": pa.array(np.where(times.observed, event, alive), pa.string()),
            "censoring": pa.array(np.where(times.observed, "", why), pa.string()),
        }
    )


_EVENT = {
    "os": "Death",
    "pfs": "Disease progression",
    "ttp": "Disease progression",
    "dor": "Disease progression",
    "ttnt": "Next therapy",
    "pfs2": "Progression in a later line",
}


def _other(cohort: Cohort, endpoint: str, censoring: Censoring) -> Floats:
    """Give the day of the event that is no death; infinite where there is none."""
    if endpoint == "os":
        return np.full(cohort.index.count, np.inf)
    if endpoint == "ttnt":
        return cohort.next_therapy()
    if endpoint == "pfs2":
        later = (cohort.events.name == "progression") & (cohort.events.line > 1)
        day = np.full(cohort.index.count, np.inf)
        np.minimum.at(day, cohort.events.row[later], cohort.events.day[later])
        return day
    progression = cohort.first("progression")
    return np.minimum(progression, cohort.next_therapy()) if censoring.next_therapy == "event" else progression


def _why_censored(endpoint: str, censoring: Censoring) -> str:
    if endpoint in _ASSESSED and censoring.without_event == "last_assessment":
        return "Last adequate assessment"
    return "Last known alive"
