"""Scales on which effects are pooled, and how they are shown."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError, unknown_name
from cereblon.statistics.distributions import normal_tail, student_quantile, student_tail
from cereblon.statistics.estimate import normal_quantile

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Row = dict[str, str | int | float | None]

Measure = Literal["log_hr", "log_or", "log_rr", "log_irr", "risk_difference", "logit", "difference"]
Interval = Literal["wald", "hartung-knapp", "hartung-knapp-adhoc"]
MEASURES: tuple[Measure, ...] = get_args(Measure)

_SHOWN_AS: dict[Measure, str] = {
    "log_hr": "hazard ratio",
    "log_or": "odds ratio",
    "log_rr": "risk ratio",
    "log_irr": "rate ratio",
    "risk_difference": "risk difference",
    "logit": "proportion",
    "difference": "difference",
}


def check_measure(measure: str) -> Measure:
    """Return the measure, typed.

    Raises
    ------
    UnknownNameError
        If it is none of `MEASURES`.
    """
    for known in MEASURES:
        if measure == known:
            return known
    raise unknown_name("measure", measure, MEASURES)


def shown_as(measure: Measure) -> str:
    """Name what a back-transformed value is, e.g. hazard ratio."""
    return _SHOWN_AS[measure]


def is_ratio(measure: Measure) -> bool:
    """Tell whether the measure is the logarithm of a ratio, with no difference at 1 on the natural scale."""
    return measure.startswith("log_")


def back_transform(measure: Measure, effect: float) -> float:
    """Bring an effect from the scale of pooling to the scale a reader knows.

    Parameters
    ----------
    measure
        The scale of pooling.
    effect
        On that scale.

    Returns
    -------
        A ratio for a log ratio, a proportion between 0 and 1 for a logit, otherwise the effect itself.
    """
    if is_ratio(measure):
        return float(np.exp(effect))
    if measure == "logit":
        return float(1.0 / (1.0 + np.exp(-effect)))
    return float(effect)


def check_level(level: float) -> float:
    """Return the level of an interval.

    Raises
    ------
    InputError
        If it is not between 0 and 1, both excluded, or under 0.5, which is the error that an interval allows.
    """
    if not 0.0 < level < 1.0:
        hint = f"write {level / 100:g} for {level:g} %" if 1.0 < level < 100.0 else "e.g. 0.95"
        raise InputError(f"level {level:g} is outside 0 to 1", hint=hint)
    if level < 0.5:
        raise InputError(
            f"level {level:g} is the probability inside the interval; under 0.5 nobody asks for it",
            hint=f"for an error of {level:g} write {1 - level:g}",
        )
    return level


def quantile(level: float, df: float | None = None) -> float:
    """Give the half width of a central interval in standard errors.

    Parameters
    ----------
    level
        Probability inside the interval, between 0 and 1.
    df
        Degrees of freedom of Student's t; None for the normal distribution.
    """
    check_level(level)
    return normal_quantile(level) if df is None else student_quantile(0.5 + level / 2.0, df)


def two_sided_p(statistic: float, df: float | None = None) -> float:
    """Give the two-sided p value of a standardised statistic, normal or (with `df`) Student's t."""
    return 2.0 * (normal_tail(abs(statistic)) if df is None else student_tail(abs(statistic), df))


def interval_columns(measure: Measure, effect: float, se: float, low: float, high: float, level: float) -> Row:
    """Lay out one effect for a table: pooled scale (`effect`, `se`) and natural scale (`value`, `low`, `high`)."""
    return {
        "effect": effect,
        "se": se,
        "value": back_transform(measure, effect),
        "low": back_transform(measure, low),
        "high": back_transform(measure, high),
        "unit": shown_as(measure),
        "level": level,
    }
