"""Times that a user asks for: months, or a number with its unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from cereblon.core.bounds import BOUNDS, LIFT
from cereblon.core.errors import ArgumentError
from cereblon.core.time_units import MONTHS_PER, TIME_UNITS

Months: TypeAlias = float | str | Sequence[float | str]
"""One time or several: months, or text such as `24, 3 years`."""

_TIME = re.compile(r"(?P<number>[^a-zA-Z\s]+)\s*(?P<unit>[a-zA-Z]*)")


def read_months(given: Months | None, name: str, *, allow_implausible: bool = False) -> list[float]:
    """Read times: months, unless a unit stands behind the number (`2 years`); rising, each once.

    Parameters
    ----------
    given
        Numbers, or text with commas between times; None for no time.
    name
        What the times are, for messages.
    allow_implausible
        Whether times beyond what a follow-up can be are accepted.

    Raises
    ------
    ArgumentError
        If one is no time, not above 0, or beyond what a follow-up can be.
    """
    if given is None:
        return []
    several = [given] if isinstance(given, str | float | int) else list(given)
    parts = [part for one in several for part in (one.split(",") if isinstance(one, str) else [f"{one!r}"])]
    return sorted({_one(part.strip(), given, name, allow_implausible) for part in parts})


def read_month(given: float | str | None, name: str, *, allow_implausible: bool = False) -> float | None:
    """Read one time as `read_months` does.

    Raises
    ------
    ArgumentError
        If it is none, or several.
    """
    found = read_months(given, name, allow_implausible=allow_implausible)
    if len(found) > 1:
        raise ArgumentError(f"{name} is {given!r}; one time is needed")
    return found[0] if found else None


def _one(part: str, given: Months, name: str, allow_implausible: bool) -> float:
    match = _TIME.fullmatch(part)
    unit = TIME_UNITS.find(match["unit"]) if match and match["unit"] else "months"
    try:
        value = float(match["number"]) if match else float("nan")
    except ValueError:
        value = float("nan")
    if unit is None or value != value:
        raise ArgumentError(
            f"{name} is {given!r}; numbers separated by commas are needed: months, or with a unit "
            f"({', '.join(MONTHS_PER)})"
        )
    months = value * MONTHS_PER[unit]
    bounds = BOUNDS["follow-up"]
    last = bounds.most if allow_implausible else bounds.high
    if not 0 < months <= last:
        accept = f"; {LIFT} accepts it" if last < months <= bounds.most else ""
        raise ArgumentError(
            f"{name} is {given!r}; months after 0 and up to {last:g} are needed, or name the unit{accept}"
        )
    return months
