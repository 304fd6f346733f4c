"""Columns of an event data set under their usual names, and which compartment of a drug has which number."""

from __future__ import annotations

from cereblon.core.text_tables import TextTable
from cereblon.model.drugs.kinetics import Kinetics

NAMES: dict[str, tuple[str, ...]] = {
    "ID": ("id", "subject", "subj", "subject_id", "subjid", "usubjid"),
    "AMT": ("amt", "amount"),
    "RATE": ("rate",),
    "TINF": ("tinf", "infusion_duration", "dur", "duration"),
    "CMT": ("cmt", "compartment"),
    "ADM": ("adm", "administration_id"),
    "EVID": ("evid", "event_id"),
    "MDV": ("mdv",),
    "ADDL": ("addl", "additional_doses", "additional_dose"),
    "II": ("ii", "interdose_interval"),
    "SS": ("ss", "steady_state"),
    "IGNORE": ("c", "ignore", "ignored_line"),
    "WT": ("wt", "weight", "bw", "bwt", "weight_kg"),
    "HT": ("ht", "height", "height_cm"),
    "BSA": ("bsa", "bsa_m2"),
    "CRCL": ("crcl", "clcr", "crcl_ml_min"),
    "ALB": ("alb", "albumin", "albumin_g_l"),
    "IGG": ("igg",),
    "ISOTYPE": ("isotype", "igtype", "myeloma_type"),
    "B2M": ("b2m", "b2m_mg_l"),
    "MPROT": ("mprot", "m_protein", "m_protein_g_l"),
    "TPRO": ("tpro", "total_protein", "total_protein_g_l"),
    "ASIAN": ("asian",),
    "POM": ("pom",),
    "MALE": ("male",),
    "FEMALE": ("female",),
    "SEX": ("sex", "gender"),
}
"""Names of NONMEM, Monolix (AMOUNT, EVENT ID, INFUSION DURATION ...), mrgsolve and nlmixr2, in lower case; a space
in a name is read as an underscore."""

COVARIATES: dict[str, str] = {
    "MALE": "male",
    "WT": "weight_kg",
    "HT": "height_cm",
    "BSA": "bsa_m2",
    "CRCL": "crcl_ml_min",
    "ALB": "albumin_g_l",
    "IGG": "igg",
    "B2M": "b2m_mg_l",
    "MPROT": "m_protein_g_l",
    "TPRO": "total_protein_g_l",
    "ASIAN": "asian",
    "POM": "with_pomalidomide",
}
"""Column of each covariate that is written, in the units of `Patient`; 1 or 0 for what one is or is not."""

OBSERVE, DOSE, OTHER, RESET, RESET_AND_DOSE = 0, 1, 2, 3, 4

PLACES: dict[str, str] = {
    **dict.fromkeys(("depot", "gut", "absorption", "oral", "po", "sc"), "depot"),
    **dict.fromkeys(("centre", "center", "central", "cent", "plasma", "iv"), "centre"),
}
"""Compartments by the words that nlmixr2 and mrgsolve users write."""


def find_columns(table: TextTable) -> dict[str, str]:
    """Give the column of the table for each name that it has, as NONMEM calls it.

    Raises
    ------
    InputError
        If two columns say the same thing.
    """
    found = {name: column for name, written in NAMES.items() if (column := table.find(written)) is not None}
    if "AMT" not in found and "dose" in table.columns:
        found["AMT"] = "dose"
    return found


def compartments(kinetics: Kinetics) -> dict[int, str]:
    """Give the number of each compartment that can be dosed: as in ADVAN2, 4 and 12, or ADVAN1, 3 and 11."""
    absorbed = any(route != "iv" for route in kinetics.routes)
    if not absorbed:
        return {1: "centre"}
    return {1: "depot", 2: "centre"} if "iv" in kinetics.routes else {1: "depot"}


def centre(kinetics: Kinetics) -> int:
    """Give the number of the compartment in which concentrations are observed."""
    return 2 if any(route != "iv" for route in kinetics.routes) else 1


def needed_columns(kinetics: Kinetics) -> dict[str, str]:
    """Give the covariate columns that act on a drug, with their covariates."""
    return {column: name for column, name in COVARIATES.items() if name in kinetics.covariates}
