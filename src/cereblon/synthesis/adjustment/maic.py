"""Matching-adjusted indirect comparison: reweight patients to the other trial's baseline, then compare.

Source
------
Signorovitch et al., Pharmacoeconomics 2010;28:935; Phillippo et al., NICE DSU Technical Support Document 18, 2016.
Recalled from the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.proportions import weighted_log_odds
from cereblon.statistics.resampling import Resampled, resample_subjects
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
from cereblon.synthesis.adjustment.patients import PatientData
from cereblon.synthesis.adjustment.targets import AdjustmentTarget
from cereblon.synthesis.adjustment.weighted_outcomes import (
    quick_log_hazard_ratio,
    weighted_log_hazard_ratio,
)
from cereblon.synthesis.adjustment.weights import MatchedWeights, MedianRule, match_weights

UNANCHORED = (
    "without an anchor every prognostic factor and effect modifier must be among the matched figures; a difference "
    "in any other one is taken for an effect of treatment"
)


@dataclass(frozen=True, slots=True)
class AdjustedComparison:
    """Result of an adjusted indirect comparison.

    Parameters
    ----------
    method
        MAIC or STC.
    is_anchored
        Whether both trials share a control.
    effects
        From the unadjusted to the adjusted one; the last is the answer.
    weights
        Of a matching-adjusted comparison; None for a simulated treatment comparison.
    notes, warnings
        In words: to be shown with the effects.
    """

    method: str
    is_anchored: bool
    effects: tuple[AdjustedEffect, ...]
    weights: MatchedWeights | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def matching_adjusted_comparison(
    data: PatientData,
    targets: Sequence[AdjustmentTarget],
    comparator: Comparator,
    *,
    arm: str | None = None,
    control: str | None = None,
    outcome: Outcome | None = None,
    interval: Literal["sandwich", "bootstrap"] = "sandwich",
    replicates: int = 500,
    level: float = 0.95,
    seed: int = 1,
    median_rule: MedianRule = "above",
) -> AdjustedComparison:
    """Compare an arm with that of another trial in the population of the other trial.

    Parameters
    ----------
    data
        Individual data of one trial.
    targets
        Published baseline of the other trial.
    comparator
        Published ratio against a control that both trials have (anchored), or the comparator's rebuilt individuals
        or responders (unanchored).
    arm, control
        Names of the arms in the data, where they do not follow.
    outcome
        For an anchored comparison of data with both outcomes.
    interval
        Sandwich (weights taken as fixed, which is usually a little too wide), or bootstrap of everything, weights
        included.
    replicates, seed
        Of the bootstrap.
    level
        Of the intervals.
    median_rule
        How published medians are matched, see `MEDIAN_RULES`.

    Raises
    ------
    InputError
        If arms or outcome do not fit the comparator, or the populations do not overlap.
    """
    arm, control = pick_arms(data, comparator, arm, control)
    outcome = outcome_of(data, comparator, outcome)
    everybody, data = data, data.only([arm] if control is None else [arm, control])
    weights = match_weights(data, targets, median_rule=median_rule)
    notes = (*left_out(everybody, data), *weights.notes)
    plain = _estimate(data, np.ones(data.n), comparator, arm, outcome)
    adjusted = _estimate(data, weights.weights, comparator, arm, outcome)
    drawn, method, warnings = None, "weighted, sandwich interval", list(weights.warnings)
    if interval == "bootstrap":
        resampled = _bootstrap(data, targets, comparator, arm, outcome, median_rule, replicates, seed)
        drawn, failed, adjusted = resampled.values, resampled.failed, (adjusted[0], resampled.error)
        method = f"weighted, bootstrap interval of {replicates} replicates"
        if failed:
            warnings.append(f"{failed} of {replicates} bootstrap samples could not be matched and were drawn again")
    steps = _WeightSteps(arm, SCALES[outcome], level, plain, adjusted, method, drawn)
    if control is None or not isinstance(comparator, PublishedEffect):
        effects = steps.unanchored(comparator.label)
        warnings.append(UNANCHORED)
        return AdjustedComparison("MAIC", False, effects, weights, notes, tuple(warnings))
    effects = steps.anchored(control, comparator)
    return AdjustedComparison("MAIC", True, effects, weights, notes, tuple(warnings))


@dataclass(frozen=True, slots=True)
class _WeightSteps:
    """Log ratios of the trial's patients, with standard errors, and how they are told."""

    arm: str
    scale: str
    level: float
    plain: tuple[float, float]
    adjusted: tuple[float, float]
    method: str
    drawn: Floats | None

    def unanchored(self, label: str) -> tuple[AdjustedEffect, ...]:
        """List the steps of a comparison with another trial's arm."""
        return (
            self._effect("unadjusted", label, self.plain, "unweighted, sandwich interval"),
            self._effect("adjusted", label, self.adjusted, self.method, self.drawn),
        )

    def anchored(self, control: str, published: PublishedEffect) -> tuple[AdjustedEffect, ...]:
        """List the steps of a comparison through a control that both trials have."""
        label, scale, level = published.label, self.scale, self.level
        anchor = (published.log_ratio, published.error)
        return (
            self._effect("within the trial, unadjusted", control, self.plain, "unweighted"),
            self._effect("within the trial, adjusted", control, self.adjusted, self.method, self.drawn),
            effect("published", label, control, scale, *anchor, level=level, method="as published"),
            indirect("indirect, unadjusted", self.arm, label, scale, self.plain, anchor, level, "Bucher"),
            indirect(
                "indirect, adjusted", self.arm, label, scale, self.adjusted, anchor, level, f"Bucher, {self.method}"
            ),
        )

    def _effect(
        self, step: str, versus: str, ratio: tuple[float, float], method: str, drawn: Floats | None = None
    ) -> AdjustedEffect:
        return effect(step, self.arm, versus, self.scale, *ratio, level=self.level, method=method, drawn=drawn)


def _estimate(
    data: PatientData, weights: Floats, comparator: Comparator, arm: str, outcome: Outcome
) -> tuple[float, float]:
    """Give the log ratio and its standard error: against the control, or against the comparator's patients."""
    in_arm = data.arm == arm
    if outcome == "time":
        assert data.month is not None and data.observed is not None  # checked with the outcome
        return weighted_log_hazard_ratio(*_times(data, weights, comparator, in_arm))
    assert data.response is not None
    own = weighted_log_odds(data.response[in_arm], weights[in_arm])
    if isinstance(comparator, ComparatorCount):
        other = comparator.log_odds
    else:
        other = weighted_log_odds(data.response[~in_arm], weights[~in_arm])
    return own[0] - other[0], float(np.hypot(own[1], other[1]))


def _times(
    data: PatientData, weights: Floats, comparator: Comparator, in_arm: np.ndarray
) -> tuple[Floats, np.ndarray, np.ndarray, Floats]:
    assert data.month is not None and data.observed is not None
    if not isinstance(comparator, ComparatorTimes):
        return data.month, data.observed, in_arm, weights
    n = len(comparator.month)
    return (
        np.concatenate([data.month, comparator.month]),
        np.concatenate([data.observed, comparator.observed]),
        np.concatenate([np.ones(data.n, np.bool_), np.zeros(n, np.bool_)]),
        np.concatenate([weights, np.ones(n)]),
    )


def _bootstrap(
    data: PatientData,
    targets: Sequence[AdjustmentTarget],
    comparator: Comparator,
    arm: str,
    outcome: Outcome,
    median_rule: MedianRule,
    replicates: int,
    seed: int,
) -> Resampled:
    """Draw patients within arms, match them anew and estimate; a sample that cannot be matched is drawn again."""
    if replicates < 100:
        raise InputError(f"{replicates} bootstrap replicates; at least 100 are needed for an interval")
    generator = np.random.default_rng(seed)
    data = data.in_order()
    if isinstance(comparator, ComparatorTimes):
        order = np.lexsort((comparator.observed, comparator.month))
        comparator = ComparatorTimes(comparator.month[order], comparator.observed[order], comparator.label)

    def estimate(rows: np.ndarray) -> float:
        sample, other = data.take(rows), comparator
        if isinstance(comparator, ComparatorTimes):
            pick = generator.integers(0, len(comparator.month), len(comparator.month))
            other = ComparatorTimes(comparator.month[pick], comparator.observed[pick], comparator.label)
        elif isinstance(comparator, ComparatorCount):
            share = comparator.responders / comparator.n
            count = int(np.clip(generator.binomial(comparator.n, share), 1, comparator.n - 1))
            other = ComparatorCount(count, comparator.n, comparator.label)
        weights = match_weights(sample, targets, median_rule=median_rule).weights
        if outcome == "time":
            return quick_log_hazard_ratio(*_times(sample, weights, other, sample.arm == arm))
        return _estimate(sample, weights, other, arm, outcome)[0]

    return resample_subjects(
        estimate,
        np.arange(data.n),
        within=data.arm,
        replicates=replicates,
        seed=generator,
        hint="the populations hardly overlap; match fewer figures",
    )
