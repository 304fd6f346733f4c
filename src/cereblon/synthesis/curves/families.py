"""Parametric survival: hazard and survival of each family, in the parameters that R flexsurv prints.

Ours rather than lifelines: lifelines has no Gompertz and no spline on the odds or normal scale, its generalised gamma
is another parameterisation, it prints no information matrix that can be drawn from, and importing it takes seconds.
The tests hold these families against lifelines, against closed forms and against numbers of flexsurv.

Every function takes times (k) and free parameters (p) or draws of them (draws, p), and gives (k) or (draws, k).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr

from cereblon.synthesis.curves.incomplete_gamma import log_lower, log_upper

Floats = NDArray[np.float64]
Function = Callable[[Floats, Floats], Floats]

_NORMAL = 1e-3  # a generalised gamma with a shape nearer to 0 is computed as log-normal
_MOST_LOG = 500.0  # exponents beyond are beyond every number
_HALF_LOG_TWO_PI = 0.5 * float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Family:
    """A family of survival curves.

    Parameters
    ----------
    name, label
        Name for files and options; name for people.
    parameters
        Names as R flexsurv has them.
    positive
        Which of them are positive, so that the free parameter is the logarithm.
    log_hazard, log_survival
        Of times and free parameters.
    start
        First guess of the free parameters from the mean and the spread of log time and the rate of events.
    hazard_shape
        What the hazard can do, for the reader of a comparison.
    """

    name: str
    label: str
    parameters: tuple[str, ...]
    positive: tuple[bool, ...]
    log_hazard: Function
    log_survival: Function
    start: Callable[[float, float, float], tuple[float, ...]]
    hazard_shape: str

    def natural(self, theta: Floats) -> dict[str, float]:
        """Give the parameters as printed."""
        return {
            name: float(np.exp(value)) if positive else float(value)
            for name, value, positive in zip(self.parameters, theta, self.positive, strict=True)
        }


def _exponential_hazard(t: Floats, theta: Floats) -> Floats:
    return theta[..., 0:1] + np.zeros_like(t)


def _exponential_survival(t: Floats, theta: Floats) -> Floats:
    return -np.exp(theta[..., 0:1]) * t


def _weibull_hazard(t: Floats, theta: Floats) -> Floats:
    log_shape, log_scale = theta[..., 0:1], theta[..., 1:2]
    return log_shape - log_scale + (np.exp(log_shape) - 1) * (np.log(t) - log_scale)


def _weibull_survival(t: Floats, theta: Floats) -> Floats:
    return -np.exp(np.exp(theta[..., 0:1]) * (np.log(t) - theta[..., 1:2]))


def _gompertz_hazard(t: Floats, theta: Floats) -> Floats:
    return theta[..., 0:1] * t + theta[..., 1:2]


def _gompertz_survival(t: Floats, theta: Floats) -> Floats:
    shape = theta[..., 0:1]
    safe = np.where(np.abs(shape) < 1e-12, 1.0, shape)
    grown = np.where(np.abs(shape) < 1e-12, t, np.expm1(np.minimum(safe * t, 700.0)) / safe)
    return -np.exp(theta[..., 1:2]) * grown


def _lognormal_survival(t: Floats, theta: Floats) -> Floats:
    return np.asarray(log_ndtr(-(np.log(t) - theta[..., 0:1]) / np.exp(theta[..., 1:2])), dtype=np.float64)


def _lognormal_hazard(t: Floats, theta: Floats) -> Floats:
    w = (np.log(t) - theta[..., 0:1]) / np.exp(theta[..., 1:2])
    density = -0.5 * w**2 - _HALF_LOG_TWO_PI - theta[..., 1:2] - np.log(t)
    return density - _lognormal_survival(t, theta)


def _loglogistic_survival(t: Floats, theta: Floats) -> Floats:
    return -np.logaddexp(0.0, np.exp(theta[..., 0:1]) * (np.log(t) - theta[..., 1:2]))


def _loglogistic_hazard(t: Floats, theta: Floats) -> Floats:
    odds = np.exp(theta[..., 0:1]) * (np.log(t) - theta[..., 1:2])
    return theta[..., 0:1] + odds - np.log(t) - np.logaddexp(0.0, odds)


def _gengamma_terms(t: Floats, theta: Floats) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Say where the shape Q is that of a log-normal; give Q, 1 there, and the standardised log time."""
    q = theta[..., 2:3]
    is_normal = np.abs(q) < _NORMAL
    w = (np.log(t) - theta[..., 0:1]) / np.exp(theta[..., 1:2])
    return is_normal, np.where(is_normal, 1.0, q), w


def _gengamma_survival(t: Floats, theta: Floats) -> Floats:
    is_normal, safe, w = _gengamma_terms(t, theta)
    inverse = safe**-2
    log_u = np.log(inverse) + np.minimum(safe * w, _MOST_LOG)
    tail = np.where(safe > 0, log_upper(inverse, log_u), log_lower(inverse, log_u))
    return np.where(is_normal, np.asarray(log_ndtr(-w), dtype=np.float64), tail)


def _gengamma_hazard(t: Floats, theta: Floats) -> Floats:
    is_normal, safe, w = _gengamma_terms(t, theta)
    inverse = safe**-2
    qw = np.minimum(safe * w, _MOST_LOG)
    gamma = np.log(np.abs(safe)) + inverse * np.log(inverse) - gammaln(inverse) + inverse * (qw - np.exp(qw))
    kernel = np.where(is_normal, -0.5 * w**2 - _HALF_LOG_TWO_PI, gamma)
    return kernel - theta[..., 1:2] - np.log(t) - _gengamma_survival(t, theta)


_FAMILIES = (
    Family(
        "exponential",
        "exponential",
        ("rate",),
        (True,),
        _exponential_hazard,
        _exponential_survival,
        lambda mean, spread, rate: (float(np.log(rate)),),  # noqa: ARG005
        "constant",
    ),
    Family(
        "weibull",
        "Weibull",
        ("shape", "scale"),
        (True, True),
        _weibull_hazard,
        _weibull_survival,
        lambda mean, spread, rate: (0.0, -float(np.log(rate))),  # noqa: ARG005
        "rises or falls throughout",
    ),
    Family(
        "gompertz",
        "Gompertz",
        ("shape", "rate"),
        (False, True),
        _gompertz_hazard,
        _gompertz_survival,
        lambda mean, spread, rate: (0.0, float(np.log(rate))),  # noqa: ARG005
        "rises or falls exponentially; when it falls, some never have the event",
    ),
    Family(
        "lognormal",
        "log-normal",
        ("meanlog", "sdlog"),
        (False, True),
        _lognormal_hazard,
        _lognormal_survival,
        lambda mean, spread, rate: (-float(np.log(rate)), float(np.log(spread))),  # noqa: ARG005
        "rises, then falls",
    ),
    Family(
        "loglogistic",
        "log-logistic",
        ("shape", "scale"),
        (True, True),
        _loglogistic_hazard,
        _loglogistic_survival,
        lambda mean, spread, rate: (0.3, -float(np.log(rate))),  # noqa: ARG005
        "falls, or rises and then falls",
    ),
    Family(
        "gengamma",
        "generalised gamma",
        ("mu", "sigma", "Q"),
        (False, True, False),
        _gengamma_hazard,
        _gengamma_survival,
        lambda mean, spread, rate: (-float(np.log(rate)), float(np.log(spread)), 0.5),  # noqa: ARG005
        "rises, falls, or turns once",
    ),
)
FAMILIES: dict[str, Family] = {family.name: family for family in _FAMILIES}
"""Families by name; splines are made by `cereblon.synthesis.curves.splines.spline_family`."""
