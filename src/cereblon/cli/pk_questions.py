"""What is asked of `cereblon pk`: who gets which dose when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cereblon.cli.pk_words import (
    COMPARABLE,
    TRAITS,
    Change,
    read_dose,
    read_minutes,
    read_pairs,
    read_trait,
    read_yes,
)
from cereblon.core.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cereblon.model.drugs.kinetics import Kinetics
    from cereblon.model.drugs.patient import Patient
    from cereblon.model.exposure.course import Schedule
    from cereblon.model.exposure.exposure import Order, Stage
    from cereblon.model.regimens.schedule_phrase import SchedulePhrase

_LONG = 365.0  # days for which a single dose is followed where nobody says


@dataclass(frozen=True, kw_only=True)
class Question:
    """One patient type, or a population, with a dose.

    Parameters
    ----------
    label
        How it is called where two are compared.
    traits
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
    traits: Mapping[str, float]
    dose: str | None = None
    schedule: str | None = None
    route: str | None = None
    fed: bool = False
    infusion_min: float | None = None
    allow_implausible: bool = False


def first_question(
    stated: Mapping[str, str],
    *,
    population: str | None,
    dose: str | None,
    schedule: str | None,
    route: str | None,
    fed: bool,
    infusion_min: float | None,
    allow_implausible: bool,
) -> Question:
    """Ask about the patient whom the options describe, or a population.

    Raises
    ------
    InputError
        If a covariate is not possible.
    """
    label = ", ".join([*([population] if population else []), *(f"{name}={value}" for name, value in stated.items())])
    return Question(
        label=label or "reference patient",
        traits=dict(read_trait(name, value) for name, value in stated.items()),
        dose=dose,
        schedule=schedule,
        route=route,
        fed=fed,
        infusion_min=infusion_min,
        allow_implausible=allow_implausible,
    )


def other_question(first: Question, written: str) -> Question:
    """Change some traits or the dose of a question, as `crcl=30,dose=10 mg`.

    Raises
    ------
    InputError
        If the text is not a list of NAME=VALUE, or a value is not possible.
    """
    pairs = read_pairs("--compare", written, COMPARABLE)
    traits = {**first.traits, **dict(read_trait(name, value) for name, value in pairs.items() if name in TRAITS)}
    other = replace(
        first,
        traits=traits,
        dose=pairs.get("dose", first.dose),
        schedule=pairs.get("schedule", first.schedule),
        route=pairs.get("route", first.route),
        fed=read_yes("fed", pairs["fed"]) if "fed" in pairs else first.fed,
        infusion_min=read_minutes("infusion", pairs["infusion"]) if "infusion" in pairs else first.infusion_min,
    )
    if other == first:
        raise InputError(f"--compare {written!r} asks for the same as before", hint="name what is otherwise")
    return replace(other, label=written)


def from_regimen(name: str, drug: str) -> tuple[str, str, str]:
    """Take a drug's dose, schedule and route from a regimen of the library.

    Raises
    ------
    InputError
        If the regimen does not order the drug, or orders it differently from one cycle to the next.
    """
    from cereblon.model.regimens import Regimen
    from cereblon.model.regimens.library import load_entry
    from cereblon.model.regimens.schedule import format_days

    entry = load_entry(name)
    if not isinstance(entry, Regimen):
        raise InputError(f"{name} is a strategy of several lines", hint="name one of its regimens")
    found = {
        (f"{order.dose:g} {order.unit}", f"day {format_days(order.days)} of {phase.cycle_days}", order.route)
        for phase in entry.phases
        for cycle in range(1, phase.distinct_cycles + 1)
        for order in phase.orders_in(cycle)
        if order.drug == drug
    }
    if not found:
        raise InputError(f"{name} does not order {drug}", hint=f"it orders {', '.join(entry.drugs)}")
    if len(found) > 1:
        listed = "; ".join(sorted(f"{dose} {route}, {schedule}" for dose, schedule, route in found))
        raise InputError(
            f"{name} orders {drug} in {len(found)} ways: {listed}",
            hint="leave --regimen out and state one of them with --dose, --schedule and --route",
        )
    return next(iter(found))


def schedule_of(question: Question, kinetics: Kinetics, route: str, *, days: float | None) -> SchedulePhrase:
    """Read the schedule of a question, or give the usual one."""
    from cereblon.model.regimens.schedule_phrase import read_schedule_phrase

    usual = kinetics.usual[route]
    return read_schedule_phrase(question.schedule or f"day {usual.days}/{usual.cycle}", once_days=days or _LONG)


def read_order(
    question: Question,
    kinetics: Kinetics,
    patient: Patient,
    *,
    cycles: int,
    days: float | None,
    changes: Sequence[Change] = (),
) -> Order:
    """Turn a question into amounts and times for its patients.

    Raises
    ------
    InputError
        If route, dose, unit or schedule do not fit the drug, or body size is needed and not known.
    """
    from cereblon.model.exposure.exposure import Order

    route = kinetics.checked_route(question.route)
    amount, unit = dose_of(question, kinetics, route)
    phrase = schedule_of(question, kinetics, route, days=days)
    schedule = course_schedule(phrase)
    length = kinetics.infusion(route) if question.infusion_min is None else question.infusion_min / 1440.0
    if question.infusion_min is not None and route != "iv":
        raise InputError(f"--infusion is for doses into the vein, not for {kinetics.drug} {route}")
    if not 0.0 <= length <= min(1.0, schedule.length):
        raise InputError(
            f"an infusion of {length * 1440.0:g} min is not possible here",
            hint="it takes no more than a day, and ends before the next cycle",
        )
    mg = amounts(amount, unit, patient)
    return Order(
        mg=mg,
        route=route,
        schedule=schedule,
        cycles=cycles,
        infusion=length,
        fed=question.fed,
        repeated=phrase.repeated,
        stages=_stages(question, kinetics, patient, route, mg, schedule, changes),
    )


def dose_of(question: Question, kinetics: Kinetics, route: str) -> tuple[float, str]:
    """Give amount and unit of each dose: as written, or the usual one."""
    usual = kinetics.usual[route]
    if question.dose is None:
        return usual.dose, usual.unit
    return read_dose(question.dose, kinetics, route, allow_implausible=question.allow_implausible)


def course_schedule(phrase: SchedulePhrase) -> Schedule:
    """Give the days of a phrase as courses take them."""
    from cereblon.model.exposure.course import Schedule

    return Schedule(starts=phrase.starts, length=phrase.length)


def _stages(
    question: Question,
    kinetics: Kinetics,
    patient: Patient,
    route: str,
    mg: NDArray[np.float64],
    schedule: Schedule,
    changes: Sequence[Change],
) -> tuple[Stage, ...]:
    """Give what changes in the doses; a new schedule begins its first cycle on the day of the change."""
    from cereblon.model.exposure.exposure import Stage
    from cereblon.model.regimens.schedule_phrase import read_schedule_phrase

    found: list[Stage] = []
    origin = 0.0
    for change in changes:
        if change.dose is None and change.schedule is None:
            continue
        if change.dose is not None:
            changed = replace(question, dose=change.dose)
            mg = amounts(*dose_of(changed, kinetics, route), patient)
        if change.schedule is not None:
            phrase = read_schedule_phrase(change.schedule)
            if not phrase.repeated:
                raise InputError(f"--change: schedule {change.schedule!r} is not repeated, so it ends the course")
            schedule, origin = course_schedule(phrase), change.day
        found.append(Stage(day=change.day, mg=mg, schedule=schedule, origin=origin))
    return tuple(found)


def amounts(amount: float, unit: str, patient: Patient) -> NDArray[np.float64]:
    """Give what each patient gets, mg.

    Raises
    ------
    InputError
        If body size is needed and not known.
    """
    import numpy as np

    from cereblon.model.drugs.patient import needed_covariates

    per = {"mg": None, "mg/m2": "bsa_m2", "mg/kg": "weight_kg"}[unit]
    if per is None:
        return np.full(len(patient.weight_kg), amount)
    needed_covariates(patient, (per,), why=f"a dose in {unit} needs it")
    return amount * np.asarray(getattr(patient, per))


def population_traits(name: str, n: int, seed: int) -> dict[str, Any]:
    """Draw people of a population, as covariates by field of `Patient`.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    """
    import numpy as np

    from cereblon.core.random_streams import root_key
    from cereblon.model.patients import load_population

    people = load_population(name).draw(root_key(seed), np.arange(n))
    return {
        "age": people.age,
        "male": people.male.astype(float),
        "weight_kg": people.weight_kg,
        "height_cm": people.height_cm,
        "crcl_ml_min": people.crcl_ml_min,
        "albumin_g_l": people.albumin_g_l,
        "igg": (people.isotype == 0).astype(float),
        "b2m_mg_l": people.b2m_mg_l,
        "m_protein_g_l": people.m_protein_g_l,
    }


def describe(question: Question, kinetics: Kinetics, order: Order, names: Sequence[str]) -> str:
    """Say in a line what was asked: dose, schedule, route, and the covariates that act."""
    amount, unit = dose_of(question, kinetics, order.route)
    phrase = schedule_of(question, kinetics, order.route, days=None)
    parts = [f"{kinetics.drug} {amount:g} {unit} {order.route}, {phrase.said}"]
    if order.infusion:
        parts.append(f"over {order.infusion * 1440.0:g} min")
    if order.fed:
        parts.append("with a high-fat meal")
    return ", ".join([*parts, *names])


def say_change(change: Change, kinetics: Kinetics, route: str, question: Question) -> str:
    """Say what was understood of a change."""
    from cereblon.model.regimens.schedule_phrase import read_schedule_phrase

    named = {covariate: (name, unit) for name, (covariate, unit) in TRAITS.items()}
    parts = [
        f"{named[covariate][0]} {value:g} {named[covariate][1]}".rstrip()
        for covariate, value in change.traits.items()
    ]
    if "with_pomalidomide" in change.traits:
        partner = "pomalidomide" if change.traits["with_pomalidomide"] else "lenalidomide"
        parts = [part for part in parts if not part.startswith("partner")] + [f"partner {partner}"]
    if change.dose is not None:
        amount, unit = dose_of(replace(question, dose=change.dose), kinetics, route)
        parts.insert(0, f"dose {amount:g} {unit}")
    if change.schedule is not None:
        parts.append(f"{read_schedule_phrase(change.schedule).said}, beginning then")
    return f"from {change.day:g} days after the first dose (day {change.day + 1:g}): {', '.join(parts)}"
