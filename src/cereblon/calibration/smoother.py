"""Ensemble smoother with multiple data assimilation: the posterior as an ensemble, without derivatives.

Source
------
Emerick and Reynolds, Computers and Geosciences 2013;55:3-15 (the smoother); Luo and Bhakta, J Pet Sci Eng
2020;184:106559 (localisation by correlation). Recalled, not read again.
"""

from __future__ import annotations

import numpy as np

_FARTHEST = 3.0  # one absurd residual must not drag every parameter


def update(
    u: np.ndarray,
    predicted: np.ndarray,
    published: np.ndarray,
    covariance: np.ndarray,
    *,
    inflation: float,
    draws: np.ndarray,
) -> np.ndarray:
    """Move an ensemble towards the published numbers by one assimilation.

    Parameters
    ----------
    u
        Coordinates, shape (member, parameter).
    predicted
        Simulated values on the scale of the targets, shape (member, target), finite.
    published
        On the same scale, shape (target,).
    covariance
        Of published minus predicted for the true parameters.
    inflation
        Of the covariance; the inverses of all assimilations add up to 1.
    draws
        Standard normal, shape (member, target): every member sees the data with an error of its own.

    Returns
    -------
        Coordinates after the assimilation, same shape.
    """
    members = len(u)
    du, dy = u - u.mean(axis=0), predicted - predicted.mean(axis=0)
    cross, spread = du.T @ dy / (members - 1), dy.T @ dy / (members - 1)
    scale = np.sqrt(np.outer(du.var(axis=0, ddof=1), np.maximum(dy.var(axis=0, ddof=1), 1e-12)))
    cross = cross * taper(cross / np.maximum(scale, 1e-12), members)
    error = inflation * covariance
    root = np.linalg.cholesky(error)
    innovation = published + draws @ root.T - predicted
    limit = _FARTHEST * np.sqrt(np.diag(spread + error))
    innovation = np.clip(innovation, -limit, limit)
    return np.asarray(u + innovation @ np.linalg.solve(spread + error, cross.T))


def taper(correlation: np.ndarray, members: int) -> np.ndarray:
    """Weigh correlations of a small ensemble: 0 where they are within the noise, near 1 where they are far outside.

    Parameters
    ----------
    correlation
        Of parameters with predictions.
    members
        Of the ensemble; chance alone gives correlations of about one over its root.
    """
    noise = 1.0 / np.sqrt(members)
    excess = np.maximum(correlation**2 - noise**2, 0.0)
    return np.asarray(excess / np.maximum(correlation**2, 1e-12))


def finite(predicted: np.ndarray, published: np.ndarray) -> np.ndarray:
    """Replace what could not be predicted by the ensemble's mean, which moves nobody; without one by the target."""
    known = np.isfinite(predicted)
    count = known.sum(axis=0)
    mean = np.where(count > 0, np.where(known, predicted, 0.0).sum(axis=0) / np.maximum(count, 1), published)
    return np.where(known, predicted, mean)
