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
    happened = weeks.adverse_events.any(axis=(1, 2))
    chosen = np.flatnonzero(happened)
    packed = weeks.adverse_events[chosen]
    grades = {term: events.unpack(packed, term) for term in events.TERMS}
    for name, terms in ADVERSE_EVENTS.members.items():
        grade = grades[terms[0]]
        for term in terms[1:]:
            grade = np.maximum(grade, grades[term])
        found = _episodes(grade)
        subject = chosen[found[0]]
        counts = np.ones(len(subject), bool) if name in ADVERSE_EVENTS.lasting else treated[subject, found[1]]
        subject, start, end, worst = (values[counts] for values in (subject, *found[1:]))
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


def _episodes(grade: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Find the stretches of weeks with a grade: subject, first week, first well week (-1 for none), worst grade."""
    sick = grade > 0
    before = np.zeros_like(sick)
    before[:, 1:] = sick[:, :-1]
    n_weeks = grade.shape[1]
    flat_start, flat_end = np.flatnonzero(sick & ~before), np.flatnonzero(~sick & before)
    if not len(flat_start):
        none = np.zeros(0, np.int64)
        return none, none, none, none
    subject, start = np.divmod(flat_start, n_weeks)
    following = np.searchsorted(flat_end, flat_start, side="right")
    flat_next = np.append(flat_end, np.iinfo(np.int64).max)[following]
    ended = flat_next < (subject + 1) * n_weeks
    end = np.where(ended, flat_next - subject * n_weeks, -1)
    # Well weeks have grade 0, so what lies between two episodes does not disturb the maximum.
    worst = np.maximum.reduceat(grade.reshape(-1), flat_start)
    return subject, start, end, worst
