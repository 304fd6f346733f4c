"""Who gets which dose when, as it is written, and turned into amounts and times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.core.number_text import MEASURE
from cereblon.model.drugs.covariates import COVARIATES, Written, as_written, read_covariate
from cereblon.model.drugs.kinetics import Kinetics, need_covariates
from cereblon.model.drugs.patient import Patient
from cereblon.model.exposure.course import Schedule
from cereblon.model.exposure.dose_text import read_dose, read_minutes
from cereblon.model.exposure.exposure import Dosing, Stage
from cereblon.model.exposure.variations import COMPARABLE, ScheduledChange, read_pairs, read_yes
from cereblon.model.regimens import Regimen
from cereblon.model.regimens.schedule import format_days
from cereblon.model.regimens.schedule_phrase import SchedulePhrase, read_schedule_phrase
from cereblon.vocabulary.covariates import covariate_name

Floats = NDArray[np.float64]
_LONG = 365.0  # days for which a single dose is followed where nobody says


@dataclass(frozen=True, kw_only=True)
class DoseRequest:
    """One patient type, or a population, with a dose.

    Parameters
    ----------
    label
        How it is called where two are compared.
    covariates
        Covariates of the patient by field of `Patient`.
    dose, schedule, route
        As written; None for the usual one.
    fed
        Taken with a high-fat meal.
    infusion_min
        Length of an infusion, minutes; None for the usual one.
    allow_implausible
        Whether a dose far outside what is given is meant.
    """

    label: str
    covariates: Mapping[str, float]
    dose: str | None = None
    schedule: str | None = None
    route: str | None = None
    fed: bool = False
    infusion_min: float | None = None
    allow_implausible: bool = False


def request_label(stated: Mapping[str, Written], population: str | None = None) -> str:
    """Name the patient who is described, or a population, in words."""
    said = [_in_words(name, as_written(value)) for name, value in stated.items()]
    return ", ".join([*([population] if population else []), *said]) or "reference patient"


_SHORT = {"crcl_ml_min": "CrCl", "m_protein_g_l": "M-protein"}
_OF_THE_DOSE = {
    "dose": "{}",
    "schedule": "{}",
    "route": "{}",
    "fed": "high-fat meal: {}",
    "infusion": "infused over {}",
}


def _in_words(name: str, written: str) -> str:
    """Say what is stated of a patient or dose: `crcl`, `40` is `CrCl 40 mL/min`, `dose`, `10 mg` as it is."""
    if name in _OF_THE_DOSE:
        return _OF_THE_DOSE[name].format(_amount(name, written))
    field, unit = COVARIATES[name]
    called = _SHORT.get(field, covariate_name(field) if unit else name)
    return f"{called} {_with_unit(written, unit)}"


def _amount(name: str, written: str) -> str:
    """Write a dose with a space before its unit, `10mg` as `10 mg`, and minutes with theirs; the rest as it is."""
    if name == "infusion":
        return _with_unit(written, "min")
    measure = MEASURE.fullmatch(written.strip()) if name == "dose" else None
    return f"{measure[1]} {measure[2]}" if measure and measure[2] else written


def _place(name: str) -> int:
    """Put the dose before the patient."""
    return list(_OF_THE_DOSE).index(name) if name in _OF_THE_DOSE else len(_OF_THE_DOSE)


def _with_unit(written: str, unit: str) -> str:
    """Add the unit to a number that is written without one."""
    measure = MEASURE.fullmatch(written.strip())
    return f"{written} {unit}" if unit and measure and not measure[2] else written


def other_request(first: DoseRequest, written: str) -> DoseRequest:
    """Change some covariates or the dose of a request, as `crcl=30,dose=10 mg`.

    Raises
    ------
    InputError
        If the text is not a list of NAME=VALUE, or a value is not possible.
    """
    pairs = read_pairs("--compare", written, COMPARABLE)
    stated = dict(read_covariate(name, value) for name, value in pairs.items() if name in COVARIATES)
    other = replace(
        first,
        covariates={**first.covariates, **stated},
        dose=pairs.get("dose", first.dose),
        schedule=pairs.get("schedule", first.schedule),
        route=pairs.get("route", first.route),
        fed=read_yes("fed", pairs["fed"]) if "fed" in pairs else first.fed,
        infusion_min=read_minutes("infusion", pairs["infusion"]) if "infusion" in pairs else first.infusion_min,
    )
    if other == first:
        raise InputError(f"--compare {written!r} asks for the same as before", hint="name what is otherwise")
    return replace(other, label=", ".join(_in_words(name, pairs[name]) for name in sorted(pairs, key=_place)))


def told_apart(first: DoseRequest, other: str) -> DoseRequest:
    """Name a request that another is compared with by its dose too, where the other has one of its own."""
    pairs = read_pairs("--compare", other, COMPARABLE)
    own = [
        _amount(name, getattr(first, name) or f"usual {name}")
        for name in ("dose", "schedule", "route")
        if name in pairs
    ]
    return replace(first, label=", ".join([*own, first.label])) if own else first


def from_regimen(entry: Regimen, drug: str) -> tuple[str, str, str]:
    """Take a drug's dose, schedule and route from a regimen.

    Raises
    ------
    InputError
        If the regimen does not order the drug, or orders it differently from one cycle to the next.
    """
    found = {
        (f"{order.dose:g} {order.unit}", f"day {format_days(order.days)} of {phase.cycle_days}", order.route)
        for phase in entry.phases
        for cycle in range(1, phase.distinct_cycles + 1)
        for order in phase.orders_in(cycle)
        if order.drug == drug
    }
    if not found:
        raise InputError(f"{entry.id} does not order {drug}", hint=f"it orders {', '.join(entry.drugs)}")
    if len(found) > 1:
        listed = "; ".join(sorted(f"{dose} {route}, {schedule}" for dose, schedule, route in found))
        raise InputError(
            f"{entry.id} orders {drug} in {len(found)} ways: {listed}",
            hint="leave --regimen out and state one of them with --dose, --schedule and --route",
        )
    return next(iter(found))


def schedule_of(request: DoseRequest, kinetics: Kinetics, route: str, *, days: float | None) -> SchedulePhrase:
    """Read the schedule of a request, or give the usual one."""
    usual = kinetics.usual[route]
    return read_schedule_phrase(request.schedule or f"day {usual.days}/{usual.cycle}", once_days=days or _LONG)


def read_order(
    request: DoseRequest,
    kinetics: Kinetics,
    patient: Patient,
    *,
    cycles: int,
    days: float | None,
    changes: Sequence[ScheduledChange] = (),
) -> Dosing:
    """Turn a request into amounts and times for its patients.

    Raises
    ------
    InputError
        If route, dose, unit or schedule do not fit the drug, or body size is needed and not known.
    """
    route = kinetics.checked_route(request.route)
    amount, unit = dose_of(request, kinetics, route)
    phrase = schedule_of(request, kinetics, route, days=days)
    schedule = course_schedule(phrase)
    length = kinetics.infusion(route) if request.infusion_min is None else request.infusion_min / 1440.0
    if request.infusion_min is not None and route != "iv":
        raise InputError(f"--infusion is for doses into the vein, not for {kinetics.drug} {route}")
    if not 0.0 <= length <= min(1.0, schedule.length):
        raise InputError(
            f"an infusion of {length * 1440.0:g} min is not possible here",
            hint="it takes no more than a day, and ends before the next cycle",
        )
    mg = amounts(amount, unit, patient)
    return Dosing(
        mg=mg,
        route=route,
        schedule=schedule,
        cycles=cycles,
        infusion=length,
        fed=request.fed,
        repeated=phrase.repeated,
        stages=_stages(request, kinetics, patient, route, mg, schedule, changes),
    )


def dose_of(request: DoseRequest, kinetics: Kinetics, route: str) -> tuple[float, str]:
    """Give amount and unit of each dose: as written, or the usual one."""
    usual = kinetics.usual[route]
    if request.dose is None:
        return usual.dose, usual.unit
    return read_dose(request.dose, kinetics, route, allow_implausible=request.allow_implausible)


def course_schedule(phrase: SchedulePhrase) -> Schedule:
    """Give the days of a phrase as courses take them."""
    return Schedule(starts=phrase.starts, length=phrase.length)


def _stages(
    request: DoseRequest,
    kinetics: Kinetics,
    patient: Patient,
    route: str,
    mg: Floats,
    schedule: Schedule,
    changes: Sequence[ScheduledChange],
) -> tuple[Stage, ...]:
    """Give what changes in the doses; a new schedule begins its first cycle on the day of the change."""
    found: list[Stage] = []
    origin = 0.0
    for change in changes:
        if change.dose is None and change.schedule is None:
            continue
        if change.dose is not None:
            changed = replace(request, dose=change.dose)
            mg = amounts(*dose_of(changed, kinetics, route), patient)
        if change.schedule is not None:
            phrase = read_schedule_phrase(change.schedule)
            if not phrase.repeated:
                raise InputError(f"--change: schedule {change.schedule!r} is not repeated, so it ends the course")
            schedule, origin = course_schedule(phrase), change.day
        found.append(Stage(day=change.day, mg=mg, schedule=schedule, origin=origin))
    return tuple(found)


def amounts(amount: float, unit: str, patient: Patient) -> Floats:
    """Give what each patient gets, mg.

    Raises
    ------
    InputError
        If body size is needed and not known.
    """
    per = {"mg": None, "mg/m2": "bsa_m2", "mg/kg": "weight_kg"}[unit]
    if per is None:
        return np.full(len(patient.weight_kg), amount)
    need_covariates(patient, (per,), why=f"a dose in {unit} needs it")
    return amount * np.asarray(getattr(patient, per))


def describe(request: DoseRequest, kinetics: Kinetics, order: Dosing, names: Sequence[str]) -> str:
    """Say in a line what was asked: dose, schedule, route, and the covariates that act."""
    amount, unit = dose_of(request, kinetics, order.route)
    phrase = schedule_of(request, kinetics, order.route, days=None)
    parts = [f"{kinetics.drug} {amount:g} {unit} {order.route}, {phrase.said}"]
    if order.infusion:
        parts.append(f"over {order.infusion * 1440.0:g} min")
    if order.fed:
        parts.append("with a high-fat meal")
    return ", ".join([*parts, *names])


def describe_change(change: ScheduledChange, kinetics: Kinetics, route: str, request: DoseRequest) -> str:
    """Say what was understood of a change."""
    named = {covariate: (name, unit) for name, (covariate, unit) in COVARIATES.items()}
    parts = [
        f"{named[covariate][0]} {value:g} {named[covariate][1]}".rstrip()
        for covariate, value in change.covariates.items()
    ]
    if "with_pomalidomide" in change.covariates:
        partner = "pomalidomide" if change.covariates["with_pomalidomide"] else "lenalidomide"
        parts = [part for part in parts if not part.startswith("partner")] + [f"partner {partner}"]
    if change.dose is not None:
        amount, unit = dose_of(replace(request, dose=change.dose), kinetics, route)
        parts.insert(0, f"dose {amount:g} {unit}")
    if change.schedule is not None:
        parts.append(f"{read_schedule_phrase(change.schedule).said}, beginning then")
    return f"from {change.day:g} days after the first dose (day {change.day + 1:g}): {', '.join(parts)}"
