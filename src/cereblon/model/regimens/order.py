"""One drug on some days of some cycles, and where that was read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, field_validator, model_validator

from cereblon.core.errors import UnknownNameError
from cereblon.core.validation import StrictModel
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.drug import Route, Unit
from cereblon.model.regimens.dose_size import dose_problem
from cereblon.model.regimens.dose_unit import form_problem, house_dose
from cereblon.model.regimens.schedule import CycleRange, format_cycles, format_days, parse_cycles, parse_days
from cereblon.vocabulary.drugs import need_drug

Quality = Literal["primary", "secondary", "recalled"]


class RegimenSource(StrictModel):
    """Where an order or a phase was read.

    `quality` is primary for a trial's own report, registry record or label, secondary for a digest of one, recalled
    where nobody read it: such a source names what should be read.
    """

    citation: str = ""
    doi: str = ""
    address: str = ""
    quality: Quality
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> RegimenSource:
        if not (self.citation.strip() or self.doi.strip() or self.address.strip()):
            raise ValueError("a source needs a citation, a doi or an address")
        return self


class Order(StrictModel):
    """One drug on some days of some cycles of a phase.

    Parameters
    ----------
    drug
        One of `cereblon.model.drugs.DRUGS`, by its name, a brand name or a usual short form.
    dose
        Per day of administration, in `unit`, positive.
    unit
        mg, mg/m2 or mg/kg; variants that pint reads are converted.
    route
        oral, iv or sc.
    days
        Within the cycle, from 1: numbers, or spans such as `1-4,9-12`.
    cycles
        Within the phase, from 1: `3`, `1-2`, `3+`; all cycles if left out.
    source
        Key in the regimen's sources; the phase's source if left out.
    allow_implausible
        Take a dose that is far from what the label gives as it stands.
    """

    drug: str
    dose: float
    unit: Unit
    route: Route
    days: Annotated[tuple[int, ...], BeforeValidator(parse_days), PlainSerializer(format_days, when_used="json")]
    cycles: (
        Annotated[CycleRange, BeforeValidator(parse_cycles), PlainSerializer(format_cycles, when_used="json")] | None
    ) = None
    source: str = ""
    note: str = ""
    allow_implausible: bool = False

    @model_validator(mode="before")
    @classmethod
    def _convert_dose(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        dose, unit = data.get("dose"), data.get("unit")
        if not isinstance(unit, str) or isinstance(dose, bool) or not isinstance(dose, (int, float)):
            return data
        try:
            converted, known = house_dose(dose, unit)
        except ValueError:
            return data  # the unit's own check words the refusal
        return {**data, "dose": converted, "unit": known}

    @field_validator("dose", mode="before")
    @classmethod
    def _is_dose(cls, dose: Any) -> Any:
        if isinstance(dose, bool) or not isinstance(dose, (int, float)):
            raise ValueError(f"{dose!r} is not a number; the unit stands in the field unit")
        if not dose > 0:
            raise ValueError(f"{dose} is not allowed; a dose is greater than 0")
        return dose

    @field_validator("unit", mode="before")
    @classmethod
    def _is_unit(cls, unit: Any) -> Any:
        return house_dose(1.0, unit)[1] if isinstance(unit, str) else unit

    @field_validator("route")
    @classmethod
    def _suits_drug(cls, route: Route, info: ValidationInfo) -> Route:
        if "drug" in info.data and "unit" in info.data:
            problem = form_problem(info.data["drug"], info.data["unit"], route)
            if problem:
                raise ValueError(problem)
        return route

    @field_validator("drug")
    @classmethod
    def _is_known(cls, drug: str) -> str:
        try:
            return need_drug(drug, DRUGS)
        except UnknownNameError as error:
            raise ValueError(f"{error.message} ({error.hint})") from error

    @model_validator(mode="after")
    def _can_be_meant(self) -> Order:
        problem = dose_problem(self.drug, self.dose, self.unit)
        if problem and not self.allow_implausible:
            raise ValueError(f"{problem} allow_implausible: true in the order accepts it")
        return self

    def is_given_in(self, cycle: int) -> bool:
        """Say whether the order stands in a cycle of its phase, counted from 1."""
        return self.cycles is None or cycle in self.cycles
