"""The module and the numbers of each drug: kinetics as modes or PK parameters, values in house units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from jax import Array

from cereblon.core.errors import InputError
from cereblon.core.parameter import load_parameters
from cereblon.model.drugs.compartments import (
    Input,
    absorb,
    modes,
    one_compartment,
    three_compartments,
    two_compartments,
)
from cereblon.model.drugs.disposition import Modes
from cereblon.model.drugs.drug import Drug, all_drugs, drug_of, needed_numbers
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters, PKParameters

# Parameter files keep the units of their sources; the model computes in days, mg and L.
_TO_HOUSE_UNITS: dict[str, float] = {
    "L/h": 24.0,
    "L/d": 1.0,
    "1/h": 24.0,
    "1/day": 1.0,
    "day/mg": 1.0,
    "mg/h": 24.0,
    "L/(mg*h)": 24.0,
    "h": 1.0 / 24.0,
    "min": 1.0 / 1440.0,
    "L": 1.0,
    "mg/L": 1.0,
    "ug/mL": 1.0,
    "ng/mL": 1e-3,
    "mg/(L*h)": 24.0,
    "ug/(mL*d)": 1.0,
    "mL/(ug*d)": 1.0,
    "dL/g": 0.1,
    "L/g": 1.0,
    "g/L": 1.0,
    "mL/min": 1.0,
    "kg": 1.0,
    "m^2": 1.0,
    "1": 1.0,
}


@dataclass(frozen=True, slots=True)
class KineticModel:
    """The kinetics of one drug.

    Parameters
    ----------
    drug
        What it is.
    module
        The module of its name, with `N_ETA` and `pk_parameters`.
    """

    drug: Drug
    module: Any

    @property
    def N_ETA(self) -> int:
        """Number of standard normal draws that one subject needs."""
        count: int = self.module.N_ETA
        return count

    def pk_parameters(
        self, patient: Patient, eta: Array, p: Mapping[str, float], *, fed: bool = False
    ) -> PKParameters | AntibodyPKParameters:
        """Give clearances and volumes of one subject; a meal counts where it acts on the drug."""
        found: PKParameters | AntibodyPKParameters = self.module.pk_parameters(
            patient, eta, p, **({"fed": fed} if self.drug.food else {})
        )
        return found

    def disposition(self, patient: Patient, eta: Array, p: Mapping[str, float], *, fed: bool = False) -> Modes:
        """Give the kinetics of one subject as modes, by the routes by which the drug is given.

        Raises
        ------
        InputError
            If they are not linear.
        """
        flow = self.pk_parameters(patient, eta, p, fed=fed)
        if isinstance(flow, AntibodyPKParameters):
            raise InputError(f"{self.drug.name} has no modes: its kinetics are not linear")
        if flow.q2 is None or flow.v2 is None:
            bolus = one_compartment(flow.cl, flow.v1)
        elif flow.q3 is None or flow.v3 is None:
            bolus = two_compartments(flow.cl, flow.v1, flow.q2, flow.v2)
        else:
            bolus = three_compartments(flow.cl, flow.v1, flow.q2, flow.v2, flow.q3, flow.v3)
        infusion = p.get("infusion", 0.0)
        if flow.ka is None:
            return modes(bolus.rate, iv=Input(bolus.coefficient, infusion=infusion))
        rate, absorbed, iv = absorb(bolus, flow.ka, flow.available)
        routes = self.drug.routes
        return modes(
            rate,
            oral=Input(absorbed, lag=flow.lag) if "oral" in routes else None,
            iv=Input(iv, infusion=infusion) if "iv" in routes else None,
            sc=Input(absorbed, lag=flow.lag) if "sc" in routes else None,
        )


@cache
def kinetic_model(name: str) -> KineticModel:
    """Give the kinetics of a drug.

    Raises
    ------
    UnknownNameError
        If there is no such drug.
    InputError
        If it has no module, or the module lacks something.
    """
    drug = drug_of(name)
    try:
        module = import_module(f"cereblon.model.drugs.{name}")
    except ModuleNotFoundError as error:
        raise InputError(f"{name}.yaml declares a drug, and {name}.py with its kinetics is missing") from error
    missing = [part for part in ("N_ETA", "pk_parameters") if not hasattr(module, part)]
    if missing:
        raise InputError(
            f"{name}.py: {' and '.join(missing)} is missing", hint="carfilzomib.py is the shortest to follow"
        )
    return KineticModel(drug=drug, module=module)


def linear_drugs() -> dict[str, KineticModel]:
    """Give the drugs with linear kinetics, all but antibodies, by name."""
    return {drug.name: kinetic_model(drug.name) for drug in all_drugs().values() if not drug.is_antibody}


def drug_values(drug: str) -> dict[str, float]:
    """Give a drug's numbers in house units (day, mg, L) for compiled code.

    Returns
    -------
        Under `name` the typical value, under `name_sd` its between-subject standard deviation on the log scale, and
        where it varies on its own scale, under `name_natural_sd` that standard deviation.

    Raises
    ------
    UnknownNameError
        If there is no such drug.
    InputError
        If a parameter has a unit that cannot be converted, or one that its class needs is missing.
    """
    declared = drug_of(drug)
    numbers: dict[str, float] = {}
    for name, parameter in load_parameters(drug).items():
        if parameter.unit not in _TO_HOUSE_UNITS:
            raise InputError(
                f"{drug}.yaml, {name}: unit {parameter.unit!r} cannot be converted",
                hint=f"use one of {', '.join(_TO_HOUSE_UNITS)}",
            )
        numbers[name] = parameter.value * _TO_HOUSE_UNITS[parameter.unit]
        numbers[f"{name}_sd"] = parameter.sd_log
        if parameter.sd:
            numbers[f"{name}_natural_sd"] = parameter.sd * _TO_HOUSE_UNITS[parameter.unit]
    missing = [name for name in needed_numbers(declared) if name not in numbers]
    if missing:
        raise InputError(
            f"{drug}.yaml: a drug of the class {declared.drug_class} needs {', '.join(missing)}",
            hint="docs/how-to/add-a-drug.md says what each is",
        )
    return numbers
