"""Frequentist network meta-analysis by generalised least squares."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError, unknown_name
from cereblon.synthesis.frequentist.connectivity import check_connected
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.contrast_model import ContrastModel, build_model, fit
from cereblon.synthesis.frequentist.heterogeneity import (
    Synthesis,
    check_synthesis,
    check_tau2_method,
    describe_heterogeneity,
    usable_model,
)
from cereblon.synthesis.frequentist.measure import FloatArray, Interval, check_level
from cereblon.synthesis.frequentist.network_result import NetworkResult
from cereblon.synthesis.frequentist.separation import unbounded_notes

_NO_VARIANCE = (
    "every comparison rests on one trial and none on a loop: the variance between trials cannot be estimated, the "
    "fixed-effect result is shown"
)


def consistency_model(data: ContrastData) -> ContrastModel:
    """Make the model in which each treatment has one effect against the first treatment of the network.

    Raises
    ------
    InputError
        If the network is not connected.
    """
    names = data.treatments
    check_connected(names, [trial.treatments for trial in data.trials])
    place = {name: i for i, name in enumerate(names)}
    rows = []
    for trial in data.trials:
        for arm in trial.treatments[1:]:
            row = np.zeros(len(names))
            row[place[arm]] += 1.0
            row[place[trial.treatments[0]]] -= 1.0
            rows.append(row[1:])
    return build_model([t.effect for t in data.trials], [t.covariance for t in data.trials], np.array(rows))


def _direct_trials(data: ContrastData) -> NDArray[np.int64]:
    place = {name: i for i, name in enumerate(data.treatments)}
    counts = np.zeros((len(place), len(place)), dtype=np.int64)
    for trial in data.trials:
        arms = [place[arm] for arm in trial.treatments]
        counts[np.ix_(arms, arms)] += 1
    np.fill_diagonal(counts, 0)
    return counts


def _knapp_hartung(
    interval: Interval, used: Synthesis, asked: Synthesis, q: float, df: int, notes: list[str]
) -> tuple[float, Interval, int | None]:
    """Give the factor of covariances, the method that is used, and the degrees of freedom of its intervals."""
    if interval not in get_args(Interval):
        raise unknown_name("interval", interval, get_args(Interval))
    if interval == "wald":
        return 1.0, interval, None
    if asked == "fixed":
        raise InputError("Hartung-Knapp needs random effects", hint="take model random, or interval wald")
    if used == "fixed":
        notes.append("intervals are normal: Hartung-Knapp needs degrees of freedom")
        return 1.0, "wald", None
    factor = q / df
    return (max(1.0, factor) if interval == "hartung-knapp-adhoc" else factor), interval, df


def _reference(data: ContrastData, wanted: str | None) -> str:
    """Give the treatment that is wanted, or else the one with most trials."""
    if wanted is None:
        arms = [sum(name in trial.treatments for trial in data.trials) for name in data.treatments]
        return data.treatments[int(np.argmax(arms))]
    if wanted not in data.treatments:
        raise unknown_name("treatment", wanted, data.treatments)
    return wanted


def _errors_of_differences(covariance: FloatArray) -> FloatArray:
    """Give the standard error of each effect less each other."""
    diagonal = np.diag(covariance)
    variance = np.maximum(diagonal[:, None] + diagonal[None, :] - 2.0 * covariance, 0.0)
    return np.asarray(np.sqrt(variance))


def network_meta_analysis(
    data: ContrastData,
    *,
    model: str = "random",
    tau2_method: str = "REML",
    reference: str | None = None,
    interval: Interval = "wald",
    level: float = 0.95,
) -> NetworkResult:
    """Estimate the effects of all treatments against each other, assuming that the evidence is consistent.

    A trial of several arms enters with the full covariance of its contrasts; all comparisons share one variance
    between trials.

    Parameters
    ----------
    data
        Contrasts, from `read_contrasts` or `assemble`.
    model
        `fixed` or `random`.
    tau2_method
        DL, PM or REML.
    reference
        Treatment to show results against; None for the one with most trials, of several the first in the alphabet.
    interval
        `wald`; `hartung-knapp`: covariances times Q at the estimated tau2 over its degrees of freedom, and Student's
        t with these (of a single comparison the method of Hartung and Knapp); `hartung-knapp-adhoc`: the same, but
        never narrower than without the factor.
    level
        Level of intervals.

    Returns
    -------
        With `model` fixed and a note when every comparison rests on a single trial and nothing loops, because the
        variance between trials cannot be estimated then.

    Raises
    ------
    InputError
        If the network is not connected, a name is unknown, or Hartung-Knapp is asked for fixed effects.

    Source
    ------
    Rücker, Research Synthesis Methods 2012; 3: 312-324; Rücker and Schwarzer, Statistics in Medicine 2014; 33:
    4353-4369; White, Barrett, Jackson and Higgins, Research Synthesis Methods 2012; 3: 111-125. Hartung-Knapp with
    several effects: Jackson and Riley, Statistics in Medicine 2014; 33: 639-654.
    """
    asked, method = check_synthesis(model), check_tau2_method(tau2_method)
    check_level(level)
    shown_against = _reference(data, reference)
    linear = consistency_model(data)
    heterogeneity, notes = describe_heterogeneity(linear, method, level), list(data.notes)
    used, tau2 = usable_model(asked, heterogeneity)
    if used != asked:
        notes.append(_NO_VARIANCE)
    notes += unbounded_notes(data, shown_against, "the correction for zero cells makes the number that is shown")
    fitted = fit(linear, tau2)
    factor, interval, interval_df = _knapp_hartung(interval, used, asked, fitted.q, linear.df, notes)
    basic = np.concatenate([[0.0], fitted.coefficients])
    covariance = np.pad(fitted.covariance * factor, ((1, 0), (1, 0)))
    return NetworkResult(
        data=data,
        model=used,
        tau2=tau2,
        reference=shown_against,
        treatments=data.treatments,
        effect=basic[:, None] - basic[None, :],
        se=_errors_of_differences(covariance),
        basic=basic,
        covariance=covariance,
        direct_trials=_direct_trials(data),
        level=level,
        heterogeneity=heterogeneity,
        notes=tuple(notes),
        interval=interval,
        interval_df=interval_df,
    )
