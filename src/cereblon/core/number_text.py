"""Numbers as people write them: decimal comma or point, with or without a unit."""

from __future__ import annotations

import re

from cereblon.core.errors import InputError

AMOUNT = r"([+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:e[+-]?\d+)?)"
MEASURE = re.compile(rf"{AMOUNT}\s*(.*)", re.I)
"""A number and what follows it, its unit perhaps."""
_NUMBER = re.compile(AMOUNT, re.I)
_MOST_DIGITS = 15
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")


def is_whole_number(text: str) -> bool:
    """Tell whether text is a whole number from 0 up that a float holds exactly, which `int` reads for sure.

    Signs that look like digits, such as a raised 2, and numbers of thousands of digits are none.
    """
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def decimal_number(text: str, where: str) -> float:
    """Read a number with a decimal point or comma; 1,300 may be either and is refused.

    Raises
    ------
    InputError
        If the number could mean two things.
    """
    if _THOUSANDS.fullmatch(text):
        raise InputError(
            f"{where} could mean two things: {text.replace(',', '')} or {text.replace(',', '.')}",
            hint="write a decimal point, and no separator of thousands",
        )
    return float(text.replace(",", "."))


def read_number(what: str, written: str) -> float:
    """Read a number without a unit: `45`, `0,75`.

    Parameters
    ----------
    what
        Name of the quantity, for messages.
    written
        As written.

    Raises
    ------
    InputError
        If it is no number, or could mean two things.
    """
    words = written.strip()
    if not _NUMBER.fullmatch(words):
        raise InputError(f"{what}: {written!r} is no number")
    return decimal_number(words, f"{what}: {written}")


def read_measure(what: str, written: str, unit: str, *, substance: str | None = None) -> float:
    """Read a measured quantity that is written with or without its unit: `45`, `0,75 mL/s`, `900/uL`.

    Parameters
    ----------
    what
        Name of the quantity, for messages.
    written
        As written.
    unit
        Unit of the result, and of a number without one.
    substance
        Key of `cereblon.core.units.MOLAR_MASS_G_PER_MOL`, where laboratories give amounts.

    Raises
    ------
    InputError
        If it is no number, could mean two things, or has a unit of something else.
    """
    from cereblon.core.units import convert

    found = MEASURE.fullmatch(written.strip())
    if found is None:
        raise InputError(f"{what} {written!r} is not a number", hint=f"its unit is {unit}")
    number = decimal_number(found[1], f"{what} {written!r}")
    if not found[2]:
        return number
    try:
        return convert(number, found[2], unit, substance=substance)
    except InputError as error:
        raise InputError(f"{what} {written!r}: {error.message}", hint=error.hint) from error
