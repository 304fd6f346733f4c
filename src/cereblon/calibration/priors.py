"""Parameters that a fit may move, with their priors; every coordinate of a fit is standard normal beforehand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.parameter import load_parameters
from cereblon.core.yaml_files import parse_yaml
from cereblon.model.engine.parameters import Parameters, model_parameters

Scale = Literal["log", "plain", "share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeParameter:
    """One parameter that a fit may move.

    Parameters
    ----------
    group, name
        As in the parameter files; `<name>_sd` is the spread between subjects.
    scale
        On which the prior is normal.
    centre, sd
        Of the prior, on that scale.
    lower, upper
        Bounds of the parameter, in its unit.
    stage
        Of the fit; empty for the whole fit, else the name of one that follows it.
    """

    group: str
    name: str
    scale: Scale
    centre: float
    sd: float
    lower: float
    upper: float
    stage: str = ""

    @property
    def label(self) -> str:
        """Group and name."""
        return f"{self.group}.{self.name}"

    def natural(self, u: float) -> float:
        """Give the value in its unit at a standard normal coordinate, kept inside its bounds."""
        moved = self.centre + self.sd * u
        if self.scale == "log":
            value = math.exp(moved)
        elif self.scale == "share":
            value = 1.0 / (1.0 + math.exp(-moved))
        else:
            value = moved
        return min(max(value, self.lower), self.upper)

    def coordinate(self, value: float) -> float:
        """Give the standard normal coordinate of a value in its unit."""
        return (_transformed(self.scale, value) - self.centre) / self.sd


def _transformed(scale: Scale, value: float) -> float:
    if scale == "log":
        return math.log(value)
    return math.log(value / (1.0 - value)) if scale == "share" else value


@cache
def free_parameters() -> tuple[FreeParameter, ...]:
    """Read the priors of the package.

    Raises
    ------
    InputError
        If a prior names a parameter that does not exist, or its value has no place on the scale; all at once.
    """
    text = (files("cereblon.calibration") / "priors.yaml").read_text(encoding="utf-8")
    numbers = model_parameters()
    found, problems = [], []
    for entry in parse_yaml(text, where="priors.yaml")["free"]:
        try:
            found.append(_free(entry, numbers))
        except InputError as error:
            problems.append(error.message)
    if problems:
        raise InputError("\n".join(problems))
    return tuple(found)


def _free(entry: Mapping[str, str | float], numbers: Parameters) -> FreeParameter:
    group, name = str(entry["group"]), str(entry["name"])
    if name not in numbers.get(group, {}):
        raise InputError(f"priors.yaml: parameter {group}.{name} does not exist", hint="see `cereblon parameters`")
    value, scale = numbers[group][name], str(entry["scale"])
    if scale not in ("log", "plain", "share"):
        raise InputError(f"priors.yaml, {group}.{name}: scale {scale!r} is not one of log, plain, share")
    if (scale == "log" and value <= 0) or (scale == "share" and not 0 < value < 1):
        raise InputError(f"priors.yaml, {group}.{name}: {value:g} has no place on the {scale} scale")
    written = load_parameters(group).get(name)
    lower, upper = (written.lower, written.upper) if written else (0.0, math.inf)
    return FreeParameter(
        group=group,
        name=name,
        scale=scale,  # type: ignore[arg-type]
        centre=_transformed(scale, value),  # type: ignore[arg-type]
        sd=float(entry["sd"]),
        lower=lower,
        upper=upper,
        stage=str(entry.get("stage", "")),
    )


def moved(parameters: Parameters, free: Sequence[FreeParameter], u: np.ndarray) -> Parameters:
    """Give parameters with the free ones at standard normal coordinates."""
    copy = {group: dict(values) for group, values in parameters.items()}
    for one, coordinate in zip(free, u, strict=True):
        copy[one.group][one.name] = one.natural(float(coordinate))
    return copy
