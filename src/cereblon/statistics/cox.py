"""Cox regression on arrays: weights, strata and late entry, ties by Efron's method, and the sandwich covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.follow_up import Floats, FollowUp
from cereblon.statistics.partial_likelihood import PartialLikelihood

_ROUNDS, _HALVINGS = 60, 30
_STEP, _GAIN = 1e-10, 1e-13  # of a standardised coefficient; of the log likelihood, relative
_SINGULAR = 1e-14  # ratio of the eigenvalues of the information, in standardised covariates


@dataclass(frozen=True, slots=True)
class CoxFit:
    """A fitted Cox regression.

    Parameters
    ----------
    coefficients
        Log hazard ratio per unit of each covariate.
    covariance
        Inverse of the information: right where every subject counts once.
    robust
        Sandwich: right where subjects are weighted, or have several rows.
    """

    coefficients: Floats
    covariance: Floats
    robust: Floats

    @property
    def errors(self) -> Floats:
        """Standard errors from the information."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def robust_errors(self) -> Floats:
        """Standard errors from the sandwich."""
        return np.sqrt(np.diag(self.robust))


class NotSettledError(ArithmeticError):
    """The partial likelihood has no maximum that Newton's method finds."""


def fit_cox(data: FollowUp, design: Floats, *, subject: ArrayInput | None = None) -> CoxFit:
    """Maximise the partial likelihood by Newton's method.

    Parameters
    ----------
    data
        Of every row; weights are positive.
    design
        Covariates, one column each.
    subject
        Label per row, where a subject has several; each row is a subject unless given.

    Raises
    ------
    NotSettledError
        If a covariate is constant or follows from the others, or nobody has the event.

    Source
    ------
    Cox, J R Stat Soc B 1972;34:187; Efron, J Am Stat Assoc 1977;72:557; Lin and Wei, J Am Stat Assoc 1989;84:1074
    (the sandwich, in the form for Efron's ties and weights that R survival documents).
    """
    scale = design.std(axis=0)
    if not data.observed.any() or not (scale > 0).all():
        raise NotSettledError
    partial = PartialLikelihood(data, (design - design.mean(axis=0)) / scale)
    with np.errstate(all="ignore"):  # an overlong step is told by its likelihood and shortened
        beta = _climb(partial)
        information = partial.at(beta).information
        covariance = _inverse(information)
        moved = _by_subject(partial.score_residuals(beta), subject) @ covariance
    units = np.outer(scale, scale)
    return CoxFit(beta / scale, covariance / units, moved.T @ moved / units)


def _climb(partial: PartialLikelihood) -> Floats:
    beta = np.zeros(partial.width)
    here = partial.at(beta)
    for _ in range(_ROUNDS):
        step = _inverse(here.information) @ here.score
        following = partial.at(beta + step)
        for _ in range(_HALVINGS):
            if following.value >= here.value - _GAIN * (1 + abs(here.value)):
                break
            step = step / 2
            following = partial.at(beta + step)
        beta, gain, here = beta + step, following.value - here.value, following
        if np.abs(step).max() < _STEP or abs(gain) < _GAIN * (1 + abs(here.value)):
            return beta
    raise NotSettledError


def _inverse(information: Floats) -> Floats:
    if not np.isfinite(information).all():
        raise NotSettledError
    sizes = np.linalg.eigvalsh(information)
    if not sizes[0] > _SINGULAR * sizes[-1]:
        raise NotSettledError
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


def _by_subject(residuals: Floats, subject: ArrayInput | None) -> Floats:
    if subject is None:
        return residuals
    numbers, place = np.unique(np.asarray(subject), return_inverse=True)
    sums = np.zeros((len(numbers), residuals.shape[1]))
    np.add.at(sums, place, residuals)
    return sums
