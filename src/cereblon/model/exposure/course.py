"""Many subjects' concentrations under doses that all get at the same times, with covariates that may change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.core.errors import InputError
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters, PKParameters
from cereblon.model.exposure.antibody_body import AntibodyBody
from cereblon.model.exposure.linear_body import LinearBody

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dose:
    """A dose that all subjects get at one time.

    Parameters
    ----------
    day
        When it is given.
    mg
        How much: a number, or one for each subject.
    absorbed
        Whether it is swallowed or put under the skin rather than into the vein.
    infusion
        Length of an infusion into the vein, day; 0 if it enters at once.
    """

    day: float
    mg: ArrayLike
    absorbed: bool
    infusion: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """When doses are given: on some days of a cycle that is repeated.

    Parameters
    ----------
    starts
        Days from the start of the cycle, from 0, increasing.
    length
        Of the cycle, day.
    """

    starts: tuple[float, ...]
    length: float

    def __post_init__(self) -> None:
        inside = all(0.0 <= start < self.length for start in self.starts)
        if not self.starts or not inside or list(self.starts) != sorted(set(self.starts)):
            raise InputError(
                f"doses at {', '.join(f'{s:g}' for s in self.starts) or 'no time'} do not fit a cycle of "
                f"{self.length:g} days",
                hint="a cycle holds at least one dose, and each dose comes before its end",
            )

    def doses(self, mg: ArrayLike, *, absorbed: bool, infusion: float = 0.0, cycles: int = 1) -> list[Dose]:
        """Write the doses of some cycles out."""
        return [
            Dose(day=cycle * self.length + start, mg=mg, absorbed=absorbed, infusion=infusion)
            for cycle in range(cycles)
            for start in self.starts
        ]

    @property
    def first_interval(self) -> float:
        """Days from the first dose to the next."""
        return (self.starts[1] if len(self.starts) > 1 else self.length + self.starts[0]) - self.starts[0]

    @property
    def last_interval(self) -> float:
        """Days between doses in the course of the cycle, up to which exposure after its last dose is counted."""
        return self.starts[-1] - self.starts[-2] if len(self.starts) > 1 else self.length


def body_of(pk_parameters: PKParameters | AntibodyPKParameters) -> LinearBody | AntibodyBody:
    """Give a body without drug."""
    return LinearBody(pk_parameters) if isinstance(pk_parameters, PKParameters) else AntibodyBody(pk_parameters)


def lag_of(pk_parameters: PKParameters | AntibodyPKParameters) -> float:
    """Give the lag of absorption, day, which subjects share."""
    lags = np.unique(np.asarray(getattr(pk_parameters, "lag", 0.0), np.float64))
    if lags.size != 1:
        raise InputError("subjects differ in the lag of absorption", hint="follow them one by one")
    return float(lags[0])


def follow(
    pk_parameters: PKParameters | AntibodyPKParameters,
    doses: Sequence[Dose],
    read_days: Sequence[float] | Floats,
    *,
    changes: Sequence[tuple[float, PKParameters | AntibodyPKParameters]] = (),
    body: LinearBody | AntibodyBody | None = None,
) -> tuple[Floats, Floats]:
    """Compute concentrations of many subjects, exactly for linear drugs.

    Parameters
    ----------
    pk_parameters
        Kinetics from day 0, arrays [subject].
    doses
        In any order.
    read_days
        When to read, increasing. A reading at the time of a dose comes before the dose.
    changes
        Day and new PK parameters, when covariates change; amounts stay and go on with the new PK parameters.
    body
        What is in the body on day 0; nothing if left out. It is moved on to the last reading.

    Returns
    -------
        Concentration, mg/L, and area under it since day 0, mg day/L, [subject, reading].
    """
    body = body_of(pk_parameters) if body is None else body
    began = body.area
    parts = list(stretches(pk_parameters, doses, read_days, changes=changes, body=body))
    if not parts:
        empty = np.zeros((len(began), 0))
        return empty, empty
    levels, areas = (np.concatenate(one, axis=1) for one in zip(*parts, strict=True))
    return levels, areas - began[:, None]


def stretches(
    pk_parameters: PKParameters | AntibodyPKParameters,
    doses: Sequence[Dose],
    read_days: Sequence[float] | Floats,
    *,
    changes: Sequence[tuple[float, PKParameters | AntibodyPKParameters]] = (),
    body: LinearBody | AntibodyBody,
) -> Iterator[tuple[Floats, Floats]]:
    """Compute what `follow` gives one stretch between two doses after another, so that a long course fits in memory.

    Yields
    ------
        Concentration, mg/L, and area under it since the body was empty, mg day/L, [subject, reading of the stretch];
        stretches that are not read are left out.
    """
    reads = np.asarray(read_days, np.float64)
    if reads.size and (np.diff(reads) < 0.0).any():
        raise InputError("readings do not stand in the order of time")
    now, k = 0.0, 0
    for day, act in [*_happenings(doses, changes, lag_of(pk_parameters)), (math.inf, None)]:
        upto = k + int(np.searchsorted(reads[k:], day, side="right"))
        ahead = [*(reads[k:upto] - now)]
        last = not math.isfinite(day) or upto == len(reads)
        if not last:
            ahead.append(day - now)
        if ahead:
            level, area = body.read(np.asarray(ahead))
            if upto > k:
                yield level[:, : upto - k], area[:, : upto - k]
        k = upto
        if last:
            return
        now = day
        act(body)


def _happenings(
    doses: Sequence[Dose], changes: Sequence[tuple[float, PKParameters | AntibodyPKParameters]], lag: float
) -> list[tuple[float, Any]]:
    """List what happens, in the order of time; at one time covariates change before doses are given."""
    found: list[tuple[float, int, Any]] = [
        (day, 0, lambda body, pk_parameters=pk_parameters: body.change(pk_parameters))
        for day, pk_parameters in changes
    ]
    for dose in doses:
        if dose.infusion > 0.0:
            rate = np.asarray(dose.mg) / dose.infusion
            found.append((dose.day, 1, lambda body, rate=rate: body.infuse(rate)))
            found.append((dose.day + dose.infusion, 1, lambda body, rate=rate: body.infuse(-rate)))
        else:
            enters = dose.day + (lag if dose.absorbed else 0.0)
            found.append((enters, 1, lambda body, dose=dose: body.give(dose.mg, absorbed=dose.absorbed)))
    found.sort(key=lambda one: one[:2])
    return [(day, act) for day, _, act in found]


def steady_body(pk_parameters: PKParameters, doses: Sequence[Dose], length: float) -> LinearBody:
    """Give bodies at the start of a cycle that has been repeated for ever, by the geometric series.

    Parameters
    ----------
    pk_parameters
        Kinetics, arrays [subject].
    doses
        Of one cycle.
    length
        Of the cycle, day.

    Raises
    ------
    InputError
        If an infusion, or the lag of a dose, runs past the end of the cycle.
    """
    lag = lag_of(pk_parameters)
    for dose in doses:
        end = dose.day + dose.infusion + (lag if dose.absorbed else 0.0)
        if end > length:
            raise InputError(
                f"a dose on day {dose.day:g} is still entering at the end of its cycle of {length:g} days",
                hint="a steady state needs doses that end within the cycle",
            )
    body = LinearBody(pk_parameters)
    body.settle(length, lambda: _once(body, pk_parameters, doses, length))
    return body


def _once(body: LinearBody, pk_parameters: PKParameters, doses: Sequence[Dose], length: float) -> None:
    follow(pk_parameters, doses, [length], body=body)
