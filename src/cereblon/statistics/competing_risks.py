"""Cumulative incidence of competing causes: how many have had which event by when, where one precludes the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.arm_labels import read_groups
from cereblon.statistics.estimate import Estimate, normal_quantile, without_value
from cereblon.statistics.follow_up import Floats, FollowUp, Ints, read_follow_up
from cereblon.statistics.kaplan_meier import check_horizon
from cereblon.statistics.risk_sets import count_at, sum_at_risk


@dataclass(frozen=True, slots=True)
class CumulativeIncidence:
    """Cumulative incidence of each cause at each distinct time of an event.

    Parameters
    ----------
    time
        Increasing.
    causes
        Labels, in sorted order.
    incidence, variance
        From the time on, of shape (cause, time).
    survival
        Free of every cause.
    at_risk
        Just before the time.
    events
        At the time, of shape (cause, time).
    last
        The last time of follow-up.
    n, level
        Subjects, and level of intervals.
    """

    time: Floats
    causes: tuple[Any, ...]
    incidence: Floats
    variance: Floats
    survival: Floats
    at_risk: Floats
    events: Floats
    last: float
    n: int
    level: float

    def at(self, time: float, cause: object) -> Estimate:
        """Estimate the share that has had the event of a cause by a time, as a fraction.

        Returns
        -------
            Interval symmetric in the log of minus the log. Status `beyond_follow_up` when the last subject was
            censored before `time`.

        Raises
        ------
        InputError
            If the time is no number from 0 on, or nobody has the cause.
        """
        check_horizon(time, "time")
        if cause not in self.causes:
            raise unknown_name("cause", str(cause), [str(one) for one in self.causes])
        if not self.n:
            return without_value("no_subjects", 0, self.level)
        place = int(np.searchsorted(self.time, np.asarray(time), side="right")) - 1
        if time > self.last and self.survival[-1] > 0:
            return without_value("beyond_follow_up", self.n, self.level)
        row = self.causes.index(cause)
        value = float(self.incidence[row, place]) if place >= 0 else 0.0
        if not 0 < value < 1:
            return Estimate(value, None, None, self.level, self.n)
        error = float(np.sqrt(self.variance[row, place]))
        spread = np.exp(normal_quantile(self.level) * error / (value * np.log(value)))
        return Estimate(value, float(value ** (1 / spread)), float(value**spread), self.level, self.n)


def aalen_johansen(
    time: ArrayInput,
    cause: ArrayInput,
    *,
    censored: object = 0,
    entry: ArrayInput | None = None,
    level: float = 0.95,
) -> CumulativeIncidence:
    """Estimate the cumulative incidence of competing causes.

    For the hazard of one cause, hand `hazard_ratio`, `log_rank` or `cox_regression` the indicator of that cause: who
    has another is censored then.

    Parameters
    ----------
    time, entry
        As in `kaplan_meier`.
    cause
        Label per subject of what ended its time.
    censored
        The label of nothing, such as 0 or "censored".
    level
        Of intervals.

    Raises
    ------
    InputError
        As in `kaplan_meier`; if a label is missing or nobody had an event.

    Source
    ------
    Aalen and Johansen, Scand J Stat 1978;5:141. Variance of Greenwood's kind, by the derivative of the incidence with
    respect to the hazard at each time.
    """
    normal_quantile(level)
    causes, data, code = read_causes(time, cause, censored, entry=entry)
    times = np.unique(data.time[data.observed])
    at_risk = np.asarray(sum_at_risk(data, times), dtype=np.float64)
    died = np.array([count_at(one, times) for one in _by_cause(data, code, len(causes))], np.float64)
    hazards = died / at_risk
    whole = hazards.sum(axis=0)
    survival = np.cumprod(1.0 - whole)
    before = np.concatenate([[1.0], survival])[:-1]
    incidence = np.cumsum(before * hazards, axis=1)
    variance = np.stack([_variance(*pair, whole, before, at_risk) for pair in zip(incidence, hazards, strict=True)])
    last = float(data.time.max())
    return CumulativeIncidence(
        times, tuple(causes), incidence, variance, survival, at_risk, died, last, data.n, level
    )


def read_causes(
    time: ArrayInput,
    cause: ArrayInput,
    censored: object,
    *,
    entry: ArrayInput | None = None,
    strata: ArrayInput | None = None,
) -> tuple[list[Any], FollowUp, Ints]:
    """Read follow-up with competing causes.

    Returns
    -------
        The causes in sorted order, the follow-up until any of them, and the place of each subject's cause, -1 where
        it is censored.
    """
    count = len(np.asarray(cause, dtype=object))
    labels, code = read_groups(cause, count, "labels of causes")
    causes = [label for label in labels if label != censored]
    if not causes:
        raise InputError("causes: nobody has an event", hint=f"{censored!r} stands for a censored time")
    place = np.array([causes.index(label) if label in causes else -1 for label in labels], np.int64)[code]
    data = read_follow_up(time, place >= 0, entry=entry, strata=strata)
    return causes, data, place


def _by_cause(data: FollowUp, code: Ints, count: int) -> list[FollowUp]:
    return [FollowUp(data.time, code == number) for number in range(count)]


def _variance(incidence: Floats, hazard: Floats, whole: Floats, before: Floats, at_risk: Floats) -> Floats:
    """Add up, over the times so far, the variance of the hazards times the squared slope of the incidence.

    The slope with respect to the hazard of the cause itself is survival before, that with respect to any hazard is
    less what is still to come by the share that survives; what is still to come is a difference, so that its square
    is three sums.
    """
    kept = 1.0 - whole
    ratio = np.divide(whole, kept, out=np.zeros(len(whole)), where=kept > 0) / at_risk
    own = before**2 * hazard * (1 - hazard) / at_risk
    cross = before * hazard / at_risk
    constant = np.cumsum(own + 2 * cross * incidence + ratio * incidence**2)
    linear = np.cumsum(cross + ratio * incidence)
    return np.asarray(np.maximum(constant - 2 * incidence * linear + incidence**2 * np.cumsum(ratio), 0.0))
