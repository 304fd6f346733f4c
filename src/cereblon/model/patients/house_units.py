"""Units of a population file: medians and spreads in any unit of their covariate become those of its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cereblon.core.errors import InputError
from cereblon.core.units import factor

HOUSE_UNITS: Mapping[str, tuple[str, str | None]] = {
    "age": ("year", None),
    "height_cm": ("cm", None),
    "weight_kg": ("kg", None),
    "creatinine_mg_dl": ("mg/dL", "creatinine"),
    "albumin_g_l": ("g/L", None),
    "b2m_mg_l": ("mg/L", None),
    "m_protein_g_l": ("g/L", None),
    "involved_flc_mg_l": ("mg/L", None),
    "uninvolved_flc_mg_l": ("mg/L", None),
    "marrow_plasma_cells_percent": ("percent", None),
    "neutrophils_1e9_l": ("1e9/L", None),
    "platelets_1e9_l": ("1e9/L", None),
    "haemoglobin_g_l": ("g/L", "haemoglobin"),
}
"""Unit of each covariate, and the substance that laboratories give both in mass and amount."""


def in_house_units(blocks: Mapping[str, Any]) -> dict[str, Any]:
    """Convert what is stated of each covariate; what has no form of a marginal is left to its own check.

    Raises
    ------
    InputError
        Naming each covariate that is in a unit of something else.
    """
    problems: list[str] = []
    found = dict(blocks)
    for name, (unit, substance) in HOUSE_UNITS.items():
        if name in found:
            found[name] = _converted(found[name], name, unit, substance, problems)
    if problems:
        raise InputError("\n".join(problems))
    return found


def _converted(block: Any, place: str, unit: str, substance: str | None, problems: list[str]) -> Any:
    if not isinstance(block, Mapping):
        return block
    if "median" not in block:
        return {part: _converted(one, f"{place}, {part}", unit, substance, problems) for part, one in block.items()}
    converted = dict(block)
    for part in ("median", "spread") if block.get("distribution") == "normal" else ("median",):
        number = block.get(part)
        if not isinstance(number, Mapping) or not isinstance(number.get("unit"), str):
            continue
        value = number.get("value")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        try:
            times = factor(number["unit"], unit, substance=substance)
        except InputError as error:
            problems.append(f"{place}, {part}: {error.message}")
            continue
        converted[part] = {**number, "value": value * times if times != 1.0 else value, "unit": unit}
    return converted
