"""In what one regimen differs from another: the first day on which a drug is given otherwise."""

from __future__ import annotations

from cereblon.model.drugs import DRUGS
from cereblon.model.regimens import Regimen

_YEARS_LOOKED_AT = 4
Given = dict[tuple[int, str], tuple[float, str, str]]


def difference(published: Regimen, given: Regimen) -> tuple[str, ...]:
    """Say of each drug when it is first given otherwise, in the first four years.

    Parameters
    ----------
    published
        What a file publishes.
    given
        What a simulation gives.
    """
    one, other = doses_by_day(published), doses_by_day(given)
    found = []
    for drug in DRUGS:
        days = sorted({day for day, name in one.keys() | other.keys() if name == drug})
        first = next((day for day in days if one.get((day, drug)) != other.get((day, drug))), None)
        if first is not None:
            instead, meant = (_dose(doses.get((first, drug))) for doses in (other, one))
            found.append(f"{drug}, day {first}: {instead} instead of {meant}")
    return tuple(found)


def _dose(dose: tuple[float, str, str] | None) -> str:
    return "none" if dose is None else f"{dose[0]:g} {dose[1]} {dose[2]}"


def doses_by_day(regimen: Regimen, days: int = 365 * _YEARS_LOOKED_AT) -> Given:
    """Give the doses of a regimen by day of treatment, from 1, and drug.

    Parameters
    ----------
    regimen
        Valid.
    days
        How many are looked at; a regimen that goes on until progression fills them.
    """
    given: Given = {}
    start = 0
    for phase in regimen.phases:
        cycle = 1
        while start < days and (phase.cycles is None or cycle <= phase.cycles):
            for order in phase.orders_in(cycle):
                given |= {(start + day, order.drug): (order.dose, order.unit, order.route) for day in order.days}
            start += phase.cycle_days
            cycle += 1
    return given
