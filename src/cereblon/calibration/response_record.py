"""Estimate how trials record complete response, from the calibration studies alone and without a new simulation.

What a calibration leaves behind says of each of its targets what the draws expect. Published minus expected, on the
logit scale, is a habit of the trial, chance in its patients, and what the parameters leave open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cereblon.calibration.role_check import calibration_study
from cereblon.calibration.stages import REFRACTORY
from cereblon.model.engine.ensemble import Ensemble
from cereblon.trials.comparison_scale import error_from_size, to_scale
from cereblon.trials.enrolment_year import study_enrolment_year
from cereblon.trials.response_ascertainment import DEPTH, FEATURES, features
from cereblon.trials.study_trial import tests_mrd

ENDPOINT = "cr_or_better"
_PRIOR_SD = np.array([0.5, 0.7, 0.3])
"""Of the coefficients of `FEATURES`, around 0. Assumed: odds of complete response twice as high or low for the way of
looking (0.7) are about what the two reports of S0777 differ by; years matter less than protocols."""
_SHARED = 0.8  # of the variance between trials, as for complete response in the calibration
_SPREADS = np.linspace(0.02, 1.2, 119)
_SPREAD_PRIOR = 0.5  # half-normal, as of the spread between trials in the calibration


@dataclass(frozen=True, kw_only=True)
class RecordEstimate:
    """What was estimated.

    Parameters
    ----------
    mean, covariance
        Of the coefficients, in the order of `FEATURES`.
    spread
        Between trials, beyond the features.
    left_out
        By study: published minus expected, mean of its arms, and how much of it the other studies predict.
    """

    mean: np.ndarray
    covariance: np.ndarray
    spread: float
    left_out: dict[str, tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class _Residuals:
    study: np.ndarray
    x: np.ndarray
    y: np.ndarray
    variance: np.ndarray


def estimate_record(ensemble: Ensemble) -> RecordEstimate:
    """Estimate the habits from what the whole fit expected of its own targets.

    Trials of refractory disease are left out: that their responses are too deep in the model is no habit of
    recording.

    Raises
    ------
    InputError
        If a study among the targets has another role than `calibration`.
    """
    data = _residuals(ensemble)
    spread, mean, covariance = _fitted(data)
    left_out = {}
    for study in dict.fromkeys(data.study.tolist()):
        own = data.study == study
        rest = _Residuals(study=data.study[~own], x=data.x[~own], y=data.y[~own], variance=data.variance[~own])
        _, others, _ = _fitted(rest)
        left_out[str(study)] = (float(data.y[own].mean()), float((data.x[own] @ others).mean()))
    return RecordEstimate(mean=mean, covariance=covariance, spread=spread, left_out=left_out)


def _residuals(ensemble: Ensemble) -> _Residuals:
    over_draws = ensemble.over_draws_sd().get(DEPTH, 0.0)
    refractory = ensemble.provenance.get(REFRACTORY.name, {}).get("studies", ())
    studies, xs, ys, variances = [], [], [], []
    for target in ensemble.provenance["predicted"]:
        if target["endpoint"] != ENDPOINT or target["study"] in refractory:
            continue
        study = calibration_study(target["study"])
        n = study.patients(target["arm"]) or 100
        year = study_enrolment_year(study)
        studies.append(study.id)
        xs.append(features(tested=tests_mrd(study), year=year))
        ys.append(to_scale("share", target["published"]) - target["centre"])
        variances.append(error_from_size("share", target["published"], n) ** 2 + over_draws**2)
    return _Residuals(study=np.array(studies), x=np.array(xs), y=np.array(ys), variance=np.array(variances))


def _fitted(data: _Residuals) -> tuple[float, np.ndarray, np.ndarray]:
    """Give the spread between trials, and the coefficients with their covariance, averaged over spreads.

    Five trials hardly tell the spread: the most probable one is 0, and every one is weighed by how probable it is.
    """
    scores, means, covariances = [], [], []
    same = data.study[:, None] == data.study[None, :]
    for spread in _SPREADS:
        between = spread**2 * np.where(same, _SHARED, 0.0) + np.diag(np.full(len(data.y), (1 - _SHARED) * spread**2))
        noise = between + np.diag(data.variance)
        whole = noise + (data.x * _PRIOR_SD**2) @ data.x.T
        fit = -0.5 * (data.y @ np.linalg.solve(whole, data.y) + np.linalg.slogdet(whole)[1])
        scores.append(float(fit - 0.5 * (spread / _SPREAD_PRIOR) ** 2))
        weighted = np.linalg.solve(noise, data.x)
        covariances.append(np.linalg.inv(data.x.T @ weighted + np.diag(_PRIOR_SD**-2.0)))
        means.append(covariances[-1] @ weighted.T @ data.y)
    weight = np.exp(np.array(scores) - max(scores))
    weight /= weight.sum()
    mean = weight @ np.array(means)
    off = np.array(means) - mean
    covariance = np.einsum("s,sij->ij", weight, np.array(covariances)) + (off * weight[:, None]).T @ off
    return float(np.sqrt(weight @ _SPREADS**2)), mean, covariance


def as_yaml(found: RecordEstimate, *, fingerprint: str) -> str:
    """Write what was estimated as `response_record.yaml` has it."""
    rows = ", ".join("[" + ", ".join(f"{number:.4f}" for number in row) + "]" for row in found.covariance)
    lines = "; ".join(
        f"{study} {seen:+.2f}, of which the others predict {said:+.2f}"
        for study, (seen, said) in found.left_out.items()
    )
    names = ", ".join(FEATURES)
    return (
        f"# How trials record complete response against what is measured: coefficients of {names}.\n"
        "# Written by cereblon.calibration.response_record; a test compares it with the shipped draws.\n"
        f"mean: [{', '.join(f'{number:.4f}' for number in found.mean)}]\n"
        f"covariance: [{rows}]\n"
        f"spread: {found.spread:.2f}\n"
        "unit: logit\n"
        "basis: fitted\n"
        'source: "estimated from published minus expected complete response of the calibration studies, '
        f"draws {fingerprint[:8]}: "
        f'{lines} (root mean square {_rms(found, 0):.2f} without, {_rms(found, 1):.2f} with the features)"\n'
    )


def _rms(found: RecordEstimate, predicted: int) -> float:
    misses = [seen - predicted * said for seen, said in found.left_out.values()]
    return math.sqrt(sum(miss**2 for miss in misses) / len(misses))
