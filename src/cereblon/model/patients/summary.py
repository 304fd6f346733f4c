"""What a population states and what its patients turn out to be, as rows for a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel

from cereblon.model.patients.population import Population
from cereblon.model.patients.quantities import Continuous, Number, Shares
from cereblon.model.patients.virtual_patients import FRAILTY_GROUPS, ISOTYPES, LIGHT_CHAINS, VirtualPatients

_UNITS = {
    "age": "year",
    "weight_kg": "kg",
    "height_cm": "cm",
    "bmi_kg_m2": "kg/m^2",
    "bsa_m2": "m^2",
    "crcl_ml_min": "mL/min",
    "albumin_g_l": "g/L",
    "b2m_mg_l": "mg/L",
    "m_protein_g_l": "g/L",
    "involved_flc_mg_l": "mg/L",
    "uninvolved_flc_mg_l": "mg/L",
    "marrow_plasma_cells_percent": "percent",
    "neutrophils_1e9_l": "1e9/L",
    "platelets_1e9_l": "1e9/L",
    "haemoglobin_g_l": "g/L",
}
_LEVELS = ("iss", "isotype", "involved_light_chain", "ecog", "frailty", "prior_lines", "baseline_neuropathy_grade")
_TRAITS = ("male", "high_risk_cytogenetics", "lenalidomide_refractory", "bortezomib_exposed", "cardiac_history")
_THRESHOLDS = (("age", ">=", 75.0), ("crcl_ml_min", "<", 60.0), ("crcl_ml_min", "<", 30.0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One number that a population file states, with where it comes from."""

    covariate: str
    part: str
    value: str
    unit: str
    basis: str
    source: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CovariateSummary:
    """One figure of drawn patients: a median with the 5th and 95th percentile, or a share in percent."""

    covariate: str
    statistic: str
    value: float
    low: float | None
    high: float | None
    unit: str


def statements(population: Population) -> list[Statement]:
    """List what a population states: marginals, correlations and entry criteria, in the order of the file."""
    rows: list[Statement] = []
    for block in type(population).model_fields:
        value = getattr(population, block)
        if isinstance(value, BaseModel) and block != "eligibility":
            rows += _stated(block, "", value)
    for pair in population.correlations:
        rows.append(_row(" and ".join(pair.between), "correlation", f"{pair.value:g}", "1", pair))
    for name, number in population.eligibility.criteria.items():
        rows.append(_row(name, "criterion", f"{number.value:g}", number.unit, number))
    return rows


def _stated(block: str, part: str, value: BaseModel) -> Iterator[Statement]:
    if isinstance(value, Number):
        yield _row(block, part or "share", f"{value.value:g}", value.unit, value)
    elif isinstance(value, Shares):
        shown = ", ".join(f"{level} {share:g}" for level, share in value.value.items())
        yield _row(block, f"{part} shares".strip(), shown, value.unit, value)
    else:
        kind = f"{value.distribution} " if isinstance(value, Continuous) else ""
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if isinstance(inner, BaseModel):
                yield from _stated(block, f"{part} {kind if name == 'median' else ''}{name}".strip(), inner)


def _row(covariate: str, part: str, value: str, unit: str, sourced: BaseModel) -> Statement:
    origin = {name: str(getattr(sourced, name)) for name in ("basis", "source", "note")}
    return Statement(covariate=covariate, part=part, value=value, unit=unit, **origin)


def findings(patients: VirtualPatients) -> list[CovariateSummary]:
    """Summarise drawn patients: medians with the 5th and 95th percentile, and shares."""
    rows = []
    for name, unit in _UNITS.items():
        values = getattr(patients, name)
        if name == "m_protein_g_l":
            values = values[patients.isotype != 2]
        low, middle, high = np.percentile(values, [5, 50, 95]) if len(values) else (np.nan,) * 3
        rows.append(_median(name, float(low), float(middle), float(high), unit))
    for name in _TRAITS:
        rows.append(_share(name, "share", float(np.mean(getattr(patients, name)))))
    for name, sign, limit in _THRESHOLDS:
        values = getattr(patients, name)
        rows.append(
            _share(name, f"{sign} {limit:g}", float(np.mean(values >= limit if sign == ">=" else values < limit)))
        )
    words = {"isotype": ISOTYPES, "involved_light_chain": LIGHT_CHAINS, "frailty": FRAILTY_GROUPS}
    for name in _LEVELS:
        values = getattr(patients, name)
        for level in np.unique(values):
            label = words[name][level] if name in words else str(level)
            rows.append(_share(name, label, float(np.mean(values == level))))
    return rows


def _median(covariate: str, low: float, middle: float, high: float, unit: str) -> CovariateSummary:
    return CovariateSummary(covariate=covariate, statistic="median", value=middle, low=low, high=high, unit=unit)


def _share(covariate: str, statistic: str, share: float) -> CovariateSummary:
    return CovariateSummary(
        covariate=covariate, statistic=statistic, value=100 * share, low=None, high=None, unit="percent"
    )
