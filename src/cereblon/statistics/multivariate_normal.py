"""The probability that several correlated normal numbers all lie between given ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cereblon.statistics.distributions import normal_cdf
from cereblon.statistics.follow_up import Floats

_NODES = {0: 1, 1: 400, 2: 100}  # on each axis, for so many numbers to integrate over
_MANY = 2**16  # points of the lattice, for more numbers
_PRIMES = np.array([2.0, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37])
_DEPENDENT = 1e-9  # a number whose variance given the others is less follows from them
_LEAST = 1e-300
_FAR = 9.0  # no normal number of double precision lies beyond


def box_probability(low: Floats, high: Floats, correlation: Floats) -> float:
    """Give the probability that every one of some standard normal numbers lies between its ends.

    One number after the other lies inside its ends given those before; up to three are integrated by Gauss and
    Legendre, more at the points of a lattice, so that the same arguments give the same result. Numbers that follow
    from others narrow the ends of those, so that the correlation may be singular.

    Parameters
    ----------
    low, high
        One each; may be infinite.
    correlation
        Symmetric, with ones on the diagonal.

    Source
    ------
    Genz, J Comput Graph Stat 1992;1:141; Genz and Kwong, J Stat Comput Simul 2000;68:1 (singular).
    """
    steps = _steps(low, high, correlation)
    draw = _on_nodes if len(steps) - 1 in _NODES else _on_lattice
    return draw(steps)


def _on_nodes(steps: list[_Step]) -> float:
    """Integrate over all numbers but the last by Gauss and Legendre."""
    width = len(steps) - 1
    places, weights = _nodes(width)
    drawn = np.zeros((width + 1, len(weights)))
    mass = weights.copy()
    for number, step in enumerate(steps[:-1]):
        below, above = (np.clip(end, -_FAR, _FAR) for end in step.ends(drawn))
        span = np.maximum(above - below, 0.0)
        drawn[number] = below + places[number] * span
        mass *= span * np.exp(-(drawn[number] ** 2) / 2) / np.sqrt(2 * np.pi)
    below, above = steps[-1].ends(drawn)
    return float((mass * np.maximum(normal_cdf(above) - normal_cdf(below), 0.0)).sum())


@cache
def _nodes(width: int) -> tuple[Floats, Floats]:
    """Give the nodes in the unit cube, one row for each axis, and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES[width])
    axes = np.meshgrid(*[(nodes + 1) / 2] * width, indexing="ij")
    parts = np.meshgrid(*[weights / 2] * width, indexing="ij")
    count = _NODES[width] ** width
    return np.reshape(axes, (width, count)), np.prod(np.reshape(parts, (width, count)), axis=0)


def _on_lattice(steps: list[_Step]) -> float:
    """Draw the numbers at the points of a lattice of square roots of primes, folded so that its ends meet."""
    roots = np.sqrt(_PRIMES[: len(steps) - 1])[:, None]
    points = np.abs(2 * ((roots * np.arange(1, _MANY + 1)) % 1.0) - 1.0)
    drawn = np.zeros((len(steps), _MANY))
    probability = np.ones(_MANY)
    for number, step in enumerate(steps):
        below, above = step.ends(drawn)
        start, end = normal_cdf(below), normal_cdf(above)
        inside = np.maximum(end - start, 0.0)
        probability *= inside
        if number < len(points):
            drawn[number] = _quantile(start + points[number] * inside)
    return float(probability.mean())


@dataclass(frozen=True, slots=True)
class _Step:
    """What one independent normal number must fulfil, given those before: rows of factors, each between its ends."""

    number: int
    factors: Floats
    low: Floats
    high: Floats

    def ends(self, drawn: Floats) -> tuple[Floats, Floats]:
        """Give the ends at each point."""
        own = self.factors[:, self.number][:, None]
        known = self.factors[:, : self.number] @ drawn[: self.number]
        one, other = (self.low[:, None] - known) / own, (self.high[:, None] - known) / own
        below, above = np.where(own > 0, one, other), np.where(own > 0, other, one)
        return below.max(axis=0), above.min(axis=0)


def _steps(low: Floats, high: Floats, correlation: Floats) -> list[_Step]:
    factors = _factors(correlation)
    filled = np.abs(factors) > np.sqrt(_DEPENDENT)
    last = factors.shape[1] - 1 - np.argmax(filled[:, ::-1], axis=1)
    steps = []
    for number in range(factors.shape[1]):
        rows = last == number
        steps.append(_Step(number, factors[rows], low[rows], high[rows]))
    return steps


def _factors(correlation: Floats) -> Floats:
    """Factorise as Cholesky does, the number with the greatest variance left first, without those that follow."""
    size = len(correlation)
    factors = np.zeros((size, size))
    left, placed = np.diag(correlation).astype(np.float64), np.zeros(size, np.bool_)
    rank = 0
    while rank < size and left.max() > _DEPENDENT:
        pivot = int(np.argmax(np.round(left, 6)))  # the choice among equals does not hang on rounding
        column = (correlation[:, pivot] - factors[:, :rank] @ factors[pivot, :rank]) / np.sqrt(left[pivot])
        factors[:, rank] = np.where(placed, 0.0, column)
        left = np.maximum(left - factors[:, rank] ** 2, 0.0)
        placed[pivot], left[pivot] = True, 0.0
        rank += 1
    return factors[:, :rank]


def _quantile(probability: Floats) -> Floats:
    from scipy.special import ndtri

    return np.asarray(ndtri(np.clip(probability, _LEAST, 1 - 1e-16)), dtype=np.float64)
