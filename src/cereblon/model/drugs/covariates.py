"""Covariates of a patient as they are written: a number with or without its unit, or a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.number_text import read_measure
from cereblon.core.words import Words

Written = str | float | bool
"""A value as it is written: `45`, `"45 mL/min"`, `"IgA"`, `True`."""


class Covariates(TypedDict, total=False):
    """What may be said of a patient; what is not said is that of the reference patient.

    A unit is written behind the number, as `"0.75 mL/s"`; None is not stated.

    Attributes
    ----------
    sex
        male or female.
    weight
        kg, or with its unit.
    height
        cm, or with its unit.
    crcl
        Creatinine clearance, mL/min, or with its unit.
    albumin
        g/L, or with its unit.
    isotype
        IgG, IgA, light_chain or other.
    b2m
        Beta-2 microglobulin, mg/L, or with its unit.
    m_protein
        Serum M-protein, g/L, or with its unit.
    protein
        Total serum protein, g/L, or with its unit.
    asian
        Asian ancestry, yes or no.
    partner
        Partner of elotuzumab: lenalidomide or pomalidomide.
    """

    sex: Written | None
    weight: Written | None
    height: Written | None
    crcl: Written | None
    albumin: Written | None
    isotype: Written | None
    b2m: Written | None
    m_protein: Written | None
    protein: Written | None
    asian: Written | None
    partner: Written | None


COVARIATES: dict[str, tuple[str, str]] = {
    "sex": ("male", ""),
    "weight": ("weight_kg", "kg"),
    "height": ("height_cm", "cm"),
    "crcl": ("crcl_ml_min", "mL/min"),
    "albumin": ("albumin_g_l", "g/L"),
    "isotype": ("igg", ""),
    "b2m": ("b2m_mg_l", "mg/L"),
    "m-protein": ("m_protein_g_l", "g/L"),
    "protein": ("total_protein_g_l", "g/L"),
    "asian": ("asian", ""),
    "partner": ("with_pomalidomide", ""),
}
"""What describes the patient: field of `Patient` and unit of each."""


def option_of(field: str) -> str:
    """Give the name under which users state a field of `Patient`; any other name as it is."""
    return next((name for name, (own, _) in COVARIATES.items() if own == field), field)


YES_OR_NO = Words(
    "answer", ("yes", "no"), {"y": "yes", "true": "yes", "1": "yes", "n": "no", "false": "no", "0": "no"}
)
_VOCABULARY: dict[str, tuple[Words, Mapping[str, float]]] = {
    "sex": (
        Words("sex", ("male", "female"), {"m": "male", "man": "male", "f": "female", "woman": "female"}),
        {"male": 1.0, "female": 0.0},
    ),
    "isotype": (
        Words(
            "isotype",
            ("IgG", "IgA", "light_chain", "other"),
            {"lc": "light_chain", "light chain only": "light_chain"},
        ),
        {"IgG": 1.0, "IgA": 0.0, "light_chain": 0.0, "other": 0.0},
    ),
    "asian": (YES_OR_NO, {"yes": 1.0, "no": 0.0}),
    "partner": (
        Words(
            "partner of elotuzumab", ("lenalidomide", "pomalidomide"), {"len": "lenalidomide", "pom": "pomalidomide"}
        ),
        {"lenalidomide": 0.0, "pomalidomide": 1.0},
    ),
}
_SUSPECT = {
    "height": "is it in metres or inches?",
    "albumin": "is it in g/dL?",
    "protein": "is it in g/dL?",
    "weight": "is it in pounds or grams?",
    "crcl": "is it in mL/s?",
}


def as_written(value: Written) -> str:
    """Give a value as one writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, ".12g") if isinstance(value, (int, float)) else str(value)


def read_covariate(name: str, written: Written) -> tuple[str, float]:
    """Read one covariate: its field of `Patient` and its value.

    Raises
    ------
    InputError
        If it is no such value, or not possible.
    """
    from cereblon.model.drugs.patient import LIMITS

    if name not in COVARIATES:
        raise unknown_name("covariate", name, list(COVARIATES))
    field, unit = COVARIATES[name]
    text = as_written(written)
    if name in _VOCABULARY:
        words, values = _VOCABULARY[name]
        word = words.find(text)
        if word is None:
            raise InputError(f"{name}: {words.refusal(text)}")
        return field, values[word]
    value = read_measure(name, text, unit)
    low, high, _ = LIMITS[field]
    if not low <= value <= high:
        suspect = f"; {_SUSPECT[name]}" if name in _SUSPECT else ""
        raise InputError(f"{name} {value:g} {unit} is not possible ({low:g} to {high:g} {unit}){suspect}")
    return field, value
