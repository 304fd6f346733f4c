"""What describes a patient, by the column that holds it: its name in words, and its unit."""

from __future__ import annotations

from cereblon.vocabulary.laboratory import laboratory_words

_NAMED = {
    "weight_kg": ("weight", "kg"),
    "height_cm": ("height", "cm"),
    "bmi_kg_m2": ("body-mass index", "kg/m²"),
    "bsa_m2": ("body surface area", "m²"),
    "crcl_ml_min": ("creatinine clearance", "mL/min"),
    "creatinine_mg_dl": ("creatinine", "mg/dL"),
    "albumin_g_l": ("albumin", "g/L"),
    "b2m_mg_l": (laboratory_words("b2m"), "mg/L"),
    "m_protein_g_l": (laboratory_words("m_protein"), "g/L"),
    "total_protein_g_l": ("total protein", "g/L"),
    "involved_flc_mg_l": ("involved free light chains", "mg/L"),
    "uninvolved_flc_mg_l": ("uninvolved free light chains", "mg/L"),
    "marrow_plasma_cells_percent": ("marrow plasma cells", "%"),
    "neutrophils_1e9_l": ("neutrophils", "10^9/L"),
    "platelets_1e9_l": ("platelets", "10^9/L"),
    "haemoglobin_g_l": ("haemoglobin", "g/L"),
    "age": ("age", "years"),
    "iss": ("ISS stage", ""),
    "ecog": ("ECOG", ""),
}


def covariate_name(column: str) -> str:
    """Name a covariate in words: `crcl_ml_min` is `creatinine clearance`.

    Parameters
    ----------
    column
        As tables of subjects and parameter files call it.
    """
    return _NAMED[column][0] if column in _NAMED else column.replace("_", " ")


def covariate_unit(column: str) -> str:
    """Give the unit of a covariate as it is written for a reader; empty where it has none.

    Parameters
    ----------
    column
        As tables of subjects and parameter files call it.
    """
    return _NAMED[column][1] if column in _NAMED else ""
