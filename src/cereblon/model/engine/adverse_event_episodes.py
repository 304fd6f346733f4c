"""From packed weekly grades to episodes of adverse events; see `toxicity.adverse_events` for their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cereblon.model.engine import trajectory
from cereblon.model.toxicity import events
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS

WEEK = 7
MIDDLE = 0.5 * WEEK  # an event begins and ends in the middle of its week


class Episodes(NamedTuple):
    """Episodes of one term; arrays with one entry each."""

    subject: np.ndarray
    start: np.ndarray  # week
    end: np.ndarray  # week, -1 for none
    worst: np.ndarray
    line: np.ndarray  # from 0
    action: np.ndarray  # 0 none, 1 reduced, 2 held, 3 stopped


def episodes_of_adverse_events(
    weeks: trajectory.WeeklyValues, stopped_week: np.ndarray, action: np.ndarray, window_weeks: int
) -> Iterator[tuple[str, Episodes]]:
    """Give the episodes of every name under which an adverse event is reported.

    An episode counts when it begins on treatment or within the window after it; what lasts, such as a second
    cancer, always counts.

    Parameters
    ----------
    weeks
        As simulated.
    stopped_week
        [subject, line]: week in which all treatment of the line stopped for toxicity, -1 for none.
    action
        [subject, week]: 0 none, 1 reduced, 2 held.
    window_weeks
        Weeks after treatment in which an event still counts.
    """
    treated = _lately((weeks.flags & trajectory.ON_TREATMENT) > 0, window_weeks)
    subject_of, week_of = np.nonzero(trajectory.any_of(weeks.adverse_events))
    packed = weeks.adverse_events[subject_of, week_of]
    grades = {term: events.unpack(packed, term) for term in events.TERMS}
    for name, terms in ADVERSE_EVENTS.members.items():
        grade = grades[terms[0]]
        for term in terms[1:]:
            grade = np.maximum(grade, grades[term])
        sick = np.flatnonzero(grade)
        subject, start, end, worst = _episodes(subject_of[sick], week_of[sick], grade[sick], action.shape[1])
        counts = np.ones(len(subject), bool) if name in ADVERSE_EVENTS.lasting else treated[subject, start]
        subject, start, end, worst = (values[counts] for values in (subject, start, end, worst))
        line = weeks.line[subject, start]
        following = np.minimum(start + 1, action.shape[1] - 1)
        acted = action[subject, following]
        acted = np.where(stopped_week[subject, line] == start + 1, 3, acted)
        yield name, Episodes(subject, start, end, worst, line, acted)


def _lately(on: np.ndarray, weeks: int) -> np.ndarray:
    """Tell weeks on treatment or at most so many after it."""
    lately = on.copy()
    for back in range(1, weeks + 1):
        lately[:, back:] |= on[:, :-back]
    return lately


def _episodes(
    subject: np.ndarray, week: np.ndarray, grade: np.ndarray, n_weeks: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Join weeks in a row: subject, first week, first well week (-1 for none), worst grade.

    Parameters
    ----------
    subject, week, grade
        Of every week with a grade, ordered by subject and week.
    n_weeks
        Weeks of the simulation.
    """
    if not len(subject):
        none = np.zeros(0, np.int64)
        return none, none, none, none
    begins = (np.diff(subject, prepend=-1) != 0) | (np.diff(week, prepend=-2) != 1)
    starts = np.flatnonzero(begins)
    well = week[np.append(starts[1:], len(subject)) - 1] + 1
    return subject[starts], week[starts], np.where(well < n_weeks, well, -1), np.maximum.reduceat(grade, starts)
