"""A cheap stand-in for the simulator: a quadratic for each target, its terms held small by a prior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_CURVATURE = (0.0, 0.03, 0.1, 0.3, 1.0)
_NOISE = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """Gaussian process with a linear and a quadratic kernel.

    Parameters
    ----------
    inputs
        Coordinates where the simulator ran, shape (run, parameter).
    curvature
        Weight of the quadratic kernel for each target.
    weights
        Shape (run, target).
    centre, scale
        Of each target.
    noise_sd
        What the surface leaves unexplained for each target: the chance of the simulated patients and lack of fit.
    error_sd
        Typical standard error of the surface itself.
    """

    inputs: np.ndarray
    curvature: np.ndarray
    weights: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    noise_sd: np.ndarray
    error_sd: np.ndarray

    def predict(self, u: np.ndarray) -> np.ndarray:
        """Predict the targets at coordinates of shape (point, parameter)."""
        linear, quadratic = kernels(u, self.inputs)
        surface = linear @ self.weights + quadratic @ (self.weights * self.curvature)
        return np.asarray(self.centre + self.scale * surface)


def kernels(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the linear and the quadratic kernel between two sets of coordinates."""
    inner = (a @ b.T) / a.shape[1]
    return inner + 1.0, inner**2


def fit_emulator(inputs: np.ndarray, outputs: np.ndarray) -> Emulator:
    """Fit the surface of every target; curvature and noise are those of highest marginal likelihood on a grid.

    Parameters
    ----------
    inputs
        Shape (run, parameter).
    outputs
        Shape (run, target), finite.
    """
    runs, targets = outputs.shape
    centre, scale = outputs.mean(axis=0), np.maximum(outputs.std(axis=0), 1e-9)
    y = (outputs - centre) / scale
    linear, quadratic = kernels(inputs, inputs)
    best = np.full(targets, -np.inf)
    curvature, noise, error = np.zeros(targets), np.ones(targets), np.zeros(targets)
    weights = np.zeros((runs, targets))
    for bend in _CURVATURE:
        values, vectors = np.linalg.eigh(linear + bend * quadratic)
        values, turned = np.maximum(values, 0.0), vectors.T @ y
        for level in _NOISE:
            total = values + level  # signal variance follows in closed form
            signal = (turned**2 / total[:, None]).mean(axis=0)
            score = -0.5 * runs * np.log(np.maximum(signal, 1e-12)) - 0.5 * np.log(total).sum()
            better = score > best
            best = np.where(better, score, best)
            curvature[better], noise[better] = bend, np.sqrt(level * signal[better])
            weights[:, better] = vectors @ (turned[:, better] / total[:, None])
            leverage = (values * level / total).mean()  # mean posterior variance of the surface at the runs
            error[better] = np.sqrt(leverage * signal[better])
    return Emulator(
        inputs=inputs,
        curvature=curvature,
        weights=weights,
        centre=centre,
        scale=scale,
        noise_sd=noise * scale,
        error_sd=error * scale,
    )
