"""Events and person-time per study, treatment and interval: what a synthesis over time is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError
from cereblon.core.event_indicator import read_event_indicator
from cereblon.core.given_tables import GivenTable, read_table
from cereblon.core.problems import refuse_problems
from cereblon.synthesis.curves.digitised import Floats
from cereblon.synthesis.curves.subject_columns import (
    ARMS,
    alike,
    events_of,
    months_of,
    names_of,
    rows_by_name,
    unused,
)
from cereblon.synthesis.endpoint_column import refuse_several_endpoints
from cereblon.synthesis.frequentist.treatment_names import join_names

_STUDIES = ("study", "studyid", "trial")


@dataclass(frozen=True, slots=True)
class ArmTimes:
    """Individuals of one arm of one study.

    Parameters
    ----------
    study, treatment
        Names.
    month, observed
        Time of event or censoring, and whether it was an event.
    """

    study: str
    treatment: str
    month: Floats
    observed: np.ndarray


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Cells of study, treatment and interval with person-time.

    Parameters
    ----------
    study, treatment
        Names per cell.
    start, end
        Interval of the cell, months.
    events, person_months
        Counted in it.
    """

    study: np.ndarray
    treatment: np.ndarray
    start: Floats
    end: Floats
    events: Floats
    person_months: Floats

    @property
    def studies(self) -> tuple[str, ...]:
        """Names of the studies in alphabetical order."""
        return tuple(sorted(set(self.study.tolist())))

    @property
    def treatments(self) -> tuple[str, ...]:
        """Names of the treatments in alphabetical order."""
        return tuple(sorted(set(self.treatment.tolist())))

    def arms(self) -> list[tuple[str, ...]]:
        """Give the treatments of each study."""
        return [tuple(sorted(set(self.treatment[self.study == name].tolist()))) for name in self.studies]


def arm_times(study: str, treatment: str, month: ArrayLike, observed: ArrayLike) -> ArmTimes:
    """Check the individuals of one arm.

    Raises
    ------
    InputError
        If a time is negative or no number, an indicator of an event is none, or nobody is there.
    """
    t, seen = np.asarray(month, dtype=np.float64), read_event_indicator(observed)
    place = f"study {study}, {treatment}"
    if t.shape != seen.shape or t.ndim != 1 or not len(t):
        raise InputError(f"{place}: {t.size} times and {seen.size} events do not belong together")
    if not (np.isfinite(t) & (t >= 0)).all():
        raise InputError(f"{place}: a time is negative or not a finite number")
    return ArmTimes(study, treatment, t, seen)


def read_arm_times(
    given: GivenTable,
    *,
    time_unit: str | None = None,
    event_coding: str | None = None,
    allow_implausible: bool = False,
) -> tuple[list[ArmTimes], list[str]]:
    """Read individuals of several trials from a text table.

    Parameters
    ----------
    given
        A text file, or a table in memory.
        Columns study, treatment (or arm), a time (month, week, day, year, or time with `time_unit`), and event.
    time_unit
        Of a column called time, which does not say it.
    event_coding
        Of events written as numbers, see `read_event_indicator`; 0 and 1 if None.
    allow_implausible
        Whether times beyond what a follow-up can be are accepted.

    Returns
    -------
        Arms in alphabetical order, and how the file was read, in words.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    table = read_table(given)
    problems, notes = list[str](), list(table.remarks)
    t = months_of(table, time_unit, problems, notes, allow_implausible=allow_implausible)
    study, treatment = table.need(_STUDIES, "the study"), table.need(ARMS, "the treatment")
    refuse_several_endpoints(table)
    studies, treatments = names_of(table, study, problems), names_of(table, treatment, problems)
    columns, seen = events_of(table, event_coding, problems)
    refuse_problems(problems)
    other, said = join_names(Counter(name for _, name in sorted(set(zip(studies, treatments, strict=True)))))
    treatments = [other.get(name, name) for name in treatments]
    notes += [*alike(studies, f"{table.where}: studies"), *(f"{table.where}: {text}" for text in said)]
    notes += unused(table, (table.time_column(time_unit)[0], study, treatment, *columns))
    arms = list[ArmTimes]()
    for name, own in rows_by_name(studies).items():
        for given, places in rows_by_name([treatments[row] for row in own]).items():
            rows = [own[place] for place in places]
            arms.append(arm_times(name, given, t[rows], seen[rows]))
    return arms, notes


def comparable_arms(arms: Sequence[ArmTimes]) -> tuple[list[ArmTimes], list[str]]:
    """Leave out the arms that a synthesis over time cannot use.

    Returns
    -------
        The others, and a sentence for each treatment without any event, each person-time of zero and each study that
        is left with one arm.

    Raises
    ------
    InputError
        If nothing is left.
    """
    events, said, kept = dict[str, int](), list[str](), list[ArmTimes]()
    for arm in arms:
        events[arm.treatment] = events.get(arm.treatment, 0) + int(arm.observed.sum())
    for arm in arms:
        if not events[arm.treatment]:
            said.append(f"study {arm.study}, {arm.treatment}: left out; nobody on this treatment had an event")
        elif not arm.month.sum() > 0:
            said.append(f"study {arm.study}, {arm.treatment}: left out; nobody was followed beyond time 0")
        else:
            kept.append(arm)
    studies = [arm.study for arm in kept]
    alone = [arm for arm in kept if studies.count(arm.study) == 1]
    said += [f"study {arm.study}: left out; with {arm.treatment} alone it compares nothing" for arm in alone]
    kept = [arm for arm in kept if studies.count(arm.study) > 1]
    if not kept:
        raise InputError("no study compares two arms with events: " + "; ".join(said))
    return kept, said


def count_events(arms: Sequence[ArmTimes], edges: Sequence[float]) -> EventCounts:
    """Count events and person-time in intervals.

    Parameters
    ----------
    arms
        Individuals, each arm of a study once.
    edges
        Inner ends of the intervals, months, rising; the first interval starts at 0 and the last one has no end.

    Returns
    -------
        Cells with person-time only. An event at the end of an interval belongs to it.

    Raises
    ------
    InputError
        If an arm stands twice, a study has one arm only, or the edges do not rise from above 0.
    """
    names = [(arm.study, arm.treatment) for arm in arms]
    problems = [f"study {s}: {t} stands twice" for s, t in sorted({name for name in names if names.count(name) > 1})]
    for study in dict.fromkeys(study for study, _ in names):
        if sum(own == study for own, _ in names) == 1:
            problems.append(f"study {study} has one arm only; a comparison needs two")
    inner = np.asarray(edges, dtype=np.float64)
    if len(inner) and (inner[0] <= 0 or (np.diff(inner) <= 0).any()):
        problems.append(
            f"ends of intervals: got {', '.join(f'{e:g}' for e in inner)}; rising times after 0 are needed"
        )
    if problems:
        raise InputError("\n".join(problems))
    last = max(float(arm.month.max()) for arm in arms)
    ends = np.concatenate([[0.0], inner[inner < last], [np.nextafter(last, np.inf)]])
    width = np.diff(ends)
    parts = []
    for arm in arms:
        time = np.clip(arm.month[:, None] - ends[:-1], 0.0, width).sum(axis=0)
        place = np.clip(np.searchsorted(ends, arm.month[arm.observed], side="left") - 1, 0, len(width) - 1)
        events = np.bincount(place, minlength=len(width)).astype(np.float64)
        if (events[time <= 0] > 0).any():
            raise InputError(
                f"study {arm.study}, {arm.treatment}: events stand at time 0, where nobody was followed",
                hint="give them half a day",
            )
        kept = time > 0
        parts.append((arm, ends[:-1][kept], ends[1:][kept], events[kept], time[kept]))
    return EventCounts(
        np.concatenate([np.full(len(p[1]), p[0].study, dtype=object) for p in parts]),
        np.concatenate([np.full(len(p[1]), p[0].treatment, dtype=object) for p in parts]),
        *(np.concatenate([p[i] for p in parts]) for i in (1, 2, 3, 4)),
    )
