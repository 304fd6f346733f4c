"""The effect of one treatment against another on an outcome in time, with intervals by drawing patients again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.cohort.target_trial.logistic import Bools, Fit, Floats, fit_logistic, fit_logistic_again
from cereblon.core.errors import InputError
from cereblon.statistics.follow_up import read_follow_up
from cereblon.statistics.hazard_ratio import RUN_AWAY, log_hazard_ratio
from cereblon.statistics.product_limit import Steps, product_limit
from cereblon.statistics.resampling import Resampled, resample_subjects
from cereblon.statistics.restricted_mean import area_until

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ArmRows:
    """Follow-up of both arms; a patient may have several rows.

    Parameters
    ----------
    time, event
        End of each row, and whether the outcome came then.
    above
        Whether the row is of the arm above the line.
    weight
        Not negative.
    entry
        From when on the row is at risk; None from the start.
    """

    time: Floats
    event: Bools
    above: Bools
    weight: Floats
    entry: Floats | None = None


@dataclass(frozen=True, slots=True)
class ArmDifference:
    """Arm above the line against the other.

    Parameters
    ----------
    log_hazard_ratio
        Of Cox regression.
    risk, risk_versus
        Of the outcome by the horizon, in each arm.
    mean_difference
        Of the restricted means up to the horizon, in the unit of time.
    """

    log_hazard_ratio: float
    risk: float
    risk_versus: float
    mean_difference: float

    @property
    def risk_difference(self) -> float:
        """Risk above the line less the other."""
        return self.risk - self.risk_versus


MEASURES: tuple[str, ...] = ("log_hazard_ratio", "risk", "risk_versus", "risk_difference", "mean_difference")


def effect_of(rows: ArmRows, horizon: float) -> ArmDifference:
    """Estimate the effect; hazards by weighted Cox regression, risks and means by weighted Kaplan-Meier curves.

    Raises
    ------
    InputError
        If an arm has no event, or the ratio runs away.
    """
    for arm in (True, False):
        if not rows.event[rows.above == arm].any():
            raise InputError(f"nobody with the {'first' if arm else 'second'} strategy has the outcome")
    kept = rows.weight > 0
    data = read_follow_up(rows.time, rows.event, entry=rows.entry, weights=rows.weight).take(kept)
    above = rows.above[kept]
    log_ratio, information = log_hazard_ratio(data, above)
    if abs(log_ratio) > RUN_AWAY or information <= 0:
        raise InputError("the hazard ratio runs away: the events of one arm all come before those of the other")
    curves = {arm: product_limit(data.take(above == arm)) for arm in (True, False)}
    risks = {arm: 1 - _survival(steps, horizon) for arm, steps in curves.items()}
    means = {arm: area_until(steps, horizon) for arm, steps in curves.items()}
    return ArmDifference(float(log_ratio), risks[True], risks[False], means[True] - means[False])


def _survival(steps: Steps, at: float) -> float:
    return float(np.concatenate([[1.0], steps.survival])[np.searchsorted(steps.time, at, side="right")])


@dataclass(frozen=True, slots=True)
class EmulatedEffect:
    """An effect and its samples.

    Parameters
    ----------
    effect
        Of all patients.
    samples
        By measure, of patients drawn again.
    """

    effect: ArmDifference
    samples: dict[str, Resampled]

    def interval(self, measure: str, level: float = 0.95) -> tuple[float, float]:
        """Give the ends of the interval of quantiles of a measure."""
        return self.samples[measure].interval(level)


def resampled_effect(
    analyse: Callable[[Ints, Fit], ArmRows], patients: int, *, horizon: float, replicates: int, seed: int
) -> EmulatedEffect:
    """Estimate an effect and draw patients again, for each sample from weights to effect.

    Parameters
    ----------
    analyse
        Makes the weighted rows of the patients of these numbers, some of whom may occur several times, with a way to
        fit what weights need: that of statsmodels for all patients, a fast one of the same estimates for samples.
    patients
        How many there are.
    horizon
        Of risks and means.
    replicates, seed
        Of the drawing.

    Raises
    ------
    InputError
        If more than a tenth of the samples have no effect.
    """
    whole = effect_of(analyse(np.arange(patients), fit_logistic), horizon)
    drawn: list[ArmDifference] = []

    def statistic(rows: Ints) -> float:
        effect = effect_of(analyse(rows, fit_logistic_again), horizon)
        drawn.append(effect)
        return effect.log_hazard_ratio

    done = resample_subjects(
        statistic,
        np.arange(patients),
        replicates=replicates,
        seed=seed,
        hint="a treatment is rare here, or weights leave too few; widen eligibility or drop a covariate",
    )
    samples = {
        name: Resampled(np.array([getattr(effect, name) for effect in drawn]), done.failed) for name in MEASURES
    }
    return EmulatedEffect(whole, samples)
