"""What an indirect comparison gives: effects with intervals, and the comparator it is made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cereblon.core.bounds import LIFT, find_problem
from cereblon.core.errors import InputError
from cereblon.statistics.estimate import normal_quantile
from cereblon.synthesis.adjustment.covariates import Floats
from cereblon.synthesis.adjustment.patients import PatientData

Outcome = Literal["time", "response"]
_LOPSIDED = 3.0  # rounding to two digits of a ratio of 0.1 makes no more of the two halves of an interval
SCALES: dict[Outcome, str] = {"time": "hazard ratio", "response": "odds ratio"}


@dataclass(frozen=True, slots=True)
class PublishedEffect:
    """An anchor: the published effect of the comparator against the control that both trials share.

    Parameters
    ----------
    log_ratio, error
        Of the hazard or odds ratio, comparator over control.
    label
        Name of the comparator.
    """

    log_ratio: float
    error: float
    label: str = "comparator"


@dataclass(frozen=True, slots=True)
class ComparatorTimes:
    """Individuals of the comparator, rebuilt from its curve, for a comparison without an anchor."""

    month: Floats
    observed: NDArray[np.bool_]
    label: str = "comparator"


@dataclass(frozen=True, slots=True)
class ComparatorCount:
    """Responders of the comparator, for a comparison without an anchor."""

    responders: int
    n: int
    label: str = "comparator"

    def __post_init__(self) -> None:
        if self.responders != int(self.responders) or self.n != int(self.n):
            raise InputError(f"comparator: {self.responders:g} responders of {self.n:g}; whole numbers are needed")
        if not 0 < self.responders < self.n:
            raise InputError(
                f"comparator: {self.responders} responders of {self.n}; somebody must respond and somebody not",
            )

    @property
    def log_odds(self) -> tuple[float, float]:
        """Log odds of a response and their standard error."""
        others = self.n - self.responders
        return float(np.log(self.responders / others)), float(np.sqrt(1 / self.responders + 1 / others))


Comparator = PublishedEffect | ComparatorTimes | ComparatorCount


@dataclass(frozen=True, slots=True)
class AdjustedEffect:
    """One line of the result.

    Parameters
    ----------
    step
        What it is: within the trial, published, indirect; with or without adjustment.
    treatment, versus
        What is compared.
    scale
        hazard ratio or odds ratio.
    value, low, high
        Ratio and interval.
    log_value, error
        On the log scale.
    method
        How value and interval were computed.
    """

    step: str
    treatment: str
    versus: str
    scale: str
    value: float
    low: float
    high: float
    log_value: float
    error: float
    method: str


def effect(
    step: str,
    treatment: str,
    versus: str,
    scale: str,
    log_value: float,
    error: float,
    *,
    level: float,
    method: str,
    drawn: Floats | None = None,
) -> AdjustedEffect:
    """Make a line from a log ratio; the interval is Wald's, or of the quantiles of bootstrap values."""
    half = normal_quantile(level) * error
    ends = (log_value - half, log_value + half)
    if drawn is not None:
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        ends = (float(low), float(high))
    low, high = (float(np.exp(end)) for end in ends)
    return AdjustedEffect(
        step, treatment, versus, scale, float(np.exp(log_value)), low, high, log_value, error, method
    )


def indirect(
    step: str,
    arm: str,
    label: str,
    scale: str,
    own: tuple[float, float],
    anchor: tuple[float, float],
    level: float,
    method: str,
) -> AdjustedEffect:
    """Set an effect against the control beside the published one against the same control (Bucher's method)."""
    error = float(np.hypot(own[1], anchor[1]))
    return effect(step, arm, label, scale, own[0] - anchor[0], error, level=level, method=method)


def published_ratio(
    value: float,
    low: float,
    high: float,
    *,
    label: str = "comparator",
    level: float = 0.95,
    allow_implausible: bool = False,
) -> PublishedEffect:
    """Take a published ratio and its interval as an anchor.

    Parameters
    ----------
    value, low, high
        Of a hazard or odds ratio.
    label
        Name of the comparator.
    level
        Of the interval.
    allow_implausible
        Whether a ratio beyond what any trial has found is accepted.

    Raises
    ------
    InputError
        If the interval is impossible, the ratio is not near its middle, or the ratio is implausible.
    """
    if not 0 < low < value < high:
        raise InputError(
            f"{label}: ratio {value:g} with interval {low:g} to {high:g}; a ratio lies inside its interval, above 0"
        )
    problem = None if allow_implausible else find_problem("hazard ratio", value, lift=LIFT)
    if problem:
        raise InputError(f"{label}: {problem}")
    below, above = float(np.log(value / low)), float(np.log(high / value))
    if max(below, above) > _LOPSIDED * min(below, above) and not allow_implausible:
        raise InputError(
            f"{label}: the ratio {value:g} is not in the middle of its interval {low:g} to {high:g} on the log scale",
            hint="check the three numbers; --allow-implausible accepts them",
        )
    error = float(np.log(high / low)) / (2 * normal_quantile(level))
    return PublishedEffect(float(np.log(value)), error, label)


def pick_arms(
    data: PatientData, comparator: Comparator, arm: str | None, control: str | None
) -> tuple[str, str | None]:
    """Say which arm is compared, and which is the control; with an anchor the data need both.

    Raises
    ------
    InputError
        If the arms cannot be told, or the data have no control for an anchor.
    """
    is_anchored = isinstance(comparator, PublishedEffect)
    for name in (arm, control):
        if name is not None:
            data.only([name])
    if not is_anchored:
        if control is not None:
            raise InputError(
                "a control was named, but the comparator is a single arm",
                hint="give the published ratio against the same control, or leave the control out",
            )
        if arm is None and len(data.arms) > 1:
            raise InputError(
                f"{data.where}: arms {', '.join(data.arms)}; say which one is compared", hint="--arm NAME"
            )
        return arm or data.arms[0], None
    if len(data.arms) < 2:
        raise InputError(
            f"{data.where}: a published ratio anchors a comparison of two arms; the data have {data.arms[0]} only",
            hint="without a common control, give the comparator's curve or responders instead",
        )
    if arm is None or control is None:
        if len(data.arms) > 2 or (arm is None and control is None):
            raise InputError(
                f"{data.where}: arms {', '.join(data.arms)}; say which is the treatment and which the control",
                hint="--arm NAME --control NAME",
            )
        arm = arm or next(name for name in data.arms if name != control)
        control = control or next(name for name in data.arms if name != arm)
    if arm == control:
        raise InputError(f"arm and control are both {arm}")
    return arm, control


def left_out(data: PatientData, kept: PatientData) -> list[str]:
    """Say how many patients of which arms are not compared."""
    return [
        f"{data.where}: arm {name} ({int((data.arm == name).sum())} patients) is not compared"
        for name in data.arms
        if name not in kept.arms
    ]


def outcome_of(data: PatientData, comparator: Comparator, outcome: Outcome | None) -> Outcome:
    """Say which outcome is compared; it follows from the comparator where it can.

    Raises
    ------
    InputError
        If the data do not have it.
    """
    if isinstance(comparator, ComparatorTimes):
        outcome = "time"
    elif isinstance(comparator, ComparatorCount):
        outcome = "response"
    elif outcome is None:
        outcome = "time" if data.observed is not None else "response"
    if outcome == "time" and data.observed is None:
        raise InputError(
            f"{data.where}: there is no time to an event", hint="give the columns month (or another time) and event"
        )
    if outcome == "response" and data.response is None:
        raise InputError(f"{data.where}: there is no response", hint="give the column response, yes or no")
    return outcome
