"""Orders of one drug in a phase without overlap: what is said of certain cycles goes before what is said of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cereblon.core.errors import InputError
from cereblon.model.regimens.schedule import CycleRange, format_cycles


@dataclass(frozen=True, kw_only=True)
class GivenDose:
    """A dose on some days of some cycles, from 1; `last` is None where the cycles go on."""

    dose: float
    unit: str
    route: str
    days: tuple[int, ...]
    first: int = 1
    last: int | None = None
    source: str = ""

    @property
    def reach(self) -> float:
        """How many cycles it names; the fewer, the more it says."""
        return float("inf") if self.last is None else self.last - self.first + 1


def canonical(drug: str, given: Sequence[GivenDose], cycles: int | None) -> list[dict[str, object]]:
    """Give the orders of a drug in a phase, as the fields of `Order`.

    Parameters
    ----------
    drug
        By INN.
    given
        As published; that of fewer cycles replaces the other on the days they share.
    cycles
        Of the phase; None where it goes on.

    Raises
    ------
    InputError
        If two doses are given on one day, or a cycle is beyond the phase.
    """
    beyond = [one for one in given if cycles is not None and max(one.first, one.last or one.first) > cycles]
    if beyond:
        raise InputError(
            f"cycle {max(beyond[0].first, beyond[0].last or 0)} is beyond the {cycles} cycles of the phase",
            hint="cycles count from 1 within the phase",
        )
    starts = sorted({1, *(one.first for one in given), *(one.last + 1 for one in given if one.last is not None)})
    starts = [start for start in starts if cycles is None or start <= cycles]
    segments: list[tuple[int, int | None, tuple[GivenDose, ...]]] = []
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        last = cycles if following is None else following - 1
        here = [one for one in given if one.first <= start and (one.last is None or start <= one.last)]
        doses = tuple(_of_segment(here))
        if segments and segments[-1][2] == doses:
            segments[-1] = (segments[-1][0], last, doses)
        else:
            segments.append((start, last, doses))
    return [
        _order(drug, one, first, last, whole=first == 1 and last == cycles)
        for first, last, doses in segments
        for one in doses
    ]


def _of_segment(here: Sequence[GivenDose]) -> list[GivenDose]:
    """Give the doses of equal cycles, each day once; without the cycles, so that equal ones are seen."""
    by_day: dict[int, GivenDose] = {}
    for one in sorted(here, key=lambda one: -one.reach):
        for day in one.days:
            other = by_day.get(day)
            if other is not None and other.reach == one.reach and _what(other) != _what(one):
                raise InputError(
                    f"two doses on day {day} of cycle {one.first}: {other.dose:g} and {one.dose:g} {one.unit}",
                    hint="separate them by cycles or days",
                )
            by_day[day] = one
    kinds = dict.fromkeys((_what(one), one.source) for one in by_day.values())
    found = []
    for (dose, unit, route), source in kinds:
        days = sorted(day for day, one in by_day.items() if (_what(one), one.source) == ((dose, unit, route), source))
        found.append(GivenDose(dose=dose, unit=unit, route=route, days=tuple(days), source=source))
    return sorted(found, key=lambda one: one.days)


def _what(one: GivenDose) -> tuple[float, str, str]:
    return one.dose, one.unit, one.route


def _order(drug: str, one: GivenDose, first: int, last: int | None, *, whole: bool) -> dict[str, object]:
    fields: dict[str, object] = {
        "drug": drug,
        "dose": one.dose,
        "unit": one.unit,
        "route": one.route,
        "days": list(one.days),
        "source": one.source,
    }
    return fields if whole else {**fields, "cycles": format_cycles(CycleRange(first, last))}
