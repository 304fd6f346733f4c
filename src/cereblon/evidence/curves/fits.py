"""Parametric curves fitted by maximum likelihood to times with censoring, and what they say beyond the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cereblon.errors import InputError, unknown_name
from cereblon.evidence.curves.families import FAMILIES, Family, Floats
from cereblon.evidence.curves.splines import SCALES, knots_of, spline_family, spline_start

STANDARD_MODELS: tuple[str, ...] = (*FAMILIES, "spline-1", "spline-2", "spline-3")
"""What is fitted when nothing else is asked for."""
_FEWEST_EVENTS = 10


@dataclass(frozen=True, slots=True)
class FittedCurve:
    """A family fitted to one arm.

    Parameters
    ----------
    family
        The family.
    theta, covariance
        Free parameters and their covariance; NaN where the likelihood is flat.
    log_likelihood, n, events
        Of the fit.
    follow_up
        Last time in the data, months: what lies beyond is extrapolation.
    warnings
        What makes the fit doubtful, in words.
    """

    family: Family
    theta: Floats
    covariance: Floats
    log_likelihood: float
    n: int
    events: int
    follow_up: float
    warnings: tuple[str, ...] = ()

    @property
    def aic(self) -> float:
        """Akaike's criterion; lower fits better, within the data."""
        return 2 * len(self.theta) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion with the number of individuals, as R flexsurv computes it."""
        return float(np.log(self.n)) * len(self.theta) - 2 * self.log_likelihood

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters as R flexsurv prints them."""
        return self.family.natural(self.theta)

    def survival(self, month: ArrayLike) -> Floats:
        """Give survival; 1 at month 0."""
        return survival_of(self.family, month, self.theta)

    def hazard(self, month: ArrayLike) -> Floats:
        """Give the hazard per month, at times after 0."""
        t = np.asarray(month, dtype=np.float64)
        return np.asarray(np.exp(self.family.log_hazard(t, self.theta)), dtype=np.float64)

    def draws(self, count: int, seed: int) -> Floats:
        """Draw parameters from their normal approximation, shape (count, parameters).

        Raises
        ------
        InputError
            If the covariance is not known.
        """
        if not np.isfinite(self.covariance).all():
            raise InputError(f"{self.family.label}: the likelihood is flat, so that no interval can be given")
        generator = np.random.default_rng(seed)
        return generator.multivariate_normal(self.theta, self.covariance, size=count, method="eigh")


def survival_of(family: Family, month: ArrayLike, theta: Floats) -> Floats:
    """Give survival for parameters (p) or draws of them (draws, p); 1 at month 0."""
    t = np.asarray(month, dtype=np.float64)
    safe = np.where(t > 0, t, 1.0)
    return np.where(t > 0, np.exp(family.log_survival(safe, theta)), 1.0)


def check_individuals(month: ArrayLike, observed: ArrayLike) -> tuple[Floats, np.ndarray]:
    """Check times for a parametric fit.

    Raises
    ------
    InputError
        If a time is negative or no number, an event stands at 0, or there are fewer than 10 events.
    """
    t, seen = np.asarray(month, dtype=np.float64), np.asarray(observed, dtype=np.bool_)
    if t.shape != seen.shape or t.ndim != 1:
        raise InputError(f"{t.shape} times and {seen.shape} events do not belong together")
    if not (np.isfinite(t) & (t >= 0)).all():
        raise InputError("a time is negative or not a finite number")
    if (seen & (t == 0)).any():
        raise InputError(
            f"{int((seen & (t == 0)).sum())} events stand at time 0, where no parametric curve can have one",
            hint="give them half a day",
        )
    if seen.sum() < _FEWEST_EVENTS:
        raise InputError(f"{int(seen.sum())} events; at least {_FEWEST_EVENTS} are needed to fit a curve")
    return t, seen


def resolve_family(name: str, month: Floats, observed: np.ndarray) -> Family:
    """Find a family by name; `spline-2`, `spline-odds-2` and `spline-normal-2` take their knots from the data.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if name in FAMILIES:
        return FAMILIES[name]
    parts = name.split("-")
    scale = "hazard" if len(parts) == 2 else parts[1] if len(parts) == 3 else ""
    if parts[0] == "spline" and scale in SCALES and parts[-1].isdigit():
        return spline_family(np.log(month[observed]), int(parts[-1]), scale)
    raise unknown_name("survival model", name, [*FAMILIES, "spline-1", "spline-odds-1", "spline-normal-1"])


def fit_curve(
    month: ArrayLike, observed: ArrayLike, model: str = "weibull", *, weights: ArrayLike | None = None
) -> FittedCurve:
    """Fit one family by maximum likelihood.

    Parameters
    ----------
    month, observed
        Time of event or censoring, and whether it was an event.
    model
        One of `FAMILIES`, or a spline as in `resolve_family`.
    weights
        Per individual; the standard errors then treat them as counts.

    Raises
    ------
    InputError
        If the data cannot be fitted.
    """
    t, seen = check_individuals(month, observed)
    family = resolve_family(model, t, seen)
    w = np.ones(len(t)) if weights is None else np.asarray(weights, dtype=np.float64)
    inside = (t > 0) & (w > 0)
    times, which = np.unique(t[inside], return_inverse=True)
    ended = np.bincount(which, weights=w[inside] * seen[inside], minlength=len(times))
    everyone = np.bincount(which, weights=w[inside], minlength=len(times))

    def negative(theta: Floats) -> float:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value = ended @ family.log_hazard(times, theta) + everyone @ family.log_survival(times, theta)
        return -float(value) if np.isfinite(value) else 1e12

    start = _start(family, t[inside], seen[inside], w[inside])
    theta, covariance, problems = _maximise(negative, start)
    n = len(t)
    return FittedCurve(
        family, theta, covariance, -negative(theta), n, int(seen.sum()), float(t.max()), tuple(problems)
    )


def _start(family: Family, t: Floats, seen: np.ndarray, w: Floats) -> Floats:
    if family.name.startswith("spline"):
        inner = len(family.parameters) - 2
        scale = next((s for s in SCALES if s in family.name), "hazard")
        times, heights = _product_limit(t, seen, w)
        return spline_start(times, heights, knots_of(np.log(t[seen]), inner), scale)
    rate = float((w * seen).sum() / (w * t).sum())
    log_t = np.log(t[seen])
    return np.array(family.start(float(log_t.mean()), max(float(log_t.std()), 0.3), rate))


def _product_limit(t: Floats, seen: np.ndarray, w: Floats) -> tuple[Floats, Floats]:
    times, which = np.unique(t, return_inverse=True)
    events = np.bincount(which, weights=w * seen, minlength=len(times))
    leaving = np.bincount(which, weights=w, minlength=len(times))
    at_risk = np.cumsum(leaving[::-1])[::-1]
    heights = np.asarray(np.cumprod(1 - events / at_risk), dtype=np.float64)
    return times[events > 0], heights[events > 0]


def _maximise(negative: Any, start: Floats) -> tuple[Floats, Floats, list[str]]:
    """Minimise by quasi-Newton from the start and from a simplex, then polish by Newton's method."""
    from scipy.optimize import minimize

    first = minimize(negative, start, method="Nelder-Mead", options={"maxiter": 400 * len(start), "fatol": 1e-8})
    second = minimize(negative, first.x, method="BFGS")
    theta = np.asarray(second.x if second.fun <= first.fun else first.x, dtype=np.float64)
    problems, identified = list[str](), False
    for _ in range(8):
        gradient, hessian = _derivatives(negative, theta)
        identified = _is_identified(hessian)
        if not identified:
            break
        step = np.linalg.solve(hessian, gradient)
        if negative(theta - step) > negative(theta) + 1e-9:
            break
        theta = theta - step
        if np.abs(step).max() < 1e-7:
            break
    covariance: Floats = np.full((len(theta), len(theta)), np.nan)
    if identified:
        covariance = np.asarray(np.linalg.inv(_derivatives(negative, theta)[1]), dtype=np.float64)
    if not identified:
        problems.append("the likelihood is flat: the data do not identify every parameter, and no interval is given")
    return theta, covariance, problems


def _is_identified(hessian: Floats) -> bool:
    """Say whether the information is positive in every direction, each parameter measured in its own errors."""
    diagonal = np.diag(hessian)
    if not (np.isfinite(hessian).all() and (diagonal > 0).all()):
        return False
    return bool(np.linalg.eigvalsh(hessian / np.sqrt(np.outer(diagonal, diagonal)))[0] > 1e-7)


def _derivatives(function: Any, at: Floats) -> tuple[Floats, Floats]:
    """Central differences: gradient and matrix of second derivatives."""
    p = len(at)
    h = 1e-4 * np.maximum(1.0, np.abs(at))
    base, up, down = function(at), np.zeros(p), np.zeros(p)
    shift = np.diag(h)
    for i in range(p):
        up[i], down[i] = function(at + shift[i]), function(at - shift[i])
    gradient = (up - down) / (2 * h)
    hessian = np.diag((up - 2 * base + down) / h**2)
    for i in range(p):
        for j in range(i):
            both = function(at + shift[i] + shift[j]) + function(at - shift[i] - shift[j])
            across = function(at + shift[i] - shift[j]) + function(at - shift[i] + shift[j])
            hessian[i, j] = hessian[j, i] = (both - across) / (4 * h[i] * h[j])
    return gradient, hessian


def fit_curves(
    month: ArrayLike, observed: ArrayLike, models: Sequence[str] = STANDARD_MODELS
) -> tuple[list[FittedCurve], list[str]]:
    """Fit several families and order them by AIC.

    Returns
    -------
        Fits, best first, and one sentence for each model that could not be fitted.

    Raises
    ------
    InputError
        If the data cannot be fitted by any family, or a model is not known.
    """
    t, seen = check_individuals(month, observed)
    fits, failed = list[FittedCurve](), list[str]()
    for model in dict.fromkeys(models):
        try:
            fits.append(fit_curve(t, seen, model))
        except InputError as error:
            if error.hint is not None and "known" in error.message:
                raise
            failed.append(f"{model}: {error.message}")
    if not fits:
        raise InputError("no model could be fitted: " + "; ".join(failed))
    return sorted(fits, key=lambda fit: fit.aic), failed
