"""Logistic regression for propensity scores and models of censoring: by statsmodels, and faster for samples."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.statistics.logistic_regression import logistic_coefficients

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_FOLLOWS = 1e-8  # of the length of a column: less than this apart from others is rounding
_LARGEST = 30.0  # of a linear predictor: a probability within 1e-13 of 0 or 1


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """A fitted logistic regression; the first coefficient is the intercept."""

    coefficients: Floats

    def probability(self, design: Floats) -> Floats:
        """Give the probability of each row of a design without intercept."""
        predictor = self.coefficients[0] + design @ self.coefficients[1:]
        return np.asarray(1 / (1 + np.exp(-np.clip(predictor, -_LARGEST, _LARGEST))))


Fit = Callable[[Floats, Bools], LogisticFit]
"""A way to fit: covariates without intercept, and the outcome of each row."""


def fit_logistic(design: Floats, outcome: Bools) -> LogisticFit:
    """Fit by iteratively reweighted least squares of statsmodels.

    Parameters
    ----------
    design
        Covariates, one column each, without intercept; columns that are constant, or follow from columns before them,
        have the coefficient 0.
    outcome
        Of each row.

    Raises
    ------
    InputError
        If all rows have one outcome, the fit does not settle, or statsmodels is not installed.
    """
    try:
        import statsmodels.api as sm
        from statsmodels.tools.sm_exceptions import PerfectSeparationError
    except ImportError as error:
        raise InputError(
            "treatment is modelled by statsmodels, which is not installed", hint='pip install "cereblon[cohort]"'
        ) from error

    def fitted(matrix: Floats) -> Floats:
        model = sm.GLM(outcome.astype(np.float64), matrix, family=sm.families.Binomial())
        try:
            return np.asarray(model.fit().params, np.float64)
        except PerfectSeparationError as error:
            raise np.linalg.LinAlgError(str(error)) from error

    return _standardised(design, outcome, fitted)


def fit_logistic_again(design: Floats, outcome: Bools) -> LogisticFit:
    """Fit a sample of patients who were drawn again, to what `fit_logistic` gives, in a fifth of the time.

    Raises
    ------
    InputError
        If all rows have one outcome, or the fit does not settle.
    """
    return _standardised(design, outcome, lambda matrix: logistic_coefficients(matrix, outcome))


def _standardised(design: Floats, outcome: Bools, fitted: Callable[[Floats], Floats]) -> LogisticFit:
    """Fit standardised covariates and an intercept, and give coefficients of the covariates as they are."""
    if outcome.all() or not outcome.any():
        raise InputError("a logistic regression needs both outcomes, and all rows have the same")
    centre, scale = design.mean(axis=0), design.std(axis=0)
    varies = _independent(design, centre)
    matrix = np.column_stack([np.ones(len(outcome)), (design[:, varies] - centre[varies]) / scale[varies]])
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of groups told apart: probabilities stand
            found = fitted(matrix)
    except np.linalg.LinAlgError as error:
        raise InputError("a logistic regression does not settle: a covariate tells the groups apart") from error
    coefficients = np.zeros(design.shape[1] + 1)
    coefficients[1:][varies] = found[1:] / scale[varies]
    coefficients[0] = found[0] - float((coefficients[1:] * centre).sum())
    return LogisticFit(coefficients)


def _independent(design: Floats, centre: Floats) -> Bools:
    """Mark columns that do not follow from the intercept and columns before them.

    Tests that are missing in the same patients give such columns, and the fit of statsmodels then need not settle.
    """
    found, basis = np.zeros(design.shape[1], np.bool_), np.zeros((len(design), 0))
    for number, column in enumerate((design - centre).T):
        left = column - basis @ (basis.T @ column)
        size, whole = float(np.linalg.norm(left)), float(np.linalg.norm(design[:, number]))
        if size > _FOLLOWS * whole:
            found[number] = True
            basis = np.column_stack([basis, left / size])
    return found
