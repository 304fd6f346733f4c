"""CTCAE version 5 grades of blood counts, from values in house units.

Source
------
CTCAE v5.0 (US National Cancer Institute, 27 November 2017): investigations, neutrophil count decreased, platelet
count decreased, white blood cell decreased; blood disorders, anaemia. Neutrophil, platelet and white cell limits
were read; the anaemia limits and the lower limits of normal are recalled and laboratories differ in the latter.
Grade 4 anaemia (life-threatening) and grade 5 are judged by people, no number decides them.
"""

from __future__ import annotations

from types import ModuleType

from cereblon.criteria.imwg import Values

NEUTROPHILS_LLN = 2.0
"""Lower limit of normal neutrophils, 1e9/L; assumed, laboratories give 1.5 to 2."""
PLATELETS_LLN = 150.0
"""Lower limit of normal platelets, 1e9/L; assumed."""
HAEMOGLOBIN_LLN_FEMALE = 120.0
"""Lower limit of normal haemoglobin in women, g/L; WHO definition of anaemia, recalled."""
HAEMOGLOBIN_LLN_MALE = 130.0
"""Lower limit of normal haemoglobin in men, g/L; WHO definition of anaemia, recalled."""


def _grade(value: Values, limits: tuple[Values, ...], xp: ModuleType) -> Values:
    """Count the limits that lie above the value."""
    value = xp.asarray(value)
    grade = xp.zeros(value.shape, dtype=xp.int8)
    for limit in limits:
        grade = grade + (value < limit).astype(xp.int8)
    return grade


def neutropenia_grade(neutrophils: Values, xp: ModuleType, lln: float = NEUTROPHILS_LLN) -> Values:
    """Grade neutrophils (1e9/L): below normal 1, below 1.5 2, below 1.0 3, below 0.5 4; otherwise 0."""
    return _grade(neutrophils, (lln, 1.5, 1.0, 0.5), xp)


def thrombocytopenia_grade(platelets: Values, xp: ModuleType, lln: float = PLATELETS_LLN) -> Values:
    """Grade platelets (1e9/L): below normal 1, below 75 2, below 50 3, below 25 4; otherwise 0."""
    return _grade(platelets, (lln, 75.0, 50.0, 25.0), xp)


def anaemia_grade(haemoglobin: Values, is_female: Values, xp: ModuleType) -> Values:
    """Grade haemoglobin (g/L): below normal 1, below 100 2, below 80 3; otherwise 0. A count gives no grade 4."""
    lln = xp.where(is_female, HAEMOGLOBIN_LLN_FEMALE, HAEMOGLOBIN_LLN_MALE)
    return _grade(haemoglobin, (lln, 100.0, 80.0), xp)


def leukopenia_grade(leukocytes: Values, xp: ModuleType, lln: float = 4.0) -> Values:
    """Grade white cells (1e9/L): below normal 1, below 3 2, below 2 3, below 1 4; otherwise 0."""
    return _grade(leukocytes, (lln, 3.0, 2.0, 1.0), xp)
