"""Parameters as bare numbers: of the model, and those that differ between subjects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.parameter import load_parameters
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS

MODEL_GROUPS = (
    "clones",
    "proteins",
    "effects",
    "mortality",
    "neutrophils",
    "platelets",
    "haemoglobin",
    "neuropathy",
    "adverse_events",
    *dict.fromkeys(event.parameters for event in ADVERSE_EVENTS.events),
)

Numbers: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Values by group inside the model: arrays, or numbers of the compiled program."""

Parameters = dict[str, dict[str, float]]
"""Bare values by group; between-subject spreads as `<name>_sd`."""

Drawn = Mapping[str, Mapping[str, np.ndarray]]
"""Parameters that differ between subjects, by group and name; one entry for each subject."""


def model_parameters(changes: Mapping[str, Mapping[str, float]] | None = None) -> Parameters:
    """Load the model's bare numbers, with changes by group and name.

    Raises
    ------
    InputError
        If a change names a parameter that does not exist.
    """
    loaded: Parameters = {}
    for drug in DRUGS:
        loaded[drug] = drug_values(drug)
    for group in MODEL_GROUPS:
        loaded[group] = {}
        for name, parameter in load_parameters(group).items():
            loaded[group][name] = parameter.value
            loaded[group][f"{name}_sd"] = parameter.sd_log or parameter.sd
    for group, values in (changes or {}).items():
        for name, value in values.items():
            if group not in loaded or name not in loaded[group]:
                raise InputError(f"parameter {group}.{name} does not exist", hint="see `cereblon parameters`")
            loaded[group][name] = float(value)
    return loaded
