"""Weights that give individual data the published baseline of another trial.

Source
------
Signorovitch et al., Pharmacoeconomics 2010;28:935 (method of moments); Phillippo et al., NICE DSU Technical Support
Document 18, 2016 (effective sample size, anchored and unanchored use); a median as the share strictly above it, as in
R maicplus. Recalled from the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cereblon.core.errors import InputError
from cereblon.synthesis.adjustment.covariates import Floats
from cereblon.synthesis.adjustment.patients import PatientData
from cereblon.synthesis.adjustment.targets import AdjustmentTarget

MedianRule = Literal["above", "half"]
MEDIAN_RULES: dict[MedianRule, str] = {
    "above": "half of the patients are strictly above the median, as in R maicplus",
    "half": "half are above it, where those who have the median itself count half",
}
"""How a published median is matched; the two differ only where patients have exactly the median."""
FEW_EFFECTIVE = 30.0
SMALL_SHARE = 0.25
LARGE_WEIGHT = 0.05
"""Below this effective sample size, this share of the patients, and above this share of one patient, a warning is
given. The three limits are judged by the authors of this program; no publication sets them."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One matched figure before and after weighting, in the unit of the publication; shares as fractions."""

    label: str
    statistic: str
    before: float
    after: float
    target: float
    source: str


@dataclass(frozen=True, slots=True)
class MatchedWeights:
    """Weights per patient.

    Parameters
    ----------
    weights
        With mean 1.
    effective, n
        Effective sample size, and number of patients.
    effective_by_arm, n_by_arm
        The same by arm.
    coefficients
        Of the exponential tilt, per matched column.
    balance
        Figures before and after.
    notes
        What was left out, in words.
    warnings
        What makes the comparison doubtful, in words.
    """

    weights: Floats
    effective: float
    n: int
    effective_by_arm: dict[str, float]
    n_by_arm: dict[str, int]
    coefficients: Floats
    balance: tuple[Balance, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def effective_size(weights: Floats) -> float:
    """Give the squared sum of weights over the sum of their squares."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def match_weights(
    data: PatientData, targets: Sequence[AdjustmentTarget], *, median_rule: MedianRule = "above"
) -> MatchedWeights:
    """Weight patients so that their means, spreads, medians and shares are those of a published baseline table.

    Parameters
    ----------
    data
        Individual data; in an anchored comparison with both arms, which are weighted together.
    targets
        Published figures.
    median_rule
        One of `MEDIAN_RULES`.

    Raises
    ------
    InputError
        If there is no figure or no such rule, or a figure lies outside what the patients span.
    """
    if median_rule not in get_args(MedianRule):
        raise InputError(f"median rule {median_rule!r} is not one of {', '.join(MEDIAN_RULES)}")
    if not targets:
        raise InputError(f"{data.where}: no figure to match")
    columns, notes = _columns(data, targets, median_rule)
    weights, coefficients = solve_weights(columns, [target.label for target in targets], data.where)
    n_by_arm = {arm: int((data.arm == arm).sum()) for arm in data.arms}
    by_arm = {arm: effective_size(weights[data.arm == arm]) for arm in data.arms}
    balance = tuple(_balance(target, target.column(data), weights) for target in targets)
    return MatchedWeights(
        weights,
        effective_size(weights),
        data.n,
        by_arm,
        n_by_arm,
        coefficients,
        balance,
        tuple(notes),
        tuple(_warnings(weights, by_arm, n_by_arm, balance)),
    )


def _columns(
    data: PatientData, targets: Sequence[AdjustmentTarget], median_rule: MedianRule
) -> tuple[Floats, list[str]]:
    """Give one column per figure whose weighted mean must be zero."""
    means = {target.covariate: target.value for target in targets if target.statistic == "mean"}
    columns, problems, notes = [], list[str](), list[str]()
    for target in targets:
        x = target.column(data)
        if target.statistic == "median":
            tied = int((x == target.value).sum())
            columns.append((x > target.value) + (0.5 * (x == target.value) if median_rule == "half" else 0.0) - 0.5)
            notes.append(_median_note(target, tied, len(x), median_rule))
        elif target.statistic == "sd":
            with np.errstate(over="ignore"):  # a spread beyond all numbers is one beyond what patients span
                columns.append((x - means[target.covariate]) ** 2 - np.square(np.float64(target.value)))
        else:
            columns.append(x - target.value)
        low, high = float(columns[-1].min()), float(columns[-1].max())
        if not low < 0 < high:
            problems.append(
                f"{data.where}: {target.label} {_shown(target)} lies outside what the {data.n} patients span "
                f"({_span(target, x)})"
            )
    if problems:
        has_median = any(target.statistic == "median" for target in targets)
        other = "; medians have two rules (--median-rule)" if has_median else ""
        raise InputError(
            "\n".join(problems),
            hint=f"the populations do not overlap there: leave the figure out (--match) and say so, or stop{other}",
        )
    return np.column_stack(columns), notes


def _median_note(target: AdjustmentTarget, tied: int, n: int, rule: MedianRule) -> str:
    text = f"{target.label} {target.value:g}: matched so that {MEDIAN_RULES[rule]}"
    if tied:
        other = next(name for name in get_args(MedianRule) if name != rule)
        text += f"; {tied} of {n} patients have exactly this value, so the rule matters (--median-rule {other})"
    return text


def _shown(target: AdjustmentTarget) -> str:
    return f"{100 * target.value:g} percent" if target.statistic == "share" else f"{target.value:g}"


def _span(target: AdjustmentTarget, x: Floats) -> str:
    if target.statistic == "share":
        return f"{100 * x.mean():.0f} percent have it"
    return f"{x.min():g} to {x.max():g}"


def solve_weights(columns: Floats, labels: Sequence[str], where: str) -> tuple[Floats, Floats]:
    """Find the exponential tilt that brings the weighted mean of every column to zero.

    Parameters
    ----------
    columns
        Patients by figures, each minus its target.
    labels, where
        For messages.

    Returns
    -------
        Weights with mean 1, and coefficients.

    Raises
    ------
    InputError
        If no weights can do it.
    """
    scale = columns.std(axis=0)
    if (scale == 0).any():
        flat = [label for label, s in zip(labels, scale, strict=True) if s == 0]
        raise InputError(f"{where}: everybody has the same {', '.join(flat)}, which weights cannot change")
    x = columns / scale
    beta = np.zeros(x.shape[1])
    value = _objective(x, beta)
    for _ in range(200):
        w = np.exp(x @ beta - (x @ beta).max())
        w = w / w.sum()
        gradient = x.T @ w
        if np.abs(gradient).max() < 1e-10:
            break
        spread = (x.T * w) @ x - np.outer(gradient, gradient)
        step = np.linalg.lstsq(spread, gradient, rcond=1e-10)[0]
        length = 1.0
        while length > 1e-8 and _objective(x, beta - length * step) > value - 1e-4 * length * float(gradient @ step):
            length /= 2
        if length <= 1e-8:
            break
        beta = beta - length * step
        value = _objective(x, beta)
    log_w = x @ beta
    w = np.exp(log_w - log_w.max())
    off = np.abs(x.T @ (w / w.sum()))
    if not np.isfinite(off).all() or off.max() > 1e-4:
        worst = ", ".join(label for label, o in zip(labels, off, strict=True) if not o <= 1e-4)
        raise InputError(
            f"{where}: no weights reach all figures together; not reached: {worst}",
            hint="the figures contradict each other or the populations do not overlap jointly: match fewer of them",
        )
    return w / w.mean(), beta / scale


def _objective(x: Floats, beta: Floats) -> float:
    """Logarithm of the mean tilt: convex, and flat where every weighted mean is zero."""
    score = x @ beta
    top = float(score.max())
    return top + float(np.log(np.exp(score - top).mean()))


def _balance(target: AdjustmentTarget, x: Floats, weights: Floats) -> Balance:
    def figure(w: Floats) -> float:
        mean = float(np.average(x, weights=w))
        if target.statistic == "sd":
            return float(np.sqrt(np.average((x - mean) ** 2, weights=w)))
        if target.statistic == "median":
            return weighted_median(x, w)
        return mean

    return Balance(
        target.label, target.statistic, figure(np.ones(len(x))), figure(weights), target.value, target.source
    )


def weighted_median(x: Floats, weights: Floats) -> float:
    """Give the value below which half of the weight lies; the middle of two values where it lies between them."""
    order = np.argsort(x, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    place = int(np.searchsorted(share, 0.5 - 1e-9))
    value = float(x[order][place])
    if abs(share[place] - 0.5) < 1e-9 and place + 1 < len(x):
        return (value + float(x[order][place + 1])) / 2
    return value


def _warnings(
    weights: Floats, by_arm: dict[str, float], n_by_arm: dict[str, int], balance: Sequence[Balance]
) -> list[str]:
    found = []
    for arm, effective in by_arm.items():
        n = n_by_arm[arm]
        if effective < FEW_EFFECTIVE:
            found.append(
                f"arm {arm}: the effective sample size is {effective:.0f} of {n}; below {FEW_EFFECTIVE:.0f} an "
                "estimate rests on few patients"
            )
        elif effective < SMALL_SHARE * n:
            found.append(
                f"arm {arm}: weighting leaves {effective:.0f} of {n} patients ({100 * effective / n:.0f} percent): "
                "the populations overlap little"
            )
    largest = float(weights.max() / weights.sum())
    if largest > LARGE_WEIGHT:
        found.append(f"one patient carries {100 * largest:.0f} percent of the weight")
    for row in balance:
        unit = max(abs(row.target), 1e-9)
        if row.statistic == "median" and abs(row.after - row.target) > 0.02 * unit:
            found.append(
                f"{row.label}: the rule for {row.target:g} is met, but the weighted median reads {row.after:g}: many "
                "patients have the same value, or few are near it"
            )
    return found
