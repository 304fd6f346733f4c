"""What `cereblon pk` reads from words: covariates, doses, what is compared and what changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cereblon.core.errors import InputError
from cereblon.core.words import Words

if TYPE_CHECKING:
    from cereblon.model.drugs.kinetics import Kinetics

TRAITS: dict[str, tuple[str, str]] = {
    "sex": ("male", ""),
    "weight": ("weight_kg", "kg"),
    "height": ("height_cm", "cm"),
    "crcl": ("crcl_ml_min", "mL/min"),
    "albumin": ("albumin_g_l", "g/L"),
    "isotype": ("igg", ""),
    "b2m": ("b2m_mg_l", "mg/L"),
    "m-protein": ("m_protein_g_l", "g/L"),
    "protein": ("total_protein_g_l", "g/L"),
    "asian": ("asian", ""),
    "partner": ("with_pomalidomide", ""),
}
"""Options that describe the patient: covariate and unit of each."""

COMPARABLE = (*TRAITS, "dose", "schedule", "route", "infusion", "fed")
CHANGEABLE = ("dose", "schedule", "weight", "crcl", "albumin", "b2m", "m-protein", "protein", "partner")
"""What `--compare` and `--change` accept; the check and its hint read the same list."""

LONGEST_COURSE = 4000
"""Days of the longest curve."""

_YES = Words("answer", ("yes", "no"), {"y": "yes", "true": "yes", "1": "yes", "n": "no", "false": "no", "0": "no"})
_VOCABULARY: dict[str, tuple[Words, Mapping[str, float]]] = {
    "sex": (
        Words("sex", ("male", "female"), {"m": "male", "man": "male", "f": "female", "woman": "female"}),
        {"male": 1.0, "female": 0.0},
    ),
    "isotype": (
        Words(
            "isotype",
            ("IgG", "IgA", "light_chain", "other"),
            {"lc": "light_chain", "light chain only": "light_chain"},
        ),
        {"IgG": 1.0, "IgA": 0.0, "light_chain": 0.0, "other": 0.0},
    ),
    "asian": (_YES, {"yes": 1.0, "no": 0.0}),
    "partner": (
        Words(
            "partner of elotuzumab", ("lenalidomide", "pomalidomide"), {"len": "lenalidomide", "pom": "pomalidomide"}
        ),
        {"lenalidomide": 0.0, "pomalidomide": 1.0},
    ),
}
_SUSPECT = {
    "height": "is it in metres or inches?",
    "albumin": "is it in g/dL?",
    "protein": "is it in g/dL?",
    "weight": "is it in pounds or grams?",
    "crcl": "is it in mL/s?",
}
_AMOUNT = r"([+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?)"
_MEASURE = re.compile(rf"{_AMOUNT}\s*(.*)", re.I)
_FREQUENCY = re.compile(
    r"\b(bid|b\.i\.d\.?|tid|qid|qd|q\.d\.?|od|daily|weekly|q\s*\d+\s*[hdw]|every|once|twice|per day|a day|x\s*\d+|"
    r"days?|cycle)\b|/\s*(d|day|h|week)\b",
    re.I,
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is otherwise from a day on.

    Parameters
    ----------
    day
        Days after the first dose.
    traits
        Covariates by field of `Patient`.
    dose, schedule
        As written; None where they stay.
    """

    day: float
    traits: Mapping[str, float] = field(default_factory=dict)
    dose: str | None = None
    schedule: str | None = None


def read_trait(option: str, written: str) -> tuple[str, float]:
    """Read one covariate, a number with or without its unit or a word.

    Raises
    ------
    InputError
        If it is no such value, or not possible.
    """
    from cereblon.model.drugs.patient import LIMITS

    name, unit = TRAITS[option]
    if option in _VOCABULARY:
        words, values = _VOCABULARY[option]
        word = words.find(written)
        if word is None:
            raise InputError(f"{option}: {words.refusal(written)}")
        return name, values[word]
    value = _measure(option, written, unit)
    low, high, _ = LIMITS[name]
    if not low <= value <= high:
        suspect = f"; {_SUSPECT[option]}" if option in _SUSPECT else ""
        raise InputError(f"{option} {value:g} {unit} is not possible ({low:g} to {high:g} {unit}){suspect}")
    return name, value


def _measure(what: str, written: str, unit: str) -> float:
    from cereblon.core.units import convert

    found = _MEASURE.fullmatch(written.strip())
    if found is None:
        raise InputError(f"{what} {written!r} is not a number", hint=f"its unit is {unit}")
    number = _decimal(found[1], f"{what} {written!r}")
    return convert(number, found[2], unit, substance=None) if found[2] else number


def _decimal(text: str, where: str) -> float:
    """Read a number with a decimal point or comma; 1,300 may be either and is refused."""
    if _THOUSANDS.fullmatch(text):
        raise InputError(
            f"{where} could mean two things: {text.replace(',', '')} or {text.replace(',', '.')}",
            hint="write a decimal point, and no separator of thousands",
        )
    return float(text.replace(",", "."))


def read_dose(written: str, kinetics: Kinetics, route: str, *, allow_implausible: bool = False) -> tuple[float, str]:
    """Read a dose such as `25 mg`, `1.3 mg/m2` or `16 mg/kg`.

    Raises
    ------
    InputError
        If it is no dose, says how often, is far outside what is given, or its unit is not one in which the drug is
        given by this route.
    """
    from cereblon.model.exposure.dose_bounds import dose_problem
    from cereblon.model.regimens.dose_unit import house_dose

    fitting = kinetics.usual[route].unit
    found = _MEASURE.fullmatch(written.strip())
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
        amount, unit = house_dose(_decimal(found[1], f"dose {written!r}"), found[2])
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"dose {written!r}: {error}") from error
    if not amount > 0.0:
        raise InputError(f"dose {written!r} is not above 0")
    if unit not in ("mg", fitting):
        raise InputError(
            f"dose {written!r}: {kinetics.drug} is not given in {unit}",
            hint=f"its unit is {fitting}" + ("" if fitting == "mg" else "; mg is understood too"),
        )
    problem = None if allow_implausible else dose_problem(kinetics, amount, unit, route)
    if problem:
        raise InputError(f"dose {written!r}: {problem}")
    return amount, unit


def read_pairs(option: str, written: str, allowed: Sequence[str]) -> dict[str, str]:
    """Read `NAME=VALUE,NAME=VALUE`, each name one of those allowed and there once.

    Raises
    ------
    InputError
        With the names that are allowed.
    """
    pairs: dict[str, str] = {}
    hint = f"names: {', '.join(allowed)}"
    for part in re.split(r",(?=\s*[A-Za-z][\w-]*\s*=)", written):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        name = name.lower().replace("_", "-")
        if not equals or not value:
            raise InputError(f"{option} {written!r}: {part.strip()!r} is not NAME=VALUE", hint=hint)
        if name not in allowed:
            raise InputError(f"{option} {written!r}: {name!r} is not accepted", hint=hint)
        if name in pairs:
            raise InputError(f"{option} {written!r}: {name} stands there twice")
        pairs[name] = value
    return pairs


def read_change(written: str) -> Change:
    """Read `14: crcl=30,dose=15 mg`: the day and what is so from then on.

    Raises
    ------
    InputError
        If the text is not of this form, or names what cannot change in a course.
    """
    day, colon, rest = written.partition(":")
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", day)
    if not colon or not found:
        raise InputError(
            f"--change {written!r} is not DAY: NAME=VALUE",
            hint=f'e.g. --change "14: crcl=30"; DAY counts days after the first dose; names: {", ".join(CHANGEABLE)}',
        )
    if float(found[1]) > LONGEST_COURSE:
        raise InputError(f"--change {written!r}: day {found[1]} is after {LONGEST_COURSE} days, the longest curve")
    pairs = read_pairs("--change", rest, CHANGEABLE)
    traits = dict(read_trait(name, value) for name, value in pairs.items() if name in TRAITS)
    return Change(day=float(found[1]), traits=traits, dose=pairs.get("dose"), schedule=pairs.get("schedule"))


def read_yes(name: str, written: str) -> bool:
    """Read yes or no.

    Raises
    ------
    InputError
        If it is neither.
    """
    word = _YES.find(written)
    if word is None:
        raise InputError(f"{name}: {_YES.refusal(written)}")
    return word == "yes"


def read_minutes(name: str, written: str) -> float:
    """Read a length of time in minutes; with a unit, in hours too.

    Raises
    ------
    InputError
        If it is none.
    """
    found = re.fullmatch(rf"{_AMOUNT}\s*(min|mins|minutes?|h|hours?)?", written.strip(), re.I)
    if not found:
        raise InputError(f"{name} {written!r} is not a number of minutes")
    hours = (found[2] or "min").lower().startswith("h")
    return _decimal(found[1], f"{name} {written!r}") * (60.0 if hours else 1.0)
