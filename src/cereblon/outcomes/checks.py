"""What callers may ask of an outcome: time points and numbers of things to show."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.core.errors import InputError
from cereblon.statistics.estimate import number_or_nan


def check_months(months: Sequence[float]) -> list[float]:
    """Refuse time points that are negative or no numbers."""
    bad = [str(month) for month in months if not 0 <= number_or_nan(month) < float("inf")]
    if bad:
        raise InputError(f"months: {', '.join(bad)} {'are' if len(bad) > 1 else 'is'} no time from 0 on")
    return [float(month) for month in months]


def check_count(count: int | None, name: str) -> None:
    """Refuse a number of things to show that is not a whole number from 1 on; None stands for all."""
    if count is not None and not (number_or_nan(count) >= 1 and number_or_nan(count) % 1 == 0):
        raise InputError(f"{name} {count!r} is not a whole number from 1 on")
