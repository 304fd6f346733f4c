"""Structures of the model as data: what each holds fixed, and which priors it changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

from cereblon.calibration.priors import FreeParameter
from cereblon.core.errors import InputError, unknown_name
from cereblon.core.yaml_files import parse_yaml

MODEL = "model"


@dataclass(frozen=True, kw_only=True)
class Structure:
    """One structure.

    Parameters
    ----------
    name, title, meaning
        For the command, for tables, in words.
    hold
        Values of parameters that do not move, by group.name.
    priors
        Centre and standard deviation, on the scale of the prior, in place of the usual ones.
    """

    name: str
    title: str
    meaning: str
    hold: Mapping[str, float] = field(default_factory=dict)
    priors: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def free(self, usual: tuple[FreeParameter, ...], held: Mapping[str, float]) -> tuple[FreeParameter, ...]:
        """Give the parameters that move: the usual ones without those held, with this structure's priors."""
        found = []
        for one in usual:
            if one.label in held:
                continue
            if one.label in self.priors:
                centre, sd = self.priors[one.label]
                one = replace(one, centre=centre, sd=sd)
            found.append(one)
        return tuple(found)


@cache
def structures() -> Mapping[str, Structure]:
    """Read the structures of the package.

    Raises
    ------
    InputError
        If one changes the prior of a parameter that no fit moves.
    """
    from cereblon.calibration.priors import free_parameters

    text = (files("cereblon.calibration") / "structures.yaml").read_text(encoding="utf-8")
    known = {one.label for one in free_parameters()}
    found = {}
    for name, entry in parse_yaml(text, where="structures.yaml")["structures"].items():
        priors = {
            label: (float(prior["centre"]), float(prior["sd"])) for label, prior in entry.get("priors", {}).items()
        }
        strangers = sorted(set(priors) - known)
        if strangers:
            raise InputError(f"structures.yaml, {name}: no fit moves {', '.join(strangers)}", hint="see priors.yaml")
        found[name] = Structure(
            name=name,
            title=str(entry["title"]),
            meaning=str(entry["meaning"]),
            hold={label: float(value) for label, value in entry.get("hold", {}).items()},
            priors=priors,
        )
    return found


def structure(name: str) -> Structure:
    """Give one structure.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    known = structures()
    if name not in known:
        raise unknown_name("structure", name, list(known))
    return known[name]


def log_score_difference(one: Mapping[str, float], other: Mapping[str, float]) -> tuple[float, float]:
    """Compare two structures study by study.

    Parameters
    ----------
    one, other
        Log predictive density of each study's numbers while the study was not fitted.

    Returns
    -------
        Sum of the differences over studies, and its standard error from their spread.
    """
    differences = [one[study] - other[study] for study in one]
    mean = sum(differences) / len(differences)
    variance = sum((each - mean) ** 2 for each in differences) / max(len(differences) - 1, 1)
    return sum(differences), math.sqrt(len(differences) * variance)
