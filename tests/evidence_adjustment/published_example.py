"""The data of a published example of matching, drawn again by the recipe that it prints.

The anchored example of the R package MAIC (Roche, version 0.4.0, vignette MAIC_anchored of 2023-01-17; Apache licence
2.0) simulates two trials of 10,000 people with `set.seed(1)`. R's generators are written out here, so that the same
people are drawn without R: Mersenne Twister with R's seeding, normal draws by inversion in 27 bits more, exponential
draws by Ahrens and Dieter (1972, algorithm SA).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

PEOPLE = 10_000
LINES = np.cumsum([math.log(2.0) ** k / math.factorial(k) for k in range(1, 17)]).tolist()  # of algorithm SA


class Draws:
    """R's random numbers after `set.seed(seed)`."""

    def __init__(self, seed: int) -> None:
        for _ in range(50):
            seed = (69069 * seed + 1) % 2**32
        words = []
        for _ in range(625):
            seed = (69069 * seed + 1) % 2**32
            words.append(seed)
        self._twister = np.random.RandomState()
        self._twister.set_state(("MT19937", np.array(words[1:], dtype=np.uint32), 624, 0, 0.0))

    def uniform(self, n: int) -> np.ndarray:
        """`runif`: 32 bits, never 0 or 1."""
        bits = self._twister.randint(0, 2**32, size=n, dtype=np.uint32).astype(float)
        return np.clip(bits * 2.3283064365386963e-10, 2.328306437080797e-10 / 2, 1 - 2.328306437080797e-10 / 2)

    def normal(self, n: int) -> np.ndarray:
        """`rnorm`: two uniform draws make one of 59 bits."""
        pairs = self.uniform(2 * n).reshape(n, 2)
        return np.asarray(ndtri((np.floor(134217728 * pairs[:, 0]) + pairs[:, 1]) / 134217728))

    def coin(self, n: int) -> np.ndarray:
        """`sample(c(0, 1), n, replace = TRUE, prob = c(0.5, 0.5))`."""
        return (self.uniform(n) <= 0.5).astype(float)

    def exponential(self, n: int) -> np.ndarray:
        """`rexp` of rate 1; the last draw of the recipe, so that draws left over do not matter."""
        stream = iter(self.uniform(12 * n).tolist())
        return np.array([_one_exponential(stream) for _ in range(n)])


def _one_exponential(stream: Iterator[float]) -> float:
    whole, u = 0.0, 2.0 * next(stream)
    while u <= 1.0:
        whole, u = whole + LINES[0], 2.0 * u
    u -= 1.0
    if u <= LINES[0]:
        return float(whole + u)
    least, line = next(stream), 1
    while True:
        least = min(least, next(stream))
        if u <= LINES[line]:
            return float(whole + least * LINES[0])
        line += 1


@dataclass(frozen=True)
class Trial:
    """One simulated trial."""

    month: np.ndarray
    observed: np.ndarray
    x: np.ndarray
    treated: np.ndarray


def draw_trial(
    prognostic: tuple[float, float, float],
    modifying: tuple[float, float, float],
    effect: float,
    cutoffs: tuple[float, float, float],
) -> Trial:
    """Follow the function `simulWeib` of the vignette, with its rates: 0.1 for events, 0.01 for censoring."""
    draws = Draws(1)
    scale, axes = np.linalg.eigh(0.5 ** np.abs(np.subtract.outer(np.arange(3), np.arange(3))))
    scale, axes = scale[::-1], axes[:, ::-1]
    axes = axes * np.sign(axes[0]) * np.array([-1.0, -1.0, 1.0])  # the directions that R's linear algebra chooses
    normal = draws.normal(3 * PEOPLE).reshape(3, PEOPLE)
    x = np.array(cutoffs) < ((axes * np.sqrt(scale)) @ normal).T
    treated = draws.coin(PEOPLE)
    risk = x @ np.array(prognostic) + (x @ np.array(modifying) + effect) * treated
    event = -np.log(draws.uniform(PEOPLE)) / (0.1 * np.exp(risk))
    censored = draws.exponential(PEOPLE) / 0.01
    return Trial(np.minimum(event, censored), event <= censored, x.astype(float), treated == 1)
