"""How far published numbers lie from predictions beyond chance, from every calibration study while it was not fitted.

A fit leaves each of its studies out in turn, and other calibration studies are fitted by nothing: the spread between
trials that intervals hold comes from all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from cereblon.calibration.discrepancy import Discrepancy, estimate_left_out
from cereblon.calibration.fit import Report
from cereblon.calibration.prediction import Prediction, Sizes, predict_studies
from cereblon.calibration.role_check import calibration_studies, calibration_study
from cereblon.calibration.scores import PredictionScores, score
from cereblon.core.errors import InputError
from cereblon.model.engine.ensemble import Ensemble
from cereblon.trials.comparison_scale import group_of, kind_of, to_scale
from cereblon.trials.study_plan import plan_study
from cereblon.trials.uncertainty import assumed_sd


@dataclass(frozen=True, kw_only=True)
class UnseenNumber:
    """A published number of a calibration study, predicted while the study was not fitted.

    Parameters
    ----------
    study, group
        Where it is published; which spread it informs.
    residual
        Published minus predicted, on the scale of the number.
    variance
        Of the residual without the spread between trials.
    """

    study: str
    group: str
    residual: float
    variance: float


def with_spread(ensemble: Ensemble, report: Report, sizes: Sizes | None = None) -> Ensemble:
    """Give the draws with the spread between trials that all calibration studies show.

    Parameters
    ----------
    ensemble
        With the predictions of the studies that its fit left out.
    report
        Told what goes on.
    sizes
        How much of the studies that nothing was fitted to is simulated.

    Raises
    ------
    InputError
        If the ensemble is of a version that did not keep the uncertainty of those predictions.
    """
    made = ensemble.provenance
    fitted = {row["study"] for row in made["left_out"]}
    plans = [plan_study(calibration_study(name)) for name in calibration_studies() if name not in fitted]
    predicted = predict_studies(plans, ensemble, sizes or Sizes(), report)
    made = {**made, "not_fitted": [_row(one) for one in predicted]}
    numbers = unseen_numbers(made)
    spread = spread_of(numbers).sd
    report(f"between trials, from {len(numbers)} numbers: {', '.join(f'{k} {v:.2f}' for k, v in spread.items())}")
    made |= {"between_trial_sd": dict(spread), "unseen": asdict(score_unseen(numbers))}
    return replace(ensemble, provenance=made)


def _row(one: Prediction) -> dict[str, Any]:
    """Give a prediction as the fit writes those of studies that it left out."""
    name = {key: getattr(one, key) for key in ("study", "arm", "versus", "endpoint", "month", "unit", "published")}
    centre = to_scale(kind_of(one.unit), one.predicted)
    return {**name, "centre": centre, "sd_within": math.hypot(one.sd_parameter, one.sd_sampling)}


def unseen_numbers(provenance: Mapping[str, Any]) -> list[UnseenNumber]:
    """Give each number of a calibration study that was predicted while the study was not fitted.

    Raises
    ------
    InputError
        If the draws do not say how uncertain a prediction is.
    """
    rows: list[dict[str, Any]] = [*provenance["left_out"], *provenance["not_fitted"]]
    if any("sd_within" not in row for row in rows):
        raise InputError(
            "the draws do not say how uncertain the predictions of studies left out are",
            hint="repeat cereblon calibrate",
        )
    return [_number(row) for row in rows]


def _number(row: Mapping[str, Any]) -> UnseenNumber:
    endpoint, kind = row["endpoint"], kind_of(row["unit"])
    return UnseenNumber(
        study=row["study"],
        group=group_of(endpoint, kind),
        residual=to_scale(kind, row["published"]) - row["centre"],
        variance=row["sd_within"] ** 2 + assumed_sd(endpoint, kind) ** 2,
    )


def spread_of(numbers: Sequence[UnseenNumber]) -> Discrepancy:
    """Estimate the spread between trials."""
    return estimate_left_out(
        np.array([one.group for one in numbers]),
        np.array([one.residual for one in numbers]),
        np.array([one.variance for one in numbers]),
    )


def score_unseen(numbers: Sequence[UnseenNumber]) -> PredictionScores:
    """Score the predictions, each with the spread between trials that the other studies show."""
    sd = np.zeros(len(numbers))
    for study in dict.fromkeys(one.study for one in numbers):
        others = spread_of([one for one in numbers if one.study != study])
        for place, one in enumerate(numbers):
            if one.study == study:
                sd[place] = np.sqrt(one.variance + others.sd[one.group] ** 2)
    return score(np.array([one.residual for one in numbers]), np.zeros(len(numbers)), sd)
