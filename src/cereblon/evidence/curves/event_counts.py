"""Events and person-time per study, treatment and interval: what a synthesis over time is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from cereblon.errors import InputError
from cereblon.evidence.curves.csv_columns import read_csv
from cereblon.evidence.curves.digitised import Floats

_TREATMENTS = ("treatment", "trt", "arm")
_EVENTS = ("event", "observed", "status")


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
        """Names of the studies in order of appearance."""
        return tuple(dict.fromkeys(self.study.tolist()))

    @property
    def treatments(self) -> tuple[str, ...]:
        """Names of the treatments in alphabetical order."""
        return tuple(sorted(set(self.treatment.tolist())))

    def arms(self) -> list[tuple[str, ...]]:
        """Give the treatments of each study."""
        return [tuple(dict.fromkeys(self.treatment[self.study == name].tolist())) for name in self.studies]


def arm_times(study: str, treatment: str, month: ArrayLike, observed: ArrayLike) -> ArmTimes:
    """Check the individuals of one arm.

    Raises
    ------
    InputError
        If a time is negative or no number, or nobody is there.
    """
    t, seen = np.asarray(month, dtype=np.float64), np.asarray(observed, dtype=np.bool_)
    place = f"study {study}, {treatment}"
    if t.shape != seen.shape or t.ndim != 1 or not len(t):
        raise InputError(f"{place}: {t.size} times and {seen.size} events do not belong together")
    if not (np.isfinite(t) & (t >= 0)).all():
        raise InputError(f"{place}: a time is negative or not a finite number")
    return ArmTimes(study, treatment, t, seen)


def read_arm_times(path: Path, *, time_unit: str | None = None) -> list[ArmTimes]:
    """Read individuals of several trials from a CSV file.

    Parameters
    ----------
    path
        Columns study, treatment (or arm), a time (month, week, day, year, or time with `time_unit`), and event
        (1 event, 0 censored).
    time_unit
        Of a column called time; months if None.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    table = read_csv(path)
    problems = list[str]()
    t = table.months(time_unit, problems)
    treatment, event = table.find(_TREATMENTS), table.find(_EVENTS)
    found = {"study": table.find(("study",)), "treatment": treatment, "event": event}
    missing = [name for name, place in found.items() if place is None]
    if missing or treatment is None or event is None:
        raise InputError(f"{path}: there is no column {', '.join(missing)} among {', '.join(table.columns)}")
    seen = np.array(table.numbers(event, problems))
    problems += [
        f"{path}, line {table.lines[i]}, {event}: got {seen[i]:g}; 1 for an event, 0 for censored"
        for i in np.flatnonzero(np.isfinite(seen) & (seen != 0) & (seen != 1))
    ]
    if problems:
        raise InputError("\n".join(problems))
    rows = dict[tuple[str, str], list[int]]()
    for index, row in enumerate(table.rows):
        rows.setdefault((row["study"], row[treatment]), []).append(index)
    return [arm_times(study, name, t[own], seen[own] == 1) for (study, name), own in rows.items()]


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
