"""Scales on which published and simulated numbers are compared: logit of a share, log of a time or of a ratio."""

from __future__ import annotations

import math
from typing import TypeAlias

from cereblon.core.errors import InputError
from cereblon.statistics.estimate import normal_quantile
from cereblon.vocabulary.endpoints import OTHER_SHARES, Scale, vocabulary

Kind: TypeAlias = Scale
UNITS: tuple[str, ...] = tuple(name for name, unit in vocabulary().units.items() if unit.scale)
_FLOOR = 0.003  # shares of 0 and 1 have no logit


def kind_of(unit: str) -> Kind:
    """Tell how a number of this unit is compared.

    Raises
    ------
    InputError
        If it is neither a share, a time nor a ratio.
    """
    entry = vocabulary().units.get(unit)
    if entry is None or entry.scale is None:
        raise InputError(f"unit {unit}: only {', '.join(UNITS)} have a scale of comparison")
    return entry.scale


def group_of(endpoint: str, kind: Kind) -> str:
    """Name the group of an endpoint whose numbers differ alike between trials."""
    entry = vocabulary().endpoints.get(endpoint)
    if kind != "share":
        return kind
    return OTHER_SHARES if entry is None else entry.between_trials


def to_scale(kind: Kind, value: float) -> float:
    """Put a printed value (percent, months, ratio) on its scale."""
    if kind == "share":
        share = min(max(value / 100.0, _FLOOR), 1.0 - _FLOOR)
        return math.log(share / (1.0 - share))
    return math.log(max(value, 0.01))


def from_scale(kind: Kind, z: float) -> float:
    """Give the value as it is printed."""
    if kind == "share":
        return 100.0 / (1.0 + math.exp(-max(min(z, 50.0), -50.0)))
    return math.exp(min(z, 50.0))


def error_from_interval(
    kind: Kind, low: float | None, high: float | None, value: float, level: float
) -> float | None:
    """Give the standard error on the scale that a printed interval implies; None if no end is known."""
    quantile = normal_quantile(level)
    ends = [end for end in (low, high) if end is not None and math.isfinite(end)]
    if not ends:
        return None
    if len(ends) == 2:
        width = to_scale(kind, ends[1]) - to_scale(kind, ends[0])
        return max(width, 1e-6) / (2.0 * quantile)
    return max(abs(to_scale(kind, ends[0]) - to_scale(kind, value)), 1e-6) / quantile


def error_from_size(kind: Kind, value: float, n: float) -> float:
    """Give the standard error on the scale that a study of this size has.

    Shares are binomial. About two thirds of an arm have an event: the log of a median then has a standard error of
    1.3 over the root of the events (exponential times with a median read off the curve), the log of a ratio of two
    arms of equal size that of the logrank test, the root of 2 over the events of one arm.

    Parameters
    ----------
    value
        As printed.
    n
        Patients of one arm.
    """
    if kind == "share":
        share = min(max(value / 100.0, 0.02), 0.98)
        return 1.0 / math.sqrt(n * share * (1.0 - share))
    return (1.3 if kind == "time" else math.sqrt(2.0)) / math.sqrt(0.65 * n)
