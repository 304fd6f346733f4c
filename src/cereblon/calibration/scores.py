"""How good predictions are: bias, spread and honesty of their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.trials.uncertainty import Z90


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionScores:
    """Scores of predictions of a set of published numbers, each on its scale.

    Parameters
    ----------
    mean_abs_z
        Mean distance of published from predicted, in predictive standard deviations; 0.8 for an honest prediction.
    rms
        Root mean square of published minus predicted, on the scales (logit, log).
    inside_90
        Share of published values inside the 90 % prediction interval.
    log_score
        Mean log predictive density of one number; larger is better.
    n
        Published numbers.
    """

    mean_abs_z: float
    rms: float
    inside_90: float
    log_score: float
    n: int


def score(published: np.ndarray, centre: np.ndarray, sd: np.ndarray) -> PredictionScores:
    """Score normal predictions, each number by itself."""
    z = (published - centre) / sd
    return PredictionScores(
        mean_abs_z=float(np.abs(z).mean()),
        rms=float(np.sqrt(((published - centre) ** 2).mean())),
        inside_90=float((np.abs(z) <= Z90).mean()),
        log_score=float(log_density(published, centre, sd).mean()),
        n=len(published),
    )


def log_density(published: np.ndarray, centre: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Give the log predictive density of each number."""
    z = (published - centre) / sd
    return np.asarray(-0.5 * z**2 - np.log(sd) - 0.5 * np.log(2 * np.pi))
