"""How a published order is given: dose by dose, with its days and cycles, completed where the file is silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.evidence.study import DrugOrder, cycle_day_numbers
from cereblon.model.drugs.drug import drug_of
from cereblon.model.regimens.schedule import CycleRange, format_days
from cereblon.trials.published_regimen.canonical_orders import GivenDose
from cereblon.trials.published_regimen.completion import completion
from cereblon.trials.published_regimen.dose_words import DoseStep, DoseWords, OlderDose, read_dose
from cereblon.trials.published_regimen.span_words import read_cycles
from cereblon.vocabulary.drugs import ROUTE_WORDS

_WEEKS = {"day": 0, "week": 1} | {f"{number} weeks": number for number in (2, 3, 4, 6, 8)}
_WEEK = 7


@dataclass(frozen=True, kw_only=True)
class EarlierDoses:
    """How an earlier phase of the arm gives a drug: among which drugs, in cycles of which length, and the doses."""

    drugs: frozenset[str]
    cycle_days: int
    doses: tuple[GivenDose, ...]


@dataclass(kw_only=True)
class PhaseAtHand:
    """A phase while it is read.

    Parameters
    ----------
    name, drugs, section
        Its name, the drugs of the model in it, and the setting's part of the rules.
    cycle_days, cycles
        Length, and number of cycles; None until progression.
    offset
        Cycles of earlier phases that the file counts too.
    source
        Key of the regimen's source.
    earlier
        What the last earlier phase of the arm that gives a drug gives of it.
    assumed, remarks
        What is not from the file, and what is not simulated as written; filled while reading.
    """

    name: str
    drugs: tuple[str, ...]
    section: str
    cycle_days: int
    cycles: int | None
    offset: int
    source: str
    earlier: dict[str, EarlierDoses]
    assumed: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    older: dict[str, OlderDose] = field(default_factory=dict)

    def assume(self, what: str) -> None:
        """Note what the file does not say."""
        self.assumed.append(f"{self.name}, {what}")


def given_doses(order: DrugOrder, drug: str, phase: PhaseAtHand) -> list[GivenDose]:
    """Give what an order says, day by day of its cycles.

    Raises
    ------
    InputError
        With what is not understood, or is not said and cannot be completed.
    """
    words = read_dose(order.dose) if order.dose else None
    ranges = _ranges(order, phase)
    if words is not None:
        phase.remarks += [f"{phase.name}, {drug}: {remark}" for remark in words.remarks]
        _note_older(order, drug, words, phase)
    days = None if order.days is None else tuple(cycle_day_numbers(order.days))
    every = None if order.every is None else _WEEKS[order.every]
    if words is None:
        return _completed(order, drug, days, every, ranges, phase)
    found: list[GivenDose] = []
    for step, cycles in _steps_in_cycles(words.steps, ranges, drug, phase):
        own_days = step.days or days
        own_every = step.every_weeks if step.every_weeks is not None else every
        dose = GivenDose(dose=step.dose, unit=step.unit, route="", days=(), source=order.source or phase.source)
        if step.initial:
            first = _scheduled(drug, dose, own_days, own_every, cycles, order, phase, step)
            found += [replace(one, days=one.days[:2], first=cycles.first, last=cycles.first) for one in first[:1]]
        else:
            found += _scheduled(drug, dose, own_days, own_every, cycles, order, phase, step)
    return found


def _note_older(order: DrugOrder, drug: str, words: DoseWords, phase: PhaseAtHand) -> None:
    older = words.older
    if order.above_75 is not None:
        amount = read_dose(order.above_75).steps[0]
        older = OlderDose(age=75, included=False, dose=amount.dose, unit=amount.unit)
    if older is not None and phase.older.setdefault(drug, older) != older:
        raise InputError(f"{drug}: two doses for older patients", hint="give one, in the first order of the drug")


def _ranges(order: DrugOrder, phase: PhaseAtHand) -> list[CycleRange]:
    """Give the cycles of an order, counted within the phase."""
    if order.cycles is not None and order.months is not None:
        raise InputError("both cycles and months are given", hint="give one of them")
    if order.months is not None:
        return [_months_in_cycles(one, phase.cycle_days) for one in read_cycles(order.months)]
    if order.cycles is None:
        return [CycleRange(1, phase.cycles)]
    found = [
        CycleRange(one.first - phase.offset, one.last and one.last - phase.offset)
        for one in read_cycles(order.cycles)
    ]
    if any(one.first < 1 for one in found):
        raise InputError(f"cycles {order.cycles!r} are over when the phase begins", hint="count within the phase")
    if phase.cycles is None:
        return found
    return [CycleRange(one.first, phase.cycles if one.last is None else one.last) for one in found]


def _months_in_cycles(months: CycleRange, cycle_days: int) -> CycleRange:
    def end(month: int) -> int:
        return max(round(month * DAYS_PER_MONTH / cycle_days), 1)

    first = 1 if months.first == 1 else end(months.first - 1) + 1
    return CycleRange(first, None if months.last is None else max(end(months.last), first))


def _steps_in_cycles(
    steps: Sequence[DoseStep], ranges: Sequence[CycleRange], drug: str, phase: PhaseAtHand
) -> list[tuple[DoseStep, CycleRange]]:
    """Give each dose its cycles: as said, or from the end of the one before to the beginning of the next."""
    if len(steps) == 1 and (steps[0].first, steps[0].last, steps[0].length) == (None,) * 3:
        return [(steps[0], one) for one in ranges]
    if len(ranges) > 1:
        raise InputError("names several doses in several spans of cycles", hint="write an order for each dose")
    whole = ranges[0]
    if steps[0].initial or _is_unmarked_pair(steps):
        if drug != "carfilzomib":
            raise InputError(
                f"{steps[0].dose:g} and {steps[-1].dose:g} {steps[-1].unit}: which is given when is not said",
                hint=f"write '{steps[0].dose:g} {steps[0].unit} to cycle 4, then {steps[-1].dose:g} {steps[0].unit}'",
            )
        phase.assume(
            f"carfilzomib: {steps[0].dose:g} {steps[0].unit} on the first two days of cycle {whole.first}, by label"
        )
        return [(replace(steps[0], initial=True), whole), (steps[1], whole)]
    special = [step for step in steps if step.days is not None and step.first is not None]
    found = []
    for step in special:
        start = _start(step, phase) or whole.first
        found.append((step, CycleRange(start, _last(step, start, phase) or whole.last)))
    steps = [step for step in steps if step not in special]
    starts = [_start(step, phase) for step in steps]
    current = whole.first
    for place, step in enumerate(steps):
        start = starts[place] or current
        following = starts[place + 1] if place + 1 < len(steps) else None
        last = _last(step, start, phase) or (following - 1 if following else None)
        if place + 1 < len(steps) and last is None:
            raise InputError(
                f"{step.dose:g} {step.unit}: until when is not said",
                hint=f"write '{step.dose:g} {step.unit} to cycle 4, then ...'",
            )
        last = whole.last if last is None else last
        found.append((step, CycleRange(start, last)))
        current = (last or start) + 1
    return found


def _is_unmarked_pair(steps: Sequence[DoseStep]) -> bool:
    unmarked = all((step.first, step.last, step.length, step.days) == (None,) * 4 for step in steps)
    return unmarked and len(steps) == 2


def _start(step: DoseStep, phase: PhaseAtHand) -> int | None:
    if step.first is None:
        return None
    return (
        step.first
        if step.span == "cycle"
        else _months_in_cycles(CycleRange(step.first, None), phase.cycle_days).first
    )


def _last(step: DoseStep, start: int, phase: PhaseAtHand) -> int | None:
    if step.last is not None:
        return (
            step.last if step.span == "cycle" else _months_in_cycles(CycleRange(1, step.last), phase.cycle_days).last
        )
    if step.length is None:
        return None
    cycles = (
        step.length if step.span == "cycle" else _months_in_cycles(CycleRange(1, step.length), phase.cycle_days).last
    )
    return start + (cycles or 1) - 1


def _scheduled(
    drug: str,
    dose: GivenDose,
    days: tuple[int, ...] | None,
    every: int | None,
    cycles: CycleRange,
    order: DrugOrder,
    phase: PhaseAtHand,
    step: DoseStep | None,
) -> list[GivenDose]:
    """Give a dose its route and days."""
    route = order.route or (step.route if step else None) or _route(drug, dose.unit, phase)
    dose = replace(dose, route=route)
    if days is None and every is None:
        return _on_days_of_others(drug, dose, cycles, phase)
    if every is None or (every == 0 and days is not None):  # once a day, on these days
        return [replace(dose, days=days or (), first=cycles.first, last=cycles.last)]
    regular = _every(dose, every, cycles, phase)
    if days is None:
        return regular
    if len(regular) != 1 or regular[0].days != days:
        raise InputError(
            f"days {format_days(days)} and every {order.every or 'day'} say different things", hint="give one of them"
        )
    return regular


def _every(dose: GivenDose, weeks: int, cycles: CycleRange, phase: PhaseAtHand) -> list[GivenDose]:
    """Give the days of a dose that is repeated after some weeks, 0 for every day."""
    length = phase.cycle_days
    if weeks == 0:
        return [replace(dose, days=tuple(range(1, length + 1)), first=cycles.first, last=cycles.last)]
    step = weeks * _WEEK
    if length % step == 0:
        return [replace(dose, days=tuple(range(1, length + 1, step)), first=cycles.first, last=cycles.last)]
    if cycles.last is None:
        raise InputError(
            f"every {weeks} weeks does not fit cycles of {length} days that go on until progression",
            hint=f"give the phase cycle_days: {step if step > length else length}, or a number of cycles",
        )
    found: dict[int, list[int]] = {}
    for day in range((cycles.first - 1) * length, cycles.last * length, step):
        found.setdefault(day // length + 1, []).append(day % length + 1)
    return [replace(dose, days=tuple(days), first=cycle, last=cycle) for cycle, days in found.items()]


def _route(drug: str, unit: str, phase: PhaseAtHand) -> str:
    declared = drug_of(drug)
    routes = [form.route for form in declared.forms if form.unit == unit]
    if not routes:
        allowed = " or ".join(f"{form.unit} {form.route}" for form in declared.forms)
        raise InputError(f"{drug} is given as {allowed}, not in {unit}", hint="correct the unit of the dose")
    before = phase.earlier.get(drug)
    if before is not None and before.doses[0].route in routes:
        return before.doses[0].route
    if len(set(routes)) == 1:
        return routes[0]
    known = completion(drug, phase.drugs, phase.section, phase.cycle_days)
    route = next((one.route for one in known.orders(drug) if one.route in routes), routes[0]) if known else routes[0]
    phase.assume(f"{drug}: given {ROUTE_WORDS[route]}" + (f", as in {known.regimen.id}" if known else ""))
    return route


def _on_days_of_others(drug: str, dose: GivenDose, cycles: CycleRange, phase: PhaseAtHand) -> list[GivenDose]:
    """Give a dose the days that an earlier phase of the arm, or the library, gives the drug on."""
    source, found = _known(drug, dose.route, cycles, phase)
    phase.assume(f"{drug}: days {_days_text(found)} as in {source}")
    return [replace(dose, days=one.days, first=one.first, last=one.last) for one in found]


def _completed(
    order: DrugOrder,
    drug: str,
    days: tuple[int, ...] | None,
    every: int | None,
    ranges: Sequence[CycleRange],
    phase: PhaseAtHand,
) -> list[GivenDose]:
    """Give an order without a dose that of an earlier phase, or of the library."""
    result: list[GivenDose] = []
    for cycles in ranges:
        source, found = _known(drug, order.route, cycles, phase, any_days=days is not None or every is not None)
        doses = " then ".join(dict.fromkeys(f"{one.dose:g} {one.unit}" for one in found))
        if days is None and every is None:
            phase.assume(f"{drug}: {doses} {found[0].route} on days {_days_text(found)} as in {source}")
            result += found
            continue
        phase.assume(f"{drug}: {doses} {found[0].route} as in {source}")
        for one in found:
            span = CycleRange(one.first, one.last)
            if every is not None and days is None:
                result += _every(one, every, span, phase)
            else:
                result.append(replace(one, days=days or one.days))
    return _first_of_a_day(result)


def _first_of_a_day(found: Sequence[GivenDose]) -> list[GivenDose]:
    """Leave out what is the same dose again after days were replaced."""
    return list(dict.fromkeys(found))


def _known(
    drug: str, route: str | None, cycles: CycleRange, phase: PhaseAtHand, *, any_days: bool = False
) -> tuple[str, list[GivenDose]]:
    """Find how an earlier phase of the arm, or the library, gives a drug in some cycles, and say which it is."""
    before = phase.earlier.get(drug)
    known = completion(drug, phase.drugs, phase.section, None if any_days else phase.cycle_days)
    fits = before is not None and (any_days or before.cycle_days == phase.cycle_days)
    if before is not None and fits and (known is None or before.drugs == frozenset(phase.drugs)):
        told = [one for one in before.doses if one.last == before.doses[-1].last]
        return "the phase before", [replace(one, first=cycles.first, last=cycles.last) for one in told]
    if known is None:
        raise InputError(
            f"{drug}: neither file nor library says how it is given in cycles of {phase.cycle_days} days",
            hint="give dose, route and days (or every) in the file",
        )
    orders = [one for one in known.orders(drug) if route is None or one.route == route] or list(known.orders(drug))
    found = []
    for one in orders:
        first, last = (one.cycles.first, one.cycles.last) if one.cycles else (1, None)
        first, last = max(first, cycles.first), _smaller(last, cycles.last)
        if last is None or first <= last:
            given = GivenDose(dose=one.dose, unit=one.unit, route=one.route, days=one.days, first=first, last=last)
            found.append(replace(given, source=known.regimen.id))
    if not found:
        raise InputError(
            f"{drug}: {known.regimen.id} gives none in these cycles", hint="give dose and days in the file"
        )
    return f"the library regimen {known.regimen.id}", found


def _smaller(one: int | None, other: int | None) -> int | None:
    ends = [end for end in (one, other) if end is not None]
    return min(ends) if ends else None


def _days_text(found: Sequence[GivenDose]) -> str:
    return " then ".join(dict.fromkeys(format_days(one.days) for one in found))
