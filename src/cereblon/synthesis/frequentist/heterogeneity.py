"""Variance between trials: estimators, interval, and the statistics that describe it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cereblon.core.errors import InputError, unknown_name
from cereblon.statistics.distributions import chi_squared_quantile, chi_squared_tail
from cereblon.synthesis.frequentist.contrast_model import ContrastFit, ContrastModel, fit
from cereblon.synthesis.frequentist.measure import check_level

Tau2Method = Literal["DL", "PM", "REML"]
TAU2_METHODS: tuple[Tau2Method, ...] = get_args(Tau2Method)
Synthesis = Literal["fixed", "random"]

_GRID = 24  # points on which the restricted likelihood is compared before its best cell is searched


@dataclass(frozen=True)
class Heterogeneity:
    """How much trials differ beyond chance.

    Attributes
    ----------
    q, df, p
        Cochran's Q with fixed-effect weights, its degrees of freedom and p value (None without degrees of freedom).
    i2
        (Q - df) / Q, at least 0: the share of the variation that is not chance, 0 to 1; None without df.
    h2
        Q / df; None without df.
    tau2_method
        DL (DerSimonian-Laird, generalised to networks), PM (Paule-Mandel) or REML.
    tau2
        Variance of true effects between trials; None without degrees of freedom.
    tau2_low, tau2_high
        Q-profile interval of `tau2`; both 0 when trials agree better than chance explains. None without df.
    level
        Level of that interval.
    """

    q: float
    df: int
    p: float | None
    i2: float | None
    h2: float | None
    tau2_method: Tau2Method
    tau2: float | None
    tau2_low: float | None
    tau2_high: float | None
    level: float

    def to_row(self) -> dict[str, str | int | float | None]:
        """Give the statistics as columns of one table row."""
        return {
            "q": self.q,
            "df": self.df,
            "p_q": self.p,
            "i2": self.i2,
            "h2": self.h2,
            "tau2": self.tau2,
            "tau2_low": self.tau2_low,
            "tau2_high": self.tau2_high,
            "tau2_method": self.tau2_method,
        }


def check_tau2_method(method: str) -> Tau2Method:
    """Return the name of an estimator, typed; refuse an unknown one with UnknownNameError."""
    for known in TAU2_METHODS:
        if method == known:
            return known
    raise unknown_name("tau2 method", method, TAU2_METHODS)


def check_synthesis(model: str) -> Synthesis:
    """Return fixed or random, typed; refuse anything else with UnknownNameError."""
    if model == "fixed":
        return "fixed"
    if model == "random":
        return "random"
    raise unknown_name("model", model, ("fixed", "random"))


def _above(model: ContrastModel, reached: Callable[[ContrastFit], bool]) -> float:
    """Find a between-trial variance so large that `reached` holds, by doubling."""
    typical = float(np.mean([np.mean(np.diagonal(b.covariance, axis1=1, axis2=2)) for b in model.blocks]))
    upper = max(typical, float(np.var(model.y)), 1e-12)
    for _ in range(200):
        if reached(fit(model, upper)):
            return upper
        upper *= 2.0
    raise InputError("the variance between trials has no finite estimate", hint="check effects and standard errors")


def _solve_q(model: ContrastModel, target: float) -> float:
    """Find the variance at which generalised Q, which falls with it, equals `target`; 0 if it is below already."""
    if fit(model).q <= target:
        return 0.0
    upper = _above(model, lambda f: f.q < target)
    return _root(lambda t: fit(model, t).q - target, 0.0, upper)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-14, rtol=1e-13))


def _dersimonian_laird(model: ContrastModel) -> float:
    start = fit(model)
    return max(0.0, (start.q - model.df) / start.trace)


def _restricted_likelihood(model: ContrastModel) -> float:
    """Maximise the restricted likelihood: the best point of a grid, then the root of the score next to it."""
    upper = _above(model, lambda f: f.score < 0.0)
    grid = np.concatenate([[0.0], np.geomspace(upper * 1e-6, upper, _GRID)])
    fits = [fit(model, tau2) for tau2 in grid]
    best = int(np.argmax([f.log_likelihood for f in fits]))
    # The likelihood falls from the best point to its neighbours, so the maximum lies on the side to which it rises.
    start, end = (best, best + 1) if fits[best].score > 0.0 else (best - 1, best)
    if start < 0:
        return 0.0
    if end >= grid.size or fits[start].score * fits[end].score > 0.0:
        return float(grid[best])
    return _root(lambda t: fit(model, t).score, grid[start], grid[end])


def estimate_tau2(model: ContrastModel, method: Tau2Method) -> float | None:
    """Estimate the variance of true effects between trials.

    Parameters
    ----------
    model
        Contrasts with their design; several arms per trial are allowed.
    method
        DL: method of moments. PM: the variance at which Q equals its degrees of freedom. REML: restricted maximum
        likelihood.

    Returns
    -------
        Not negative; None when there are no degrees of freedom, so that nothing can be said.

    Source
    ------
    DerSimonian and Laird, Controlled Clinical Trials 1986; 7: 177-188; for networks Jackson, White and Riley,
    Statistics in Medicine 2012; 31: 3805-3820. Paule and Mandel, J Res Nat Bur Standards 1982; 87: 377-385.
    Viechtbauer, Journal of Educational and Behavioral Statistics 2005; 30: 261-293.
    """
    if model.df <= 0:
        return None
    if method == "DL":
        return _dersimonian_laird(model)
    if method == "PM":
        return _solve_q(model, float(model.df))
    return _restricted_likelihood(model)


def tau2_interval(model: ContrastModel, level: float = 0.95) -> tuple[float, float] | None:
    """Give the Q-profile interval of the variance between trials.

    Returns
    -------
        Lower and upper limit; (0, 0) when even no variance makes Q improbably small; None without df.

    Source
    ------
    Viechtbauer, Statistics in Medicine 2007; 26: 37-52.
    """
    if model.df <= 0:
        return None
    tail = (1.0 - check_level(level)) / 2.0
    low, high = (_solve_q(model, chi_squared_quantile(probability, model.df)) for probability in (1.0 - tail, tail))
    return low, high


def describe_heterogeneity(model: ContrastModel, method: Tau2Method, level: float = 0.95) -> Heterogeneity:
    """Compute Q, I2, H2 and the variance between trials with its interval."""
    q, df = fit(model).q, model.df
    tau2, interval = estimate_tau2(model, method), tau2_interval(model, level)
    if tau2 is None or interval is None:
        return Heterogeneity(q, df, None, None, None, method, None, None, None, level)
    i2 = max(0.0, (q - df) / q) if q > 0 else 0.0
    return Heterogeneity(q, df, chi_squared_tail(q, df), i2, q / df, method, tau2, *interval, level)


def usable_model(asked: Synthesis, heterogeneity: Heterogeneity) -> tuple[Synthesis, float]:
    """Give the model that can be fitted and the variance in its weights: fixed where the variance is not known."""
    if asked == "fixed" or heterogeneity.tau2 is None:
        return "fixed", 0.0
    return "random", heterogeneity.tau2
