"""Columns of a NONMEM-style event data set, and which compartment of a drug has which number."""

from __future__ import annotations

from cereblon.pharmacology.kinetics import Kinetics

NEEDED = ("ID", "TIME", "EVID", "AMT", "CMT")
OPTIONAL = ("RATE", "ADDL", "II", "SS")
PASSED_OVER = ("DV", "MDV", "CENS", "BLQ")
"""Columns that other programs write and that say nothing about a dose."""

MARKED = "C"
"""Column in which a mark takes a row out, if a control stream says so."""

COVARIATES: dict[str, str] = {
    "AGE": "age",
    "SEX": "male",
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
"""Column of each covariate, in the units of `Patient`; SEX is 1 for men and 0 for women."""

OBSERVE, DOSE, OTHER, RESET, RESET_AND_DOSE = 0, 1, 2, 3, 4


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
