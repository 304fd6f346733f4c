"""Pooling of rare events without a correction for zero cells: Mantel-Haenszel and Peto."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.effect_sizes import CountMeasure, checked_counts, peto_log_odds_ratio
from cereblon.synthesis.frequentist.measure import FloatArray, Measure, Row, interval_columns, quantile, two_sided_p


@dataclass(frozen=True)
class RareEventPool:
    """A pooled effect of count data.

    Attributes
    ----------
    method
        Mantel-Haenszel or Peto.
    measure, effect, se
        Scale, pooled effect and its standard error.
    low, high, level
        Interval on the same scale.
    p
        Two-sided, normal.
    trials_used, trials_empty
        Trials that contribute, and trials without events (or only events) in both arms, which cannot.
    """

    method: Literal["Mantel-Haenszel", "Peto"]
    measure: Measure
    effect: float
    se: float
    low: float
    high: float
    level: float
    p: float
    trials_used: int
    trials_empty: int

    def to_rows(self) -> list[Row]:
        """Give the result as one table row, ratio scales back-transformed."""
        row: Row = {"method": self.method, "trials": self.trials_used, "trials_empty": self.trials_empty}
        shown = interval_columns(self.measure, self.effect, self.se, self.low, self.high, self.level)
        return [row | shown | {"p": self.p}]


def _pooled(
    method: Literal["Mantel-Haenszel", "Peto"],
    measure: Measure,
    effect: float,
    se: float,
    level: float,
    used: int,
    empty: int,
) -> RareEventPool:
    if not se > 0:
        raise InputError(f"the {method} estimate has no standard error: nobody, or everybody, has the event")
    half = quantile(level) * se
    return RareEventPool(
        method, measure, effect, se, effect - half, effect + half, level, two_sided_p(effect / se), used, empty
    )


def _mh_log_or(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> tuple[float, float]:
    total = a + b + c + d
    r, s = a * d / total, b * c / total
    p, q = (a + d) / total, (b + c) / total
    big_r, big_s = float(r.sum()), float(s.sum())
    if not (big_r > 0 and big_s > 0):
        raise InputError(
            "the Mantel-Haenszel odds ratio is 0 or infinite: one arm has no event in any trial",
            hint="use Peto's method, or risk differences",
        )
    # Robins, Breslow and Greenland, Biometrics 1986; 42: 311-323
    variance = (
        (p * r).sum() / (2 * big_r**2) + (p * s + q * r).sum() / (2 * big_r * big_s) + (q * s).sum() / (2 * big_s**2)
    )
    return float(np.log(big_r / big_s)), float(np.sqrt(variance))


def _mh_log_rr(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> tuple[float, float]:
    n1, n2 = a + b, c + d
    total = n1 + n2
    r, s = float((a * n2 / total).sum()), float((c * n1 / total).sum())
    if not (r > 0 and s > 0):
        raise InputError(
            "the Mantel-Haenszel risk ratio is 0 or infinite: one arm has no event in any trial",
            hint="use Peto's method, or risk differences",
        )
    # Greenland and Robins, Biometrics 1985; 41: 55-68
    variance = ((n1 * n2 * (a + c) - a * c * total) / total**2).sum() / (r * s)
    return float(np.log(r / s)), float(np.sqrt(variance))


def _mh_rd(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> tuple[float, float]:
    n1, n2 = a + b, c + d
    total = n1 + n2
    weight = float((n1 * n2 / total).sum())
    effect = float(((a * n2 - c * n1) / total).sum()) / weight
    # Sato, Biometrics 1989; 45: 1323-1324
    p = ((n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / total**2).sum()
    q = ((a * d + c * b) / (2 * total)).sum()
    return effect, float(np.sqrt((effect * p + q) / weight**2))


def mantel_haenszel(
    events1: ArrayLike,
    n1: ArrayLike,
    events2: ArrayLike,
    n2: ArrayLike,
    measure: CountMeasure = "log_or",
    *,
    level: float = 0.95,
) -> RareEventPool:
    """Pool counts by Mantel and Haenszel (fixed effect), without correcting zero cells.

    Parameters
    ----------
    events1, n1, events2, n2
        Events and patients of the arm above and below the line, one number per trial.
    measure
        Log odds ratio, log risk ratio or risk difference.
    level
        Level of the interval.

    Raises
    ------
    InputError
        If counts are impossible, or an arm has no event at all (ratios).
    """
    (a, size1), (c, size2) = checked_counts((events1, n1), (events2, n2))
    b, d = size1 - a, size2 - c
    pool = {"log_or": _mh_log_or, "log_rr": _mh_log_rr, "risk_difference": _mh_rd}[measure]
    effect, se = pool(a, b, c, d)
    silent = ((a + c) == 0) | (((b + d) == 0) & (measure == "log_or"))
    empty = 0 if measure == "risk_difference" else int(silent.sum())
    return _pooled("Mantel-Haenszel", measure, effect, se, level, a.size - empty, empty)


def peto(
    events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike, *, level: float = 0.95
) -> RareEventPool:
    """Pool odds ratios by Peto's method (fixed effect), for rare events and arms of similar size.

    Raises
    ------
    InputError
        If counts are impossible, or no trial has an event.
    """
    trials = peto_log_odds_ratio(events1, n1, events2, n2)
    used = trials.informative
    if not bool(used.any()):
        raise InputError("no trial has an event in either arm", hint="only a risk difference can be given")
    weight = 1 / trials.se[used] ** 2
    effect = float((weight * trials.effect[used]).sum() / weight.sum())
    se = float(1 / np.sqrt(weight.sum()))
    return _pooled("Peto", "log_or", effect, se, level, int(used.sum()), int((~used).sum()))
