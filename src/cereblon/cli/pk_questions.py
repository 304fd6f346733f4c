"""What is asked of `cereblon pk`: who gets which dose when, read from words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cereblon.errors import InputError, unknown_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cereblon.pharmacology.courses.course import Schedule
    from cereblon.pharmacology.courses.exposure import Order
    from cereblon.pharmacology.kinetics import Kinetics
    from cereblon.pharmacology.patient import Patient

TRAITS: dict[str, str] = {
    "age": "age",
    "sex": "male",
    "weight": "weight_kg",
    "height": "height_cm",
    "crcl": "crcl_ml_min",
    "albumin": "albumin_g_l",
    "isotype": "igg",
    "b2m": "b2m_mg_l",
    "m-protein": "m_protein_g_l",
    "protein": "total_protein_g_l",
    "asian": "asian",
    "partner": "with_pomalidomide",
}
"""Options that describe the patient, with the covariate of each."""

_WORDS: dict[str, dict[str, float]] = {
    "sex": {"male": 1.0, "female": 0.0},
    "isotype": {"IgG": 1.0, "IgA": 0.0, "light_chain": 0.0, "other": 0.0},
    "asian": {"yes": 1.0, "no": 0.0},
    "partner": {"lenalidomide": 0.0, "pomalidomide": 1.0},
}
_DOSE = re.compile(r"\s*([0-9.]+(?:e[+-]?\d+)?)\s*([^\d\s].*?)\s*")
_EVERY = re.compile(r"\s*(?:q|every\s+)([0-9.]+)\s*(h|d|hours?|days?|w|weeks?)\s*")
_DAYS = re.compile(r"\s*(?:days?\s+)?([\d,\s-]+?)\s*(?:/|of)\s*(\d+)(?:\s*days?)?\s*")
_LONG = 365  # days of a cycle that holds a single dose


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
    """

    label: str
    traits: Mapping[str, float]
    dose: str | None = None
    schedule: str | None = None
    route: str | None = None
    fed: bool = False
    infusion_min: float | None = None


def trait(option: str, written: str | float) -> tuple[str, float]:
    """Read one covariate from its option.

    Raises
    ------
    InputError
        If it is not known, no number, or not possible.
    """
    from cereblon.pharmacology.patient import covariate_problem

    if option not in TRAITS:
        raise unknown_name("covariate", option, [*TRAITS, "dose", "schedule", "route", "fed"])
    name = TRAITS[option]
    words = _WORDS.get(option)
    if words is not None:
        if written not in words:
            raise unknown_name(option, str(written), tuple(words))
        return name, words[str(written)]
    try:
        value = float(written)
    except ValueError:
        raise InputError(f"{option} {written!r} is not a number") from None
    if problem := covariate_problem(name, value):
        raise InputError(problem, hint=f"--{option} takes a value within these limits")
    return name, value


def other_question(first: Question, written: str) -> Question:
    """Change some traits or the dose of a question, as `crcl=30,dose=10 mg`.

    Raises
    ------
    InputError
        If the text is not a list of NAME=VALUE, or a value is not possible.
    """
    changed = replace(first, label=written)
    traits = dict(first.traits)
    for part in re.split(r",(?=\s*[a-z0-9-]+\s*=)", written):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise InputError(f"--compare {written!r}: {part!r} is not NAME=VALUE", hint='e.g. --compare "crcl=30"')
        if name == "fed":
            changed = replace(changed, fed=value == "yes")
        elif name == "dose":
            changed = replace(changed, dose=value)
        elif name == "schedule":
            changed = replace(changed, schedule=value)
        elif name == "route":
            changed = replace(changed, route=value)
        else:
            key, number = trait(name, value)
            traits[key] = number
    return replace(changed, traits=traits)


def covariate_change(written: str) -> tuple[float, dict[str, float]]:
    """Read `14: crcl=30,albumin=28`: the day and what is so from then on.

    Raises
    ------
    InputError
        If the text is not of this form.
    """
    day, colon, rest = written.partition(":")
    try:
        when = float(day)
    except ValueError:
        when = -1.0
    if not colon or when < 0.0:
        raise InputError(f"--change {written!r} is not DAY: NAME=VALUE", hint='e.g. --change "14: crcl=30"')
    pairs = [part.partition("=") for part in rest.split(",")]
    return when, dict(trait(name.strip(), value.strip()) for name, _, value in pairs)


def read_schedule(written: str, *, once_days: float = _LONG) -> tuple[Schedule, bool]:
    """Read a schedule: `1-21/28` (days of a cycle), `q24h` or `once`; say whether it is repeated.

    Raises
    ------
    InputError
        If the text is none of these.
    """
    from cereblon.pharmacology.courses.course import Schedule
    from cereblon.regimens.schedule import parse_days

    if written.strip() == "once":
        return Schedule(starts=(0.0,), length=max(once_days, 1.0)), False
    if found := _EVERY.fullmatch(written):
        hours = {"h": 1.0, "d": 24.0, "w": 168.0}[found[2][0]]
        interval = float(found[1]) * hours / 24.0
        if interval <= 0.0:
            raise InputError(f"schedule {written!r}: the interval is not above 0")
        return Schedule(starts=(0.0,), length=interval), True
    if found := _DAYS.fullmatch(written):
        try:
            days = parse_days(found[1])
        except ValueError as error:
            raise InputError(f"schedule {written!r}: {error}") from error
        if days[-1] > int(found[2]):
            raise InputError(
                f"schedule {written!r}: day {days[-1]} is outside the {found[2]}-day cycle", hint="days count from 1"
            )
        return Schedule(starts=tuple(day - 1.0 for day in days), length=float(found[2])), True
    raise InputError(
        f"schedule {written!r} cannot be read",
        hint='days of a cycle as "1-21/28" or "1,8,15/28", an interval as q24h or q7d, or once',
    )


def from_regimen(name: str, drug: str) -> tuple[str, str, str]:
    """Take a drug's dose, schedule and route from a regimen of the library.

    Raises
    ------
    InputError
        If the regimen does not order the drug, or orders it differently from one cycle to the next.
    """
    from cereblon.regimens import Regimen
    from cereblon.regimens.library import load_entry
    from cereblon.regimens.schedule import format_days

    entry = load_entry(name)
    if not isinstance(entry, Regimen):
        raise InputError(f"{name} is a strategy of several lines", hint="name one of its regimens")
    found = {
        (f"{order.dose:g} {order.unit}", f"{format_days(order.days)}/{phase.cycle_days}", order.route)
        for phase in entry.phases
        for cycle in range(1, phase.distinct_cycles + 1)
        for order in phase.orders_in(cycle)
        if order.drug == drug
    }
    if not found:
        raise InputError(f"{name} does not order {drug}", hint=f"it orders {', '.join(entry.drugs)}")
    if len(found) > 1:
        listed = "; ".join(sorted(f"{dose} {route}, days {schedule}" for dose, schedule, route in found))
        raise InputError(
            f"{name} orders {drug} in {len(found)} ways: {listed}",
            hint="choose one with --dose, --schedule and --route",
        )
    return next(iter(found))


def read_order(question: Question, kinetics: Kinetics, patient: Patient, *, cycles: int, days: float | None) -> Order:
    """Turn a question into amounts and times for its patients.

    Raises
    ------
    InputError
        If route, dose, unit or schedule do not fit the drug, or body size is needed and not known.
    """
    from cereblon.pharmacology.courses.exposure import Order

    route = kinetics.checked_route(question.route)
    usual = kinetics.usual[route]
    amount, unit = read_dose(question.dose, kinetics, route) if question.dose else (usual.dose, usual.unit)
    schedule, repeated = read_schedule(question.schedule or f"{usual.days}/{usual.cycle}", once_days=days or _LONG)
    length = kinetics.infusion(route) if question.infusion_min is None else question.infusion_min / 1440.0
    if question.infusion_min is not None and route != "iv":
        raise InputError(f"--infusion is for doses into the vein, not for {kinetics.drug} {route}")
    if length < 0.0 or length > schedule.length:
        raise InputError(f"an infusion of {length * 1440.0:g} min does not fit the schedule")
    return Order(
        mg=amounts(amount, unit, patient),
        route=route,
        schedule=schedule,
        cycles=cycles,
        infusion=length,
        fed=question.fed,
        repeated=repeated,
    )


def read_dose(written: str, kinetics: Kinetics, route: str) -> tuple[float, str]:
    """Read a dose such as `25 mg`, `1.3 mg/m2` or `16 mg/kg`.

    Raises
    ------
    InputError
        If it is no dose, or its unit is not one in which the drug is given by this route.
    """
    from cereblon.regimens.dose_unit import house_dose

    found = _DOSE.fullmatch(written)
    if not found:
        raise InputError(f"dose {written!r} cannot be read", hint="a number and a unit: 25 mg, 1.3 mg/m2, 16 mg/kg")
    try:
        amount, unit = house_dose(float(found[1]), found[2])
    except ValueError as error:
        raise InputError(f"dose {written!r}: {error}") from error
    if not amount > 0.0:
        raise InputError(f"dose {written!r} is not above 0")
    fitting = kinetics.usual[route].unit
    if unit not in ("mg", fitting):
        raise InputError(
            f"dose {written!r}: {kinetics.drug} is not given in {unit}",
            hint=f"its unit is {fitting}" + ("" if fitting == "mg" else "; mg is understood too"),
        )
    return amount, unit


def amounts(amount: float, unit: str, patient: Patient) -> NDArray[np.float64]:
    """Give what each patient gets, mg.

    Raises
    ------
    InputError
        If body size is needed and not known.
    """
    import numpy as np

    from cereblon.pharmacology.patient import needed_covariates

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

    from cereblon.luck import root_key
    from cereblon.patients import load_population

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
    usual = kinetics.usual[order.route]
    dose = question.dose or f"{usual.dose:g} {usual.unit}"
    schedule = question.schedule or f"days {usual.days} of {usual.cycle}"
    parts = [f"{kinetics.drug} {dose} {order.route}, {schedule}"]
    if order.infusion:
        parts.append(f"over {order.infusion * 1440.0:g} min")
    if order.fed:
        parts.append("with a high-fat meal")
    return ", ".join([*parts, *names])
