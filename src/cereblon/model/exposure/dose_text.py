"""Doses and lengths of infusions as they are written."""

from __future__ import annotations

import re

from cereblon.core.errors import InputError
from cereblon.core.number_text import AMOUNT, MEASURE, decimal_number
from cereblon.model.drugs.kinetics import Kinetics

_FREQUENCY = re.compile(
    r"\b(bid|b\.i\.d\.?|tid|qid|qd|q\.d\.?|od|daily|weekly|q\s*\d+\s*[hdw]|every|once|twice|per day|a day|x\s*\d+|"
    r"days?|cycle)\b|/\s*(d|day|h|week)\b",
    re.I,
)


def read_dose(written: str, kinetics: Kinetics, route: str, *, allow_implausible: bool = False) -> tuple[float, str]:
    """Read a dose such as `25 mg`, `1.3 mg/m2` or `16 mg/kg`.

    Raises
    ------
    InputError
        If it is no dose, says how often, is far outside what is given, or its unit is not one in which the drug is
        given by this route.
    """
    from cereblon.core.bounds import LIFT
    from cereblon.model.exposure.dose_bounds import dose_problem, impossible_dose
    from cereblon.model.regimens.dose_unit import house_dose

    fitting = kinetics.usual[route].unit
    found = MEASURE.fullmatch(written.strip())
    if not found:
        raise InputError(f"dose {written!r} cannot be read", hint="a number and a unit: 25 mg, 1.3 mg/m2, 16 mg/kg")
    if not found[2]:
        raise InputError(f"dose {written!r} has no unit", hint=f"write e.g. {found[1]} {fitting}")
    if _FREQUENCY.search(found[2]):
        raise InputError(
            f"dose {written!r} also says when; a dose is the amount given at one time",
            hint='put the rest into --schedule, e.g. --schedule "21 of 28 days" or --schedule BID',
        )
    try:
        amount, unit = house_dose(decimal_number(found[1], f"dose {written!r}"), found[2])
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"dose {written!r}: {error}") from error
    if not amount > 0.0:
        raise InputError(f"dose {written!r} is not above 0")
    if unit not in ("mg", fitting):
        raise InputError(
            f"dose {written!r}: {kinetics.drug} {route} is not given in {unit}",
            hint=f"its unit is {fitting}{'' if fitting == 'mg' else '; mg is understood too'}"
            + "".join(f"; {one} it is {own.unit}" for one, own in kinetics.usual.items() if own.unit != fitting),
        )
    if problem := impossible_dose(amount, unit):
        raise InputError(f"dose {written!r}: {problem}")
    problem = None if allow_implausible else dose_problem(kinetics, amount, unit, route)
    if problem:
        raise InputError(f"dose {written!r}: {problem} {LIFT} accepts it")
    return amount, unit


def read_minutes(name: str, written: str) -> float:
    """Read a length of time in minutes; with a unit, in hours too.

    Raises
    ------
    InputError
        If it is none.
    """
    found = re.fullmatch(rf"{AMOUNT}\s*(min|mins|minutes?|h|hours?)?", written.strip(), re.I)
    if not found:
        raise InputError(f"{name} {written!r} is not a number of minutes")
    hours = (found[2] or "min").lower().startswith("h")
    return decimal_number(found[1], f"{name} {written!r}") * (60.0 if hours else 1.0)
