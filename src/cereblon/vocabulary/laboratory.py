"""Laboratory and imaging tests: their words, house units and what their values can be."""

from __future__ import annotations

from dataclasses import dataclass

from cereblon.core.words import Words


@dataclass(frozen=True, slots=True)
class LabTest:
    """One test.

    Parameters
    ----------
    unit
        House unit; 1 for a test that is positive (1) or negative (0).
    quantity
        Key of `cereblon.core.bounds.BOUNDS`; empty for a test that is positive or negative.
    also
        Other names: CDISC test codes, LOINC codes of the same property and unit, words of laboratories.
    substance
        Key of `cereblon.core.units.MOLAR_MASS_G_PER_MOL`, where laboratories give amounts.
    """

    unit: str
    quantity: str = ""
    also: tuple[str, ...] = ()
    substance: str | None = None

    @property
    def is_yes_or_no(self) -> bool:
        """Whether the value is 1 for positive and 0 for negative."""
        return not self.quantity


TESTS: dict[str, LabTest] = {
    "m_protein": LabTest(
        "g/L",
        "m-protein",
        ("m spike", "mspike", "monoclonal protein", "paraprotein", "serum m protein", "spep", "33358-3", "mprot"),
    ),
    "urine_m_protein": LabTest(
        "mg/24h", "urine m-protein", ("urine m spike", "upep", "urine monoclonal protein", "42482-0")
    ),
    "involved_flc": LabTest(
        "mg/L", "free light chain", ("iflc", "involved free light chain", "involved light chain")
    ),
    "uninvolved_flc": LabTest(
        "mg/L", "free light chain", ("uninvolved free light chain", "uninvolved light chain", "uiflc")
    ),
    "kappa_flc": LabTest(
        "mg/L", "free light chain", ("kappa free light chain", "free kappa", "kappa", "36916-5", "80515-0", "kappafc")
    ),
    "lambda_flc": LabTest(
        "mg/L",
        "free light chain",
        ("lambda free light chain", "free lambda", "lambda", "33944-0", "80516-8", "lambdafc"),
    ),
    "immunofixation_serum": LabTest("1", also=("serum immunofixation", "sife", "ife serum")),
    "immunofixation_urine": LabTest("1", also=("urine immunofixation", "uife", "ife urine")),
    "marrow_plasma_cells": LabTest("percent", "percent", ("bone marrow plasma cells", "bmpc", "plasma cells marrow")),
    "marrow_clonal": LabTest("1", also=("clonal plasma cells",)),
    "mrd": LabTest("fraction", "fraction", ("minimal residual disease", "measurable residual disease")),
    "new_bone_lesion": LabTest("1", also=("bone lesion", "new lytic lesion")),
    "plasmacytoma_area": LabTest("mm2", "plasmacytoma area", ("plasmacytoma", "plasmacytoma spd")),
    "calcium": LabTest("mmol/L", "calcium", ("ca", "corrected calcium", "serum calcium", "cacr"), "calcium"),
    "neutrophils": LabTest(
        "1e9/L", "neutrophils", ("neut", "anc", "absolute neutrophil count", "neutrophil count", "751-8")
    ),
    "platelets": LabTest("1e9/L", "platelets", ("plat", "plt", "platelet", "platelet count", "777-3")),
    "haemoglobin": LabTest("g/L", "haemoglobin", ("hemoglobin", "hgb", "hb", "718-7"), "haemoglobin"),
    "creatinine_clearance": LabTest("mL/min", "creatinine clearance", ("crcl", "creatclr")),
    "creatinine": LabTest("mg/dL", "creatinine", ("creat", "serum creatinine", "2160-0"), "creatinine"),
    "albumin": LabTest("g/L", "albumin", ("alb", "serum albumin", "1751-7")),
    "b2m": LabTest(
        "mg/L", "beta-2 microglobulin", ("beta 2 microglobulin", "beta2 microglobulin", "b2 microglobulin", "1952-1")
    ),
}
"""Tests by their word. Codes of LOINC that are fractions of total protein or single bands are no M-protein."""

LABORATORY_TESTS = Words(
    "laboratory test", tuple(TESTS), {other: name for name, test in TESTS.items() for other in test.also}
)

POSITIVE_OR_NEGATIVE = Words(
    "result",
    ("positive", "negative"),
    {
        **dict.fromkeys(("1", "1.0", "pos", "yes", "y", "true", "detected", "present", "+"), "positive"),
        **dict.fromkeys(
            ("0", "0.0", "neg", "no", "n", "false", "not detected", "absent", "undetectable"), "negative"
        ),
    },
)
"""Results of a test that is positive or negative; they become 1 and 0."""

_REPORTED = {
    "m_protein": "serum M-protein",
    "urine_m_protein": "urine M-protein",
    "kappa_flc": "free kappa light chains",
    "lambda_flc": "free lambda light chains",
    "b2m": "beta-2 microglobulin",
    "immunofixation_serum": "serum immunofixation",
    "immunofixation_urine": "urine immunofixation",
}


def laboratory_words(test: str) -> str:
    """Name a laboratory test as a report of a laboratory does."""
    return _REPORTED.get(test, test.replace("_", " "))
