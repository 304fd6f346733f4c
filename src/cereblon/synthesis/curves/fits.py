"""Parametric curves fitted by maximum likelihood to times with censoring, and what they say beyond the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.core.errors import InputError, UnknownNameError, unknown_name
from cereblon.core.event_indicator import read_event_indicator
from cereblon.core.number_arrays import as_numbers
from cereblon.core.number_text import is_whole_number
from cereblon.core.words import Words
from cereblon.statistics.follow_up import FollowUp
from cereblon.statistics.product_limit import product_limit
from cereblon.synthesis.curves.families import FAMILIES, Family, Floats
from cereblon.synthesis.curves.splines import SCALES, knots_of, spline_family, spline_start

STANDARD_MODELS: tuple[str, ...] = (*FAMILIES, "spline-1", "spline-2", "spline-3")
"""What is fitted when nothing else is asked for."""
_FEWEST_EVENTS = 10
_NO_LIKELIHOOD = 1e12  # stands for minus the logarithm of a likelihood of zero
_SETTLED = 1e-3  # log-likelihood that one more Newton step would gain
_EDGE = 10.0  # a shape Q of the generalised gamma beyond it is at the edge of the family
CLOSE_AIC = 2.0
"""Models within this distance of the lowest AIC have substantial support (Burnham and Anderson, Model selection and
multimodel inference, 2nd ed. 2002, section 2.6; recalled from the text)."""

_NAMES = Words(
    "survival model",
    tuple(FAMILIES),
    {
        **{family.label: name for name, family in FAMILIES.items()},
        **dict.fromkeys(("generalized gamma", "gen gamma", "generalisedgamma", "generalizedgamma"), "gengamma"),
        **dict.fromkeys(("log normal", "lnorm"), "lognormal"),
        **dict.fromkeys(("log logistic", "llogis"), "loglogistic"),
        "exp": "exponential",
    },
)
"""Families as R flexsurv and survHE call them, and as they are printed here."""


@dataclass(frozen=True, slots=True)
class RefusedFit:
    """A model that is not ranked.

    Parameters
    ----------
    model
        As it was asked for, or the label of the family.
    reason
        In words.
    """

    model: str
    reason: str


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
    refusal
        Why the fit is no estimate and must not be ranked; empty if it is one.
    """

    family: Family
    theta: Floats
    covariance: Floats
    log_likelihood: float
    n: int
    events: int
    follow_up: float
    warnings: tuple[str, ...] = ()
    refusal: str = ""

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


def check_individuals(month: ArrayLike, observed: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Check times for a parametric fit.

    Raises
    ------
    InputError
        If a time is negative or no number, an indicator is none, an event stands at 0, there are fewer than 10
        events, or all stand at one time.
    """
    t, seen = as_numbers(month, "times"), read_event_indicator(observed)
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
    if len(np.unique(t[seen])) == 1:
        raise InputError(
            f"all {int(seen.sum())} events stand at month {t[seen][0]:g}; no curve can be fitted to them"
        )
    return t, seen


def resolve_family(name: str, month: Floats, observed: NDArray[np.bool_]) -> Family:
    """Find a family by its name or label; `spline-2`, `spline-odds-2`, `spline-normal-2` take knots from the data.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    known = _NAMES.find(name)
    if known is not None:
        return FAMILIES[known]
    parts = name.lower().split("-")
    scale = "hazard" if len(parts) == 2 else parts[1] if len(parts) == 3 else ""
    if parts[0] == "spline" and scale in SCALES and is_whole_number(parts[-1]):
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
    if w.shape != t.shape or not (np.isfinite(w) & (w >= 0)).all() or not w[seen].sum() > 0:
        raise InputError(
            f"{w.size} weights for {len(t)} patients; each is finite, none negative, and some event has one"
        )
    distinct = len(np.unique(t[seen & (w > 0)]))
    if distinct < len(family.parameters) + 1:
        raise InputError(
            f"{distinct} distinct times of events are too few for the {len(family.parameters)} parameters of "
            f"{family.label}"
        )
    inside = (t > 0) & (w > 0)
    times, which = np.unique(t[inside], return_inverse=True)
    ended = np.bincount(which, weights=w[inside] * seen[inside], minlength=len(times))
    everyone = np.bincount(which, weights=w[inside], minlength=len(times))

    def negative(theta: Floats) -> float:
        value = ended @ family.log_hazard(times, theta) + everyone @ family.log_survival(times, theta)
        return -float(value) if np.isfinite(value) else _NO_LIKELIHOOD

    with np.errstate(all="ignore"):  # searches walk through parameters without a likelihood
        start = _start(family, t[inside], seen[inside], w[inside])
        theta, covariance, refusal = _maximise(negative, start)
        likelihood = -negative(theta)
    warnings: tuple[str, ...] = ()
    if refusal == _FLAT and family.name == "gengamma" and abs(theta[2]) > _EDGE:
        refusal, warnings = "", (_at_the_edge(float(theta[2])),)
    return FittedCurve(
        family, theta, covariance, likelihood, len(t), int(seen.sum()), float(t.max()), warnings, refusal
    )


_FLAT = "the likelihood is flat: the data do not identify every parameter"


def _at_the_edge(shape: float) -> str:
    return (
        f"the best fit is at the edge of the family (Q {shape:.3g}): the curve is determined, its parameters are not "
        "and have no interval; do not read it beyond the data"
    )


def _start(family: Family, t: Floats, seen: NDArray[np.bool_], w: Floats) -> Floats:
    if family.name.startswith("spline"):
        inner = len(family.parameters) - 2
        scale = next((s for s in SCALES if s in family.name), "hazard")
        steps = product_limit(FollowUp(t, seen, weight=w))
        falls = steps.events > 0
        return spline_start(steps.time[falls], steps.survival[falls], knots_of(np.log(t[seen]), inner), scale)
    rate = float((w * seen).sum() / (w * t).sum())
    log_t = np.log(t[seen])
    return np.array(family.start(float(log_t.mean()), max(float(log_t.std()), 0.3), rate))


def _maximise(negative: Any, start: Floats) -> tuple[Floats, Floats, str]:
    """Minimise by quasi-Newton from the start and from a simplex, then polish by Newton's method.

    Gives the parameters, their covariance, and why they are no estimate.
    """
    from scipy.optimize import minimize

    first = minimize(negative, start, method="Nelder-Mead", options={"maxiter": 400 * len(start), "fatol": 1e-8})
    second = minimize(negative, first.x, method="BFGS")
    theta = np.asarray(second.x if second.fun <= first.fun else first.x, dtype=np.float64)
    unknown: Floats = np.full((len(theta), len(theta)), np.nan)
    if negative(theta) >= _NO_LIKELIHOOD:
        return theta, unknown, "no parameters give these data a likelihood"
    for _ in range(8):
        gradient, hessian = _derivatives(negative, theta)
        if not _is_identified(hessian):
            return theta, unknown, _FLAT
        step = np.linalg.solve(hessian, gradient)
        if negative(theta - step) > negative(theta) + 1e-9:
            break
        theta = theta - step
        if np.abs(step).max() < 1e-7:
            break
    gradient, hessian = _derivatives(negative, theta)
    if not _is_identified(hessian):
        return theta, unknown, _FLAT
    covariance = np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    if not 0.5 * float(gradient @ covariance @ gradient) < _SETTLED:
        return theta, unknown, "the search for the maximum of the likelihood does not settle"
    return theta, covariance, ""


def _is_identified(hessian: Floats) -> bool:
    """Say whether the information is positive in every direction, each parameter measured in its own errors."""
    diagonal = np.diag(hessian)
    if not (np.isfinite(hessian).all() and (diagonal > 0).all()):
        return False
    return bool(np.linalg.eigvalsh(hessian / np.sqrt(np.outer(diagonal, diagonal)))[0] > 1e-7)


def _derivatives(function: Any, at: Floats) -> tuple[Floats, Floats]:
    """Give gradient and matrix of second derivatives by central differences.

    Not by `jax`: it has no second derivative of the incomplete gamma function in its shape, which the generalised
    gamma needs, and compiling the Weibull family alone takes half as long as fitting all nine. Where both can be
    had, variances differ by less than 1e-6.
    """
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
) -> tuple[list[FittedCurve], list[RefusedFit]]:
    """Fit several families and order them by AIC.

    Returns
    -------
        Fits, best first, and the models that are not ranked because they could not be fitted or are no estimate.

    Raises
    ------
    InputError
        If the data cannot be fitted by any family, or a model is not known.
    """
    t, seen = check_individuals(month, observed)
    fits, refused = list[FittedCurve](), list[RefusedFit]()
    for model in dict.fromkeys(models):
        try:
            fit = fit_curve(t, seen, model)
        except UnknownNameError:
            raise
        except InputError as error:
            refused.append(RefusedFit(model, error.message))
            continue
        if fit.refusal:
            refused.append(RefusedFit(fit.family.label, fit.refusal))
        elif fit.family.name not in [known.family.name for known in fits]:
            fits.append(fit)
    return sorted(fits, key=lambda fit: (fit.aic, fit.family.name)), refused


def close_fits(fits: Sequence[FittedCurve]) -> list[FittedCurve]:
    """Give the fits that AIC does not tell from the best one, the best first; none if the best stands alone."""
    close = [fit for fit in fits if fit.aic - fits[0].aic <= CLOSE_AIC]
    return close if len(close) > 1 else []
