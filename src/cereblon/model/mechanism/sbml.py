"""The network with kinetics and doses as SBML Level 3 Version 2, for other simulators.

Everything is written out: each drug's modes with their rates, doses as events (the first at time 0 as initial value),
proteasome occupancy, the antibody, and every node with the formula that our own solver uses. Time is in days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import libsbml
import numpy as np

from cereblon.core.errors import CereblonError
from cereblon.model.drugs.disposition import IV, ROUTES, Modes
from cereblon.model.drugs.patient import Patient
from cereblon.model.mechanism.formulas import names_in
from cereblon.model.mechanism.network import constants, load_network, parameters_used
from cereblon.model.mechanism.solve import knocked_out
from cereblon.model.mechanism.treatment import (
    PROTEASOME_INHIBITORS,
    Treatment,
    TreatmentDose,
    adult,
    antibody_kinetics,
    linear_modes,
    occupancy_rates,
)

NOTES = (
    "Mechanism network of lenalidomide from Cereblon. For research, not for the treatment of a patient. "
    "Time is in days from the first dose. Markers are relative to untreated, or shares of a maximum."
)
_UNITS: dict[str, tuple[tuple[int, int, int, float], ...]] = {  # kind, exponent, scale, multiplier
    "day": ((libsbml.UNIT_KIND_SECOND, 1, 0, 86400.0),),
    "per_day": ((libsbml.UNIT_KIND_SECOND, -1, 0, 86400.0),),
    "mg": ((libsbml.UNIT_KIND_GRAM, 1, -3, 1.0),),
    "mg_per_day": ((libsbml.UNIT_KIND_GRAM, 1, -3, 1.0), (libsbml.UNIT_KIND_SECOND, -1, 0, 86400.0)),
    "mg_per_L": ((libsbml.UNIT_KIND_GRAM, 1, -3, 1.0), (libsbml.UNIT_KIND_LITRE, -1, 0, 1.0)),
    "per_L": ((libsbml.UNIT_KIND_LITRE, -1, 0, 1.0),),
    "L": ((libsbml.UNIT_KIND_LITRE, 1, 0, 1.0),),
    "L_per_day": ((libsbml.UNIT_KIND_LITRE, 1, 0, 1.0), (libsbml.UNIT_KIND_SECOND, -1, 0, 86400.0)),
    "L_per_mg_day": (
        (libsbml.UNIT_KIND_LITRE, 1, 0, 1.0),
        (libsbml.UNIT_KIND_GRAM, -1, -3, 1.0),
        (libsbml.UNIT_KIND_SECOND, -1, 0, 86400.0),
    ),
}
_HOUSE = {"1": "dimensionless", "1/day": "per_day", "mg/L": "mg_per_L"}


@dataclass
class _Writer:
    """Collects quantities, rules and events in one SBML model."""

    model: Any
    events: dict[float, dict[str, str]] = field(default_factory=dict)  # day -> variable -> formula

    def quantity(self, name: str, value: float, units: str, *, constant: bool, label: str = "") -> None:
        made = self.model.createParameter()
        made.setId(name)
        made.setValue(value)
        made.setUnits(units)
        made.setConstant(constant)
        if label:
            made.setName(label)

    def rate(self, name: str, formula: str) -> None:
        self._rule(self.model.createRateRule(), name, formula)

    def value(self, name: str, formula: str) -> None:
        self._rule(self.model.createAssignmentRule(), name, formula)

    def _rule(self, rule: Any, name: str, formula: str) -> None:
        rule.setVariable(name)
        rule.setMath(_math(formula))

    def at(self, day: float, variable: str, formula: str) -> None:
        self.events.setdefault(day, {})[variable] = formula

    def write_events(self) -> None:
        for number, (day, changes) in enumerate(sorted(self.events.items()), start=1):
            event = self.model.createEvent()
            event.setId(f"dosing_{number}")
            event.setUseValuesFromTriggerTime(True)
            trigger = event.createTrigger()
            trigger.setInitialValue(False)
            trigger.setPersistent(True)
            trigger.setMath(_math(f"time >= {day!r} day"))
            for variable, formula in changes.items():
                change = event.createEventAssignment()
                change.setVariable(variable)
                change.setMath(_math(formula))


def _math(formula: str) -> Any:
    tree = libsbml.parseL3Formula(formula)
    if tree is None:
        raise CereblonError(f"formula {formula!r} cannot be written as SBML: {libsbml.getLastParseL3Error()}")
    _say_dimensionless(tree)
    return tree


def _say_dimensionless(tree: Any) -> None:
    """Give bare numbers the unit dimensionless, so that libSBML can check the units of whole formulas."""
    if tree.isNumber() and not tree.isSetUnits():
        tree.setUnits("dimensionless")
    for number in range(tree.getNumChildren()):
        _say_dimensionless(tree.getChild(number))


def to_sbml(
    treatment: Treatment,
    *,
    covariates: Mapping[str, float] | None = None,
    knockout: Sequence[str] = (),
    changes: Mapping[str, float] | None = None,
) -> str:
    """Write the network of one treatment as SBML.

    Parameters
    ----------
    treatment, covariates, knockout, changes
        As in `solve`.

    Returns
    -------
        The document, checked.

    Raises
    ------
    InputError
        If patient, node or parameter cannot be.
    CereblonError
        If the document does not pass libSBML's consistency check.
    """
    held, numbers = knocked_out(knockout), constants(changes)
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    model.setId("lenalidomide_mechanism")
    model.setName(f"Mechanism of lenalidomide: {treatment.name}")
    model.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml"><p>{NOTES}</p></body>')
    model.setTimeUnits("day")
    for name, parts in _UNITS.items():
        _unit(model, name, parts)
    writer = _Writer(model)
    with jax.enable_x64(True):
        patient = adult(covariates)
        _inputs(writer, treatment, patient)
    _network(writer, held, numbers)
    writer.write_events()
    text: str = libsbml.writeSBMLToString(document)
    problems = sbml_problems(text)
    if problems:
        raise CereblonError("the SBML document is not consistent:\n" + "\n".join(problems))
    return text


def sbml_problems(text: str) -> list[str]:
    """List errors and warnings of libSBML's full consistency check, that of units included."""
    document = libsbml.readSBMLFromString(text)
    document.checkConsistency()
    found = (document.getError(number) for number in range(document.getNumErrors()))
    return [f"line {problem.getLine()}: {problem.getMessage().strip()}" for problem in found]


def _unit(model: Any, name: str, parts: Sequence[tuple[int, int, int, float]]) -> None:
    definition = model.createUnitDefinition()
    definition.setId(name)
    for kind, exponent, scale, multiplier in parts:
        unit = definition.createUnit()
        unit.setKind(kind)
        unit.setExponent(exponent)
        unit.setScale(scale)
        unit.setMultiplier(multiplier)


def _inputs(writer: _Writer, treatment: Treatment, patient: Patient) -> None:
    modes = linear_modes(treatment, patient)
    for drug, kinetics in modes.items():
        dose = treatment.of(drug)
        assert dose is not None  # modes are those of the doses
        _linear(writer, dose, kinetics)
    for drug in ("lenalidomide", "dexamethasone"):
        label = load_network().inputs[drug].meaning
        writer.quantity(drug, 0.0, "mg_per_L", constant=drug not in modes, label=label)
        if drug in modes:
            writer.value(drug, f"{drug}_level")
    held = [drug for drug in PROTEASOME_INHIBITORS if drug in modes]
    for drug in held:
        on, off = occupancy_rates(drug)
        writer.quantity(f"{drug}_on", on, "L_per_mg_day", constant=True)
        writer.quantity(f"{drug}_off", off, "per_day", constant=True)
        writer.quantity(f"{drug}_occupancy", 0.0, "dimensionless", constant=False)
        occupied = f"{drug}_occupancy"
        writer.rate(occupied, f"{drug}_on * {drug}_level * (1 - {occupied}) - {drug}_off * {occupied}")
    writer.quantity("proteasome_occupancy", 0.0, "dimensionless", constant=not held, label="proteasome occupancy")
    if held:
        whole = " + ".join(f"{drug}_occupancy" for drug in held)
        writer.value("proteasome_occupancy", whole if len(held) == 1 else f"min(1, {whole})")
    antibody = treatment.of("daratumumab")
    writer.quantity("daratumumab", 0.0, "mg_per_L", constant=antibody is None, label="plasma concentration")
    if antibody is not None:
        _antibody(writer, antibody, patient)


def _linear(writer: _Writer, dose: TreatmentDose, modes: Modes) -> None:
    """Write a drug's modes; every dose adds to each of them, an infusion by a rate that is on for a while."""
    drug, route = dose.drug, ROUTES.index(dose.route)
    lag, infusion = float(modes.lag_by_route[route]), float(modes.infusion_by_route[route])
    weights, rates = np.asarray(modes.weight_by_route[route]), np.asarray(modes.rate)
    used = [i for i in range(len(rates)) if weights[i] != 0.0]
    share_on = dict(zip(dose.days, dose.shares, strict=True))
    first = share_on.get(0, 0.0) if lag == 0.0 else 0.0
    writer.quantity(f"{drug}_dose", dose.mg, "mg", constant=True)
    for i in used:
        instant = first * dose.mg * float(weights[i]) if infusion == 0.0 else 0.0
        writer.quantity(f"{drug}_rate_{i + 1}", float(rates[i]), "per_day", constant=True)
        writer.quantity(f"{drug}_weight_{i + 1}", float(weights[i]), "per_L", constant=True)
        writer.quantity(f"{drug}_mode_{i + 1}", instant, "mg_per_L", constant=False)
        decay = f"-{drug}_rate_{i + 1} * {drug}_mode_{i + 1}"
        running = f" + {drug}_weight_{i + 1} * {drug}_inflow" if infusion > 0.0 else ""
        writer.rate(f"{drug}_mode_{i + 1}", decay + running)
    writer.quantity(f"{drug}_level", 0.0, "mg_per_L", constant=False, label="plasma concentration")
    writer.value(f"{drug}_level", " + ".join(f"{drug}_mode_{i + 1}" for i in used))
    if infusion > 0.0:
        writer.quantity(f"{drug}_infusion", infusion, "day", constant=True)
        writer.quantity(f"{drug}_inflow", first * dose.mg / infusion, "mg_per_day", constant=False)
    for day, share in share_on.items():
        start, amount = day + lag, _amount(f"{drug}_dose", share)
        if infusion > 0.0:
            writer.at(start + infusion, f"{drug}_inflow", "0 mg_per_day")
        if start == 0.0:
            continue
        if infusion > 0.0:
            writer.at(start, f"{drug}_inflow", f"{amount} / {drug}_infusion")
        else:
            for i in used:
                mode = f"{drug}_mode_{i + 1}"
                writer.at(start, mode, f"{mode} + {amount} * {drug}_weight_{i + 1}")


def _amount(dose: str, share: float) -> str:
    return dose if share == 1.0 else f"{share!r} * {dose}"


def _antibody(writer: _Writer, dose: TreatmentDose, patient: Patient) -> None:
    kinetics = antibody_kinetics(patient)
    assert kinetics.ka is not None
    for name, value, unit in (
        ("clearance", kinetics.clearance, "L_per_day"),
        ("central_volume", kinetics.central_volume, "L"),
        ("exchange", kinetics.exchange, "L_per_day"),
        ("peripheral_volume", kinetics.peripheral_volume, "L"),
        ("target_capacity", kinetics.capacity, "mg_per_day"),
        ("target_decay", kinetics.capacity_decay, "per_day"),
        ("target_half", kinetics.half, "mg_per_L"),
        ("absorption_rate", kinetics.ka, "per_day"),
        ("bioavailability_sc", kinetics.available, "dimensionless"),
    ):
        writer.quantity(f"antibody_{name}", float(value), unit, constant=True)
    writer.quantity("daratumumab_dose", dose.mg, "mg", constant=True)
    writer.quantity("antibody_first_day", float(min(dose.days, default=0)), "day", constant=True)
    into = "central" if dose.route == ROUTES[IV] else "depot"
    available = "" if into == "central" else " * antibody_bioavailability_sc"
    share = 1.0 if into == "central" else float(kinetics.available)
    share_on = dict(zip(dose.days, dose.shares, strict=True))
    for place in ("depot", "central", "peripheral"):
        begun = dose.mg * share * share_on.get(0, 0.0) if place == into else 0.0
        writer.quantity(f"antibody_{place}", begun, "mg", constant=False)
    writer.value("daratumumab", "antibody_central / antibody_central_volume")
    tissue = "antibody_peripheral / antibody_peripheral_volume"
    decayed = "exp(-antibody_target_decay * max(0 day, time - antibody_first_day))"
    exchanged = f"antibody_exchange * (daratumumab - {tissue})"
    bound = f"antibody_target_capacity * {decayed} * daratumumab / (antibody_target_half + daratumumab)"
    writer.rate("antibody_depot", "-antibody_absorption_rate * antibody_depot")
    writer.rate(
        "antibody_central",
        f"antibody_absorption_rate * antibody_depot - antibody_clearance * daratumumab - {bound} - {exchanged}",
    )
    writer.rate("antibody_peripheral", exchanged)
    for day, relative in share_on.items():
        if day > 0:
            given = _amount("daratumumab_dose", relative)
            writer.at(float(day), f"antibody_{into}", f"antibody_{into} + {given}{available}")


def _network(writer: _Writer, held: Sequence[str], numbers: Mapping[str, float]) -> None:
    network, known = load_network(), parameters_used()
    used = {name for node in network.nodes.values() for name in names_in(node.formula)} & set(numbers)
    for name in sorted(used):
        parameter = known[name]
        writer.quantity(name, numbers[name], _HOUSE[parameter.unit], constant=True, label=parameter.meaning)
    for name, node in network.nodes.items():
        writer.quantity(name, node.untreated, "dimensionless", constant=name in held, label=node.meaning)
        if name not in held and node.rate is not None:
            writer.rate(name, node.rate)
        elif name not in held and node.value is not None:
            writer.value(name, node.value)
