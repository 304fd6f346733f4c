"""Who may enter: criteria on covariates, each with its source."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from cereblon.core.errors import unknown_name
from cereblon.core.validation import StrictModel
from cereblon.model.patients.limits import FLC_RATIO_NORMAL
from cereblon.model.patients.quantities import Number
from cereblon.model.patients.virtual_patients import VirtualPatients

# Criterion -> the unit it is stated in. `_min` and `_max` are inclusive and apply to a field or property of
# VirtualPatients; what is 0 (no) or 1 (yes) is excluded by `_max: 0` and demanded by `_min: 1`.
_UNITS = {
    "age": "year",
    "bmi_kg_m2": "kg/m^2",
    "crcl_ml_min": "mL/min",
    "creatinine_mg_dl": "mg/dL",
    "haemoglobin_g_l": "g/L",
    "neutrophils_1e9_l": "1e9/L",
    "platelets_1e9_l": "1e9/L",
    "ecog": "1",
    "prior_lines": "1",
    "baseline_neuropathy_grade": "1",
    "high_risk_cytogenetics": "1",
    "lenalidomide_refractory": "1",
    "bortezomib_exposed": "1",
    "cardiac_history": "1",
}
_MEASURABLE = ("m_protein_g_l_measurable", "flc_mg_l_measurable")
CRITERIA: dict[str, str] = {
    **{f"{name}_{side}": unit for name, unit in _UNITS.items() for side in ("min", "max")},
    _MEASURABLE[0]: "g/L",
    _MEASURABLE[1]: "mg/L",
}


class Eligibility(StrictModel):
    """Entry criteria of a population or a trial.

    Measurable disease has two criteria of its own: `m_protein_g_l_measurable` is the least serum M-protein of
    patients with intact immunoglobulin, `flc_mg_l_measurable` the least involved free light chain of patients with
    light-chain disease, whose ratio must be abnormal too. Urine is not modelled.
    """

    criteria: dict[str, Number] = Field(default_factory=dict)

    @field_validator("criteria")
    @classmethod
    def _are_known(cls, criteria: dict[str, Number]) -> dict[str, Number]:
        for name, number in criteria.items():
            if name not in CRITERIA:
                raise ValueError(str(unknown_name("criterion", name, list(CRITERIA))))
            if number.unit != CRITERIA[name]:
                raise ValueError(f"{name} is in {number.unit!r}, {CRITERIA[name]!r} is needed")
        return criteria

    def allows(self, patients: VirtualPatients) -> NDArray[np.bool_]:
        """Say which subjects meet every criterion."""
        allowed = np.ones(len(patients), dtype=np.bool_)
        for name, number in self.criteria.items():
            allowed &= _meets(patients, name, number.value)
        return allowed

    def shares_met(self, patients: VirtualPatients) -> dict[str, float]:
        """Give, for each criterion, the share of these patients who meet it."""
        count = max(len(patients), 1)
        return {
            name: float(np.count_nonzero(_meets(patients, name, number.value))) / count
            for name, number in self.criteria.items()
        }

    def joined(self, other: Eligibility | Mapping[str, Number]) -> Eligibility:
        """Add the other's criteria; where both state one, the other's holds."""
        more = other.criteria if isinstance(other, Eligibility) else dict(other)
        return Eligibility(criteria={**self.criteria, **more})


def _meets(patients: VirtualPatients, criterion: str, value: float) -> NDArray[np.bool_]:
    if criterion == _MEASURABLE[0]:
        return np.asarray((patients.isotype == 2) | (patients.m_protein_g_l >= value))
    if criterion == _MEASURABLE[1]:
        ratio = patients.involved_flc_mg_l / patients.uninvolved_flc_mg_l
        low, high = FLC_RATIO_NORMAL  # of kappa over lambda; involved over uninvolved is never below its range
        abnormal = ratio > np.where(patients.involved_light_chain == 1, 1 / low, high)
        return np.asarray((patients.isotype != 2) | ((patients.involved_flc_mg_l >= value) & abnormal))
    name, side = criterion.rsplit("_", 1)
    column = getattr(patients, name)
    return np.asarray(column >= value if side == "min" else column <= value)
