"""Units of measured quantities: read by pint in the ways laboratories write them, and converted."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING

from cereblon.core.errors import InputError

if TYPE_CHECKING:
    import pint

MOLAR_MASS_G_PER_MOL: dict[str, float] = {"calcium": 40.078, "creatinine": 113.12, "haemoglobin": 16_114.0}
"""Of substances that laboratories give both in mass and in amount (standard atomic weights, IUPAC 2021).

Haemoglobin is counted by its chain with one iron, as laboratories do: 1 mmol/L is 16.114 g/L.
"""

_SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"[\u00b5\u03bc]", "u"),
    (r"\u00b2", "**2"),
    (r"\u00b3", "**3"),
    (r"(?i)\bcells?\b|#", "1"),
    (r"(?i)^k/(?=ul$|mm3$|mm\^3$)", "1000/"),
    (r"(?i)\bth(ou)?s?(and)?/", "1000/"),
    (r"(?i)/\s*100\s*ml\b", "/dL"),
    (r"(?i)\bx\s*10\s*(\^|\*\*?|e)?\s*(?=\d)", "10**"),
    (r"(?i)(?<![\w.])10\s*(\^|\*\*?|e)\s*(?=\d)", "10**"),  # 10E9/L of laboratories is 10^9/L, not 10 x 10^9
    (r"(?i)\bmm\^?3\b", "uL"),
    (r"(?i)\b([mcdk]?m)\^?2\b", r"\1**2"),
    (r"(?i)/\s*24\s*-?\s*(h|hr|hrs|hours?)\b", "/day"),
    (r"(?i)/\s*d\b", "/day"),
    (r"%", "percent"),
    (r"(?i)\bfraction\b|\bratio\b", "1"),
    (r"(?i)\bgm/", "g/"),
    (r"(?<=/)l\b", "L"),
    (r"(?<=/)dl\b", "dL"),
    (r"(?<=/)ml\b", "mL"),
    (r"(?<=/)ul\b", "uL"),
    (r"^/", "1/"),
)
_SQUARE_METRE = re.compile(r"(?<![A-Za-z])m\^2(?!\w)|(?<=g/|\d\s)m2(?!\w)")
_KEPT_OF_PAGES = re.compile(r"(<(code|script|style|textarea)\b.*?</\2>)", re.DOTALL)
_GIGA = ("G/L", "GI/L", "Gi/L", "Giga/L", "giga/L", "GIGA/L", "G/l", "Gpt/L", "Gpt/l")
"""How cells in 10^9/L are written, GI/L by SDTM and Gpt/L in Germany, where g/L would be grams."""
_HUGE_POWER = r"(\*\*|\^)\s*-?\s*(\d{3,}|\d+\s*(\*\*|\^)|\()"
_CASE = {
    name.casefold(): name for name in ("g", "mg", "ug", "ng", "kg", "mmol", "umol", "nmol", "mL", "uL", "dL", "L")
}


def shown_units(text: str) -> str:
    """Write units as people read them, in text that is shown and not read by a program: mg/m² of mg/m2."""
    return _SQUARE_METRE.sub("m\u00b2", text)


def page_with_shown_units(html: str) -> str:
    """Write units as people read them in a page, but for what is copied into a terminal or a file."""
    pieces = _KEPT_OF_PAGES.split(html)  # words, what is kept, its element, words, ...
    return "".join(
        shown_units(piece) if place % 3 == 0 else piece for place, piece in enumerate(pieces) if place % 3 != 2
    )


def convert(value: float, unit: str, to: str, *, substance: str | None = None) -> float:
    """Convert a measured value from the unit a user wrote into another.

    Parameters
    ----------
    value
        In `unit`; NaN stays NaN.
    unit
        As laboratories write it: g/dL, mg/24h, 10^9/L, x10^3/uL, /uL, mmol/L, %; G/L of cells is 10^9/L.
    to
        The unit wanted.
    substance
        One of `MOLAR_MASS_G_PER_MOL`, where mass and amount are both usual.

    Raises
    ------
    InputError
        If the unit cannot be read or measures something else.
    """
    return value * factor(unit, to, substance=substance)


@cache
def factor(unit: str, to: str, *, substance: str | None = None) -> float:
    """Give what a value in `unit` is multiplied by to be in `to`; see `convert`."""
    if unit.strip() == to:
        return 1.0
    if re.search(r"1[.,]73", unit) and not re.search(r"1[.,]73", to):
        raise InputError(
            f"unit {unit!r} is indexed to 1.73 m2 of body surface; {to} is not",
            hint=f"multiply by body surface / 1.73 and give it in {to}",
        )
    wanted = _quantity(to)
    given = _quantity("1e9/L" if unit.strip() in _GIGA and wanted.check("1/[volume]") else unit)
    try:
        if given.dimensionality != wanted.dimensionality and substance in MOLAR_MASS_G_PER_MOL:
            mass = _registry().Quantity(MOLAR_MASS_G_PER_MOL[substance], "g/mol")
            given = given * mass if given.check("[substance]/[volume]") else given / mass
        result = float((given / wanted).to("dimensionless").magnitude)
    except Exception as error:  # pint raises several kinds for units that do not match
        raise InputError(f"unit {unit!r} is no unit of this quantity, which is measured in {to}") from error
    if not (math.isfinite(result) and result > 0):
        raise InputError(f"unit {unit!r} cannot be converted to {to}")
    return result


def _quantity(text: str) -> pint.Quantity[float]:
    written = text.strip()
    if not written:
        raise InputError("the unit is missing")
    for pattern, instead in _SPELLINGS:
        written = re.sub(pattern, instead, written)
    written = re.sub(r"[A-Za-z]+", lambda match: _CASE.get(match[0].casefold(), match[0]), written)
    if len(written) > 40 or not re.fullmatch(r"[\w\s./*^()-]+", written) or re.search(_HUGE_POWER, written):
        raise InputError(f"unit {text!r} cannot be read")
    try:
        found = _registry().parse_expression(written)
        return found if hasattr(found, "dimensionality") else _registry().Quantity(found)
    except Exception as error:  # pint raises many kinds for text it cannot read
        raise InputError(f"unit {text!r} cannot be read") from error


@cache
def _registry() -> pint.UnitRegistry[float]:
    import pint

    return pint.UnitRegistry()
