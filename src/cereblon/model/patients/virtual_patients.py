"""Drawn or observed patients: one numpy array for each covariate, one entry for each subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cereblon.core.body import body_mass_index, body_surface_area, creatinine_of_clearance
from cereblon.core.errors import InputError
from cereblon.vocabulary.clinical import LIGHT_CHAIN

ISOTYPES: tuple[str, ...] = ("IgG", "IgA", "light_chain")
LIGHT_CHAINS: tuple[str, ...] = LIGHT_CHAIN.allowed
FRAILTY_GROUPS: tuple[str, ...] = ("fit", "intermediate", "frail")
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class VirtualPatients:
    """Covariates of many subjects at day 0.

    Every field is an array with one entry for each subject, in the order of the columns of the subjects table.

    Parameters
    ----------
    subject_id
        Number within the source.
    age
        Years.
    male
        True for men.
    weight_kg, height_cm
        Body weight and height.
    crcl_ml_min
        Creatinine clearance by Cockcroft-Gault, mL/min.
    albumin_g_l, b2m_mg_l
        Serum albumin, g/L, and beta-2 microglobulin, mg/L.
    iss
        International Staging System stage, 1 to 3.
    high_risk_cytogenetics
        del(17p), t(4;14) or t(14;16).
    isotype
        0 IgG, 1 IgA, 2 light chain only; see `ISOTYPES`.
    involved_light_chain
        0 kappa, 1 lambda; see `LIGHT_CHAINS`.
    m_protein_g_l
        Serum M-protein, g/L; 0 for light-chain disease.
    involved_flc_mg_l, uninvolved_flc_mg_l
        Serum free light chains, mg/L.
    marrow_plasma_cells_percent
        Share of nucleated marrow cells.
    neutrophils_1e9_l, platelets_1e9_l, haemoglobin_g_l
        Blood counts.
    ecog
        Performance status, 0 to 4.
    frailty
        IMWG group: 0 fit, 1 intermediate, 2 frail; see `FRAILTY_GROUPS`.
    prior_lines
        Lines of therapy before day 0.
    lenalidomide_refractory, bortezomib_exposed
        Before day 0.
    baseline_neuropathy_grade
        Peripheral neuropathy by CTCAE, 0 to 4.
    cardiac_history
        Heart failure, ischaemia or arrhythmia before day 0.
    """

    subject_id: Whole
    age: Floats
    male: Flags
    weight_kg: Floats
    height_cm: Floats
    crcl_ml_min: Floats
    albumin_g_l: Floats
    b2m_mg_l: Floats
    iss: Whole
    high_risk_cytogenetics: Flags
    isotype: Whole
    involved_light_chain: Whole
    m_protein_g_l: Floats
    involved_flc_mg_l: Floats
    uninvolved_flc_mg_l: Floats
    marrow_plasma_cells_percent: Floats
    neutrophils_1e9_l: Floats
    platelets_1e9_l: Floats
    haemoglobin_g_l: Floats
    ecog: Whole
    frailty: Whole
    prior_lines: Whole
    lenalidomide_refractory: Flags
    bortezomib_exposed: Flags
    baseline_neuropathy_grade: Whole
    cardiac_history: Flags

    def __post_init__(self) -> None:
        shapes = {field.name: np.shape(getattr(self, field.name)) for field in fields(self)}
        if set(shapes.values()) != {(len(self.subject_id),)}:
            text = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            raise InputError(f"patients: every array needs one entry for each subject; got {text}")

    def __len__(self) -> int:
        """Count the subjects."""
        return len(self.subject_id)

    @property
    def bmi_kg_m2(self) -> Floats:
        """Body mass index, kg/m2."""
        return body_mass_index(self.weight_kg, self.height_cm)

    @property
    def bsa_m2(self) -> Floats:
        """Body surface area by Mosteller, m2."""
        return body_surface_area(self.weight_kg, self.height_cm)

    @property
    def creatinine_mg_dl(self) -> Floats:
        """Serum creatinine, mg/dL: the one that gives the creatinine clearance."""
        return creatinine_of_clearance(self.age, self.weight_kg, self.male, self.crcl_ml_min)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_] | slice) -> VirtualPatients:
        """Choose or reorder subjects by position, mask or slice."""
        return replace(self, **{name: values[index] for name, values in self.arrays().items()})

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Give the arrays by name, as stored."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def to_columns(self) -> dict[str, NDArray[Any]]:
        """Give the columns of the subjects table from subject_id to cardiac_history, codes written out as words."""
        columns: dict[str, NDArray[Any]] = {}
        for name, values in self.arrays().items():
            if name == "male":
                columns["sex"] = np.array(["female", "male"])[self.male.astype(np.int64)]
            elif name == "isotype":
                columns[name] = np.array(ISOTYPES)[self.isotype]
            elif name == "involved_light_chain":
                columns[name] = np.array(LIGHT_CHAINS)[self.involved_light_chain]
            elif name == "frailty":
                columns[name] = np.array(FRAILTY_GROUPS)[self.frailty]
            else:
                columns[name] = values
        return columns


def patients_from_arrays(arrays: Mapping[str, object]) -> VirtualPatients:
    """Build patients from sequences by field name, cast to the types of `VirtualPatients`.

    Raises
    ------
    InputError
        If a field is missing or unknown, or a code is outside its list.
    """
    wanted = {field.name: str(field.type) for field in fields(VirtualPatients)}
    problems = [f"patients: {name} is missing" for name in wanted if name not in arrays]
    problems += [f"patients: {name!r} is not a covariate" for name in arrays if name not in wanted]
    if problems:
        raise InputError("\n".join(problems), hint=f"covariates: {', '.join(wanted)}")
    kinds = {"Floats": np.float64, "Whole": np.int64, "Flags": np.bool_}
    cast: dict[str, Any] = {name: np.asarray(arrays[name]).astype(kinds[kind]) for name, kind in wanted.items()}
    for name, words in (("isotype", ISOTYPES), ("involved_light_chain", LIGHT_CHAINS), ("frailty", FRAILTY_GROUPS)):
        last = len(words)
        if cast[name].size and not ((cast[name] >= 0) & (cast[name] < last)).all():
            raise InputError(f"patients: {name} holds a code outside 0 to {last - 1}")
    return VirtualPatients(**cast)
