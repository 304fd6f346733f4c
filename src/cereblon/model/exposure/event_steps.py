"""An event data set as steps: what happens to each subject, one thing after the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cereblon.model.exposure.event_order import GIVES, OBSERVES, RESETS, SETTLES, is_reset
from cereblon.model.exposure.event_table import EventTable

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class EventSteps(NamedTuple):
    """What happens, subject by subject in the order of time; each array has one entry for each step.

    Parameters
    ----------
    subject
        Number of the subject.
    ahead
        Hours since the step before.
    row
        Row of the table whose covariates hold up to the step.
    resets
        All drug is taken away.
    settles
        Row of a dose whose steady state is reached, or -1.
    depot, centre
        Doses that enter, mg.
    rate
        Change of the infusion into the centre, mg/h.
    observes
        Row that asks for the concentration, or -1.
    after_dose
        Hours since the latest dose; infinite before the first.
    """

    subject: Integers
    ahead: Floats
    row: Integers
    resets: NDArray[np.bool_]
    settles: Integers
    depot: Floats
    centre: Floats
    rate: Floats
    observes: Integers
    after_dose: Floats


class _Part(NamedTuple):
    """Steps of one kind, each with the row that it comes from."""

    row: Integers
    hours: Floats
    phase: int
    of_row: bool  # at one time, what follows from earlier rows comes before the rows of the data set
    depot: Floats | float = 0.0
    centre: Floats | float = 0.0
    rate: Floats | float = 0.0
    dosed: Floats | float = np.nan


def steps_of(table: EventTable, lag_h: float) -> EventSteps:
    """Write a data set out as steps.

    Parameters
    ----------
    table
        Rows in their order.
    lag_h
        Hours between an absorbed dose and the start of its absorption.
    """
    segment = _segments(table)
    parts = _parts(table, lag_h)
    row = np.concatenate([part.row for part in parts])
    hours = np.concatenate([part.hours for part in parts])
    of_row = np.concatenate([np.full(len(part.row), part.of_row) for part in parts])
    phase = np.concatenate([np.full(len(part.row), part.phase) for part in parts])
    last = np.zeros(int(segment.max(initial=0)) + 1)
    np.maximum.at(last, segment, table.hours)
    clean = np.round(hours, 9)
    kept = of_row | (clean <= np.round(last[segment[row]], 9))
    ranks = (phase, row) if table.in_order else (row, phase)
    order = np.lexsort((*(rank[kept] for rank in ranks), of_row[kept], clean[kept], segment[row[kept]]))
    order = np.flatnonzero(kept)[order]
    row, hours, phase, of_row = row[order], hours[order], phase[order], of_row[order]
    begins = np.concatenate([[True], np.diff(segment[row]) != 0])
    values = {
        name: np.concatenate([np.broadcast_to(getattr(part, name), len(part.row)) for part in parts])[order]
        for name in ("depot", "centre", "rate", "dosed")
    }
    return EventSteps(
        subject=table.subject[row],
        ahead=np.where(begins, 0.0, np.maximum(np.diff(hours, prepend=0.0), 0.0)),
        row=np.minimum.accumulate(np.where(of_row, row, len(table.hours))[::-1])[::-1],
        resets=phase == RESETS,
        settles=np.where(phase == SETTLES, row, -1),
        depot=values["depot"],
        centre=values["centre"],
        rate=values["rate"],
        observes=np.where(phase == OBSERVES, row, -1),
        after_dose=_after_dose(hours, values["dosed"], begins),
    )


def _segments(table: EventTable) -> Integers:
    """Number the courses: a subject begins one, and so does a reset or a steady state that forgets (SS 1)."""
    begins = is_reset(table) | (table.is_dose & (table.steady == 1))
    begins[1:] |= np.diff(table.subject) != 0
    return np.cumsum(begins)


def _parts(table: EventTable, lag_h: float) -> list[_Part]:
    reset = np.flatnonzero(is_reset(table) | (table.is_dose & (table.steady == 1)))
    settle = np.flatnonzero(table.is_dose & (table.steady > 0))
    seen = np.flatnonzero(table.is_observed)
    idle = np.flatnonzero(~table.is_observed & ~table.is_dose & ~is_reset(table))
    parts = [
        _Part(reset, table.hours[reset], RESETS, True),
        _Part(settle, table.hours[settle], SETTLES, True, dosed=table.hours[settle] - table.every_h[settle]),
        _Part(seen, table.hours[seen], OBSERVES, True),
        _Part(idle, table.hours[idle], GIVES, True),
    ]
    first = np.flatnonzero(table.is_dose)
    further = np.repeat(first, table.more[first])
    count = (
        np.arange(len(further)) - np.repeat(np.cumsum(table.more[first]) - table.more[first], table.more[first]) + 1
    )
    for rows, hours, of_row in (
        (first, table.hours[first], True),
        (further, table.hours[further] + count * table.every_h[further], False),
    ):
        parts += _doses(table, rows, hours, lag_h, of_row=of_row)
    return parts


def _doses(table: EventTable, rows: Integers, hours: Floats, lag_h: float, *, of_row: bool) -> list[_Part]:
    """Give the steps of doses at some hours: what enters at once, what enters after the lag, infusions."""
    mg, length = table.mg[rows], table.infusion_h[rows]
    infused = length > 0.0
    lagged = table.absorbed[rows] & (lag_h > 0.0)
    depot = np.where(table.absorbed[rows] & ~lagged, mg, 0.0)
    centre = np.where(~table.absorbed[rows] & ~infused, mg, 0.0)
    rate = np.where(infused, mg / np.where(infused, length, 1.0), 0.0)
    return [
        _Part(rows, hours, GIVES, of_row, depot=depot, centre=centre, rate=rate, dosed=hours),
        _Part(rows[infused], (hours + length)[infused], GIVES, False, rate=-rate[infused]),
        _Part(rows[lagged], hours[lagged] + lag_h, GIVES, False, depot=mg[lagged]),
    ]


def _after_dose(hours: Floats, dosed: Floats, begins: NDArray[np.bool_]) -> Floats:
    """Give the hours since the latest dose of the course."""
    place = np.arange(len(hours))
    latest = np.maximum.accumulate(np.where(np.isnan(dosed), -1, place))
    start = np.maximum.accumulate(np.where(begins, place, -1))
    return np.where(latest >= start, hours - dosed[latest], np.inf)
