"""Dose units: what an order may be written in, and which unit and route suits a drug."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pint

Unit = Literal["mg", "mg/m2", "mg/kg"]
Route = Literal["oral", "iv", "sc"]
UNITS: tuple[Unit, ...] = ("mg", "mg/m2", "mg/kg")
ROUTES: tuple[Route, ...] = ("oral", "iv", "sc")

_PINT_UNIT: dict[Unit, str] = {"mg": "mg", "mg/m2": "mg/m**2", "mg/kg": "mg/kg"}

# How each drug is given in the label or trials the library cites; a drug that is not here may be given any way.
FORMS: dict[str, tuple[tuple[Unit, Route], ...]] = {
    "lenalidomide": (("mg", "oral"),),
    "dexamethasone": (("mg", "oral"), ("mg", "iv")),
    "bortezomib": (("mg/m2", "iv"), ("mg/m2", "sc")),
    "ixazomib": (("mg", "oral"),),
    "carfilzomib": (("mg/m2", "iv"),),
    "daratumumab": (("mg/kg", "iv"), ("mg", "sc")),
    "melphalan": (("mg/m2", "iv"),),
}


def house_dose(dose: float, unit: str) -> tuple[float, Unit]:
    """Convert a dose to mg, mg/m2 or mg/kg, whichever it is a variant of (`mg/m^2`, `ug/kg`, `g`).

    Raises
    ------
    ValueError
        If the unit is unknown or none of the three kinds.
    """
    for known in UNITS:
        if unit == known:
            return dose, known
    text = re.sub(r"\bm(2|\u00b2)(?!\w)", "m**2", unit.strip())
    try:
        quantity = _registry().Quantity(dose, text)
        # mg/kg has no dimension, so a bare number or a percent would pass for it; a ratio names two units.
        parts = len(dict(quantity.unit_items()))
        for known in UNITS:
            if (known == "mg" or parts == 2) and quantity.is_compatible_with(_PINT_UNIT[known]):
                return float(quantity.to(_PINT_UNIT[known]).magnitude), known
    except Exception as error:  # pint raises many kinds for text it cannot read
        raise ValueError(f"unit {unit!r} cannot be read; {', '.join(UNITS)} are known") from error
    raise ValueError(f"unit {unit!r} is not a dose; {', '.join(UNITS)} are known")


@cache
def _registry() -> pint.UnitRegistry[float]:
    import pint

    return pint.UnitRegistry()


def form_problem(drug: str, unit: Unit, route: Route) -> str | None:
    """Say why a drug cannot be given in this unit by this route, or None if it can."""
    forms = FORMS.get(drug, ())
    if not forms or (unit, route) in forms:
        return None
    allowed = " or ".join(f"{u} {r}" for u, r in forms)
    return f"{drug} is given as {allowed}, not as {unit} {route}"
