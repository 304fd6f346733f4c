"""The numbers of each drug in house units."""

from __future__ import annotations

from cereblon.core.errors import InputError
from cereblon.core.parameter import load_parameters
from cereblon.model.drugs.drug import drug_of, needed_numbers

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
