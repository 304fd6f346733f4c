"""What an adjusted comparison is made with: a published ratio, responders, or a printed curve of the other trial."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cereblon.core.bounds import LIFT, find_problem
from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.given_tables import GivenTable, name_of
from cereblon.synthesis.adjustment.comparison import Comparator, ComparatorCount, ComparatorTimes, published_ratio
from cereblon.synthesis.curves.digitised import read_points, read_risk_table
from cereblon.synthesis.curves.guyot import rebuild


@dataclass(frozen=True)
class PublishedRatio:
    """A published hazard or odds ratio against a control that both trials have, with its 95 % interval.

    Parameters
    ----------
    value, low, high
        Comparator over control.
    """

    value: float
    low: float
    high: float

    @classmethod
    def from_text(cls, text: str) -> PublishedRatio:
        """Read `value,low,high`, as `0.75,0.60,0.94`.

        Raises
        ------
        ArgumentError
            If it is anything else.
        """
        return cls(*_numbers(text, ",", 3, "ratio", "value,low,high"))


@dataclass(frozen=True)
class Responders:
    """Responders of a comparator without a shared control.

    Parameters
    ----------
    responders, patients
        Whole numbers of patients.
    """

    responders: int
    patients: int

    @classmethod
    def from_text(cls, text: str) -> Responders:
        """Read `responders/patients`, as `30/60`.

        Raises
        ------
        ArgumentError
            If it is anything else, or the numbers are not whole.
        """
        responders, patients = _numbers(text, "/", 2, "responders", "responders/patients")
        if responders != int(responders) or patients != int(patients):
            raise ArgumentError(f"responders is {text!r}; whole numbers of patients are needed")
        return cls(int(responders), int(patients))


@dataclass(frozen=True)
class PrintedCurve:
    """The printed curve of a comparator without a shared control.

    Parameters
    ----------
    points, at_risk
        Points read off the curve and the numbers at risk, of one arm. Paths or tables, as in `cereblon.curve`.
    events
        Total number of events, where it was published.
    """

    points: GivenTable
    at_risk: GivenTable
    events: int | None = None


Against = PublishedRatio | Responders | PrintedCurve


@dataclass(frozen=True)
class ReadComparator:
    """A comparator as the comparison takes it, what was understood, and what was assumed."""

    comparator: Comparator
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_comparator(
    against: Against, label: str, *, time_unit: str | None, allow_implausible: bool
) -> ReadComparator:
    """Check a comparator; the individuals of a printed curve are rebuilt.

    Raises
    ------
    InputError
        If it is impossible, or a curve has several arms.
    """
    if isinstance(against, PublishedRatio):
        value, low, high = against.value, against.low, against.high
        found = published_ratio(value, low, high, label=label, allow_implausible=allow_implausible)
        said = f"ratio: {value:g}, 95 % interval {low:g} to {high:g}, is {label} over the control"
        return ReadComparator(found, (said,))
    if isinstance(against, Responders):
        problem = find_problem("number of patients", against.patients, lift=LIFT)
        if problem and not allow_implausible:
            raise InputError(f"comparator: {problem}")
        return ReadComparator(ComparatorCount(against.responders, against.patients, label))
    curves = read_points(against.points, time_unit=time_unit, allow_implausible=allow_implausible)
    risks = read_risk_table(against.at_risk, time_unit=time_unit, allow_implausible=allow_implausible)
    if len(curves) != 1 or len(risks) != 1:
        raise InputError(
            f"{name_of(against.points)}: arms {', '.join(curves)}; {name_of(against.at_risk)}: arms "
            f"{', '.join(risks)}; the comparator is one arm",
            hint="one file per arm",
        )
    points, at_risk = next(iter(curves.values())), next(iter(risks.values()))
    built = rebuild(points, at_risk, events=against.events)
    said_of_both = tuple(dict.fromkeys((*points.reading, *at_risk.reading)))
    return ReadComparator(ComparatorTimes(built.month, built.observed, label), said_of_both, built.warnings)


def _numbers(text: str, mark: str, count: int, name: str, form: str) -> list[float]:
    try:
        parts = [float(part) for part in text.split(mark)]
    except ValueError:
        parts = []
    if len(parts) != count or not all(map(math.isfinite, parts)):
        raise ArgumentError(f"{name} is {text!r}; {form} is needed")
    return parts
