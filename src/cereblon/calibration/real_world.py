"""Why routine care differs from trials: other patients, other treatment, and what the model cannot tell.

For a number that a trial and a study of routine care of the same regimen both print, the gap on its scale splits into
what changes in the prediction when the trial's patients are replaced by those of routine care, what changes when
treatment is stopped as in routine care, and the remainder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cereblon.calibration.prediction import Prediction
from cereblon.trials.comparison_scale import from_scale, kind_of, to_scale

TRIALS = {
    "ird": ("tourmaline-mm1", "ird"),
    "drd": ("pollux", "drd"),
    "krd": ("aspire", "krd"),
    "rd": ("aspire", "rd"),
}
"""Trial arm that stands for a regimen in relapsed disease. VRd has none among the calibration trials."""
ENDPOINTS = ("orr", "vgpr_or_better", "pfs_median", "os_median")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One number in a trial and in routine care, as printed, with the parts of the gap on its scale.

    Parameters
    ----------
    regimen, endpoint, study, unit
        What is compared, and the study of routine care.
    trial, practice
        Published values.
    population, treatment, remainder
        Parts that add up to the published gap: differences of logits of percent, of logarithms of months.
    """

    regimen: str
    endpoint: str
    study: str
    unit: str
    trial: float
    practice: float
    population: float
    treatment: float
    remainder: float

    def after(self, *parts: float) -> float:
        """Give the trial's value moved by some of the parts, as printed."""
        kind = kind_of(self.unit)
        return from_scale(kind, to_scale(kind, self.trial) + sum(parts))


def gaps(predictions: Sequence[Prediction]) -> list[Gap]:
    """Split every gap between a trial and routine care that both publish, in relapsed disease."""
    trials = {(one.study, one.arm, one.endpoint): one for one in predictions if not one.practice and not one.versus}
    found = []
    for one in predictions:
        if not one.practice or one.in_trial_care is None or one.setting != "rrmm" or one.versus:
            continue
        trial = trials.get((*TRIALS.get(one.arm, ("", "")), one.endpoint))
        if one.endpoint in ENDPOINTS and trial is not None:
            found.append(gap_between(one, one.in_trial_care, trial))
    return sorted(found, key=lambda gap: (gap.regimen, gap.endpoint, gap.study))


def gap_between(one: Prediction, in_trial_care: float, trial: Prediction) -> Gap:
    """Split the gap between a trial and patients of routine care in one number.

    Parameters
    ----------
    one
        Of routine care, published or observed.
    in_trial_care
        Predicted for the same patients treated as in a trial.
    trial
        The same number of the trial.
    """
    kind = kind_of(one.unit)
    population = to_scale(kind, in_trial_care) - to_scale(kind, trial.predicted)
    treatment = to_scale(kind, one.predicted) - to_scale(kind, in_trial_care)
    whole = to_scale(kind, one.published) - to_scale(kind, trial.published)
    return Gap(
        regimen=one.arm,
        endpoint=one.endpoint,
        study=one.study,
        unit=one.unit,
        trial=trial.published,
        practice=one.published,
        population=population,
        treatment=treatment,
        remainder=whole - population - treatment,
    )
