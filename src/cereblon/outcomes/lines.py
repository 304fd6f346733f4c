"""When each subject's lines of therapy began and ended, read from the events table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cereblon.core.problems import refuse_problems
from cereblon.outcomes.subject_index import Floats, Ints, SubjectIndex, text_values
from cereblon.tables.checks import check_words
from cereblon.tables.columns import dictionary_of
from cereblon.tables.schemas import EVENTS


@dataclass(frozen=True, slots=True)
class Events:
    """The events table with subject rows resolved.

    Parameters
    ----------
    row
        Subject row of each event.
    name, cause
        As in the table.
    day
        Day of the event.
    line
        Line of therapy.
    """

    row: Ints
    name: np.ndarray
    cause: np.ndarray
    day: Floats
    line: Ints

    def first_day(self, name: str, subjects: int, *, line: int | None = None, cause: str | None = None) -> Floats:
        """Find the first day of an event per subject; infinite without one.

        Parameters
        ----------
        name
            One of `EVENT_NAMES`.
        subjects
            Number of subjects.
        line
            Only in this line.
        cause
            Only with this cause.
        """
        chosen = self.name == name
        if line is not None:
            chosen &= self.line == line
        if cause is not None:
            chosen &= self.cause == cause
        first = np.full(subjects, np.inf)
        np.minimum.at(first, self.row[chosen], self.day[chosen])
        return first


def read_events(events: pa.Table, index: SubjectIndex) -> Events:
    """Resolve the subjects of an events table.

    Raises
    ------
    InputError
        If a subject or the word of an event is unknown: an event that no rule knows would vanish.
    """
    problems: list[str] = []
    check_words(dictionary_of(events["event"]), EVENTS.field("event"), "events", problems)
    refuse_problems(problems)
    return Events(
        row=index.rows(events, name="events"),
        name=text_values(events["event"]),
        cause=text_values(events["cause"]),
        day=events["day"].to_numpy(),
        line=events["line"].to_numpy().astype(np.int64),
    )


def line_starts(events: Events, subjects: int) -> Floats:
    """Find the first day of each line of therapy.

    A line begins with its `treatment_start`; a `next_therapy` without one on the same day begins a line too. Line 1
    of a subject without either begins on day 0. Lines are numbered by their days.

    Parameters
    ----------
    events
        Resolved events.
    subjects
        Number of subjects.

    Returns
    -------
        Days of shape (line, subject), infinite where a subject has fewer lines.
    """
    begins = (events.name == "treatment_start") | (events.name == "next_therapy")
    pairs = np.unique(np.column_stack([events.row[begins].astype(np.float64), events.day[begins]]), axis=0)
    row, day = pairs[:, 0].astype(np.int64), pairs[:, 1]
    has_first = np.zeros(subjects, np.bool_)
    has_first[events.row[(events.name == "treatment_start") & (events.line == 1)]] = True
    row = np.concatenate([row, np.flatnonzero(~has_first)])
    day = np.concatenate([day, np.zeros(int((~has_first).sum()))])
    order = np.lexsort((day, row))
    row, day = row[order], day[order]
    fresh = np.ones(len(row), np.bool_)
    fresh[1:] = (np.diff(row) != 0) | (np.diff(day) != 0)
    row, day = row[fresh], day[fresh]
    number = np.arange(len(row)) - np.searchsorted(row, row)
    starts = np.full((int(number.max()) + 1 if len(number) else 1, subjects), np.inf)
    starts[number, row] = day
    return starts
