"""Treatments that the network is shown for: lenalidomide alone and with partners, in a cycle of 28 days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cereblon.core.errors import InputError, unknown_name
from cereblon.model.drugs.disposition import Person
from cereblon.model.mechanism.treatment import Treatment, TreatmentDose

CYCLE_DAYS = 28
LENALIDOMIDE_DAYS = 21
STANDARD_MG = 25.0
MOST_MG = 400.0


@dataclass(frozen=True)
class Form:
    """How a partner is given: amount by unit, route, days of the cycle counted from 1."""

    amount: float
    unit: str  # mg or mg/m2
    route: str
    days: tuple[int, ...]


PARTNERS: dict[str, Form] = {
    "dexamethasone": Form(40.0, "mg", "oral", (1, 8, 15, 22)),
    "bortezomib": Form(1.3, "mg/m2", "sc", (1, 8, 15, 22)),
    "ixazomib": Form(4.0, "mg", "oral", (1, 8, 15)),
    "carfilzomib": Form(27.0, "mg/m2", "iv", (1, 2, 8, 9, 15, 16)),
    "daratumumab": Form(1800.0, "mg", "sc", (1, 8, 15, 22)),
}
"""Usual doses, put into one cycle length so that partners can be compared; regimens of trials are in the library."""

SHOWN = ((), ("dexamethasone",), ("bortezomib",), ("daratumumab",))
"""What `cereblon mechanism` shows unless told otherwise."""


def treatment(partners: Sequence[str], person: Person, *, mg: float = STANDARD_MG, cycles: int = 1) -> Treatment:
    """Give lenalidomide on days 1 to 21 with partners in their usual doses.

    Parameters
    ----------
    partners
        Names in `PARTNERS`; none for lenalidomide alone.
    person
        Who is treated; the body surface counts.
    mg
        Lenalidomide, mg a day; 0 leaves it out.
    cycles
        How many cycles of 28 days.

    Raises
    ------
    InputError
        If a partner is unknown or named twice, or the dose cannot be.
    """
    if not 0.0 <= mg <= MOST_MG:
        raise InputError(f"lenalidomide {mg:g} mg is not possible; 0 to {MOST_MG:g} mg are")
    for partner in partners:
        if partner not in PARTNERS:
            raise unknown_name("partner", partner, list(PARTNERS))
    if len(set(partners)) != len(partners):
        raise InputError(f"partners are {', '.join(partners)}: one is named twice")
    doses = []
    if mg > 0.0:
        doses.append(
            TreatmentDose(drug="lenalidomide", mg=mg, route="oral", days=_repeated(range(LENALIDOMIDE_DAYS), cycles))
        )
    for partner in partners:
        form = PARTNERS[partner]
        size = float(person.bsa_m2) if form.unit == "mg/m2" else 1.0
        days = _repeated([day - 1 for day in form.days], cycles)
        doses.append(TreatmentDose(drug=partner, mg=form.amount * size, route=form.route, days=days))
    return Treatment(name=_name(partners, alone=mg > 0.0), doses=tuple(doses))


def _repeated(days: Sequence[int], cycles: int) -> tuple[int, ...]:
    return tuple(cycle * CYCLE_DAYS + day for cycle in range(cycles) for day in days)


def _name(partners: Sequence[str], *, alone: bool) -> str:
    drugs = (["lenalidomide"] if alone else []) + list(partners)
    return " + ".join(drugs) if len(drugs) != 1 or not alone else "lenalidomide alone"
