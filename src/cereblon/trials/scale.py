"""Scales on which published and simulated numbers are compared: logit of a share, log of a time or of a ratio."""

from __future__ import annotations

import math
from typing import Literal

from cereblon.core.errors import InputError
from cereblon.statistics.estimate import normal_quantile

Kind = Literal["share", "time", "ratio"]
_KIND_OF_UNIT: dict[str, Kind] = {"percent": "share", "months": "time", "ratio": "ratio"}
UNITS = tuple(_KIND_OF_UNIT)
_FLOOR = 0.003  # shares of 0 and 1 have no logit


def kind_of(unit: str) -> Kind:
    """Tell how a number of this unit is compared.

    Raises
    ------
    InputError
        If it is neither a share, a time nor a ratio.
    """
    if unit not in _KIND_OF_UNIT:
        raise InputError(f"unit {unit}: only percent, months and ratio have a scale of comparison")
    return _KIND_OF_UNIT[unit]


def group_of(endpoint: str, kind: Kind) -> str:
    """Name the group of an endpoint whose numbers differ alike between trials."""
    if kind != "share":
        return kind
    if endpoint.startswith("mrd"):
        return "residual"
    if endpoint.startswith(("cr", "scr")):
        return "depth"
    if endpoint.startswith(("pfs", "os", "efs")):
        return "landmark"
    return (
        "response" if endpoint in ("orr", "vgpr_or_better", "vgpr", "pr", "dcr", "orr_mr_or_better") else "stopping"
    )


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
