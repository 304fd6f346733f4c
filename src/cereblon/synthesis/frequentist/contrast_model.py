"""The linear model behind every synthesis: contrasts of independent trials, correlated within a trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.measure import FloatArray


@dataclass(frozen=True)
class StackedContrasts:
    """Trials that give the same number m of contrasts, stacked for speed.

    Attributes
    ----------
    rows
        Positions of their contrasts in the model, shape (trial, m).
    covariance
        Sampling covariance, shape (trial, m, m).
    structure
        What one unit of between-trial variance adds to each covariance, shape (m, m).
    """

    rows: NDArray[np.intp]
    covariance: FloatArray
    structure: FloatArray


@dataclass(frozen=True)
class ContrastModel:
    """Effects y with design X, where trials are independent and var(y) = V + tau2 S.

    Attributes
    ----------
    y
        Observed effects, one per contrast with its trial's baseline arm.
    design
        Shape (contrast, coefficient), of full column rank.
    blocks
        Covariances by number of contrasts per trial.
    """

    y: FloatArray
    design: FloatArray
    blocks: tuple[StackedContrasts, ...]

    @property
    def df(self) -> int:
        """Contrasts minus coefficients."""
        return int(self.design.shape[0] - self.design.shape[1])

    def with_design(self, design: FloatArray) -> ContrastModel:
        """Give the same data another design."""
        return ContrastModel(self.y, design, self.blocks)


@dataclass(frozen=True)
class ContrastFit:
    """Weighted least squares at a given between-trial variance.

    Attributes
    ----------
    coefficients, covariance
        Estimates and their covariance.
    q
        Weighted sum of squared residuals.
    log_likelihood
        Restricted, without constants.
    score
        Derivative of the restricted log-likelihood by the between-trial variance.
    trace
        tr(P S): expected change of `q` per unit of between-trial variance when weights stay as they are.
    """

    coefficients: FloatArray
    covariance: FloatArray
    q: float
    log_likelihood: float
    score: float
    trace: float


def compound_structure(m: int) -> FloatArray:
    """Give the covariance of m contrasts with one baseline when each contrast varies by 1 between trials.

    Every pair of arms has the same variance, so contrasts that share an arm have covariance one half.

    Source
    ------
    Higgins and Whitehead, Statistics in Medicine 1996; 15: 2733-2749.
    """
    return 0.5 * (np.eye(m) + np.ones((m, m)))


def build_model(
    effects: Sequence[FloatArray], covariances: Sequence[FloatArray], design: FloatArray
) -> ContrastModel:
    """Stack trials into a model.

    Parameters
    ----------
    effects
        Per trial, its contrasts with its baseline arm.
    covariances
        Per trial, their sampling covariance.
    design
        Rows in the order of the stacked contrasts.
    """
    sizes = np.array([len(effect) for effect in effects], dtype=np.intp)
    starts = np.cumsum(sizes) - sizes
    blocks = []
    for m in sorted(set(sizes.tolist())):
        members = np.flatnonzero(sizes == m)
        rows = starts[members][:, None] + np.arange(m)
        blocks.append(StackedContrasts(rows, np.stack([covariances[int(i)] for i in members]), compound_structure(m)))
    return ContrastModel(np.concatenate(effects), design, tuple(blocks))


def fit(model: ContrastModel, tau2: float = 0.0) -> ContrastFit:
    """Fit the model with between-trial variance `tau2`.

    Parameters
    ----------
    model
        Data and design.
    tau2
        Not negative; 0 for a fixed-effect fit.
    """
    x, p = model.design, model.design.shape[1]
    weighted: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = []
    information, moment, log_det = np.zeros((p, p)), np.zeros(p), 0.0
    for block in model.blocks:
        total = block.covariance + tau2 * block.structure
        weight = np.asarray(np.linalg.inv(total), np.float64)
        log_det += float(np.linalg.slogdet(total)[1].sum())
        xb, yb = x[block.rows], model.y[block.rows]
        wx = weight @ xb
        information += _over_contrasts(xb, wx)
        moment += np.einsum("bmp,bm->p", wx, yb)
        weighted.append((xb, yb, weight, wx))
    try:
        covariance = np.linalg.inv(information)
    except np.linalg.LinAlgError as error:
        raise InputError(
            "the effects cannot be computed: standard errors of the trials differ by too many magnitudes",
            hint="check the smallest and the largest standard error",
        ) from error
    covariance = 0.5 * (covariance + covariance.T)
    beta = covariance @ moment
    q = trace_ws = quadratic = 0.0
    xwswx = np.zeros((p, p))
    for block, (xb, yb, weight, wx) in zip(model.blocks, weighted, strict=True):
        wr = np.einsum("bmn,bn->bm", weight, yb - xb @ beta)
        q += float(np.einsum("bm,bm->", wr, yb - xb @ beta))
        quadratic += float(np.einsum("bm,mn,bn->", wr, block.structure, wr))
        trace_ws += float(np.einsum("bmn,nm->", weight, block.structure))
        xwswx += _over_contrasts(wx, block.structure @ wx)
    trace = trace_ws - float(np.einsum("pq,qp->", covariance, xwswx))
    log_likelihood = -0.5 * (log_det + float(np.linalg.slogdet(information)[1]) + q)
    return ContrastFit(beta, covariance, q, log_likelihood, 0.5 * (quadratic - trace), trace)


def _over_contrasts(left: FloatArray, right: FloatArray) -> FloatArray:
    """Sum the outer products of rows, shape (trial, m, coefficient); as one product, since einsum takes ten times."""
    p = left.shape[-1]
    return np.asarray(left.reshape(-1, p).T @ right.reshape(-1, p), np.float64)
