"""The trials of a network as arrays of a Bayesian model: contrasts with covariance, or events per arm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag, eigh

from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.contrast_model import compound_structure
from cereblon.synthesis.frequentist.effect_sizes import ArmMeasure
from cereblon.synthesis.frequentist.measure import FloatArray
from cereblon.synthesis.frequentist.trial_contrasts import ArmCount, TrialContrasts, trial_from_arms

_CORRECTION = 0.5  # decides where the sampler begins, not where it ends


@dataclass(frozen=True)
class IndependentContrasts:
    """Contrasts of all trials, turned within each trial so that they are independent at every tau.

    A trial's covariance is V + tau2 S. With U such that U'VU = I and U'SU is diagonal, the turned contrasts U'y have
    variances 1 + tau2 times that diagonal; so the sampler needs no matrix of its own per step.

    Attributes
    ----------
    effect
        Turned contrasts.
    design
        Effects against the first treatment that each adds up.
    growth
        What one unit of variance between trials adds to each variance.
    """

    effect: FloatArray
    design: FloatArray
    growth: FloatArray


@dataclass(frozen=True)
class Coordinates:
    """Where the posterior of the effects is expected, so that the sampler can walk in standard units.

    At a given tau the effects are near `mean` + `axes` (sqrt(1 + tau2 `growth`) z) with standard normal z.
    """

    mean: FloatArray
    axes: FloatArray
    growth: FloatArray


@dataclass(frozen=True)
class CountedTrials:
    """Trials given by events per arm.

    Attributes
    ----------
    events, n
        One per arm of all trials; patients, or time at risk of rates.
    are_rates
        Whether events are counted over time, so that their distribution is Poisson and not binomial.
    trial
        Position of the arm's trial.
    contrast
        Position of the arm's contrast with its trial's first arm; -1 for the first arm.
    design
        One row per contrast.
    turned
        The contrasts as they follow from the counts, turned to be independent: where the trials' own effects are
        expected, not part of the model.
    back
        Turns the trials' own effects back, shape (contrast, contrast).
    level, precision
        Log odds (rates: log rate) of each arm and one over their variance: where the first arms are expected, not
        part of the model.
    trials
        Number of trials.
    """

    events: FloatArray
    n: FloatArray
    are_rates: bool
    trial: NDArray[np.int64]
    contrast: NDArray[np.int64]
    design: FloatArray
    turned: IndependentContrasts
    back: FloatArray
    level: FloatArray
    precision: FloatArray
    trials: int


@dataclass(frozen=True)
class NetworkArrays:
    """All trials.

    Attributes
    ----------
    treatments
        The first is the treatment that every effect is against.
    printed
        Trials that enter by their contrasts; None if there are none.
    counted
        Trials that enter by their counts; None if there are none.
    coordinates
        From all trials by their contrasts; not part of the model.
    """

    treatments: tuple[str, ...]
    printed: IndependentContrasts | None
    counted: CountedTrials | None
    coordinates: Coordinates


def _row(treatments: tuple[str, ...], treatment: str, versus: str) -> FloatArray:
    row = np.zeros(len(treatments))
    row[treatments.index(treatment)] += 1.0
    row[treatments.index(versus)] -= 1.0
    return row[1:]


def _counted(treatments: tuple[str, ...], arms: list[list[ArmCount]], are_rates: bool) -> CountedTrials:
    # Two arms of one treatment in a trial are two data points here, though their contrast is known to be 0.
    measure: ArmMeasure = "log_irr" if are_rates else "log_or"
    trials = [trial_from_arms(own[0].study, own, measure, _CORRECTION) for own in arms]
    events, n, trial, contrast, design = [], [], [], [], list[FloatArray]()
    for number, own in enumerate(arms):
        for arm in own:
            events.append(arm.events)
            n.append(float(arm.person_time or 0.0) if are_rates else arm.n)
            trial.append(number)
            contrast.append(-1 if arm is own[0] else len(design))
            if arm is not own[0]:
                design.append(_row(treatments, arm.treatment, own[0].treatment))
    x, size = np.array(events, float), np.array(n, float)
    yes = x + _CORRECTION
    no = size if are_rates else size - x + _CORRECTION
    return CountedTrials(
        events=x,
        n=size,
        are_rates=are_rates,
        trial=np.array(trial, np.int64),
        contrast=np.array(contrast, np.int64),
        design=np.array(design),
        turned=_independent(treatments, trials),
        back=block_diag(*(np.linalg.inv(_turn(t)[1]).T for t in trials)),
        level=np.log(yes / no),
        precision=yes if are_rates else 1.0 / (1.0 / yes + 1.0 / no),
        trials=len(arms),
    )


def _turn(trial: TrialContrasts) -> tuple[FloatArray, FloatArray]:
    """Give the growth of the turned contrasts of a trial, and U, whose transpose turns them."""
    growth, turn = eigh(compound_structure(len(trial.effect)), trial.covariance)
    return growth, turn


def _independent(treatments: tuple[str, ...], trials: Sequence[TrialContrasts]) -> IndependentContrasts:
    effects, designs, growths = [], [], []
    for trial in trials:
        design = np.array([_row(treatments, arm, trial.treatments[0]) for arm in trial.treatments[1:]])
        growth, turn = _turn(trial)
        effects.append(turn.T @ trial.effect)
        designs.append(turn.T @ design)
        growths.append(growth)
    return IndependentContrasts(np.concatenate(effects), np.concatenate(designs), np.concatenate(growths))


def _coordinates(contrasts: IndependentContrasts, tau2: float) -> Coordinates:
    """Join the covariance of the effects without variance between trials with its growth under much of it."""
    x = contrasts.design
    none = np.linalg.inv(x.T @ x)
    much = np.linalg.inv(x.T @ (x / contrasts.growth[:, None]))
    growth, vectors = eigh(much, none)
    weight = 1.0 / (1.0 + tau2 * contrasts.growth)
    mean = np.asarray(np.linalg.solve(x.T @ (x * weight[:, None]), x.T @ (weight * contrasts.effect)), np.float64)
    return Coordinates(mean, none @ vectors, np.maximum(growth, 0.0))


def network_arrays(data: ContrastData, reference: str, tau2: float) -> NetworkArrays:
    """Lay out a network for the sampler.

    Trials given by counts keep their counts when the scale is the log odds ratio or the log rate ratio, so that a
    zero cell needs no correction; on other scales their contrasts are used.

    Parameters
    ----------
    data
        A connected network.
    reference
        Treatment that effects are against.
    tau2
        A likely variance between trials; decides where the sampler begins, not where it ends.
    """
    treatments = (reference, *(name for name in data.treatments if name != reference))
    by_study = defaultdict[str, list[ArmCount]](list)
    if data.measure in ("log_or", "log_irr"):
        for arm in data.counts:
            by_study[arm.study].append(arm)
    counted = [trial for trial in data.trials if trial.study in by_study]
    printed = [trial for trial in data.trials if trial.study not in by_study]
    return NetworkArrays(
        treatments,
        _independent(treatments, printed) if printed else None,
        _counted(treatments, [by_study[trial.study] for trial in counted], data.measure == "log_irr")
        if counted
        else None,
        _coordinates(_independent(treatments, data.trials), tau2),
    )
