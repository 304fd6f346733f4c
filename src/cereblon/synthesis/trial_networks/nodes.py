"""Treatments of the networks: which arms of published trials are taken as the same treatment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.words import plain
from cereblon.core.yaml_files import read_yaml
from cereblon.evidence.study import Study
from cereblon.vocabulary.drugs import find_regimen

SETTING_GROUPS: dict[str, tuple[str, ...]] = {
    "ndmm": ("ndmm", "ndmm-te", "ndmm-tie"),
    "ndmm-tie": ("ndmm-tie", "ndmm"),
    "ndmm-te": ("ndmm-te",),
    "rrmm": ("rrmm",),
    "maintenance": ("maintenance-post-asct", "maintenance-no-asct"),
    "maintenance-post-asct": ("maintenance-post-asct",),
    "maintenance-no-asct": ("maintenance-no-asct",),
}
"""Settings a network can be asked for, with the settings of studies it holds."""


@dataclass(frozen=True)
class ArmRole:
    """What an arm is in a network.

    Attributes
    ----------
    treatment
        Name of the treatment.
    setting
        Setting in which the arm was randomised.
    is_listed
        False when the arm is in no list and goes by its own label.
    """

    treatment: str
    setting: str
    is_listed: bool


@cache
def _file() -> dict[str, Any]:
    return read_yaml(Path(str(files("cereblon.synthesis.trial_networks"))) / "treatments.yaml")


def treatment_meanings() -> Mapping[str, str]:
    """Say what each treatment name of the networks stands for."""
    meanings: Mapping[str, str] = _file()["treatments"]
    return meanings


def contained_in(study: str) -> str | None:
    """Name the study that already counts the patients of this one; None if there is none."""
    contained: Mapping[str, str] = _file()["contained"]
    return contained.get(study)


def arm_role(study: Study, arm: str) -> ArmRole | None:
    """Say what an arm is in a network; None for a whole trial and for arms added up.

    Parameters
    ----------
    study
        The study.
    arm
        Id of an arm.
    """
    if arm == "all" or study.arms[arm].pooled_of:
        return None
    entry = _file()["arms"].get(study.id, {}).get(arm)
    if entry is None:
        return ArmRole(study.arms[arm].label, study.setting, is_listed=False)
    if isinstance(entry, str):
        return ArmRole(entry, study.setting, is_listed=True)
    return ArmRole(entry["treatment"], entry["setting"], is_listed=True)


def _meaning(name: str) -> str | None:
    """Give the regimen that a name stands for, with or without a transplant; None where it is none we know."""
    base = re.sub(r"\s*(\+|with|and)\s*(ASCT|transplant)$", "", name, flags=re.IGNORECASE)
    also: Mapping[str, list[str]] = _file()["also_called"]
    words = {plain(word): treatment for treatment, words in also.items() for word in (treatment, *words)}
    regimen = find_regimen(base)
    drugs = name if regimen is None else regimen.name
    found = words.get(plain(base)) or words.get(plain(drugs)) or (None if regimen is None else regimen.name)
    return None if found is None else found + ("" if base == name else "+ASCT")


def find_treatment(name: str, known: tuple[str, ...]) -> str:
    """Find a treatment of a network by its name: in any case of letters, or as another name of the same regimen.

    Parameters
    ----------
    name
        As a publication may write it: `D-Rd`, `Dara-Rd`, `RVd+ASCT`, `lenalidomide`.
    known
        Treatments of the network.

    Raises
    ------
    UnknownNameError
        If there is none, with the nearest names, or more than one.
    """
    if name in known:
        return name
    same = [other for other in known if other.lower() == name.lower()]
    if not same:
        meaning = _meaning(name)
        same = [other for other in known if meaning is not None and _meaning(other) == meaning]
    if len(same) == 1:
        return same[0]
    error = unknown_name("treatment", name, known)
    if len(same) > 1:
        raise type(error)(f"treatment {name!r} may be {' or '.join(same)}", hint="write it as the network does")
    if len(known) <= 40:
        raise type(error)(f"treatment {name!r} is not in this network", hint=f"it has {', '.join(known)}")
    raise error


def settings_of(group: str, *, strict: bool = False) -> tuple[str, ...]:
    """Give the settings of studies that a network of one setting holds.

    Parameters
    ----------
    group
        A key of `SETTING_GROUPS`.
    strict
        Keep only studies of exactly this setting.

    Raises
    ------
    UnknownNameError
        If the setting is not known.
    InputError
        If `strict` is asked for a setting that no study has as such, or that joins no other.
    """
    if group not in SETTING_GROUPS:
        raise unknown_name("setting", group, tuple(SETTING_GROUPS))
    held = SETTING_GROUPS[group]
    if not strict:
        return held
    if group not in held:
        raise InputError(f"no study has the setting {group} itself", hint=f"one of {', '.join(held)}")
    if len(held) == 1:
        raise InputError(
            f"the setting {group} joins no other setting, so --strict changes nothing", hint="leave it out"
        )
    return (group,)
