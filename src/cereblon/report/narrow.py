"""A picture of many labelled lines as a list, for windows too narrow for label, plot and numbers side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NarrowLine:
    """One line: words above a bar.

    Parameters
    ----------
    heading
        What begins with this line; empty where it goes on.
    label, words
        Left and right above the bar.
    low, high
        Ends of the interval, percent of the axis; None without one.
    value, mark
        Of the simulated or only value, and of what was published beside it; percent of the axis.
    color
        Of interval and value.
    is_outside
        Whether the published value lies outside the interval.
    """

    heading: str
    label: str
    words: str
    low: float | None = None
    high: float | None = None
    value: float | None = None
    mark: float | None = None
    color: str = "currentColor"
    is_outside: bool = False

    @property
    def has_rod(self) -> bool:
        """Whether there is anything to draw."""
        return any(one is not None for one in (self.low, self.value, self.mark))

    @property
    def width(self) -> float:
        """Length of the interval, percent of the axis, at least a hairline."""
        return 0.0 if self.low is None or self.high is None else max(0.6, self.high - self.low)


def place_on(domain: tuple[float, float], amount: float | None, *, is_log: bool = False) -> float | None:
    """Give the place of a number on an axis, percent; the edge where it lies beyond, None where there is none."""
    if amount is None or not math.isfinite(amount):
        return None
    low, high = domain
    if is_log:
        if amount <= 0:
            return 0.0
        low, high, amount = math.log(low), math.log(high), math.log(amount)
    return round(min(100.0, max(0.0, 100 * (amount - low) / (high - low))), 2)


def narrow_line(
    domain: tuple[float, float],
    amounts: Mapping[str, float | None],
    words: tuple[str, str, str],
    *,
    is_log: bool = False,
    color: str = "currentColor",
    is_outside: bool = False,
) -> NarrowLine:
    """Make a line of amounts in their own unit.

    Parameters
    ----------
    domain
        Ends of the axis.
    amounts
        Of `low`, `high`, `value` and `mark`, as far as there are.
    words
        Heading, label and words.
    is_log
        Whether the axis is logarithmic.
    color, is_outside
        As of `NarrowLine`.
    """
    places = {name: place_on(domain, amount, is_log=is_log) for name, amount in amounts.items()}
    low, high, value, mark = (places.get(name) for name in ("low", "high", "value", "mark"))
    return NarrowLine(*words, low, high, value, mark, color, is_outside)
