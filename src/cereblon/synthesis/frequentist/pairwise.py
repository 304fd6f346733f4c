"""Pairwise meta-analysis: one effect per trial, pooled with fixed or random effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError, unknown_name
from cereblon.synthesis.frequentist.contrast_model import ContrastModel, build_model, fit
from cereblon.synthesis.frequentist.heterogeneity import (
    Heterogeneity,
    Synthesis,
    check_synthesis,
    check_tau2_method,
    describe_heterogeneity,
    usable_model,
)
from cereblon.synthesis.frequentist.measure import (
    FloatArray,
    Interval,
    Measure,
    Row,
    check_level,
    check_measure,
    interval_columns,
    quantile,
    two_sided_p,
)

PredictionDf = Literal["k-2", "k-1", "normal"]
_ONE_TRIAL = "one trial only: the variance between trials cannot be estimated, the fixed-effect result is shown"


@dataclass(frozen=True)
class PairwiseResult:
    """A pooled effect with everything a forest plot shows.

    Attributes
    ----------
    measure, model, interval
        Scale of pooling; fixed or random; how the interval of the pooled effect was made.
    studies, study_effect, study_se
        The input.
    weight
        Share of each trial in the pooled effect; the shares sum to 1.
    effect, se, low, high, level, p
        Pooled effect on the scale of pooling.
    tau2
        Variance between trials used in the weights: 0 for fixed effects.
    i2_from_tau2
        tau2 / (tau2 + typical sampling variance), 0 to 1, as R metafor prints I2; None for fixed effects.
    prediction_low, prediction_high
        Where the true effect of a further trial is expected; None for fixed effects or too few trials.
    heterogeneity
        Q, I2, tau2 with its interval.
    notes
        What was done other than asked, in words.
    """

    measure: Measure
    model: Synthesis
    interval: Interval
    studies: tuple[str, ...]
    study_effect: FloatArray
    study_se: FloatArray
    weight: FloatArray
    effect: float
    se: float
    low: float
    high: float
    level: float
    p: float
    tau2: float
    i2_from_tau2: float | None
    prediction_low: float | None
    prediction_high: float | None
    heterogeneity: Heterogeneity
    notes: tuple[str, ...]

    def to_rows(self) -> list[Row]:
        """Give one row per trial, then `pooled`, then `prediction` where there is one."""
        z, rows = quantile(self.level), list[Row]()
        for study, y, s, w in zip(self.studies, self.study_effect, self.study_se, self.weight, strict=True):
            shown = interval_columns(self.measure, float(y), float(s), float(y - z * s), float(y + z * s), self.level)
            rows.append({"row": "study", "study": study} | shown | {"weight": float(w)})
        pooled = interval_columns(self.measure, self.effect, self.se, self.low, self.high, self.level)
        rows.append({"row": "pooled", "study": ""} | pooled | {"weight": 1.0})
        if self.prediction_low is not None and self.prediction_high is not None:
            expected = interval_columns(
                self.measure, self.effect, self.se, self.prediction_low, self.prediction_high, self.level
            )
            rows.append({"row": "prediction", "study": ""} | expected | {"weight": None})
        return rows


def one_effect_model(effect: ArrayLike, se: ArrayLike, design: FloatArray | None = None) -> ContrastModel:
    """Make the model of independent two-arm trials; by default all estimate one effect.

    Raises
    ------
    InputError
        If there is no trial, lengths differ, an effect is not finite, or a standard error is not positive and finite.
    """
    y, s = np.atleast_1d(np.asarray(effect, float)), np.atleast_1d(np.asarray(se, float))
    if y.ndim != 1 or y.shape != s.shape or y.size == 0:
        raise InputError(f"effects {y.shape} and standard errors {s.shape} need one number per trial, at least one")
    wrong = [
        f"trial {i}: effect {a:g}, standard error {b:g}"
        for i, (a, b) in enumerate(zip(y, s, strict=True))
        if not (np.isfinite(a) and np.isfinite(b) and b > 0)
    ]
    if wrong:
        raise InputError("\n".join(wrong), hint="effects are finite and standard errors positive")
    x = np.ones((y.size, 1)) if design is None else design
    return build_model([y[i : i + 1] for i in range(y.size)], [np.array([[v * v]]) for v in s], x)


def _typical_variance(se: FloatArray) -> float:
    """Give the sampling variance of a typical trial (Higgins and Thompson 2002, equation 9)."""
    w = 1.0 / se**2
    return float((se.size - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum()))


def _prediction_ends(
    estimate: float, se: float, tau2: float, k: int, prediction: PredictionDf, level: float
) -> tuple[float | None, float | None]:
    """Give the prediction interval; None and None when there are too few trials for its degrees of freedom."""
    df = None if prediction == "normal" else float(k - 2 if prediction == "k-2" else k - 1)
    if df is not None and df <= 0:
        return None, None
    reach = quantile(level, df) * float(np.sqrt(se**2 + tau2))
    return estimate - reach, estimate + reach


def _check_choices(interval: str, prediction: str) -> None:
    if interval not in get_args(Interval):
        raise unknown_name("interval", interval, get_args(Interval))
    if prediction not in get_args(PredictionDf):
        raise unknown_name("prediction", prediction, get_args(PredictionDf))


def _study_names(studies: Sequence[str] | None, k: int) -> tuple[str, ...]:
    names = tuple(str(i + 1) for i in range(k)) if studies is None else tuple(studies)
    if len(names) != k:
        raise InputError(f"{len(names)} study names for {k} effects")
    return names


def _pooled(data: ContrastModel, tau2: float, interval: Interval) -> tuple[float, float, float | None]:
    """Give the pooled effect, its standard error, and the degrees of freedom of its interval (None: normal)."""
    fitted, df = fit(data, tau2), None
    estimate, error = float(fitted.coefficients[0]), float(np.sqrt(fitted.covariance[0, 0]))
    if interval != "wald":
        df = float(data.y.size - 1)
        factor = fitted.q / df
        error *= float(np.sqrt(max(1.0, factor) if interval == "hartung-knapp-adhoc" else factor))
    return estimate, error, df


def pool(
    effect: ArrayLike,
    se: ArrayLike,
    *,
    studies: Sequence[str] | None = None,
    measure: str = "difference",
    model: str = "random",
    tau2_method: str = "REML",
    interval: Interval = "wald",
    prediction: PredictionDf = "k-2",
    level: float = 0.95,
) -> PairwiseResult:
    """Pool one effect per trial.

    Parameters
    ----------
    effect, se
        Per trial, on the scale of `measure` (log hazard ratios, not hazard ratios).
    studies
        Names; numbers from 1 when not given.
    measure
        One of `MEASURES`; decides how results are shown.
    model
        `fixed` (one true effect, inverse variance) or `random`.
    tau2_method
        DL, PM or REML.
    interval
        `wald`; `hartung-knapp` (t with k - 1 degrees of freedom and a variance estimated from the spread of effects);
        `hartung-knapp-adhoc` (the same, but never narrower than without the variance correction).
    prediction
        Degrees of freedom of the prediction interval: `k-2` (Higgins, Thompson and Spiegelhalter 2009), `k-1`, or
        `normal`.
    level
        Level of all intervals.

    Raises
    ------
    InputError
        If a number is impossible, a name unknown, or Hartung-Knapp asked for fixed effects or a single trial.

    Source
    ------
    Knapp and Hartung, Statistics in Medicine 2003; 22: 2693-2710. Higgins, Thompson and Spiegelhalter, JRSS A 2009;
    172: 137-159.
    """
    scale, asked, method = check_measure(measure), check_synthesis(model), check_tau2_method(tau2_method)
    check_level(level)
    _check_choices(interval, prediction)
    data = one_effect_model(effect, se)
    y, s, k = data.y, np.sqrt(data.blocks[0].covariance[:, 0, 0]), data.y.size
    names = _study_names(studies, k)
    if interval != "wald" and (asked == "fixed" or k == 1):
        raise InputError("Hartung-Knapp needs random effects and at least two trials", hint="use interval='wald'")
    heterogeneity = describe_heterogeneity(data, method, level)
    used, tau2 = usable_model(asked, heterogeneity)
    estimate, error, df = _pooled(data, tau2, interval)
    half, weight = quantile(level, df) * error, 1.0 / (s**2 + tau2)
    random = used == "random"
    ends = _prediction_ends(estimate, error, tau2, k, prediction, level) if random else (None, None)
    return PairwiseResult(
        measure=scale,
        model=used,
        interval=interval,
        studies=names,
        study_effect=y,
        study_se=s,
        weight=weight / weight.sum(),
        effect=estimate,
        se=error,
        low=estimate - half,
        high=estimate + half,
        level=level,
        p=two_sided_p(estimate / error, df) if error > 0 else float(estimate == 0.0),
        tau2=tau2,
        i2_from_tau2=tau2 / (tau2 + _typical_variance(s)) if random else None,
        prediction_low=ends[0],
        prediction_high=ends[1],
        heterogeneity=heterogeneity,
        notes=() if used == asked else (_ONE_TRIAL,),
    )
