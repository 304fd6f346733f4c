"""The subject tables read once: what happened to each subject, as arrays in the order of the subjects table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.outcomes.follow_up import SubjectFollowUp, follow
from cereblon.outcomes.lines import Events, read_events
from cereblon.outcomes.response_category import CATEGORIES, NE, PR
from cereblon.outcomes.subject_index import Bools, Floats, Ints, SubjectIndex, in_order, index_subjects, text_codes
from cereblon.tables import remarks_of
from cereblon.tables.schemas import EVENTS, RESPONSES


@dataclass(frozen=True, slots=True)
class Assessments:
    """The responses table with subject rows resolved.

    Parameters
    ----------
    row, line, day
        Subject row, line of therapy and day of each assessment.
    category, confirmed
        Codes into `levels.CATEGORIES`.
    mrd
        1 for negative with complete response, 0 for not, -1 where not tested.
    """

    row: Ints
    line: Ints
    day: Floats
    category: Ints
    confirmed: Ints
    mrd: Ints


@dataclass(frozen=True, slots=True)
class Cohort:
    """Subjects with their events and assessments.

    Parameters
    ----------
    subjects
        The SUBJECTS table, ordered by subject.
    index
        Subjects by row.
    replicate
        Replicate trial of each subject.
    is_whole
        Whether the subject's result code is 0; others are left out of every outcome.
    events, assessments
        Within follow-up, with subject rows resolved.
    follow_up
        How long each subject is followed; what lies outside is counted in its remarks.
    """

    subjects: pa.Table
    index: SubjectIndex
    replicate: Ints
    is_whole: Bools
    events: Events
    assessments: Assessments
    follow_up: SubjectFollowUp

    def first(self, event: str, *, line: int | None = None, cause: str | None = None) -> Floats:
        """Find the first day of an event per subject; infinite without one."""
        return self.events.first_day(event, self.index.count, line=line, cause=cause)

    def last_contact(self) -> Floats:
        """Find the day of death, or of the last contact alive; without either, of the last thing known."""
        day = self.follow_up.end
        known = np.zeros(self.index.count)
        for row, when in ((self.events.row, self.events.day), (self.assessments.row, self.assessments.day)):
            np.maximum.at(known, row, when)
        return np.where(np.isfinite(day), day, known)

    def next_therapy(self) -> Floats:
        """Find the first day of the second line; infinite without one."""
        later = (self.events.name == "treatment_start") & (self.events.line > 1)
        day = self.first("next_therapy")
        np.minimum.at(day, self.events.row[later], self.events.day[later])
        return day

    def last_assessment(self, until: Floats) -> Floats:
        """Find the last assessment that could be judged on or before a day per subject; 0 without one."""
        chosen = (self.assessments.category != NE) & (self.assessments.day <= until[self.assessments.row])
        day = np.zeros(self.index.count)
        np.maximum.at(day, self.assessments.row[chosen], self.assessments.day[chosen])
        return day

    def best_response(self, line: int = 1) -> Ints:
        """Give the code of the best confirmed response in a line; NE without an assessment."""
        chosen = self.assessments.line == line
        best = np.full(self.index.count, NE, np.int64)
        np.maximum.at(best, self.assessments.row[chosen], self.assessments.confirmed[chosen])
        return best

    def first_response(self, at_least: int | Ints = PR, line: int = 1) -> Floats:
        """Find the first day with a confirmed response of at least this code; infinite without one."""
        wanted = np.broadcast_to(np.asarray(at_least), (self.index.count,))
        chosen = (self.assessments.line == line) & (self.assessments.confirmed >= wanted[self.assessments.row])
        day = np.full(self.index.count, np.inf)
        np.minimum.at(day, self.assessments.row[chosen], self.assessments.day[chosen])
        return day


def read_cohort(subjects: pa.Table, events: pa.Table | None = None, responses: pa.Table | None = None) -> Cohort:
    """Resolve the subjects of events and responses, and cut what lies outside follow-up.

    Without events the end of follow-up is not known and nothing is cut there.

    Raises
    ------
    InputError
        If an event or response belongs to no subject, a response category is unknown, or events contradict each
        other (see `cereblon.outcomes.follow_up`).
    """
    subjects = in_order(subjects)
    index = index_subjects(subjects)
    events_are_known = events is not None
    events = EVENTS.empty_table() if events is None else events
    responses = RESPONSES.empty_table() if responses is None else responses
    followed, happened = follow(read_events(events, index), index)
    brought = [remark for table in (subjects, events, responses) for remark in remarks_of(table)]
    followed.remarks.brought = tuple(dict.fromkeys(brought))
    is_whole = subjects["result_code"].to_numpy() == 0
    followed.note("subjects: {count} left out, their result code is not 0; {subjects}", np.flatnonzero(~is_whole))
    if events_are_known:
        followed.note(
            "subjects: {count} with neither death nor last contact (censored) are followed to the last thing known; "
            "{subjects}",
            np.flatnonzero(is_whole & np.isinf(followed.end)),
        )
    return Cohort(
        subjects=subjects,
        index=index,
        replicate=subjects["replicate"].to_numpy().astype(np.int64),
        is_whole=is_whole,
        events=happened,
        assessments=_read_assessments(responses, index, followed),
        follow_up=followed,
    )


def _read_assessments(responses: pa.Table, index: SubjectIndex, followed: SubjectFollowUp) -> Assessments:
    row, day = index.rows(responses, name="responses"), responses["day"].to_numpy()
    inside = followed.during(row, day, name="responses", from_zero=True)
    return Assessments(
        row=row[inside],
        line=responses["line"].to_numpy().astype(np.int64)[inside],
        day=day[inside],
        category=_category_codes(responses, "category")[inside],
        confirmed=_category_codes(responses, "confirmed")[inside],
        mrd=responses["mrd_negative"].cast(pa.int8()).fill_null(-1).to_numpy().astype(np.int64)[inside],
    )


def cohort_of(tables: Mapping[str, pa.Table], *further: str) -> Cohort:
    """Resolve the subjects of a set of subject tables.

    Parameters
    ----------
    tables
        By name.
    further
        Tables that the caller needs besides subjects, events and responses.

    Raises
    ------
    InputError
        If a table is missing.
    """
    missing = [name for name in ("subjects", "events", "responses", *further) if name not in tables]
    if missing:
        raise InputError(
            f"tables: {', '.join(missing)} missing",
            hint="responses come from cereblon.outcomes.assess(tables)" if "responses" in missing else None,
        )
    return read_cohort(tables["subjects"], tables["events"], tables["responses"])


def _category_codes(responses: pa.Table, column: str) -> Ints:
    codes, names = text_codes(responses[column])
    unknown = [name for name in names if name not in CATEGORIES]
    if unknown:
        raise InputError(f"responses, {column}: {', '.join(unknown)} is not one of {', '.join(CATEGORIES)}")
    return np.array([CATEGORIES.index(name) for name in names], np.int64)[codes]
