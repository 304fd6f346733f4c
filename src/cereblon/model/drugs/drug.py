"""What a drug is: its class, how it is given and written, and its place; read from the head of its parameter file.

A parameter file of this folder that has a mapping `drug` declares a drug of its name. The module of the same name
gives its kinetics: `N_ETA` and `pk_parameters`. Nothing else lists drugs; order in the folder means nothing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, model_validator

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.validation import StrictModel, validate
from cereblon.core.yaml_files import read_yaml

Unit = Literal["mg", "mg/m2", "mg/kg"]
Route = Literal["oral", "iv", "sc"]
DrugClass = Literal["imid", "glucocorticoid", "pi", "cd38", "slamf7", "alkylator"]
"""How a drug acts: on cereblon, as a glucocorticoid, on the proteasome, by an antibody against CD38 or SLAMF7, or as
high-dose melphalan does."""
Concentration = Literal["ng/mL", "mg/L"]
Covariate = Literal[
    "age",
    "male",
    "weight_kg",
    "height_cm",
    "bsa_m2",
    "crcl_ml_min",
    "albumin_g_l",
    "igg",
    "b2m_mg_l",
    "m_protein_g_l",
    "total_protein_g_l",
    "asian",
    "with_pomalidomide",
]

UNITS: tuple[Unit, ...] = get_args(Unit)
ROUTES: tuple[Route, ...] = get_args(Route)
ANTIBODIES: tuple[DrugClass, ...] = ("cd38", "slamf7")
COMPARED: tuple[DrugClass, ...] = ("imid", "glucocorticoid", "cd38")
"""Classes whose drugs act on one target as the first of them does, by more or less concentration."""

_OWN: dict[str, tuple[str, ...]] = {
    "pi": ("kill", "occupancy_on", "occupancy_off", "release_block"),
    "slamf7": ("kill", "half_effect"),
    "alkylator": (),
}
_OTHER_SITES = ("other_sites_on", "other_sites_usual", "kill_by_other_sites")
_FIRST, _FURTHER = ("kill",), ("kill_ratio", "potency")


class Form(StrictModel):
    """A unit and route in which a drug is given, and the largest usual dose of a day.

    Parameters
    ----------
    unit, route
        Of an order.
    largest
        In `unit`; three times as much is taken for a slip.
    source
        Where that dose stands.
    """

    unit: Unit
    route: Route
    largest: float = Field(gt=0)
    source: str = Field(min_length=1)


class Usual(StrictModel):
    """How a drug is usually given by a route: dose, unit, and days within a cycle of some days."""

    dose: float = Field(gt=0)
    unit: Unit
    days: str = Field(min_length=1)
    cycle: int = Field(gt=0)


class Drug(StrictModel):
    """One drug.

    Parameters
    ----------
    name
        INN, and stem of its files.
    place
        Its place in every list and array, never to be changed; None, for a new drug, is after all that have one.
    drug_class
        How it acts; written `class`.
    forms
        Units and routes in which it may be ordered.
    usual
        By route, how it is usually given. The first route is the usual one.
    covariates
        Fields of `Patient` that act on its kinetics.
    concentrations
        Unit in which they are shown.
    week
        Usual amount in a week, in the unit of its first form: the measure of intensity for adverse events.
    network_days
        Days of a cycle of 28 on which the mechanism network gives it beside lenalidomide; None if it does not know
        the drug.
    other_sites
        Whether an inhibitor of the proteasome takes, as doses grow, more than its chymotrypsin-like sites.
    food
        Whether a meal acts on its absorption: `pk_parameters` then takes `fed`.
    color
        In dosing calendars; dark enough for white figures.
    """

    name: str
    place: int | None = Field(default=None, ge=0)
    drug_class: DrugClass = Field(alias="class")
    forms: tuple[Form, ...] = Field(min_length=1)
    usual: dict[Route, Usual] = Field(min_length=1)
    covariates: tuple[Covariate, ...]
    concentrations: Concentration
    week: float | None = Field(default=None, gt=0)
    network_days: str | None = None
    other_sites: bool = False
    food: bool = False
    color: str = Field(pattern="^#[0-9a-f]{6}$")

    @model_validator(mode="after")
    def _check(self) -> Drug:
        given = {(form.unit, form.route) for form in self.forms}
        problems = [
            f"usual.{route}: {usual.unit} {route} is none of its forms"
            for route, usual in self.usual.items()
            if (usual.unit, route) not in given
        ]
        if self.drug_class in ("pi", "glucocorticoid") and self.week is None:
            problems.append(f"week: is missing; the class {self.drug_class} harms by the amount of a week")
        if self.other_sites and self.drug_class != "pi":
            problems.append("other_sites: are those of the proteasome, on which this class does not act")
        if self.is_antibody and any(form.route == "oral" for form in self.forms):
            problems.append("forms: an antibody is not given oral")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @property
    def is_antibody(self) -> bool:
        """Whether it is an antibody, whose kinetics are not linear."""
        return self.drug_class in ANTIBODIES

    @property
    def routes(self) -> tuple[Route, ...]:
        """Routes by which it may be ordered."""
        return tuple(dict.fromkeys(form.route for form in self.forms))


def read_drugs(folder: Path) -> tuple[Drug, ...]:
    """Read what the parameter files of a folder declare, in the order of places, then of names.

    Raises
    ------
    InputError
        If a declaration is wrong, or two drugs have one place.
    """
    found: list[Drug] = []
    for path in sorted(folder.glob("*.yaml")):
        declared: Any = read_yaml(path).get("drug")
        if declared is not None:
            fields = {"name": path.stem, **declared} if isinstance(declared, dict) else {}
            found.append(validate(Drug, fields, where=f"{path.name}, drug"))
    places = [drug.place for drug in found if drug.place is not None]
    doubled = sorted({place for place in places if places.count(place) > 1})
    if doubled:
        raise InputError("\n".join(f"place {place} is that of two drugs" for place in doubled))
    return tuple(sorted(found, key=lambda drug: (drug.place is None, drug.place or 0, drug.name)))


@cache
def all_drugs() -> dict[str, Drug]:
    """Give every drug of the model by name, in the order of its arrays."""
    return {drug.name: drug for drug in read_drugs(Path(__file__).parent / "parameters")}


def drug_of(name: str) -> Drug:
    """Give one drug.

    Raises
    ------
    UnknownNameError
        If there is no such drug.
    """
    if name not in all_drugs():
        raise unknown_name("drug", name, list(all_drugs()))
    return all_drugs()[name]


def of_class(*classes: DrugClass) -> tuple[str, ...]:
    """Name the drugs of some classes."""
    return tuple(drug.name for drug in all_drugs().values() if drug.drug_class in classes)


def is_first(name: str) -> bool:
    """Tell whether a drug is the first of its class, with which others of the class are compared."""
    return of_class(drug_of(name).drug_class)[0] == name


def needed_numbers(drug: Drug) -> tuple[str, ...]:
    """Name the parameters of action that the file of a drug must have for its class."""
    if drug.drug_class not in COMPARED:
        return (*_OWN[drug.drug_class], *(_OTHER_SITES if drug.other_sites else ()))
    if is_first(drug.name):
        return _FIRST
    return (*_FURTHER, "unbound") if drug.drug_class == "imid" else _FURTHER
