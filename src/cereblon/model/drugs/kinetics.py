"""Every drug whose kinetics can be asked for: routes, usual dose, covariates, and its flows for many subjects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError, UnknownNameError, unknown_name
from cereblon.model.drugs import DRUGS, KINETIC_DRUGS
from cereblon.model.drugs.drugs import drug_values
from cereblon.model.drugs.flows import AntibodyFlows, Flows
from cereblon.model.drugs.patient import Patient, needed_covariates

Floats = NDArray[np.float64]
ROUTE_WORDS = {"oral": "by mouth", "iv": "into the vein", "sc": "under the skin"}


class Usual(NamedTuple):
    """How a drug is usually given by a route: dose, unit, and days within a cycle of some days."""

    dose: float
    unit: str
    days: str
    cycle: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Kinetics:
    """One drug as `cereblon pk` and event data sets see it.

    Parameters
    ----------
    drug
        Its name.
    usual
        By route, how it is usually given. The first route is the usual one.
    covariates
        Fields of `Patient` that act on its kinetics.
    unit
        In which concentrations are shown: ng/mL or mg/L.
    linear
        Whether steady state and areas have a closed form.
    """

    drug: str
    usual: Mapping[str, Usual]
    covariates: tuple[str, ...]
    unit: str
    linear: bool = True

    @property
    def routes(self) -> tuple[str, ...]:
        """Routes by which it is given, the usual one first."""
        return tuple(self.usual)

    @property
    def per_mg_l(self) -> float:
        """What one mg/L is in `unit`."""
        return 1000.0 if self.unit == "ng/mL" else 1.0

    @property
    def values(self) -> dict[str, float]:
        """Its numbers in house units."""
        return drug_values(self.drug)

    @property
    def n_eta(self) -> int:
        """Number of standard normal draws that one subject needs."""
        count: int = import_module(f"cereblon.model.drugs.{self.drug}").N_ETA
        return count

    def checked_route(self, route: str | None) -> str:
        """Give the route, the usual one if none is named; refuse one by which the drug is not given."""
        if route is None:
            return self.routes[0]
        if route not in ROUTE_WORDS:
            raise UnknownNameError(f"route {route!r} is not known", hint=f"routes: {', '.join(ROUTE_WORDS)}")
        if route not in self.usual:
            raise InputError(
                f"{self.drug} is not given {ROUTE_WORDS[route]} ({route})",
                hint=f"routes of {self.drug}: {', '.join(self.routes)}",
            )
        return route

    def infusion(self, route: str) -> float:
        """Give the usual length of an infusion, day; 0 if the dose enters at once."""
        return self.values.get("infusion", 0.0) if route == "iv" else 0.0

    def flows(self, patient: Patient, eta: Floats, *, fed: bool = False) -> Flows | AntibodyFlows:
        """Give the flows of many subjects.

        Parameters
        ----------
        patient
            Covariates, one entry for each subject.
        eta
            [subject, draw] standard normal numbers; zeros for typical subjects.
        fed
            Taken with a high-fat meal.

        Returns
        -------
            `Flows` or `AntibodyFlows` of float64 arrays [subject].

        Raises
        ------
        InputError
            If a covariate that acts is unknown, or food has no effect in the model.
        """
        import jax

        needed_covariates(patient, self.covariates, why=f"acts on {self.drug}")
        if fed and self.drug != "lenalidomide":
            raise InputError(f"food has no effect on {self.drug} in the model", hint="leave --fed out")
        if eta.shape != (len(patient.weight_kg), self.n_eta):
            raise InputError(f"{self.drug} needs {self.n_eta} draws for each subject, got the shape {eta.shape}")
        with jax.enable_x64(True):
            found = self._solved(patient, eta, fed)
        size = len(patient.weight_kg)
        arrays = {
            name: None if value is None else np.broadcast_to(np.asarray(value, np.float64), (size,))
            for name, value in found._asdict().items()
        }
        return type(found)(**arrays)  # type: ignore[arg-type]  # numpy outside compiled code

    def _solved(self, patient: Patient, eta: Floats, fed: bool) -> Flows | AntibodyFlows:
        import jax.numpy as jnp

        module = import_module(f"cereblon.model.drugs.{self.drug}")
        given = Patient(*(jnp.asarray(value) for value in patient))
        draws, p = jnp.asarray(eta.T), self.values
        if self.drug == "daratumumab":
            c = module.coefficients(given.person(), draws, p)
            return AntibodyFlows(
                clearance=c.clearance,
                central_volume=c.central_volume,
                exchange=c.exchange,
                peripheral_volume=c.peripheral_volume,
                capacity=c.target_capacity,
                half=c.target_half,
                capacity_decay=c.target_decay,
                ka=c.absorption_rate,
                available=c.bioavailability_sc,
            )
        if self.drug == "lenalidomide":
            fasted_or_fed: Flows = module.flows(given.person(), draws, p, fed=fed)
            return fasted_or_fed
        who = given.person() if self.drug in DRUGS else given
        found: Flows | AntibodyFlows = module.flows(who, draws, p)
        return found


@cache
def _table() -> dict[str, Kinetics]:
    rows = (
        Kinetics(
            drug="lenalidomide",
            usual={"oral": Usual(25.0, "mg", "1-21", 28)},
            covariates=("crcl_ml_min", "weight_kg"),
            unit="ng/mL",
        ),
        Kinetics(
            drug="dexamethasone", usual={"oral": Usual(40.0, "mg", "1,8,15,22", 28)}, covariates=(), unit="ng/mL"
        ),
        Kinetics(
            drug="bortezomib",
            usual={"sc": Usual(1.3, "mg/m2", "1,4,8,11", 21), "iv": Usual(1.3, "mg/m2", "1,4,8,11", 21)},
            covariates=("bsa_m2",),
            unit="ng/mL",
        ),
        Kinetics(
            drug="ixazomib", usual={"oral": Usual(4.0, "mg", "1,8,15", 28)}, covariates=("bsa_m2",), unit="ng/mL"
        ),
        Kinetics(
            drug="carfilzomib",
            usual={"iv": Usual(27.0, "mg/m2", "1,2,8,9,15,16", 28)},
            covariates=("bsa_m2",),
            unit="ng/mL",
        ),
        Kinetics(
            drug="daratumumab",
            usual={"sc": Usual(1800.0, "mg", "1,8,15,22", 28), "iv": Usual(16.0, "mg/kg", "1,8,15,22", 28)},
            covariates=("weight_kg", "albumin_g_l", "igg", "male"),
            unit="mg/L",
            linear=False,
        ),
        Kinetics(drug="melphalan", usual={"iv": Usual(200.0, "mg/m2", "1", 28)}, covariates=("bsa_m2",), unit="mg/L"),
        Kinetics(
            drug="pomalidomide",
            usual={"oral": Usual(4.0, "mg", "1-21", 28)},
            covariates=("male", "weight_kg", "total_protein_g_l"),
            unit="ng/mL",
        ),
        Kinetics(
            drug="isatuximab",
            usual={"iv": Usual(10.0, "mg/kg", "1,8,15,22", 28)},
            covariates=("weight_kg", "b2m_mg_l", "igg", "male", "asian"),
            unit="mg/L",
            linear=False,
        ),
        Kinetics(
            drug="elotuzumab",
            usual={"iv": Usual(10.0, "mg/kg", "1,8,15,22", 28)},
            covariates=("weight_kg", "male", "asian", "b2m_mg_l", "m_protein_g_l", "with_pomalidomide"),
            unit="mg/L",
            linear=False,
        ),
    )
    return {row.drug: row for row in rows}


def load_kinetics(drug: str) -> Kinetics:
    """Give one drug's kinetics.

    Raises
    ------
    UnknownNameError
        If the drug has none.
    """
    if drug not in _table():
        raise unknown_name("drug", drug, KINETIC_DRUGS)
    return _table()[drug]
