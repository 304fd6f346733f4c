"""What a population file states: numbers with a source, marginal distributions and shares."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator, model_validator

from cereblon.core.parameter import Basis
from cereblon.core.validation import StrictModel

Floats = NDArray[np.float64]

MOST_SKEW = 3.0
MOST_LOG_SPREAD = 4.0
"""Bounds of what a file may state, judged by us: beyond, patients lie at the limits and not between them."""


class Sourced(StrictModel):
    """What every stated value carries: where it comes from and how far to trust it.

    `basis: assumed` says that nobody checked the number at a source; `source` then names who judged it and why.
    """

    source: str
    basis: Basis
    note: str = ""

    @field_validator("source")
    @classmethod
    def _source_is_given(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("no source; cite it, or set basis: assumed and say why")
        return text


class Number(Sourced):
    """One stated value with its unit."""

    value: float
    unit: str


class Shares(Sourced):
    """Shares of the levels of one covariate, in their order; they add up to 1."""

    value: dict[str, float]
    unit: Literal["1"] = "1"

    @model_validator(mode="after")
    def _adds_up(self) -> Shares:
        if not self.value or any(not 0 <= share <= 1 for share in self.value.values()):
            raise ValueError("each share must lie between 0 and 1")
        total = sum(self.value.values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares add up to {total:.6g}, 1 is needed")
        return self

    def levels(self, z: Floats) -> NDArray[np.int64]:
        """Give the position of the level that a standard normal score falls into, low scores first."""
        from scipy.special import ndtri

        edges = ndtri(np.minimum(np.cumsum(list(self.value.values()))[:-1], 1.0))
        return np.searchsorted(edges, z, side="right").astype(np.int64)


def has(share: float, z: Floats) -> NDArray[np.bool_]:
    """Say who has a trait of this share: those with the highest standard normal scores."""
    from scipy.special import ndtri

    return np.asarray(z >= ndtri(1.0 - share))


class Continuous(StrictModel):
    """A continuous marginal by its median, spread and, if wanted, skew.

    With a standard normal score z and w = (exp(skew z) - 1) / skew, which is z without skew: `normal` gives median
    + spread * w, `log_normal` gives median * exp(spread * w), so that its spread is about the standard deviation of
    the logarithm. A positive skew makes the high tail the longer one, a negative skew the low tail. Limits are met
    by truncation, never by moving a value onto the limit.
    """

    distribution: Literal["normal", "log_normal"]
    median: Number
    spread: Number
    skew: Number | None = None

    @model_validator(mode="after")
    def _is_a_distribution(self) -> Continuous:
        if self.spread.value <= 0:
            raise ValueError(f"spread {self.spread.value} is not positive")
        if abs(self._skew) > MOST_SKEW:
            raise ValueError(
                f"skew {self._skew:g} is outside {-MOST_SKEW:g} to {MOST_SKEW:g}: all would lie on one side"
            )
        if self.distribution == "log_normal":
            if self.spread.value > MOST_LOG_SPREAD:
                raise ValueError(
                    f"spread {self.spread.value:g} of a log-normal is outside 0 to {MOST_LOG_SPREAD:g}; it is about "
                    "the standard deviation of the natural logarithm, not of the value"
                )
            if self.median.value <= 0:
                raise ValueError(f"median {self.median.value} of a log-normal is not positive")
            if self.spread.unit != "1":
                raise ValueError(f"the spread of a log-normal has unit 1, not {self.spread.unit!r}")
        elif self.spread.unit != self.median.unit:
            raise ValueError(f"the spread is in {self.spread.unit!r}, the median in {self.median.unit!r}")
        return self

    def quantile(self, z: Floats, lower: float, upper: float) -> Floats:
        """Turn standard normal scores into values between `lower` and `upper`."""
        from scipy.special import ndtr, ndtri

        low, high = ndtr(self.score(lower)), ndtr(self.score(upper))
        return self._value(ndtri(low + ndtr(z) * (high - low)))

    def score(self, value: float) -> float:
        """Give the standard normal score of one value, infinite outside the distribution's range."""
        if self.distribution == "normal":
            w = (value - self.median.value) / self.spread.value
        elif value > 0:
            w = math.log(value / self.median.value) / self.spread.value
        else:
            return -math.inf
        skew = self._skew
        inside = 1.0 + skew * w
        if skew == 0.0:
            return w
        return math.log(inside) / skew if inside > 0 else math.copysign(math.inf, -skew)

    @property
    def _skew(self) -> float:
        return 0.0 if self.skew is None else self.skew.value

    def _value(self, z: Floats) -> Floats:
        w = z if self._skew == 0.0 else np.expm1(self._skew * z) / self._skew
        if self.distribution == "normal":
            return np.asarray(self.median.value + self.spread.value * w)
        return np.asarray(self.median.value * np.exp(self.spread.value * w))


class BySex(StrictModel):
    """One marginal for women and one for men."""

    female: Continuous
    male: Continuous
