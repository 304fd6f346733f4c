"""Simulated treatment comparison: a regression of the outcome, read at the other trial's baseline.

Two readings are given. The plug-in one puts the published means into the regression: a conditional effect at the mean
patient. For a response the other one averages predictions over patients drawn with the published baseline
(g-computation): a marginal effect, which is what the published ratio and a matching-adjusted comparison are about.
Odds and hazard ratios do not collapse, so the two differ even without confounding.

Source
------
Caro and Ishak, Pharmacoeconomics 2010;28:957; Ishak, Proskorovsky and Benedict, Pharmacoeconomics 2015;33:537;
Remiro-Azocar, Heath and Baio, Res Synth Methods 2022;13:716 (g-computation). Recalled from the texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.follow_up import FollowUp
from cereblon.statistics.proportions import weighted_log_odds
from cereblon.statistics.resampling import resample_subjects
from cereblon.synthesis.adjustment.comparison import (
    SCALES,
    AdjustedEffect,
    Comparator,
    ComparatorCount,
    ComparatorTimes,
    Outcome,
    PublishedEffect,
    effect,
    indirect,
    left_out,
    outcome_of,
    pick_arms,
)
from cereblon.synthesis.adjustment.covariates import Floats
from cereblon.synthesis.adjustment.maic import UNANCHORED, AdjustedComparison
from cereblon.synthesis.adjustment.patients import PatientData
from cereblon.synthesis.adjustment.targets import AdjustmentTarget
from cereblon.synthesis.adjustment.weighted_outcomes import adjusted_log_hazard_ratio, weighted_log_hazard_ratio

_DRAWN = 4000  # drawn with the published baseline; their noise is far below that of a trial


def simulated_treatment_comparison(
    data: PatientData,
    targets: Sequence[AdjustmentTarget],
    comparator: Comparator,
    *,
    arm: str | None = None,
    control: str | None = None,
    outcome: Outcome | None = None,
    replicates: int = 500,
    level: float = 0.95,
    seed: int = 1,
) -> AdjustedComparison:
    """Compare an arm with that of another trial by regression.

    Parameters
    ----------
    data, targets, comparator, arm, control, outcome, level
        As in `matching_adjusted_comparison`. Every matched covariate is prognostic and, in an anchored comparison, an
        effect modifier.
    replicates, seed
        Of the bootstrap behind the g-computation.

    Raises
    ------
    InputError
        If arms or outcome do not fit the comparator, or the comparator is a curve: a single regression has then no
        hazard ratio to set against it.
    """
    if isinstance(comparator, ComparatorTimes):
        raise InputError(
            "a simulated treatment comparison with the curve of a single arm is not offered",
            hint="use --method maic, or give the published hazard ratio against a common control",
        )
    arm, control = pick_arms(data, comparator, arm, control)
    outcome = outcome_of(data, comparator, outcome)
    everybody, data = data, data.only([arm] if control is None else [arm, control]).in_order()
    x, notes = _centred(data, targets)
    notes = [*left_out(everybody, data), *notes]
    in_arm = (data.arm == arm).astype(np.float64)
    scale, label = SCALES[outcome], comparator.label
    if isinstance(comparator, ComparatorCount):
        effects = _unanchored(data, targets, comparator, x, arm, replicates, level, seed)
        return AdjustedComparison("STC", False, effects, None, tuple(notes), (UNANCHORED,))
    assert isinstance(comparator, PublishedEffect) and control is not None  # nothing else is left
    anchor = (comparator.log_ratio, comparator.error)
    design = np.column_stack([in_arm, x, x * in_arm[:, None]])
    if outcome == "time":
        assert data.month is not None and data.observed is not None
        plain = weighted_log_hazard_ratio(data.month, data.observed, in_arm == 1, np.ones(data.n))
        adjusted = adjusted_log_hazard_ratio(FollowUp(data.month, data.observed), design)
        readings = [("adjusted", adjusted, "Cox regression, at the mean patient")]
        notes.append("the hazard ratio is conditional: at the mean of the covariates, not averaged over patients")
    else:
        assert data.response is not None
        own, other = (
            weighted_log_odds(data.response[in_arm == k], np.ones(int((in_arm == k).sum()))) for k in (1, 0)
        )
        plain = (own[0] - other[0], float(np.hypot(own[1], other[1])))
        beta, covariance = _logistic(np.column_stack([np.ones(data.n), design]), data.response)
        conditional = (float(beta[1]), float(np.sqrt(covariance[1, 1])))
        drawn = _standardised(data, targets, arm, replicates, seed)
        marginal = (float(drawn[0]), float(drawn[1:].std(ddof=1)))
        readings = [
            ("adjusted, at the mean patient", conditional, "logistic regression, conditional"),
            ("adjusted", marginal, f"logistic regression, g-computation, bootstrap error of {replicates}"),
        ]
    lines = [effect("within the trial, unadjusted", arm, control, scale, *plain, level=level, method="Wald interval")]
    for step, own, method in readings:
        lines.append(effect(f"within the trial, {step}", arm, control, scale, *own, level=level, method=method))
    lines.append(effect("published", label, control, scale, *anchor, level=level, method="as published"))
    lines.append(indirect("indirect, unadjusted", arm, label, scale, plain, anchor, level, "Bucher"))
    for step, own, method in readings:
        lines.append(indirect(f"indirect, {step}", arm, label, scale, own, anchor, level, f"Bucher, {method}"))
    return AdjustedComparison("STC", True, tuple(lines), None, tuple(notes), ())


def _unanchored(
    data: PatientData,
    targets: Sequence[AdjustmentTarget],
    comparator: ComparatorCount,
    x: Floats,
    arm: str,
    replicates: int,
    level: float,
    seed: int,
) -> tuple[AdjustedEffect, ...]:
    """Set the predicted response of one arm beside the published one of another."""
    assert data.response is not None
    plain = weighted_log_odds(data.response, np.ones(data.n))
    other = comparator.log_odds
    beta, covariance = _logistic(np.column_stack([np.ones(data.n), x]), data.response)
    plug_in = (float(beta[0]), float(np.sqrt(covariance[0, 0])))
    drawn = _standardised(data, targets, None, replicates, seed)
    marginal = (float(drawn[0]), float(drawn[1:].std(ddof=1)))
    scale = SCALES["response"]
    return tuple(
        indirect(step, arm, comparator.label, scale, own, other, level, method)
        for step, own, method in (
            ("unadjusted", plain, "Wald interval"),
            ("adjusted, at the mean patient", plug_in, "logistic regression, conditional"),
            ("adjusted", marginal, f"logistic regression, g-computation, bootstrap error of {replicates}"),
        )
    )


def _centred(data: PatientData, targets: Sequence[AdjustmentTarget]) -> tuple[Floats, list[str]]:
    """Give each covariate minus its published mean."""
    columns, notes = [], list[str]()
    if not targets:
        raise InputError(f"{data.where}: no figure to match")
    for target in targets:
        if target.statistic == "sd":
            continue
        columns.append(target.column(data) - target.value)
        if target.statistic == "median":
            notes.append(f"{target.label}: the median stands for the mean, which was not published")
    x = np.column_stack(columns)
    if np.linalg.matrix_rank(np.column_stack([np.ones(data.n), x])) <= x.shape[1]:
        raise InputError(
            f"{data.where}: the matched figures depend on each other, so that a regression cannot tell them apart",
            hint="leave one of them out, for example one of the ISS stages",
        )
    return x, notes


def _logistic(design: Floats, response: Floats) -> tuple[Floats, Floats]:
    """Fit a logistic regression by Newton's method.

    Raises
    ------
    InputError
        If the covariates separate responders from others.
    """
    beta = np.zeros(design.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        information = (design.T * (p * (1 - p))) @ design
        step = np.linalg.lstsq(information, design.T @ (response - p), rcond=None)[0]
        beta = beta + step
        if np.abs(step).max() < 1e-9 and np.linalg.matrix_rank(information, hermitian=True) == len(beta):
            return beta, np.asarray(np.linalg.inv(information), dtype=np.float64)
    raise InputError(
        "the logistic regression does not settle: the covariates separate responders from others",
        hint="match fewer figures",
    )


def _standardised(
    data: PatientData, targets: Sequence[AdjustmentTarget], arm: str | None, replicates: int, seed: int
) -> Floats:
    """Average predictions over patients with the published baseline: the estimate, then bootstrap values of it.

    Gives the log odds ratio of the arm against the control, or without `arm` the log odds of a response.
    """
    generator = np.random.default_rng(seed)
    patients = _draw(data, targets, generator)
    estimate = _predicted(data, targets, arm, patients)
    drawn = resample_subjects(
        lambda rows: _predicted(data.take(rows), targets, arm, patients),
        np.arange(data.n),
        within=data.arm,
        replicates=replicates,
        seed=generator,
        hint="match fewer figures",
    )
    return np.array([estimate, *drawn.values])


def _draw(data: PatientData, targets: Sequence[AdjustmentTarget], generator: np.random.Generator) -> Floats:
    """Draw centred covariates with the published means and spreads and the correlation of the individual data."""
    from scipy.special import ndtr

    own = [target for target in targets if target.statistic != "sd"]
    spreads = {target.covariate: target.value for target in targets if target.statistic == "sd"}
    columns = np.column_stack([target.column(data) for target in own])
    correlation = np.atleast_2d(np.corrcoef(columns, rowvar=False))
    z = generator.multivariate_normal(np.zeros(len(own)), correlation, size=_DRAWN, method="eigh")
    drawn = []
    for index, target in enumerate(own):
        if target.statistic == "share":
            drawn.append((ndtr(-z[:, index]) < target.value) - target.value)
        else:
            drawn.append(z[:, index] * spreads.get(target.covariate, float(columns[:, index].std(ddof=1))))
    return np.column_stack(drawn)


def _predicted(data: PatientData, targets: Sequence[AdjustmentTarget], arm: str | None, drawn: Floats) -> float:
    assert data.response is not None
    x, _ = _centred(data, targets)
    ones = np.ones(len(drawn))

    def log_odds(beta: Floats, design: Floats) -> float:
        p = float((1 / (1 + np.exp(-design @ beta))).mean())
        return float(np.log(p / (1 - p)))

    if arm is None:
        beta, _ = _logistic(np.column_stack([np.ones(data.n), x]), data.response)
        return log_odds(beta, np.column_stack([ones, drawn]))
    in_arm = (data.arm == arm).astype(np.float64)
    beta, _ = _logistic(np.column_stack([np.ones(data.n), in_arm, x, x * in_arm[:, None]]), data.response)
    treated = np.column_stack([ones, ones, drawn, drawn])
    control = np.column_stack([ones, 0 * ones, drawn, 0 * drawn])
    return log_odds(beta, treated) - log_odds(beta, control)
