"""Head-to-head evidence of one comparison."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.contrast_model import fit
from cereblon.synthesis.frequentist.measure import Interval
from cereblon.synthesis.frequentist.pairwise import PairwiseResult, PredictionDf, one_effect_model, pool


@dataclass(frozen=True)
class DirectEvidence:
    """Trials that compare two treatments head to head, pooled.

    Attributes
    ----------
    treatment, versus
        Above and below the line.
    studies
        The trials.
    effect, se
        Inverse-variance mean with the network's variance between trials added to each trial.
    """

    treatment: str
    versus: str
    studies: tuple[str, ...]
    effect: float
    se: float


def pool_direct(data: ContrastData, treatment: str, versus: str, tau2: float) -> DirectEvidence | None:
    """Pool the head-to-head trials of a comparison; None when there are none.

    Parameters
    ----------
    data
        Trials of the network.
    treatment, versus
        Above and below the line.
    tau2
        Variance between trials, that of the whole network: one comparison alone tells too little about it.
    """
    own = [trial for trial in data.trials if treatment in trial.treatments and versus in trial.treatments]
    if not own:
        return None
    effects, variances = zip(*(trial.contrast(treatment, versus) for trial in own), strict=True)
    fitted = fit(one_effect_model(effects, np.sqrt(np.asarray(variances))), tau2)
    return DirectEvidence(
        treatment,
        versus,
        tuple(trial.study for trial in own),
        float(fitted.coefficients[0]),
        float(np.sqrt(fitted.covariance[0, 0])),
    )


def pool_head_to_head(
    data: ContrastData,
    treatment: str,
    versus: str,
    *,
    model: str = "random",
    tau2_method: str = "REML",
    interval: Interval = "wald",
    prediction: PredictionDf = "k-2",
    level: float = 0.95,
) -> PairwiseResult:
    """Make the pairwise meta-analysis of one comparison, with its own variance between trials.

    Parameters
    ----------
    data
        Trials, of which those with both treatments are used.
    treatment, versus
        Above and below the line.
    model, tau2_method, interval, prediction, level
        See `pool`.

    Returns
    -------
        With the notes of `data`.

    Raises
    ------
    InputError
        If no trial compares the two.
    """
    own = [trial for trial in data.trials if treatment in trial.treatments and versus in trial.treatments]
    if treatment == versus or not own:
        known = ", ".join(data.treatments)
        raise InputError(f"no trial compares {treatment} with {versus}", hint=f"treatments in the data: {known}")
    effects, variances = zip(*(trial.contrast(treatment, versus) for trial in own), strict=True)
    result = pool(
        effects,
        np.sqrt(np.asarray(variances)),
        studies=[trial.study for trial in own],
        measure=data.measure,
        model=model,
        tau2_method=tau2_method,
        interval=interval,
        prediction=prediction,
        level=level,
    )
    return replace(result, notes=data.notes + result.notes)
