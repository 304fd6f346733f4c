"""Times on the command line: months, or a number with its unit."""

from __future__ import annotations

import re

import typer

_TIME = re.compile(r"(?P<number>[^a-zA-Z\s]+)\s*(?P<unit>[a-zA-Z]*)")


def read_months(given: str | None, option: str) -> list[float]:
    """Read times separated by commas: months, unless a unit stands behind the number (`2 years`); rising, each once.

    Parameters
    ----------
    given
        From the command line; None for no time.
    option
        Its name, for messages.
    """
    if given is None:
        return []
    return sorted({_one(part.strip(), given, option) for part in given.split(",")})


def read_month(given: str | None, option: str) -> float | None:
    """Read one time as `read_months` does."""
    found = read_months(given, option)
    if len(found) > 1:
        raise typer.BadParameter(f"{option} is {given!r}; one time is needed")
    return found[0] if found else None


def _one(part: str, given: str, option: str) -> float:
    from cereblon.core.bounds import BOUNDS
    from cereblon.core.time_units import MONTHS_PER, TIME_UNITS

    match = _TIME.fullmatch(part)
    unit = TIME_UNITS.find(match["unit"]) if match and match["unit"] else "months"
    try:
        value = float(match["number"]) if match else float("nan")
    except ValueError:
        value = float("nan")
    if unit is None or value != value:
        raise typer.BadParameter(
            f"{option} is {given!r}; numbers separated by commas are needed: months, or with a unit "
            f"({', '.join(MONTHS_PER)})"
        )
    months = value * MONTHS_PER[unit]
    last = BOUNDS["follow-up"].high
    if not 0 < months <= last:
        raise typer.BadParameter(
            f"{option} is {given!r}; months after 0 and up to {last:g} are needed, or name the unit"
        )
    return months
