"""Poisson regression with an offset, by iteratively reweighted least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from cereblon.core.errors import InputError
from cereblon.synthesis.curves.digitised import Floats

_ROUNDS = 60
_UNIDENTIFIED = (
    "the data do not identify every coefficient: a treatment has no events in some interval, or intervals are "
    "narrower than the follow-up of a trial"
)
_RUN_AWAY = 15.0  # a log rate ratio beyond this has run away: a cell without any event


@dataclass(frozen=True, slots=True)
class PoissonFit:
    """A fitted Poisson regression.

    Parameters
    ----------
    coefficients, covariance
        Estimates and inverse information.
    log_likelihood, deviance
        As R glm gives them.
    """

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    deviance: float

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * len(self.coefficients) - 2 * self.log_likelihood


def fit_poisson(design: Floats, counts: Floats, exposure: Floats) -> PoissonFit:
    """Fit log(mean) = log(exposure) + design @ coefficients.

    Parameters
    ----------
    design
        Rows by coefficients, of full rank.
    counts, exposure
        Events and positive person-time.

    Raises
    ------
    InputError
        If the design is not of full rank, or the fit does not settle.

    Source
    ------
    McCullagh and Nelder, Generalized linear models, 2nd ed. 1989, section 2.5.
    """
    # Columns of powers of time differ by orders of magnitude: scaled here, so that the rank can be judged.
    scale = np.sqrt((design**2).mean(axis=0))
    if (scale == 0).any() or np.linalg.matrix_rank(design / scale, tol=1e-8 * len(design)) < design.shape[1]:
        raise InputError(_UNIDENTIFIED, hint="use fewer or wider intervals")
    x = design / scale
    offset = np.log(exposure)
    mean = counts + 0.1
    beta = np.zeros(x.shape[1])
    deviance = np.inf
    for _ in range(_ROUNDS):
        eta = np.log(mean)
        working = eta - offset + (counts - mean) / mean
        information = (x.T * mean) @ x
        try:
            beta = np.linalg.solve(information, (x.T * mean) @ working)
        except np.linalg.LinAlgError as error:
            raise InputError(_UNIDENTIFIED, hint="use fewer or wider intervals") from error
        mean = np.exp(np.clip(offset + x @ beta, -50, 50))
        following = 2 * float(
            (np.where(counts > 0, counts * np.log(np.maximum(counts, 1) / mean), 0.0) - (counts - mean)).sum()
        )
        settled = abs(following - deviance) < 1e-10 * (abs(following) + 0.1)
        deviance = following
        if settled:
            break
    else:
        raise InputError("the Poisson regression does not settle", hint="use fewer or wider intervals")
    try:
        covariance = np.linalg.inv((x.T * mean) @ x) / np.outer(scale, scale)
    except np.linalg.LinAlgError as error:
        raise InputError(_UNIDENTIFIED, hint="use fewer or wider intervals") from error
    likelihood = float((counts * np.log(mean) - mean - gammaln(counts + 1)).sum())
    return PoissonFit(beta / scale, np.asarray(covariance, dtype=np.float64), likelihood, deviance)


def has_run_away(fit: PoissonFit, columns: slice) -> bool:
    """Say whether a coefficient left every plausible range, as it does where a cell has no event."""
    return bool((np.abs(fit.coefficients[columns]) > _RUN_AWAY).any())
