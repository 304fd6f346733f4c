"""Every drug whose kinetics can be asked for: routes, usual dose, covariates, PK parameters of many subjects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.model.drugs.drug import Usual, drug_of
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import kinetic_model
from cereblon.model.drugs.patient import Patient, needed_covariates
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters, PKParameters
from cereblon.vocabulary.covariates import covariate_name
from cereblon.vocabulary.drugs import ROUTE_WORDS

Floats = NDArray[np.float64]


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
    food
        Whether a meal acts on its absorption.
    """

    drug: str
    usual: Mapping[str, Usual]
    covariates: tuple[str, ...]
    unit: str
    linear: bool = True
    food: bool = False

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
        return kinetic_model(self.drug).N_ETA

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

    def pk_parameters(
        self, patient: Patient, eta: Floats, *, fed: bool = False
    ) -> PKParameters | AntibodyPKParameters:
        """Give the PK parameters of many subjects.

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
            `PKParameters` or `AntibodyPKParameters` of float64 arrays [subject].

        Raises
        ------
        InputError
            If a covariate that acts is unknown, or food has no effect in the model.
        """
        import jax
        import jax.numpy as jnp

        need_covariates(patient, self.covariates, why=f"it acts on {self.drug}")
        if fed and not self.food:
            raise InputError(f"food has no effect on {self.drug} in the model", hint="leave --fed out")
        if eta.shape != (len(patient.weight_kg), self.n_eta):
            raise InputError(f"{self.drug} needs {self.n_eta} draws for each subject, got the shape {eta.shape}")
        with jax.enable_x64(True):
            given = Patient(*(jnp.asarray(value) for value in patient))
            found = kinetic_model(self.drug).pk_parameters(given, jnp.asarray(eta.T), self.values, fed=fed)
        size = len(patient.weight_kg)
        arrays = {
            name: None if value is None else np.broadcast_to(np.asarray(value, np.float64), (size,))
            for name, value in found._asdict().items()
        }
        return type(found)(**arrays)  # type: ignore[arg-type]  # numpy outside compiled code


def load_kinetics(drug: str) -> Kinetics:
    """Give one drug's kinetics.

    Raises
    ------
    UnknownNameError
        If the drug has none.
    """
    declared = drug_of(drug)
    return Kinetics(
        drug=drug,
        usual={route: usual for route, usual in declared.usual.items()},
        covariates=declared.covariates,
        unit=declared.concentrations,
        linear=not declared.is_antibody,
        food=declared.food,
    )


def need_covariates(patient: Patient, names: tuple[str, ...], *, why: str) -> None:
    """Refuse patients of whom a covariate is unknown, in words.

    Parameters
    ----------
    patient, names
        Patients, and what has to be known of each.
    why
        Why it has to be, as the end of the sentence.

    Raises
    ------
    InputError
        Naming the covariates and why they are needed.
    """
    try:
        needed_covariates(patient, names, why=why)
    except InputError as error:
        message = error.message
        for name in names:
            message = re.sub(rf"\b{name}\b", covariate_name(name), message)
        raise InputError(message, hint=error.hint) from error
