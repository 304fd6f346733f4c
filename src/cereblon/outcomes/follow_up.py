"""The window in which a subject is followed: from day 0 to death or the last contact alive.

- The end is the day of death or of `censored`, whichever comes first. What is dated later (events, responses,
  laboratory values, adverse events, cycles) is cut, and its rows are counted in a remark: a death after the data cut
  is not a death of this cut.
- Treatment, transplant and laboratory values before day 0 are history and stay: treatment may be under way when a
  subject is randomised, and a baseline is measured before. Cycles, adverse events and response assessments before
  day 0 are cut and counted.
- What contradicts itself is refused with the subjects: death, last contact, progression, the end of treatment or a
  later line before day 0; two days or two causes of death; two last contacts; a last contact after death; a first
  line that stops before it starts.
- Who has neither death nor last contact is followed to the last thing known, and is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from cereblon.core.errors import InputError
from cereblon.outcomes.lines import Events
from cereblon.outcomes.remarks import Remarks
from cereblon.outcomes.subject_index import Bools, Floats, Ints, SubjectIndex

_NOT_COUNTED = "not counted; {subjects}"
_HISTORY = ("treatment_start", "transplant", "drug_stopped")


@dataclass(frozen=True, slots=True)
class SubjectFollowUp:
    """How long each subject is followed.

    Parameters
    ----------
    index
        The subjects.
    end
        Day of death or last contact, infinite where neither is known.
    remarks
        Gain a line for everything that is cut.
    """

    index: SubjectIndex
    end: Floats
    remarks: Remarks = field(default_factory=Remarks)

    def during(self, row: Ints, day: Floats, *, name: str, from_zero: bool = False) -> Bools:
        """Tell which rows of a table lie within follow-up; the others are counted in a remark.

        Parameters
        ----------
        row, day
            Subject row and day of each row.
        name
            What the rows are, for the remark.
        from_zero
            Whether rows before day 0 are cut too.

        Raises
        ------
        InputError
            If a day is not a number.
        """
        if not np.isfinite(day).all():
            who = self.index.named(row[~np.isfinite(day)])
            raise InputError(f"{name}: {int((~np.isfinite(day)).sum())} days are not numbers; {who}")
        late = day > self.end[row]
        self.note(f"{name}: {{rows}} after the end of follow-up (death or last contact) {_NOT_COUNTED}", row[late])
        if not from_zero:
            return ~late
        early = day < 0
        self.note(f"{name}: {{rows}} before day 0 {_NOT_COUNTED}", row[early])
        return ~(late | early)

    def note(self, text: str, row: Ints) -> None:
        """Remark on rows that are left out, be it none; see `Remark` for the text."""
        self.remarks.note(text, len(row), self.index.named(row))


def follow(events: Events, index: SubjectIndex) -> tuple[SubjectFollowUp, Events]:
    """Find how long each subject is followed, and the events within it.

    Raises
    ------
    InputError
        Naming the subjects of every contradiction in the table.
    """
    problems = _contradictions(events, index)
    if problems:
        raise InputError(
            "\n".join(problems),
            hint="days count from randomisation or the index date, day 0; one day of death or one last contact alive",
        )
    count = index.count
    end = np.minimum(events.first_day("death", count), events.first_day("censored", count))
    followed = SubjectFollowUp(index, end)
    inside = followed.during(events.row, events.day, name="events")
    if inside.all():
        return followed, events
    kept = {name: getattr(events, name)[inside] for name in ("row", "name", "cause", "day", "line")}
    return followed, replace(events, **kept)


def _contradictions(events: Events, index: SubjectIndex) -> list[str]:
    problems: list[str] = []

    def note(row: Ints, text: str) -> None:
        if len(row):
            problems.append(f"events: {text}; {index.named(row)}")

    wrong = ~np.isfinite(events.day)
    note(events.row[wrong], "a day is not a number")
    history = np.isin(events.name.astype(str), _HISTORY) & ~((events.name == "treatment_start") & (events.line > 1))
    for name in sorted(set(events.name[(events.day < 0) & ~history].astype(str))):
        words = f"{name} of a later line" if name == "treatment_start" else name
        note(events.row[(events.day < 0) & ~history & (events.name == name)], f"{words} before day 0")
    death, contact = events.name == "death", events.name == "censored"
    note(_differing(events.row[death], events.day[death]), "more than one day of death")
    note(_differing(events.row[death], events.cause[death].astype(str)), "more than one cause of death")
    note(_differing(events.row[contact], events.day[contact]), "more than one last contact (censored)")
    died = events.first_day("death", index.count)
    note(events.row[contact & (events.day > died[events.row])], "last contact alive (censored) after death")
    began = events.first_day("treatment_start", index.count, line=1)
    stopped = events.first_day("treatment_stopped", index.count, line=1)
    note(np.flatnonzero(np.isfinite(began) & (stopped < began)), "treatment of line 1 stopped before it started")
    return problems


def _differing(row: Ints, value: np.ndarray) -> Ints:
    """Find the subjects that have more than one value."""
    order = np.lexsort((value, row))
    row, value = row[order], value[order]
    differs = (row[1:] == row[:-1]) & (value[1:] != value[:-1])
    return np.unique(row[1:][differs])
