"""How patients come into a trial: so many a month, in a ramp or month by month."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.number_arrays import ArrayInput

if TYPE_CHECKING:  # every look-up loads this module, and none computes survival
    from cereblon.statistics.follow_up import Floats

_NO_RAMP = 1e-6  # months


@dataclass(frozen=True, slots=True)
class Accrual:
    """Patients expected by month, as straight lines of their rate.

    Parameters
    ----------
    month
        Months at which the rate turns, rising from 0.
    rate
        Patients per month at each; between them the rate is straight, after the last it stays. Two equal months make
        a step.

    Raises
    ------
    InputError
        If months fall, or the last rate enrols nobody.
    """

    month: tuple[float, ...]
    rate: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.month[0] != 0.0 or any(b < a for a, b in pairwise(self.month)):
            raise InputError(f"accrual: months must rise from 0, got {list(self.month)}")
        if min(self.rate) < 0.0 or self.rate[-1] <= 0.0:
            raise InputError(f"accrual: {self.rate[-1]:g} patients a month in the end enrol nobody")

    def expected(self, month: ArrayInput) -> Floats:
        """Give the patients expected up to a month."""
        when = np.asarray(month, dtype=np.float64)
        place = np.clip(np.searchsorted(self.month, when, side="right") - 1, 0, None)
        since = np.maximum(when, 0.0) - np.asarray(self.month)[place]
        rate = np.asarray(self.rate)[place] + self._slope()[place] * since / 2.0
        return np.asarray(self._until()[place] + since * rate, dtype=np.float64)

    def month_of(self, patients: ArrayInput) -> Floats:
        """Give the month in which so many patients are expected to be there: the inverse of `expected`."""
        wanted = np.asarray(patients, dtype=np.float64)
        until = self._until()
        place = np.clip(np.searchsorted(until, wanted, side="right") - 1, 0, None)
        left = wanted - until[place]
        rate, slope = np.asarray(self.rate)[place], self._slope()[place]
        # The root of rate**2 + 2 slope left, without squares: those of huge and of tiny rates are no numbers.
        bend = np.sqrt(2.0 * np.abs(slope) * np.maximum(left, 0.0))
        falling = np.sqrt(np.maximum(rate - bend, 0.0)) * np.sqrt(rate + bend)
        both = rate + np.where(slope < 0.0, falling, np.hypot(rate, bend))
        # Of the two forms of the root of a quadratic this one holds for a slope of 0 too.
        since: Floats = np.divide(2.0 * left, both, out=np.zeros_like(both), where=(left > 0.0) & (both > 0.0))
        return np.asarray(self.month)[place] + since

    def _until(self) -> Floats:
        """Give the patients expected up to each turn."""
        length, rate = np.diff(self.month), np.asarray(self.rate)
        return np.concatenate([[0.0], np.cumsum(length * (rate[:-1] + rate[1:]) / 2.0)])

    def _slope(self) -> Floats:
        length, rise = np.diff(self.month), np.diff(self.rate)
        return np.append(np.divide(rise, length, out=np.zeros(len(length)), where=length > 0), 0.0)


def steady(per_month: float, *, ramp_months: float = 0.0) -> Accrual:
    """Enrol so many a month, after a ramp in which the rate rises evenly from nothing."""
    if ramp_months < _NO_RAMP:
        return Accrual((0.0,), (per_month,))
    return Accrual((0.0, ramp_months), (0.0, per_month))


def monthly(per_month: tuple[float, ...]) -> Accrual:
    """Enrol so many in each month; the last number goes on."""
    months = [0.0]
    rates = [per_month[0]]
    for place, (before, after) in enumerate(pairwise(per_month), start=1):
        months += [float(place), float(place)]
        rates += [before, after]
    return Accrual(tuple(months), tuple(rates))
