"""Dose units: what an order may be written in, and which unit and route suits a drug."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from cereblon.model.drugs.drug import UNITS, Route, Unit, all_drugs

if TYPE_CHECKING:
    import pint

_PINT_UNIT: dict[Unit, str] = {"mg": "mg", "mg/m2": "mg/m**2", "mg/kg": "mg/kg"}


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
    """Say why a drug cannot be given in this unit by this route, or None if it can; one not in the model may."""
    declared = all_drugs().get(drug)
    if declared is None or any((form.unit, form.route) == (unit, route) for form in declared.forms):
        return None
    allowed = " or ".join(f"{form.unit} {form.route}" for form in declared.forms)
    return f"{drug} is given as {allowed}, not as {unit} {route}"
