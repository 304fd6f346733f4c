"""The module of each drug: kinetics as modes or PK parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.core.errors import InputError
from cereblon.model.drugs.compartments import (
    Input,
    absorb,
    modes,
    one_compartment,
    three_compartments,
    two_compartments,
)
from cereblon.model.drugs.disposition import Modes
from cereblon.model.drugs.drug import Drug, all_drugs, drug_of
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters, PKParameters


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
        self, patient: Patient, eta: Array, p: Mapping[str, NumberOrArray], *, fed: bool = False
    ) -> PKParameters | AntibodyPKParameters:
        """Give clearances and volumes of one subject; a meal counts where it acts on the drug."""
        found: PKParameters | AntibodyPKParameters = self.module.pk_parameters(
            patient, eta, p, **({"fed": fed} if self.drug.food else {})
        )
        return found

    def disposition(
        self, patient: Patient, eta: Array, p: Mapping[str, NumberOrArray], *, fed: bool = False
    ) -> Modes:
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
