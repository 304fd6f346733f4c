"""A regimen of the library as doses for the mechanism network."""

from __future__ import annotations

from collections.abc import Iterator

from cereblon.core.errors import InputError
from cereblon.model.drugs.patient import Patient
from cereblon.model.mechanism.scenarios import MOST_MG
from cereblon.model.mechanism.treatment import ACTING, Treatment, TreatmentDose
from cereblon.model.regimens import Order, Regimen

Given = list[tuple[int, float, str]]  # day from 0, mg, route


def days_of(regimen: Regimen, cycles: int) -> int:
    """Give the length of the first cycles of a regimen, days."""
    return sum(days for _, days, _ in _cycles(regimen, cycles))


def left_out(regimen: Regimen, cycles: int) -> tuple[str, ...]:
    """Name the drugs of these cycles that the network does not know."""
    ordered = {order.drug for _, _, orders in _cycles(regimen, cycles) for order in orders}
    return tuple(sorted(ordered - set(ACTING)))


def treatments_of(regimen: Regimen, patient: Patient, cycles: int, lenalidomide_mg: float | None) -> list[Treatment]:
    """Give lenalidomide of a regimen alone, if it has partners, and the whole regimen.

    Parameters
    ----------
    regimen
        Of the library.
    patient
        Who is treated; doses in mg/m2 and mg/kg count body size.
    cycles
        How many of its cycles, from the first.
    lenalidomide_mg
        Instead of every lenalidomide dose of the regimen; 0 leaves it out, None keeps it.

    Raises
    ------
    InputError
        If nothing that the network knows is left, a drug is ordered by two routes or twice on a day, or the dose of
        lenalidomide cannot be.
    """
    doses = []
    ordered = _doses(regimen, patient, cycles)
    if lenalidomide_mg is not None:
        ordered["lenalidomide"] = _changed(regimen, ordered["lenalidomide"], lenalidomide_mg)
    for drug, given in ordered.items():
        if not given:
            continue
        routes = {route for _, _, route in given}
        if len(routes) > 1:
            raise InputError(f"{regimen.id}: {drug} goes {' and '.join(sorted(routes))}; the network takes one route")
        first = given[0][1]
        relative = tuple(mg / first for _, mg, _ in given)
        doses.append(
            TreatmentDose(
                drug=drug,
                mg=first,
                route=given[0][2],
                days=tuple(day for day, _, _ in given),
                relative=() if set(relative) == {1.0} else relative,
            )
        )
    if not doses:
        raise InputError(f"{regimen.id}: nothing is left to give that the network knows")
    alone = [dose for dose in doses if dose.drug == "lenalidomide"]
    shown = [Treatment(name="lenalidomide alone", doses=tuple(alone))] if alone and len(doses) > 1 else []
    return [*shown, Treatment(name=regimen.id, doses=tuple(doses))]


def _changed(regimen: Regimen, given: Given, mg: float) -> Given:
    """Put another amount into every dose of lenalidomide; 0 takes them out."""
    if not given:
        raise InputError(f"{regimen.id} does not order lenalidomide", hint="leave --dose out")
    if not 0.0 <= mg <= MOST_MG:
        raise InputError(f"lenalidomide {mg:g} mg is not possible; 0 to {MOST_MG:g} mg are")
    return [(day, mg, route) for day, _, route in given] if mg > 0.0 else []


def _cycles(regimen: Regimen, cycles: int) -> Iterator[tuple[int, int, tuple[Order, ...]]]:
    """Give start, length and orders of the first cycles; a phase until progression repeats without end."""
    start = number = 0
    for phase in regimen.phases:
        cycle = 0
        while number < cycles and (phase.cycles is None or cycle < phase.cycles):
            cycle, number = cycle + 1, number + 1
            yield start, phase.cycle_days, phase.orders_in(cycle)
            start += phase.cycle_days


def _doses(regimen: Regimen, patient: Patient, cycles: int) -> dict[str, Given]:
    per = {"mg": 1.0, "mg/m2": float(patient.bsa_m2), "mg/kg": float(patient.weight_kg)}
    found: dict[str, Given] = {drug: [] for drug in ACTING}
    for start, _, orders in _cycles(regimen, cycles):
        for order in orders:
            if order.drug in found:
                found[order.drug] += [
                    (start + day - 1, order.dose * per[order.unit], order.route) for day in order.days
                ]
    return {drug: sorted(given) for drug, given in found.items()}
