"""Numbers as people write them: decimal comma or point, with or without a unit."""

from __future__ import annotations

import re

from cereblon.core.errors import InputError

AMOUNT = r"([+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?)"
MEASURE = re.compile(rf"{AMOUNT}\s*(.*)", re.I)
"""A number and what follows it, its unit perhaps."""
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")


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
