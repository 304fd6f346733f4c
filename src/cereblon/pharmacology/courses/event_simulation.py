"""Concentrations at the observations of an event data set.

Conventions where programs differ: a covariate holds from the row before to its own row (as NONMEM, and mrgsolve by
default); at one time, doses that follow from ADDL come before the rows of the data set; SS 1 forgets what was given
before, further doses included.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.errors import InputError
from cereblon.pharmacology.courses.antibody_body import AntibodyBody
from cereblon.pharmacology.courses.course import body_of, lag_of
from cereblon.pharmacology.courses.event_columns import OBSERVE, OTHER, RESET, RESET_AND_DOSE, compartments
from cereblon.pharmacology.courses.event_table import EventTable, Record
from cereblon.pharmacology.courses.linear_body import LinearBody
from cereblon.pharmacology.flows import AntibodyFlows, Flows
from cereblon.pharmacology.patient import Patient, patients

Floats = NDArray[np.float64]
_H = 1.0 / 24.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Predictions:
    """Concentrations at the rows with EVID 0 or 2.

    Parameters
    ----------
    subject, line, hours, evid
        ID, row in the file, TIME and EVID of each.
    level
        Concentration in the drug's unit.
    hours_after_dose
        Since the latest dose, h; infinite before the first.
    unit
        Of the concentrations.
    """

    subject: list[str]
    line: list[int]
    hours: Floats
    evid: list[int]
    level: Floats
    hours_after_dose: Floats
    unit: str


def simulate_events(table: EventTable, eta: Mapping[str, Floats] | None = None) -> Predictions:
    """Compute the concentration at each observation of a data set.

    Subjects with the same times, doses in the same places and the same lengths of infusion are computed together.

    Parameters
    ----------
    table
        A data set from `read_events`.
    eta
        Standard normal draws [draw] by ID; all typical if left out.

    Raises
    ------
    InputError
        If a subject has no draws, or an infusion without an end is asked for.
    """
    kinetics = table.kinetics
    missing = [] if eta is None else [subject for subject in table.subjects if subject not in eta]
    if missing:
        raise InputError(f"no draws for subject {', '.join(missing[:5])}")
    groups: dict[tuple[object, ...], list[str]] = {}
    for subject, records in table.subjects.items():
        groups.setdefault(tuple(_signature(record) for record in records), []).append(subject)
    results: dict[str, tuple[Floats, Floats]] = {}
    for members in groups.values():
        draws = np.stack([np.zeros(kinetics.n_eta) if eta is None else eta[subject] for subject in members])
        levels, since = _Group(table, members, draws).run()
        for row, subject in enumerate(members):
            results[subject] = (levels[row], since)
    shown = {s: [r for r in records if r.evid in (OBSERVE, OTHER)] for s, records in table.subjects.items()}
    rows = [record for records in shown.values() for record in records]
    return Predictions(
        subject=[record.subject for record in rows],
        line=[record.line for record in rows],
        hours=np.asarray([record.hours for record in rows]),
        evid=[record.evid for record in rows],
        level=np.concatenate([results[s][0] for s in shown] or [np.zeros(0)]) * kinetics.per_mg_l,
        hours_after_dose=np.concatenate([results[s][1] for s in shown] or [np.zeros(0)]),
        unit=kinetics.unit,
    )


def _signature(record: Record) -> tuple[object, ...]:
    length = record.mg / record.mg_per_h if record.mg_per_h > 0.0 else 0.0
    return (record.hours, record.evid, record.cmt, record.more, record.every, record.steady, length)


class _Group:
    """Subjects that are followed together, through their common rows."""

    def __init__(self, table: EventTable, members: Sequence[str], eta: Floats) -> None:
        self._kinetics, self._eta = table.kinetics, eta
        self._rows = [
            [table.subjects[subject][i] for subject in members] for i in range(len(table.subjects[members[0]]))
        ]
        self._places = compartments(table.kinetics)
        self._flows = self._flows_of(0)
        self._body: LinearBody | AntibodyBody = body_of(self._flows)
        self._lag = lag_of(self._flows)
        self._pending: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._now = self._rows[0][0].hours
        self._latest = -np.inf

    def _flows_of(self, i: int) -> Flows | AntibodyFlows:
        names = self._rows[i][0].covariates
        columns = {name: np.asarray([record.covariates[name] for record in self._rows[i]]) for name in names}
        who: Patient = patients(columns, n=len(self._rows[i]))
        return self._kinetics.flows(who, self._eta)

    def run(self) -> tuple[Floats, Floats]:
        """Give concentrations [subject, shown row] and hours since the latest dose [shown row]."""
        levels, since = [], []
        for i, row in enumerate(self._rows):
            one = row[0]
            if one.evid in (RESET, RESET_AND_DOSE):
                self._forget()
                self._now = one.hours
                self._latest = -np.inf
            self._catch_up(one.hours)
            if one.evid in (OBSERVE, OTHER):
                levels.append(self._body.read(np.zeros(1))[0][:, 0])
                since.append(one.hours - self._latest)
            if one.is_dose:
                self._dose(row)
            last = i + 1 == len(self._rows)
            if not last and any(a.covariates != b.covariates for a, b in zip(row, self._rows[i + 1], strict=True)):
                self._flows = self._flows_of(i + 1)
                self._body.change(self._flows)  # type: ignore[arg-type]  # the same kind of body and flows
        shape = (len(self._rows[0]), 0)
        return (np.stack(levels, axis=1) if levels else np.zeros(shape)), np.asarray(since)

    def _later(self, hours: float, act: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._pending, (hours, self._order, act))

    def _forget(self) -> None:
        self._pending.clear()
        self._body.empty()

    def _move(self, hours: float) -> None:
        if hours > self._now:
            self._body.read(np.asarray([(hours - self._now) * _H]))
            self._now = hours

    def _catch_up(self, hours: float) -> None:
        while self._pending and self._pending[0][0] <= hours:
            at, _, act = heapq.heappop(self._pending)
            self._move(at)
            act()
        self._move(hours)

    def _dose(self, row: Sequence[Record]) -> None:
        one = row[0]
        mg = np.asarray([record.mg for record in row])
        absorbed = self._places[one.cmt] == "depot"
        length = one.mg / one.mg_per_h if one.mg_per_h > 0.0 else 0.0
        if one.steady:
            self._settle(mg, one.every, absorbed=absorbed, length=length)
        self._give(mg, one.hours, absorbed=absorbed, length=length)
        for k in range(1, one.more + 1):
            at = one.hours + k * one.every
            self._later(at, lambda at=at: self._give(mg, at, absorbed=absorbed, length=length))  # type: ignore[misc]

    def _give(self, mg: Floats, hours: float, *, absorbed: bool, length: float) -> None:
        self._latest = hours
        if length > 0.0:
            rate = mg / (length * _H)
            self._body.infuse(rate)
            self._later(hours + length, lambda: self._body.infuse(-rate))
        elif absorbed and self._lag > 0.0:
            self._later(hours + self._lag / _H, lambda: self._body.give(mg, absorbed=True))
        else:
            self._body.give(mg, absorbed=absorbed)

    def _settle(self, mg: Floats, every: float, *, absorbed: bool, length: float) -> None:
        """Go to the steady state of a dose every so many hours, right before the next one is given."""
        self._forget()
        body, days = self._body, every * _H
        assert isinstance(body, LinearBody)  # antibodies are refused when the data set is read

        def once() -> None:
            if length > 0.0:
                rate = mg / (length * _H)
                body.infuse(rate)
                body.read(np.asarray([length * _H]))
                body.infuse(-rate)
                body.read(np.asarray([max(days - length * _H, 0.0)]))
            else:
                body.give(mg, absorbed=absorbed)
                body.read(np.asarray([days]))

        body.settle(days, once)
        if absorbed and self._lag > 0.0:
            body.give(mg, absorbed=True)  # the dose before has entered by the lag later than it was taken
            body.read(np.asarray([days - self._lag]))
