"""Visits as rows one after the other, ordered by subject and day, and what is carried along them within a line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.outcomes.subject_index import Bools, Floats, Ints
from cereblon.outcomes.visits import Visits


@dataclass(frozen=True, slots=True)
class VisitRows:
    """The visits of some subjects; those of one line of one subject are a section.

    Parameters
    ----------
    subject
        Row of the subject of each visit.
    day
        Of each visit.
    line
        Line of each visit, 0 before the first.
    values
        Measurements by test, NaN where not measured; a test that nobody had is missing.
    section
        Number of the section of each visit, from 0.
    first
        The first visit of each section.
    """

    subject: Ints
    day: Floats
    line: Ints
    values: dict[str, Floats]
    section: Ints
    first: Ints

    @property
    def count(self) -> int:
        """Number of visits."""
        return len(self.subject)

    def at(self, test: str) -> Floats:
        """Give the values of a test; NaN for a test nobody had."""
        found = self.values.get(test)
        return np.full(self.count, np.nan) if found is None else found

    def carried(self, test: str, baseline: Floats) -> Floats:
        """Give the last value of a test before each section, that of `baseline` (by subject) where there is none."""
        values, subject = self.values.get(test), self.subject[self.first]
        if values is None:
            return baseline[subject]
        last = np.r_[-1, self.last(~np.isnan(values))][self.first]
        is_own = (last >= 0) & (self.subject[last] == subject)
        return np.where(is_own, values[last], baseline[subject])

    def latest(self, test: str) -> Floats:
        """Give the last value of a test within the section, that of the visit among them; NaN for none."""
        values = self.at(test)
        last = self.last(~np.isnan(values))
        return np.where(last >= self.first[self.section], values[last], np.nan)

    def last(self, known: Bools) -> Ints:
        """Give the last row up to each that is known, of whatever section; -1 before the first."""
        return np.maximum.accumulate(np.where(known, np.arange(len(known)), -1))


def visit_rows(visits: Visits, line: Ints, subjects: slice) -> VisitRows:
    """Put the visits of some subjects into rows.

    Parameters
    ----------
    visits
        Of all subjects.
    line
        Line of each visit, shape (visit, subject); 0 before the first line, -1 where there is no visit.
    subjects
        Which.
    """
    subject, visit = np.nonzero(line[:, subjects].T >= 0)
    subject = subject + subjects.start
    number = line[visit, subject]
    is_first = (np.diff(subject, prepend=-1) != 0) | (np.diff(number, prepend=-1) != 0)
    return VisitRows(
        subject=subject,
        day=visits.day[visit, subject],
        line=number,
        values={test: grid[visit, subject] for test, grid in zip(visits.tests, visits.values, strict=True)},
        section=np.cumsum(is_first) - 1,
        first=np.flatnonzero(is_first),
    )


def places(section: Ints) -> Ints:
    """Tell which of its section each row is, from 0."""
    number = np.arange(len(section))
    begins = np.diff(section, prepend=-1) != 0
    return number - np.maximum.accumulate(np.where(begins, number, 0))


def least_so_far(values: Floats, place: Ints) -> Floats:
    """Give the least value of the section up to each row, whose place in it is given."""
    least, step = values.copy(), 1
    longest = int(place.max(initial=0))
    while step <= longest:
        least[step:] = np.where(place[step:] >= step, np.minimum(least[step:], least[:-step]), least[step:])
        step *= 2
    return least


def before(values: np.ndarray, start: np.ndarray, place: Ints) -> np.ndarray:
    """Give the value of the row before in the section; that of `start` for the first row."""
    return np.where(place == 0, start, np.r_[values[:1], values[:-1]])
