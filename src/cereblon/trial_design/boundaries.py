"""Boundaries of a group sequential trial that spends its errors over the looks, and the chance to cross them.

The test statistic at share `t` of the information behaves like a Brownian motion at time `t`, divided by its root.
The density of the motion among trials that go on is carried from look to look by numerical integration.

Source
------
Armitage, McPherson and Rowe, J R Stat Soc A 1969;132:235 (the recursion); Lan and DeMets, Biometrika 1983;70:659;
Jennison and Turnbull, Group Sequential Methods, 2000, chapter 19.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.distributions import normal_beyond, normal_cdf
from cereblon.statistics.follow_up import Floats
from cereblon.trial_design.spending import Spending

_REACH = 9.0  # standard deviations beyond which nothing is left at the precision of the numbers
_NODES_PER_SD, _FEWEST, _MOST = 6.0, 48, 1200
_LEAST_SPENT = 1e-13  # less than this spends nothing: the boundary is out of reach
_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Boundaries of the standardised test statistic, positive in favour of the first arm.

    Parameters
    ----------
    information
        Share of the information at each look; the last is 1.
    upper
        At or above: success.
    lower
        At or below: stopped for futility; minus infinity without. At the last look equal to `upper` where futility is
        looked for.
    drift
        Expected statistic at full information for which the trial has its power, where futility is looked for.
    """

    information: tuple[float, ...]
    upper: tuple[float, ...]
    lower: tuple[float, ...]
    drift: float | None = None

    @property
    def nominal(self) -> tuple[float, ...]:
        """One-sided p value at each upper boundary."""
        return tuple(float(p) for p in normal_cdf(-np.asarray(self.upper)))


@dataclass(frozen=True, slots=True)
class _Going:
    """Trials that go on after a look: nodes of the motion, and their density times the weight of the node."""

    time: float
    place: Floats
    mass: Floats

    def beyond(self, bound: float, time: float, drift: float) -> float:
        """Give the chance to be above `bound` (of the motion) at a later look."""
        sd = np.sqrt(time - self.time)
        return float((self.mass * normal_cdf((self.place + drift * (time - self.time) - bound) / sd)).sum())

    def after(self, low: float, high: float, time: float, drift: float) -> _Going:
        """Go on to a look, between two bounds of the motion."""
        sd, width = float(np.sqrt(time - self.time)), float(np.sqrt(time))
        start = max(low, drift * time - _REACH * width)
        stop = min(high, drift * time + _REACH * width)
        if stop <= start:
            return _Going(time, np.zeros(1), np.zeros(1))
        count = int(np.clip(_NODES_PER_SD * (stop - start) / min(sd, width), _FEWEST, _MOST))
        nodes, weights = _rule(count)
        place = start + (stop - start) * (nodes + 1.0) / 2.0
        step = (place[:, None] - self.place[None, :] - drift * (time - self.time)) / sd
        density = (np.exp(-0.5 * step**2) / (sd * np.sqrt(2.0 * np.pi))) @ self.mass
        return _Going(time, place, density * weights * (stop - start) / 2.0)


_START = _Going(0.0, np.zeros(1), np.ones(1))


@lru_cache(maxsize=64)
def _rule(count: int) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


def efficacy_boundaries(information: Sequence[float], spending: Spending, alpha: float) -> Boundaries:
    """Find the boundaries of success that spend an error over the looks.

    Parameters
    ----------
    information
        Share of the planned information at each look, rising; a last share below 1 leaves error unspent.
    spending
        How the error is spent.
    alpha
        One-sided error.

    Raises
    ------
    InputError
        If shares do not rise or are not positive, or the error is not between 0 and 1.
    """
    shares = _checked(information, alpha)
    upper, going, gone = [], _START, 0.0
    for time, spent in zip(shares, spending.spent(shares, alpha), strict=True):
        upper.append(_bound(going, time, float(spent) - gone))
        going, gone = going.after(-np.inf, upper[-1] * np.sqrt(time), time, 0.0), float(spent)
    return Boundaries(tuple(map(float, shares)), tuple(upper), (-np.inf,) * len(shares))


def boundaries_with_futility(
    information: Sequence[float], spending: Spending, alpha: float, futility: Spending, beta: float, *, binding: bool
) -> Boundaries:
    """Find boundaries of success and of futility: the second spends the error of missing a true effect.

    Parameters
    ----------
    information, spending, alpha
        As in `efficacy_boundaries`; the last share is 1.
    futility
        How the second error is spent.
    beta
        Chance to miss the effect: 1 less power.
    binding
        Whether a trial that crosses the lower boundary must stop. Then the upper ones are lower; else they
        protect the first error also where the trial goes on.

    Raises
    ------
    InputError
        As `efficacy_boundaries`.
    """
    from scipy.optimize import brentq

    shares = _checked(information, alpha)
    fixed = normal_beyond(alpha) + normal_beyond(beta)  # of a trial with one look

    def missed(drift: float) -> float:
        return _with_futility(shares, spending, alpha, futility, beta, drift, binding)[2] - beta

    drift = float(brentq(missed, fixed * 0.9, fixed * 2.0, xtol=_TOLERANCE))
    upper, lower, _ = _with_futility(shares, spending, alpha, futility, beta, drift, binding)
    return Boundaries(tuple(map(float, shares)), tuple(upper), tuple(lower), drift)


def _with_futility(
    shares: Floats, spending: Spending, alpha: float, futility: Spending, beta: float, drift: float, binding: bool
) -> tuple[list[float], list[float], float]:
    """Give upper and lower boundaries, and the chance to miss an effect, for a drift."""
    upper: list[float] = []
    lower: list[float] = []
    null, effect, missed = _START, _START, 0.0
    first, second = spending.spent(shares, alpha), futility.spent(shares, beta)
    for place, time in enumerate(shares):
        root = float(np.sqrt(time))
        upper.append(_bound(null, time, float(first[place]) - (float(first[place - 1]) if place else 0.0)))
        if place == len(shares) - 1:
            lower.append(upper[-1])
        else:
            budget = float(second[place]) - missed
            lower.append(min(_bound_below(effect, time, budget, drift), upper[-1]))
        missed += effect.mass.sum() - effect.beyond(lower[-1] * root, time, drift)
        null = null.after(lower[-1] * root if binding else -np.inf, upper[-1] * root, time, 0.0)
        effect = effect.after(lower[-1] * root, upper[-1] * root, time, drift)
    return upper, lower, float(missed)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Chance to cross each boundary first at each look."""

    upper: tuple[float, ...]
    lower: tuple[float, ...]


def crossing_probabilities(boundaries: Boundaries, drift: float) -> Crossing:
    """Find the chance of success and of a stop for futility at each look.

    Parameters
    ----------
    boundaries
        Of the trial; the lower ones are obeyed.
    drift
        Expected statistic at full information: of a log-rank test `-log(hazard ratio) * sqrt(events * p * (1 - p))`
        with share `p` of the patients in one arm.
    """
    upper, lower, going = [], [], _START
    for time, high, low in zip(boundaries.information, boundaries.upper, boundaries.lower, strict=True):
        root = float(np.sqrt(time))
        upper.append(going.beyond(high * root, time, drift) if np.isfinite(high) else 0.0)
        fell = going.mass.sum() - going.beyond(low * root, time, drift) if np.isfinite(low) else 0.0
        lower.append(float(fell))
        going = going.after(low * root, high * root, time, drift)
    return Crossing(tuple(upper), tuple(lower))


def _bound(going: _Going, time: float, spent: float) -> float:
    """Find the bound of the statistic that is exceeded with a chance."""
    from scipy.optimize import brentq

    if spent < _LEAST_SPENT:
        return float(np.inf)
    root = float(np.sqrt(time))
    if spent >= going.beyond(-_REACH * root, time, 0.0):  # a binding lower boundary left no more to spend
        return -_REACH
    return float(brentq(lambda z: going.beyond(z * root, time, 0.0) - spent, -_REACH, _REACH, xtol=_TOLERANCE))


def _bound_below(going: _Going, time: float, spent: float, drift: float) -> float:
    """Find the bound of the statistic below which it is with a chance."""
    from scipy.optimize import brentq

    if spent < _LEAST_SPENT:
        return float(-np.inf)
    root, total = float(np.sqrt(time)), float(going.mass.sum())
    if spent >= total:
        return float(np.inf)

    def excess(z: float) -> float:
        return total - going.beyond(z * root, time, drift) - spent

    return float(brentq(excess, -_REACH, _REACH + drift, xtol=_TOLERANCE))


def _checked(information: Sequence[float], alpha: float) -> Floats:
    shares: Floats = np.asarray(information, dtype=np.float64)
    if not shares.size or not np.isfinite(shares).all() or (shares <= 0).any() or (np.diff(shares) <= 0).any():
        raise InputError(f"looks: shares of the information must rise from above 0, got {list(information)}")
    if not 0.0 < alpha < 1.0:
        raise InputError(f"alpha: {alpha:g} is outside 0 to 1")
    return shares
