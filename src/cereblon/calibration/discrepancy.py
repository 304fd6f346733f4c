"""How far a published number may lie from what the model predicts, beyond its size: between trials, estimated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cereblon.calibration.targets import CalibrationTarget
from cereblon.trials.comparison_scale import Kind, group_of

GROUPS: Mapping[str, float] = {
    "response": 0.3,
    "depth": 0.5,
    "residual": 0.5,
    "stopping": 0.5,
    "landmark": 0.3,
    "time": 0.2,
    "ratio": 0.08,
}
"""Groups of endpoints with one spread each, and where its estimation starts: logit for the first five, else log."""

SHARED: Mapping[str, float] = {name: 0.8 if name in ("depth", "residual", "time") else 0.5 for name in GROUPS}
"""Part of the between-trial variance that the numbers of one group in one study have in common.

Judged on the likelihood of the calibration studies' residuals: it is higher at 0.8 than at 0.5 by 2.7 for times and
by 0.8 for complete response and residual disease, and flat for the others.
"""
_PRIOR_SD = 0.5
_NARROWEST, _WIDEST = 0.01, 2.0


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Standard deviation between trials of each of `GROUPS`, on the scale of its numbers."""

    sd: Mapping[str, float] = field(default_factory=lambda: dict(GROUPS))

    def of(self, endpoint: str, kind: Kind) -> float:
        """Give the standard deviation for an endpoint."""
        return self.sd[group_of(endpoint, kind)]

    @classmethod
    def from_numbers(cls, numbers: Iterable[float]) -> Discrepancy:
        """Make one of numbers in the order of `GROUPS`."""
        return cls({name: float(number) for name, number in zip(GROUPS, numbers, strict=True)})


def shared_part(endpoint: str, kind: Kind) -> float:
    """Give the part of the between-trial variance of an endpoint that the arms of one study have in common."""
    return SHARED[group_of(endpoint, kind)]


def groups_of(targets: Iterable[CalibrationTarget]) -> np.ndarray:
    """Name which of `GROUPS` each number belongs to."""
    return np.array([group_of(target.endpoint, target.kind) for target in targets])


def pattern(targets: Sequence[CalibrationTarget]) -> np.ndarray:
    """Give the between-trial covariance per unit of variance, one matrix for each of `GROUPS`."""
    study = np.array([target.study for target in targets])
    group = groups_of(targets)
    same_study = study[:, None] == study[None, :]
    matrices = []
    for one in GROUPS:
        both = (group == one)[:, None] & (group == one)[None, :]
        shared = np.where(same_study & both, SHARED[one], 0.0)
        matrices.append(shared + np.diag(np.where(group == one, 1.0 - SHARED[one], 0.0)))
    return np.stack(matrices)


def sampling_variance(targets: Sequence[CalibrationTarget]) -> np.ndarray:
    """Give the variance of each published number by chance in a study of its size, on its scale."""
    return np.array([target.sampling_sd**2 for target in targets])


def covariance(
    targets: Sequence[CalibrationTarget], discrepancy: Discrepancy, simulation_variance: np.ndarray
) -> np.ndarray:
    """Give the covariance of published minus predicted: sampling in study and simulation, and between trials.

    Parameters
    ----------
    targets
        Published numbers.
    discrepancy
        Between trials.
    simulation_variance
        Of the simulated value of each target for given parameters, on its scale.
    """
    sampling = np.diag(sampling_variance(targets) + simulation_variance)
    weights = np.array([discrepancy.sd[name] ** 2 for name in GROUPS])
    return np.asarray(sampling + np.einsum("k,kij->ij", weights, pattern(targets)))


def estimate_left_out(group: np.ndarray, residual: np.ndarray, variance: np.ndarray) -> Discrepancy:
    """Estimate the variance between trials from predictions of studies that were not fitted.

    Residuals of a fit are too small, because the fit has followed the numbers. Here each number is judged by itself,
    as intervals are (a composite likelihood). The prior is that of `estimate`.

    Parameters
    ----------
    group
        Which of `GROUPS` each published number belongs to.
    residual
        Published minus predicted while the study was not fitted, on the scale of each.
    variance
        Of each residual without the variance between trials.
    """
    from scipy.optimize import minimize_scalar

    def loss(log_sd: float, own: np.ndarray) -> float:
        sd = float(np.exp(log_sd))
        whole = variance[own] + sd**2
        fit = np.sum(np.log(whole) + residual[own] ** 2 / whole)
        return float(0.5 * fit + 0.5 * (sd / _PRIOR_SD) ** 2 - log_sd)

    found = []
    for name in GROUPS:
        own = np.flatnonzero(group == name)
        best = minimize_scalar(loss, bounds=np.log([_NARROWEST, _WIDEST]), args=(own,), method="bounded")
        found.append(float(np.exp(best.x)))
    return Discrepancy.from_numbers(found)


def estimate(targets: Sequence[CalibrationTarget], residual: np.ndarray, other: np.ndarray) -> Discrepancy:
    """Estimate the variance between trials by maximum a posteriori on the residuals of a fit.

    Parameters
    ----------
    targets
        Published numbers.
    residual
        Published minus predicted, on the scale of each.
    other
        Covariance of the residuals without the variance between trials.

    Returns
    -------
        Under a half-normal prior with standard deviation 0.5 for each group.
    """
    from scipy.optimize import minimize

    matrices = pattern(targets)

    def loss(log_sd: np.ndarray) -> tuple[float, np.ndarray]:
        """Give the negative log posterior and its derivative."""
        variance = np.exp(2.0 * log_sd)
        whole = other + np.einsum("k,kij->ij", variance, matrices)
        inverse, (_, log_determinant) = np.linalg.inv(whole), np.linalg.slogdet(whole)
        weighted = inverse @ residual
        prior = variance / _PRIOR_SD**2
        slope = np.einsum("kij,ij->k", matrices, inverse - np.outer(weighted, weighted))
        value = 0.5 * (log_determinant + residual @ weighted) + 0.5 * np.sum(prior) - np.sum(log_sd)
        return float(value), variance * slope + prior - 1.0

    best = minimize(loss, np.log(list(GROUPS.values())), jac=True, method="L-BFGS-B")
    return Discrepancy.from_numbers(np.exp(best.x))
