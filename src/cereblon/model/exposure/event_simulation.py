"""Concentrations at the observations of an event data set.

Conventions where programs differ: a covariate holds from the row before to its own row (as NONMEM, and mrgsolve by
default); at one time, doses that follow from ADDL come before the rows of the data set; SS 1 forgets what was given
before, further doses included, and SS 2 adds its steady state to what is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.model.drugs.patient import patients
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters, PKParameters
from cereblon.model.exposure.antibody_body import AntibodyBody
from cereblon.model.exposure.course import body_of, lag_of
from cereblon.model.exposure.event_steps import EventSteps, steps_of
from cereblon.model.exposure.event_table import EventTable
from cereblon.model.exposure.linear_body import LinearBody

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
AnyPKParameters = TypeVar("AnyPKParameters", bound=PKParameters | AntibodyPKParameters)
_H = 1.0 / 24.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PredictedConcentrations:
    """Concentrations at the rows with EVID 0 or 2.

    Parameters
    ----------
    subject, line, time, evid
        ID, line of the file, TIME as in the file, and EVID of each.
    level
        Concentration in the drug's unit.
    hours_after_dose
        Since the latest dose, h; infinite before the first.
    unit
        Of the concentrations.
    """

    subject: list[str]
    line: Integers
    time: Floats
    evid: Integers
    level: Floats
    hours_after_dose: Floats
    unit: str


def simulate_events(table: EventTable, eta: Floats | None = None) -> PredictedConcentrations:
    """Compute the concentration at each observation of a data set.

    All subjects are followed together, each from one thing that happens to it to the next, at times of its own.

    Parameters
    ----------
    table
        A data set from `read_events`.
    eta
        Standard normal draws [subject, draw], in the order of `table.subjects`; all typical if left out.

    Raises
    ------
    InputError
        If there are draws for another number of subjects.
    """
    kinetics = table.kinetics
    n = len(table.subjects)
    eta = np.zeros((n, kinetics.n_eta)) if eta is None else np.asarray(eta, np.float64)
    if eta.shape != (n, kinetics.n_eta):
        raise InputError(f"{n} subjects with {kinetics.n_eta} draws each are needed, got the shape {eta.shape}")
    era, pk_parameters = _eras(table, eta)
    steps = steps_of(table, lag_of(pk_parameters) * 24.0)
    levels = np.zeros(len(table.hours))
    for members in _alike(steps.subject, n):
        _follow(table, steps, members, era, pk_parameters, levels)
    seen = steps.observes >= 0
    order = np.argsort(steps.observes[seen], kind="stable")
    rows = steps.observes[seen][order]
    return PredictedConcentrations(
        subject=[table.subjects[k] for k in table.subject[rows].tolist()],
        line=table.line[rows],
        time=table.shown[rows],
        evid=table.evid[rows],
        level=levels[rows] * kinetics.per_mg_l,
        hours_after_dose=steps.after_dose[seen][order],
        unit=kinetics.unit,
    )


def _eras(table: EventTable, eta: Floats) -> tuple[Integers, PKParameters | AntibodyPKParameters]:
    """Give the time of equal covariates to which each row belongs, and the PK parameters of each."""
    begins = np.concatenate([[True], np.diff(table.subject) != 0])
    for values in table.covariates.values():
        begins[1:] |= np.diff(values) != 0.0
    first = np.flatnonzero(begins)
    who = patients({name: values[first] for name, values in table.covariates.items()}, n=len(first))
    return np.cumsum(begins) - 1, table.kinetics.pk_parameters(who, eta[table.subject[first]])


def _taken(pk_parameters: AnyPKParameters, rows: Integers) -> AnyPKParameters:
    """Give the PK parameters of some."""
    values = {
        name: None if value is None else np.asarray(value)[rows] for name, value in pk_parameters._asdict().items()
    }
    return type(pk_parameters)(**values)  # type: ignore[arg-type]


def _alike(subject: Integers, n: int) -> Iterator[Integers]:
    """Gather the steps of subjects that have about as many, up to twice: [step, member], -1 behind the last."""
    counts = np.bincount(subject, minlength=n)
    starts = np.cumsum(counts) - counts
    sizes = np.ceil(np.log2(np.maximum(counts, 1))).astype(int)
    for size in np.unique(sizes):
        members = np.flatnonzero(sizes == size)
        place = np.arange(counts[members].max())[:, None]
        yield np.where(place < counts[members], starts[members] + place, -1)


def _follow(
    table: EventTable,
    steps: EventSteps,
    members: Integers,
    era: Integers,
    pk_parameters: PKParameters | AntibodyPKParameters,
    levels: Floats,
) -> None:
    """Lead some subjects through their steps, and write the concentration at each row that asks for it."""
    held = era[steps.row[members[0]]]
    body: LinearBody | AntibodyBody = body_of(_taken(pk_parameters, held))
    for at in members:
        there = at >= 0
        now = np.where(there, era[steps.row[at]], held)
        if (now != held).any():
            held = now
            body.change(_taken(pk_parameters, held))  # type: ignore[arg-type]  # the same kind of body and pk_parameters
        ahead, seen = np.where(there, steps.ahead[at], 0.0), np.where(there, steps.observes[at], -1)
        asked = seen >= 0
        if asked.any() or ahead.any():
            level = body.read(ahead[:, None] * _H)[0][:, 0]
            levels[seen[asked]] = level[asked]
        resets, settles = there & steps.resets[at], np.where(there, steps.settles[at], -1)
        if resets.any():
            body.empty(resets)
        if (settles >= 0).any():
            _settle(table, body, _taken(pk_parameters, held), settles)
        depot, centre, rate = (np.where(there, amount[at], 0.0) for amount in (steps.depot, steps.centre, steps.rate))
        if depot.any():
            body.give(depot, absorbed=True)
        if centre.any():
            body.give(centre, absorbed=False)
        if rate.any():
            body.infuse(rate / _H)


def _settle(
    table: EventTable,
    body: LinearBody | AntibodyBody,
    pk_parameters: PKParameters | AntibodyPKParameters,
    rows: Integers,
) -> None:
    """Add the steady state of a dose every so many hours, right before the next one, to what some subjects have."""
    who = rows >= 0
    assert isinstance(body, LinearBody) and isinstance(
        pk_parameters, PKParameters
    )  # others are refused when the data set is read
    own, rows = _taken(pk_parameters, np.flatnonzero(who)), rows[who]
    settled = LinearBody(own)
    mg, days, length = table.mg[rows], table.every_h[rows] * _H, table.infusion_h[rows] * _H
    swallowed = np.where(table.absorbed[rows], mg, 0.0)
    at_once = np.where(~table.absorbed[rows] & (length == 0.0), mg, 0.0)
    rate = np.where(length > 0.0, mg / np.where(length > 0.0, length, 1.0), 0.0)

    def once() -> None:
        if swallowed.any():
            settled.give(swallowed, absorbed=True)
        settled.give(at_once, absorbed=False)
        settled.infuse(rate)
        settled.read(length[:, None])
        settled.infuse(-rate)
        settled.read(np.maximum(days - length, 0.0)[:, None])

    settled.settle(days, once)
    lag = lag_of(own)
    if swallowed.any() and lag > 0.0:
        settled.give(swallowed, absorbed=True)  # the dose before has entered by the lag later than it was taken
        settled.read(np.where(swallowed > 0.0, days - lag, 0.0)[:, None])
    body.add(settled, who)
