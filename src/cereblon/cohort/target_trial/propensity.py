"""Propensity weights, and what shows whether they did their work: balance, effective size, overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cereblon.cohort.target_trial.logistic import Bools, Fit, Floats, fit_logistic
from cereblon.core.errors import unknown_name
from cereblon.vocabulary.laboratory import laboratory_words

Estimand = Literal["all", "treated", "overlap"]
"""Whom the effect is of: everybody, those who were treated, or those for whom either treatment was possible."""

_SMALLEST_SCORE = 0.025
_BALANCED = 0.1
_FEW_EFFECTIVE = 0.5


@dataclass(frozen=True, slots=True)
class Weighted:
    """Weights of patients.

    Parameters
    ----------
    score
        Probability of the treatment above the line.
    weight
        Not negative.
    """

    score: Floats
    weight: Floats


def propensity_weights(
    design: Floats,
    treated: Bools,
    *,
    estimand: Estimand = "all",
    truncate: float = 1.0,
    fit: Fit = fit_logistic,
) -> Weighted:
    """Weigh patients by the inverse of the probability of the treatment that they had.

    Parameters
    ----------
    design
        Covariates, shape (patient, covariate).
    treated
        Whether a patient had the treatment above the line.
    estimand
        Whom the effect is of.
    truncate
        Quantile of each arm's weights above which they are set to it; 1 for none.
    fit
        How the probability is fitted.

    Source
    ------
    Rosenbaum and Rubin, Biometrika 1983;70:41; overlap weights: Li, Morgan, Zaslavsky, J Am Stat Assoc 2018;113:390.
    """
    if estimand not in get_args(Estimand):
        raise unknown_name("estimand", estimand, get_args(Estimand))
    score = fit(design, treated).probability(design)
    if estimand == "all":
        weight = np.where(treated, 1 / score, 1 / (1 - score))
    elif estimand == "treated":
        weight = np.where(treated, 1.0, score / (1 - score))
    else:
        weight = np.where(treated, 1 - score, score)
    return Weighted(score, truncated(weight, treated, truncate))


def truncated(weight: Floats, treated: Bools, quantile: float) -> Floats:
    """Set weights above a quantile of their arm to it."""
    if quantile >= 1:
        return weight
    most = np.where(treated, np.quantile(weight[treated], quantile), np.quantile(weight[~treated], quantile))
    return np.minimum(weight, most)


def effective_size(weight: Floats) -> float:
    """Give the size of an unweighted sample that says as much (Kish)."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def balance(design: Floats, names: Sequence[str], treated: Bools, weight: Floats) -> list[dict[str, str | float]]:
    """Compare covariates between arms before and after weighting.

    Returns
    -------
        Per covariate its means after weighting, and standardised differences `before` and `after`: the difference of
        means over the root of the mean of the two variances before weighting, which is the same for both.
    """
    rows: list[dict[str, str | float]] = []
    one, other = design[treated], design[~treated]
    for place, name in enumerate(names):
        a, b = one[:, place], other[:, place]
        spread = float(np.sqrt((a.var() + b.var()) / 2))
        means = np.average(a, weights=weight[treated]), np.average(b, weights=weight[~treated])
        rows.append(
            {
                "covariate": name,
                "mean": float(means[0]),
                "mean_versus": float(means[1]),
                "before": 0.0 if spread == 0 else float((a.mean() - b.mean()) / spread),
                "after": 0.0 if spread == 0 else float((means[0] - means[1]) / spread),
            }
        )
    return rows


def doubts(
    weighted: Weighted,
    treated: Bools,
    rows: Sequence[dict[str, str | float]],
    *,
    names: tuple[str, str] = ("the first treatment", "the second treatment"),
) -> list[str]:
    """Say where treatments were hardly ever given, where weights leave little, and what stays out of balance.

    Parameters
    ----------
    weighted, treated
        Weights, and who had the first treatment.
    rows
        Of `balance`.
    names
        Of the two treatments.
    """
    said = []
    for is_it, score, what in ((treated, weighted.score, names[0]), (~treated, 1 - weighted.score, names[1])):
        rare = float((score < _SMALLEST_SCORE).mean())
        if rare > 0:
            said.append(
                f"positivity: {100 * rare:.1f} % of the patients had a probability below {_SMALLEST_SCORE:g} of "
                f"{what}"
            )
        size, count = effective_size(weighted.weight[is_it]), int(is_it.sum())
        if size < _FEW_EFFECTIVE * count:
            said.append(
                f"{what}: {count} patients count as {size:.0f} after weighting; a few have most of the weight"
            )
    off = [str(row["covariate"]) for row in rows if abs(float(row["after"])) > _BALANCED]
    if off:
        listed = ", ".join(map(covariate_words, off))
        said.append(f"still out of balance after weighting (standardised difference above {_BALANCED:g}): {listed}")
    return said


def covariate_words(name: str) -> str:
    """Name a covariate, or the column that says where it is missing, as a report of a laboratory does."""
    test, _, missing = name.partition(" ")
    return " ".join(filter(None, (laboratory_words(test), missing)))
