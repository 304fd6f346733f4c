"""A real-world result over, or minus, that of a trial, with what its interval rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cereblon.evidence.study import Fact
from cereblon.statistics.estimate import normal_quantile
from cereblon.statistics.proportions import newcombe_interval

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Side:
    """One figure with the patients and, where printed, the events behind it."""

    fact: Fact
    n: int | None
    events: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """What a real-world result is relative to trials; the fields are those of `PracticeRow`."""

    measure: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    method: str = ""
    is_least_width: bool = False
    least: float | None = None
    greatest: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Error:
    """A standard error of a log median and where it comes from; a bound where events are not known."""

    value: float
    method: str
    is_bound: bool = False


def compare_medians(own: Side, against: Side, others: Sequence[Fact]) -> Compared:
    """Give the ratio of two medians.

    The interval is taken from the printed intervals on the log scale: from both ends, or from the lower end alone
    where the upper is open. A side that prints none is treated as exponential times with the events it prints; where
    it prints no events either, every patient is taken to have had one. Nobody has more events than patients, so that
    interval is a bound: the true one is at least as wide.

    Parameters
    ----------
    own, against
        Practice and the reference arm.
    others
        The figures of all trial arms it may be compared with.
    """
    value, base = own.fact.value, against.fact.value
    if not value or not base:
        return Compared(why="a median of 0 has no ratio")
    ratios = [value / other.value for other in others if other.value]
    errors = [_log_error(side) for side in (own, against)]
    low = high = None
    method, why = "", _different_start(own.fact, against.fact)
    if errors[0] is not None and errors[1] is not None:
        reach = normal_quantile(LEVEL) * math.hypot(errors[0].value, errors[1].value)
        low, high = value / base * math.exp(-reach), value / base * math.exp(reach)
        method = f"practice: {errors[0].method}; trial: {errors[1].method}"
    else:
        why = "; ".join(part for part in ("no interval: a side prints neither interval nor patients", why) if part)
    return Compared(
        measure="ratio",
        value=value / base,
        low=low,
        high=high,
        method=method,
        is_least_width=any(error is not None and error.is_bound for error in errors) and low is not None,
        least=min(ratios),
        greatest=max(ratios),
        why=why,
    )


def _log_error(side: Side) -> _Error | None:
    interval, value = side.fact.interval, side.fact.value
    if interval is not None and interval.low and value and value > interval.low:
        z = normal_quantile(interval.level)
        if interval.high:
            return _Error(math.log(interval.high / interval.low) / (2 * z), "published interval")
        return _Error(math.log(value / interval.low) / z, "lower end of the published interval")
    if side.events:
        return _Error(1 / math.sqrt(side.events), f"exponential times, {side.events:.0f} events")
    if side.n:
        return _Error(1 / math.sqrt(side.n), f"exponential times, at most {side.n} events", is_bound=True)
    return None


def _different_start(own: Fact, against: Fact) -> str:
    if own.counted_from == against.counted_from:
        return ""
    starts = [fact.counted_from or "start of treatment" for fact in (own, against)]
    return f"counted from different starts (practice: {starts[0]}; trial: {starts[1]})"


def compare_rates(own: Side, against: Side, others: Sequence[Fact]) -> Compared:
    """Give the difference of two percentages with Newcombe's interval; the parameters are those of the medians."""
    value, base = own.fact.value or 0.0, against.fact.value or 0.0
    differences = [value - (other.value or 0.0) for other in others]
    low = high = None
    method, why = "", "no interval: the number of patients of a side is not in our library"
    if own.n and against.n:
        low, high = (100 * end for end in newcombe_interval(value / 100, own.n, base / 100, against.n))
        method, why = "Newcombe, from percentages and patients", ""
    return Compared(
        measure="difference",
        value=value - base,
        low=low,
        high=high,
        method=method,
        least=min(differences),
        greatest=max(differences),
        why=why,
    )
