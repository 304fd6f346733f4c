"""What is given to whom: doses of a cycle, and the kinetics that carry them to the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import Array

from cereblon.core.arrays import NumberOrArray
from cereblon.core.body import body_surface_area
from cereblon.core.errors import InputError, unknown_name
from cereblon.model.drugs import daratumumab
from cereblon.model.drugs.disposition import ROUTES, Modes
from cereblon.model.drugs.drug import all_drugs, drug_of, of_class
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import linear_drugs
from cereblon.model.drugs.patient import LIMITS, REFERENCE, Patient, covariate_problem
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters

ACTING = ("lenalidomide", *(drug.name for drug in all_drugs().values() if drug.network_days is not None))
"""Drugs that the network knows."""
PROTEASOME_INHIBITORS = tuple(drug for drug in ACTING if drug in of_class("pi"))


@dataclass(frozen=True, kw_only=True)
class TreatmentDose:
    """One drug of a treatment.

    Parameters
    ----------
    drug
        One of `ACTING`.
    mg
        Each dose, mg, not negative.
    route
        oral, iv or sc.
    days
        Days on which it is given, counted from 0; at the start of the day.
    relative
        Amount on each of these days in units of `mg`; all 1 if left out.

    Raises
    ------
    InputError
        If drug, route, amount or days cannot be.
    """

    drug: str
    mg: float
    route: str
    days: tuple[int, ...]
    relative: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.drug not in ACTING:
            raise unknown_name("drug", self.drug, ACTING)
        allowed = [route for route in ROUTES if route in drug_of(self.drug).usual]
        if self.route not in allowed:
            raise InputError(f"{self.drug} is given {' or '.join(allowed)}, not {self.route}")
        if not 0.0 <= self.mg < float("inf"):
            raise InputError(f"{self.drug}: a dose of {self.mg:g} mg is not possible")
        if any(day < 0 or day != int(day) for day in self.days) or len(set(self.days)) != len(self.days):
            raise InputError(f"{self.drug}: days are {list(self.days)}; different whole numbers from 0 are needed")
        if self.relative and (len(self.relative) != len(self.days) or not all(0 < r < 1e6 for r in self.relative)):
            raise InputError(f"{self.drug}: {len(self.days)} days need as many relative amounts above 0, or none")

    @property
    def shares(self) -> tuple[float, ...]:
        """Amount on each day in units of `mg`."""
        return self.relative or (1.0,) * len(self.days)


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """Doses given together, under a name for pictures; each drug once."""

    name: str
    doses: tuple[TreatmentDose, ...]

    def __post_init__(self) -> None:
        drugs = [dose.drug for dose in self.doses]
        if len(set(drugs)) != len(drugs):
            raise InputError(f"treatment {self.name}: a drug is given twice", hint="put all its days into one Dose")

    def of(self, drug: str) -> TreatmentDose | None:
        """Give the doses of one drug, or None."""
        return next((dose for dose in self.doses if dose.drug == drug), None)


def adult(covariates: Mapping[str, float] | None = None) -> Patient:
    """Give one patient: the reference patient with some covariates replaced.

    Parameters
    ----------
    covariates
        By field of `Patient`, e.g. `crcl_ml_min`. Without `bsa_m2` it follows from weight and height.

    Raises
    ------
    InputError
        Listing every covariate that is unknown or impossible.
    """
    given = dict(covariates or {})
    problems = [f"{name!r} is not a covariate" for name in given if name not in Patient._fields]
    problems += [text for name in given if name in LIMITS and (text := covariate_problem(name, given[name]))]
    if problems:
        raise InputError("\n".join(problems), hint=f"covariates: {', '.join(Patient._fields)}")
    full = {name: value for name, value in REFERENCE.items() if name in Patient._fields} | given
    full.setdefault("bsa_m2", float(body_surface_area(full["weight_kg"], full["height_cm"])))
    return Patient(**{name: jnp.asarray(full[name], dtype=float) for name in Patient._fields})


def linear_modes(treatment: Treatment, patient: Patient) -> dict[str, Modes]:
    """Give the kinetics of each linear drug of a treatment in a patient with typical values."""
    modules = linear_drugs()
    return {
        dose.drug: modules[dose.drug].disposition(
            patient, jnp.zeros(modules[dose.drug].N_ETA, dtype=float), drug_values(dose.drug)
        )
        for dose in treatment.doses
        if dose.drug in modules
    }


def antibody_kinetics(patient: Patient) -> AntibodyPKParameters:
    """Give daratumumab's kinetics in a patient with typical values."""
    return daratumumab.pk_parameters(patient, jnp.zeros(daratumumab.N_ETA, dtype=float), drug_values("daratumumab"))


def antibody_flow(
    amount: Sequence[Array], since_first: NumberOrArray, c: AntibodyPKParameters
) -> tuple[Array, Array, Array]:
    """Give the flows of daratumumab under the skin, central and peripheral, mg/day.

    Parameters
    ----------
    amount
        The three amounts, mg.
    since_first
        Days since the first dose; before it, negative.
    c
        Kinetics of the patient.
    """
    depot, central, peripheral = amount
    plasma, tissue = central / c.central_volume, peripheral / c.peripheral_volume
    capacity = c.capacity * jnp.exp(-c.capacity_decay * jnp.maximum(jnp.asarray(since_first), 0.0))
    lost = c.clearance * plasma + capacity * plasma / (c.half + plasma)
    assert c.ka is not None
    absorbed, exchanged = c.ka * depot, c.exchange * (plasma - tissue)
    return -absorbed, absorbed - lost - exchanged, exchanged


def occupancy_rates(drug: str) -> tuple[float, float]:
    """Give binding, L/(mg day), and release or renewal, 1/day, of a proteasome inhibitor."""
    values: dict[str, Any] = drug_values(drug)
    return float(values["occupancy_on"]), float(values["occupancy_off"])
