"""Treatments that the network is shown for: lenalidomide alone and with partners, in a cycle of 28 days."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.core.errors import InputError, unknown_name
from cereblon.model.drugs.drug import drug_of
from cereblon.model.drugs.patient import Patient
from cereblon.model.mechanism.treatment import ACTING, Treatment, TreatmentDose

CYCLE_DAYS = 28
LENALIDOMIDE_DAYS = 21
STANDARD_MG = 25.0
MOST_MG = 400.0


PARTNERS: tuple[str, ...] = ACTING[1:]
"""Given in usual doses, put into one cycle length to be compared; regimens of trials are in the library."""

SHOWN = ((), ("dexamethasone",), ("bortezomib",), ("daratumumab",))
"""What `cereblon mechanism` shows unless told otherwise."""


def treatment(partners: Sequence[str], patient: Patient, *, mg: float = STANDARD_MG, cycles: int = 1) -> Treatment:
    """Give lenalidomide on days 1 to 21 with partners in their usual doses.

    Parameters
    ----------
    partners
        Names in `PARTNERS`; none for lenalidomide alone.
    patient
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
            raise unknown_name("partner", partner, PARTNERS)
    if len(set(partners)) != len(partners):
        raise InputError(f"partners are {', '.join(partners)}: one is named twice")
    doses = []
    if mg > 0.0:
        doses.append(
            TreatmentDose(drug="lenalidomide", mg=mg, route="oral", days=_repeated(range(LENALIDOMIDE_DAYS), cycles))
        )
    for partner in partners:
        drug = drug_of(partner)
        route, usual = next(iter(drug.usual.items()))
        size = float(patient.bsa_m2) if usual.unit == "mg/m2" else 1.0
        days = _repeated([int(day) - 1 for day in str(drug.network_days).split(",")], cycles)
        doses.append(TreatmentDose(drug=partner, mg=usual.dose * size, route=route, days=days))
    return Treatment(name=_name(partners, alone=mg > 0.0), doses=tuple(doses))


def _repeated(days: Sequence[int], cycles: int) -> tuple[int, ...]:
    return tuple(cycle * CYCLE_DAYS + day for cycle in range(cycles) for day in days)


def _name(partners: Sequence[str], *, alone: bool) -> str:
    drugs = (["lenalidomide"] if alone else []) + list(partners)
    return " + ".join(drugs) if len(drugs) != 1 or not alone else "lenalidomide alone"
