"""Effect sizes of single trials from what publications print: ratios with intervals, or counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.measure import BoolArray, FloatArray, Measure, quantile

CountMeasure = Literal["log_or", "log_rr", "risk_difference"]
ArmMeasure = CountMeasure | Literal["log_irr"]
CorrectionRule = Literal["constant", "opposite-arm"]


@dataclass(frozen=True)
class EffectSizes:
    """Effects of several trials on one scale.

    Attributes
    ----------
    measure
        The scale of `effect`.
    effect, se
        One per trial; not a number where the trial tells nothing about the effect.
    corrected
        True where a continuity correction was added because a cell is zero.
    informative
        False where both arms have no event, or for odds ratios only events.
    """

    measure: Measure
    effect: FloatArray
    se: FloatArray
    corrected: BoolArray
    informative: BoolArray


@dataclass(frozen=True)
class LogRatio:
    """A log ratio with its standard error, taken from a printed ratio and interval.

    Attributes
    ----------
    effect, se
        On the log scale.
    off_centre
        Distance of the printed ratio from the middle of its interval, in standard errors; far from 0 when the
        interval was not made on the log scale, or a limit is misprinted.
    """

    effect: float
    se: float
    off_centre: float


def log_ratio(ratio: float, ci_low: float, ci_high: float, level: float = 0.95) -> LogRatio:
    """Turn a ratio (hazard, odds, risk) with its interval into a log ratio with standard error.

    The interval is taken as symmetric on the log scale; the standard error is its width over two normal quantiles.

    Parameters
    ----------
    ratio
        As printed, positive.
    ci_low, ci_high
        Limits, positive, around the ratio.
    level
        Probability inside the interval, between 0 and 1.

    Raises
    ------
    InputError
        If a number is not positive, the limits are not in order, or the ratio is outside them.

    Source
    ------
    Parmar, Torri and Stewart, Statistics in Medicine 1998; 17: 2815-2834, section 3 (variance from an interval).
    """
    numbers = {"ratio": ratio, "ci_low": ci_low, "ci_high": ci_high}
    wrong = [
        f"{name} {value:g} is not a positive number" for name, value in numbers.items() if not 0 < value < np.inf
    ]
    if not wrong and not ci_low < ci_high:
        wrong.append(f"ci_low {ci_low:g} is not below ci_high {ci_high:g}")
    if not wrong and not ci_low <= ratio <= ci_high:
        wrong.append(f"the ratio {ratio:g} is outside its interval {ci_low:g} to {ci_high:g}")
    if wrong:
        raise InputError(
            "; ".join(wrong), hint="ratios and limits are not logarithms: a hazard ratio of 0.7, not -0.36"
        )
    se = float(np.log(ci_high / ci_low) / (2.0 * quantile(level)))
    effect = float(np.log(ratio))
    return LogRatio(effect, se, (effect - 0.5 * float(np.log(ci_low * ci_high))) / se)


def checked_counts(*pairs: tuple[ArrayLike, ArrayLike]) -> list[tuple[FloatArray, FloatArray]]:
    """Return events and patients per arm as arrays of one length; refuse impossible counts."""
    arms = []
    for arm, (events, patients) in enumerate(pairs, start=1):
        e, n = np.atleast_1d(np.asarray(events, float)), np.atleast_1d(np.asarray(patients, float))
        for trial, (x, size) in enumerate(zip(e, n, strict=True)):
            if not (np.isfinite(x) and np.isfinite(size) and 0 <= x <= size and size > 0):
                raise InputError(
                    f"trial {trial}, arm {arm}: {x:g} events in {size:g} patients is not possible",
                    hint="events run from 0 to the number of patients, and an arm has at least one patient",
                )
        arms.append((e, n))
    if len({e.size for e, _ in arms}) != 1:
        raise InputError("the arms list different numbers of trials")
    return arms


def _additions(
    n1: FloatArray, n2: FloatArray, zero: BoolArray, correction: float, rule: CorrectionRule
) -> tuple[FloatArray, FloatArray]:
    """Give what is added to events and to non-events of either arm where a cell is zero."""
    if correction < 0:
        raise InputError(f"correction {correction:g} is negative", hint="0.5 is usual; 0 adds nothing")
    if rule == "constant":
        return np.where(zero, correction, 0.0), np.where(zero, correction, 0.0)
    # Sweeting 2004: the additions of the two arms sum to twice the constant, in proportion to the other arm's size.
    return np.where(zero, 2 * correction * n1 / (n1 + n2), 0.0), np.where(zero, 2 * correction * n2 / (n1 + n2), 0.0)


def effect_from_counts(
    events1: ArrayLike,
    n1: ArrayLike,
    events2: ArrayLike,
    n2: ArrayLike,
    measure: CountMeasure = "log_or",
    *,
    correction: float = 0.5,
    rule: CorrectionRule = "constant",
) -> EffectSizes:
    """Compute log odds ratios, log risk ratios or risk differences of arm 1 against arm 2.

    Where a cell of a trial's 2 x 2 table is zero, and only there, the correction is added to all four cells. A trial
    without any event (for odds ratios also one with events only) gives neither direction nor size of a ratio: it is
    marked not informative and keeps no effect. A risk difference is defined there, and kept.

    Parameters
    ----------
    events1, n1
        Events and patients in the arm above the line.
    events2, n2
        Events and patients in the arm below the line.
    measure
        Scale of the effect.
    correction
        Events added per cell of a trial with a zero cell.
    rule
        `constant`, or `opposite-arm`: the arms share twice the correction, each in proportion to its own size, so
        that the correction itself favours neither arm.

    Raises
    ------
    InputError
        If counts are impossible, or a zero cell meets a correction of 0.

    Source
    ------
    Constant correction: Gart and Zweifel 1967, as in R metafor `escalc(to="only0")`. Opposite arm: Sweeting, Sutton
    and Lambert, Statistics in Medicine 2004; 23: 1351-1375.
    """
    (a, size1), (c, size2) = checked_counts((events1, n1), (events2, n2))
    zero = (a == 0) | (c == 0) | (a == size1) | (c == size2)
    empty = (a == 0) & (c == 0)
    full = (a == size1) & (c == size2)
    if measure == "risk_difference":
        informative = np.ones(a.shape, bool)
    else:
        informative = ~(empty | full) if measure == "log_or" else ~empty
    if correction == 0 and bool(np.any(zero & informative)):
        raise InputError(
            "a trial has a zero cell and the correction is 0", hint="set correction=0.5, or pool by Peto"
        )
    add1, add2 = _additions(size1, size2, zero, correction, rule)
    a, b, c, d = a + add1, size1 - a + add1, c + add2, size2 - c + add2
    size1, size2 = a + b, c + d
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "log_or":
            effect, variance = np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
        elif measure == "log_rr":
            effect, variance = np.log(a / size1) - np.log(c / size2), 1 / a - 1 / size1 + 1 / c - 1 / size2
        else:
            effect, variance = a / size1 - c / size2, a * b / size1**3 + c * d / size2**3
    effect, se = np.where(informative, effect, np.nan), np.sqrt(np.where(informative, variance, np.nan))
    return EffectSizes(measure, effect, se, zero & informative, informative)


def peto_log_odds_ratio(events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike) -> EffectSizes:
    """Compute Peto's one-step log odds ratios, which need no correction for a zero in one arm.

    Good for rare events, arms of similar size and small effects; biased otherwise.

    Returns
    -------
        With (observed - expected) / V as effect and 1 / sqrt(V) as standard error, V the hypergeometric variance.

    Source
    ------
    Yusuf, Peto, Lewis, Collins and Sleight, Progress in Cardiovascular Diseases 1985; 27: 335-371, appendix.
    """
    (a, size1), (c, size2) = checked_counts((events1, n1), (events2, n2))
    total, events = size1 + size2, a + c
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = size1 * size2 * events * (total - events) / (total**2 * (total - 1))
        informative = variance > 0
        effect = np.where(informative, (a - size1 * events / total) / variance, np.nan)
        se = np.where(informative, 1 / np.sqrt(variance), np.nan)
    return EffectSizes("log_or", effect, se, np.zeros(a.shape, bool), informative)


def logit_proportion(events: ArrayLike, n: ArrayLike, *, correction: float = 0.5) -> EffectSizes:
    """Compute the log odds of one proportion per trial (single arms).

    Where nobody or everybody has the event, the correction is added to events and to non-events.

    Raises
    ------
    InputError
        If counts are impossible, or nobody or everybody has the event and the correction is 0.
    """
    ((x, size),) = checked_counts((events, n))
    zero = (x == 0) | (x == size)
    if bool(zero.any()) and correction <= 0:
        raise InputError("a trial has no event, or only events, and the correction is not positive")
    x, rest = x + np.where(zero, correction, 0.0), size - x + np.where(zero, correction, 0.0)
    return EffectSizes("logit", np.log(x / rest), np.sqrt(1 / x + 1 / rest), zero, np.ones(x.shape, bool))
