"""What is otherwise: in a second patient, or in the same one from some day on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cereblon.core.errors import InputError
from cereblon.model.drugs.covariates import COVARIATES, YES_OR_NO, Written, as_written, read_covariate

COMPARABLE = (*COVARIATES, "dose", "schedule", "route", "infusion", "fed")
CHANGEABLE = ("dose", "schedule", "weight", "crcl", "albumin", "b2m", "m-protein", "protein", "partner")
"""What `--compare` and `--change` accept; the check and its hint read the same list."""

LONGEST_COURSE = 4000
"""Days of the longest curve."""

Pairs = str | Mapping[str, Written]
"""Names with values: `"crcl=30,dose=15 mg"`, or the same as a mapping."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduledChange:
    """What is otherwise from a day on.

    Parameters
    ----------
    day
        Days after the first dose.
    covariates
        Covariates by field of `Patient`.
    dose, schedule
        As written; None where they stay.
    """

    day: float
    covariates: Mapping[str, float] = field(default_factory=dict)
    dose: str | None = None
    schedule: str | None = None


def pairs_text(given: Pairs) -> str:
    """Give names with values as one writes them."""
    return given if isinstance(given, str) else ",".join(f"{name}={as_written(one)}" for name, one in given.items())


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


def read_changes(given: Sequence[str] | Mapping[float, Pairs]) -> tuple[ScheduledChange, ...]:
    """Read what changes in a course: `["14: crcl=30,dose=15 mg"]`, or `{14: {"crcl": 30, "dose": "15 mg"}}`.

    Raises
    ------
    InputError
        As `read_change`.
    """
    if isinstance(given, Mapping):
        given = [f"{as_written(day)}: {pairs_text(pairs)}" for day, pairs in given.items()]
    return tuple(read_change(one) for one in ([given] if isinstance(given, str) else given))


def read_change(written: str) -> ScheduledChange:
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
    if float(found[1]) == 0.0:
        raise InputError(
            f"--change {written!r}: what holds from the first dose on is no change",
            hint="state it by its own option, such as --dose or --crcl",
        )
    if float(found[1]) > LONGEST_COURSE:
        raise InputError(f"--change {written!r}: day {found[1]} is after {LONGEST_COURSE} days, the longest curve")
    pairs = read_pairs("--change", rest, CHANGEABLE)
    covariates = dict(read_covariate(name, value) for name, value in pairs.items() if name in COVARIATES)
    return ScheduledChange(
        day=float(found[1]), covariates=covariates, dose=pairs.get("dose"), schedule=pairs.get("schedule")
    )


def read_yes(name: str, written: str) -> bool:
    """Read yes or no.

    Raises
    ------
    InputError
        If it is neither.
    """
    word = YES_OR_NO.find(written)
    if word is None:
        raise InputError(f"{name}: {YES_OR_NO.refusal(written)}")
    return word == "yes"
