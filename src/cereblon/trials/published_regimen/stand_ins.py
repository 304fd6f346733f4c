"""Drugs outside the model that another drug stands for: by mouth melphalan, prednisone, thalidomide."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.core.validation import StrictModel, validate
from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence.study import DrugOrder, PublishedPhase
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.drug import Route
from cereblon.trials.published_regimen.canonical_orders import GivenDose
from cereblon.trials.published_regimen.dose_words import OlderDose
from cereblon.vocabulary.drugs import find_drug, need_drug

_BY_MOUTH = "melphalan by mouth"


class Ratio(StrictModel):
    """How much of the drug that is given stands for one mg of the published one, and where that is known from."""

    value: float = Field(gt=0)
    unit: Literal["mg/mg"]
    basis: Literal["published", "derived", "fitted", "assumed"]
    source: str = Field(min_length=1)


class StandIn(StrictModel):
    """A drug outside the model, and the one of the model that stands for it.

    Parameters
    ----------
    of
        Published drug, by INN.
    given_as, route
        What the model gives.
    ratio
        Of the doses.
    """

    of: str
    given_as: str
    route: Route
    ratio: Ratio

    def scaled(self, dose: GivenDose) -> GivenDose:
        """Give the dose that stands for a published one."""
        return replace(dose, dose=self._amount(dose.dose), route=self.route)

    def scaled_older(self, dose: OlderDose) -> OlderDose:
        """Give the dose of older patients that stands for a published one."""
        return replace(dose, dose=self._amount(dose.dose))

    def in_words(self) -> str:
        """Say what stands for what, on which basis."""
        way = "into a vein" if self.route == "iv" else "by mouth"
        return (
            f"{self.of} is given as {self.given_as} {way}, {self.ratio.value:g} mg for 1 mg "
            f"({self.ratio.basis}: {self.ratio.source})"
        )

    def _amount(self, dose: float) -> float:
        return float(f"{dose * self.ratio.value:.4g}")


@cache
def stand_ins() -> dict[str, StandIn]:
    """Read the drugs that another one stands for, by name.

    Raises
    ------
    InputError
        If one is not as it must be.
    """
    text = (files("cereblon.trials.published_regimen") / "stand_ins.yaml").read_text(encoding="utf-8")
    read = parse_yaml(text, where="stand_ins.yaml")
    found = {name: validate(StandIn, fields, where=f"stand_ins.yaml, {name}") for name, fields in read.items()}
    strange = [one.given_as for one in found.values() if one.given_as not in DRUGS]
    if strange:
        raise InputError(f"stand_ins.yaml: {', '.join(strange)} is no drug of the model")
    return found


def stand_in(order: DrugOrder, phase: PublishedPhase) -> StandIn | None:
    """Give what stands for the drug of an order; None for a drug of the model, or one that nothing stands for."""
    name = find_drug(order.drug) or order.drug
    if name == "melphalan":
        return None if phase.procedure is not None or order.route == "iv" else stand_ins()[_BY_MOUTH]
    return None if name in DRUGS else stand_ins().get(name)


def drug_given(order: DrugOrder, phase: PublishedPhase) -> str:
    """Name the drug of the model that an order gives.

    Raises
    ------
    UnknownNameError
        If the model has none.
    """
    found = stand_in(order, phase)
    return need_drug(order.drug, DRUGS) if found is None else found.given_as


def is_outside(order: DrugOrder, phase: PublishedPhase) -> bool:
    """Tell whether neither the model has a drug nor another one stands for it."""
    try:
        drug_given(order, phase)
    except UnknownNameError:
        return True
    return False
