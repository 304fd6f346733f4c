"""What is given: drug orders in cycles, cycles in phases, phases in a regimen, regimens in lines."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.core.names import LONGEST_NAME, shortened
from cereblon.core.validation import Name, StrictModel
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.drug import Route, Unit
from cereblon.model.regimens.checks import phase_problems, regimen_problems
from cereblon.model.regimens.dose_size import dose_problem
from cereblon.model.regimens.dose_unit import form_problem, house_dose
from cereblon.model.regimens.schedule import (
    LONGEST_CYCLE,
    MOST_CYCLES,
    CycleRange,
    format_cycles,
    format_days,
    parse_cycles,
    parse_days,
)
from cereblon.vocabulary.drugs import need_drug
from cereblon.vocabulary.settings import SETTING

Quality = Literal["primary", "secondary", "recalled"]
Basis = Literal["published", "derived", "fitted", "assumed"]
_IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _check_identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text) or len(text) > 60:
        raise ValueError(f"{text!r} is no name; lower-case letters, digits and single hyphens are allowed")
    return text


def _line_kind(line: Any) -> str:
    return "regimen" if isinstance(line, (dict, Regimen)) else "name"


Identifier = Annotated[str, AfterValidator(_check_identifier)]
Text = Annotated[Name, Field(min_length=1)]


def _read_setting(text: str) -> str:
    word = SETTING.find(text)
    if word is None:
        raise ValueError(SETTING.refusal(text))
    return word


SettingName = Annotated[str, AfterValidator(_read_setting)]
"""A setting of `cereblon.vocabulary.settings`, or a synonym of one, which is read as it."""


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


class Phase(StrictModel):
    """Equal cycles with their orders: a number of them, or until progression.

    A phase without orders is observation or rest. With `procedure: asct` each cycle holds a transplant on
    `transplant_day`, and melphalan goes before it.
    """

    name: Text
    cycle_days: int = Field(ge=1, le=LONGEST_CYCLE, strict=True)
    cycles: int | None = Field(default=None, ge=1, le=MOST_CYCLES, strict=True)
    until: Literal["progression"] | None = None
    orders: tuple[Order, ...] = ()
    procedure: Literal["asct"] | None = None
    transplant_day: int | None = Field(default=None, ge=1, strict=True)
    source: str = ""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _pass_source_on(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not data.get("source") or not isinstance(data.get("orders"), (list, tuple)):
            return data
        orders = [
            {**order, "source": data["source"]} if isinstance(order, dict) and not order.get("source") else order
            for order in data["orders"]
        ]
        return {**data, "orders": orders}

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Phase:
        _refuse(phase_problems(self, complete=_is_complete(info)))
        return self

    @property
    def distinct_cycles(self) -> int:
        """Number of cycles to write down: all of them, or those up to the one that repeats."""
        if self.cycles is not None:
            return self.cycles
        turns = [order.cycles for order in self.orders if order.cycles is not None]
        return max([1, *(turn.first if turn.last is None else turn.last + 1 for turn in turns)])

    def orders_in(self, cycle: int) -> tuple[Order, ...]:
        """Give the orders of one cycle of the phase, counted from 1."""
        return tuple(order for order in self.orders if order.is_given_in(cycle))


class Regimen(StrictModel):
    """One line of treatment: phases in sequence, each dose with its source."""

    id: Identifier
    label: Text
    setting: tuple[SettingName, ...] = ()
    phases: tuple[Phase, ...]
    sources: dict[str, RegimenSource]
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Regimen:
        _refuse(regimen_problems(self, complete=_is_complete(info)))
        return self

    @property
    def repeats(self) -> bool:
        """Say whether the last cycle goes on until progression."""
        return self.phases[-1].until is not None

    @property
    def drugs(self) -> tuple[str, ...]:
        """Drugs that are ordered anywhere, in the order of `DRUGS`."""
        ordered = {order.drug for phase in self.phases for order in phase.orders}
        return tuple(drug for drug in DRUGS if drug in ordered)


def length_days(regimen: Regimen) -> int:
    """Give the length of a regimen that ends, in days."""
    return sum(phase.cycle_days * (phase.cycles or 0) for phase in regimen.phases)


def joined(first: Regimen, then: Regimen) -> Regimen:
    """Make one line of treatment of two regimens, the second beginning after the last cycle of the first.

    Raises
    ------
    InputError
        If a source has the same key in both and is another one.
    """
    for key in sorted(first.sources.keys() & then.sources.keys()):
        if first.sources[key] != then.sources[key]:
            raise InputError(
                f"{first.id} and {then.id} both have a source {key!r}, and they differ",
                hint="give one of them another key",
            )
    return Regimen(
        id=then.id,
        label=shortened(f"{first.label}; {then.label}", LONGEST_NAME),
        setting=first.setting,
        phases=(*first.phases, *then.phases),
        sources={**first.sources, **then.sources},
        notes=(*first.notes, *then.notes),
    )


class Strategy(StrictModel):
    """Lines of treatment: progression or intolerance moves a subject to the next; nothing follows the last.

    Parameters
    ----------
    lines
        Names of library regimens, or regimens written out.
    gap_days
        From the end of one line to the start of the next, a multiple of 7.
    era
        Roughly when the lines were given; our judgement, to say which drugs were at hand.
    basis
        How the choice of lines is known; `assumed` needs a reason in `notes`.
    """

    id: Identifier
    label: Text
    setting: tuple[SettingName, ...] = ()
    era: str = ""
    lines: tuple[
        Annotated[Annotated[Identifier, Tag("name")] | Annotated[Regimen, Tag("regimen")], Discriminator(_line_kind)],
        ...,
    ] = Field(min_length=1, max_length=6)
    gap_days: int = Field(default=28, ge=0, le=LONGEST_CYCLE, multiple_of=7, strict=True)
    basis: Basis
    sources: dict[str, RegimenSource] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Strategy:
        if self.basis == "assumed" and not any(note.strip() for note in self.notes):
            raise ValueError("basis is assumed, yet no note says why these lines")
        if self.basis != "assumed" and not self.sources:
            raise ValueError(f"basis is {self.basis}, yet there is no source")
        return self


def _refuse(problems: list[str]) -> None:
    if problems:
        raise ValueError("\n".join(problems))


def _is_complete(info: ValidationInfo) -> bool:
    """Say whether all parts are there; a reader that lists every problem checks what is left without the faulty."""
    return not (info.context or {}).get("incomplete", False)
