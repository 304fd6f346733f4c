"""Changes of model parameters that a trial asks for."""

from __future__ import annotations

from collections.abc import Mapping

from cereblon.core.errors import InputError, UnknownNameError, unknown_name
from cereblon.core.parameter import load_parameters
from cereblon.model.engine.parameters import Parameters, model_parameters


def changed_parameters(changes: Mapping[str, Mapping[str, float]]) -> Parameters:
    """Give the model's bare numbers with changes by group and name.

    Parameters
    ----------
    changes
        New values, each in the unit of its parameter file; `<name>_sd` changes the spread between subjects.

    Raises
    ------
    InputError
        Listing every change of a parameter that does not exist or to a value outside its bounds.
    """
    numbers = model_parameters()
    problems: list[str] = []
    for group, values in changes.items():
        for name, value in values.items():
            try:
                numbers = {**numbers, group: {**numbers.get(group, {}), name: _checked(numbers, group, name, value)}}
            except UnknownNameError as error:
                problems.append(f"{error.message} ({error.hint})")
            except InputError as error:
                problems.append(error.message)
    if problems:
        raise InputError("\n".join(problems), hint="cereblon parameters lists names, units and values")
    return numbers


def _checked(numbers: Parameters, group: str, name: str, value: float) -> float:
    """Give the value in house units."""
    if group not in numbers:
        raise unknown_name("parameter group", group, list(numbers))
    if name not in numbers[group]:
        raise unknown_name(f"parameter of {group}", name, list(numbers[group]))
    written = load_parameters(group).get(name)
    if written is None:  # a spread, which has no entry of its own
        if value < 0:
            raise InputError(f"{group}.{name}: {value:g} is negative, a standard deviation cannot be")
        return float(value)
    if not written.lower <= value <= written.upper:
        unit, allowed = written.unit, f"{written.lower:g} to {written.upper:g} {written.unit}"
        raise InputError(f"{group}.{name}: {value:g} {unit} is outside {allowed}")
    # Files of drugs keep the units of their sources; the model's number tells by what factor they were converted.
    return value * (numbers[group][name] / written.value) if written.value else float(value)
