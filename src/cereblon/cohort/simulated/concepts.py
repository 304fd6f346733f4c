"""The concepts that an example is written in: identifiers of OMOP with names of our own.

Products of a strength are concepts of the site, numbered from two thousand million on as OMOP leaves free for that,
and descend from their ingredient.

Source
------
Identifiers of ingredients, laboratory tests and units: OHDSI/ETL-LambdaBuilder and EstonianOMOPMappings; HCPCS:
Centers for Medicare & Medicaid Services, level II. This material contains content from LOINC (http://loinc.org),
which is copyright Regenstrief Institute, Inc. and the LOINC Committee and is available at no cost under the licence
at http://loinc.org/license.
"""

from __future__ import annotations

from dataclasses import dataclass

MYELOMA = 437233
TRANSPLANT = 4144157
FILGRASTIM = 1304850
POSITIVE, NEGATIVE = 9191, 9189
FEMALE, MALE = 8532, 8507
MILLIGRAM = 8576

ADMINISTERED, DISPENSED, ORDERED = 32818, 32825, 32838
FROM_RECORDS, FROM_LABORATORY, PERIOD_OF_RECORDS = 32817, 32856, 32817
ORAL_ROUTE, INTRAVENOUS, SUBCUTANEOUS = 4132161, 4171047, 4142048

INGREDIENTS: dict[str, int] = {
    "lenalidomide": 19026972,
    "dexamethasone": 1518254,
    "bortezomib": 1336825,
    "ixazomib": 35606214,
    "carfilzomib": 42873638,
    "daratumumab": 35605744,
    "melphalan": 1301267,
    "pomalidomide": 43014237,
    "filgrastim": FILGRASTIM,
}

STRENGTHS_MG: dict[str, tuple[float, ...]] = {
    "lenalidomide": (2.5, 5, 10, 15, 20, 25),
    "pomalidomide": (1, 2, 3, 4),
    "ixazomib": (2.3, 3, 4),
    "dexamethasone": (4, 10, 20, 40),
}
"""Of the capsules and tablets."""

INJECTIONS: dict[str, tuple[str, float]] = {
    "bortezomib": ("J9041", 0.1),
    "carfilzomib": ("J9047", 1.0),
    "daratumumab": ("J9145", 10.0),
    "melphalan": ("J9245", 50.0),
}
"""HCPCS code and mg of one unit of it."""

_FIRST_PRODUCT = 2_000_000_001


@dataclass(frozen=True, slots=True)
class Product:
    """A capsule or tablet of one strength."""

    concept: int
    drug: str
    strength_mg: float

    @property
    def name(self) -> str:
        """What the site calls it."""
        return f"{self.drug} {self.strength_mg:g} mg"


PRODUCTS: tuple[Product, ...] = tuple(
    Product(_FIRST_PRODUCT + place, drug, strength)
    for place, (drug, strength) in enumerate(
        (drug, strength) for drug, strengths in STRENGTHS_MG.items() for strength in strengths
    )
)


@dataclass(frozen=True, slots=True)
class Assay:
    """How a laboratory test is written.

    Parameters
    ----------
    concept
        0 where no identifier is known: the value then stands under the laboratory's own words alone.
    code
        LOINC code.
    name
        Words of the laboratory.
    unit, factor
        A unit, and by what a value in the house unit is multiplied; empty for positive or negative.
    other_unit, other_factor
        In which the other half of the laboratories report; the same where all agree.
    """

    concept: int
    code: str
    name: str
    unit: str = ""
    factor: float = 1.0
    other_unit: str = ""
    other_factor: float = 1.0


ASSAYS: dict[str, Assay] = {
    "m_protein": Assay(3046299, "33358-3", "M-spike, serum electrophoresis", "g/L", 1.0, "g/dL", 0.1),
    "kappa_flc": Assay(3034860, "36916-5", "kappa light chains, free, serum", "mg/L", 1.0, "mg/dL", 0.1),
    "lambda_flc": Assay(3047169, "33944-0", "lambda light chains, free, serum", "mg/L", 1.0, "mg/dL", 0.1),
    "immunofixation_serum": Assay(3037756, "25700-6", "immunofixation, serum"),
    "marrow_plasma_cells": Assay(3003879, "11118-7", "plasma cells, marrow", "%", 1.0, "%", 1.0),
    "marrow_clonal": Assay(0, "", "clonal plasma cells, marrow, by flow"),
    "mrd": Assay(0, "", "residual myeloma cells, marrow", "1", 1.0, "1", 1.0),
    "neutrophils": Assay(3013650, "751-8", "neutrophils, automated", "10*9/L", 1.0, "10*3/uL", 1.0),
    "platelets": Assay(3024929, "777-3", "platelets, automated", "10*9/L", 1.0, "10*3/uL", 1.0),
    "haemoglobin": Assay(3000963, "718-7", "haemoglobin", "g/L", 1.0, "g/dL", 0.1),
    "creatinine": Assay(3016723, "2160-0", "creatinine", "mg/dL", 1.0, "mg/dL", 1.0),
    "albumin": Assay(3024561, "1751-7", "albumin", "g/L", 1.0, "g/dL", 0.1),
    "b2m": Assay(3013201, "1952-1", "beta-2 microglobulin", "mg/L", 1.0, "mg/L", 1.0),
    "m_protein_fraction": Assay(3046859, "33647-9", "M-protein, of total protein", "%", 1.0, "%", 1.0),
}

UNITS: dict[str, int] = {
    "g/L": 8636,
    "g/dL": 8713,
    "mg/L": 8751,
    "mg/dL": 8840,
    "%": 8554,
    "10*9/L": 9444,
    "10*3/uL": 8848,
    "1": 0,
}
