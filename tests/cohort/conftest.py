"""Small databases of the Common Data Model, written by the tests."""

from __future__ import annotations

import pytest
from cohort_records import Records


@pytest.fixture
def records() -> Records:
    """Records without a row."""
    return Records()


@pytest.fixture
def three_patients(records: Records) -> Records:
    """VRd with transplantation and maintenance, then DPd; Rd until progression and death; one code alone."""
    one, two, three = 1, 2, 3
    records.patient(one)
    records.fills(one, "bortezomib", 0, 4, supply=None)
    records.fills(one, "lenalidomide", 0, 4, supply=21, quantity=21)
    records.fills(one, "dexamethasone", 0, 4)
    records.transplant(one, 140)
    records.fills(one, "lenalidomide", 230, 20, supply=21, quantity=21)
    records.fills(one, "daratumumab", 900, 8, supply=None)
    records.fills(one, "pomalidomide", 900, 8, supply=21, quantity=21)
    records.fills(one, "dexamethasone", 900, 8)
    for when, value in (
        (-10, 4.0),
        (60, 1.0),
        (120, 0.3),
        (200, 0.3),
        (400, 0.3),
        (600, 0.3),
        (830, 1.1),
        (870, 1.3),
    ):
        records.lab(one, "m_protein", when, value, "g/dL")
    records.patient(two, last=700)
    records.fills(two, "lenalidomide", 10, 12, supply=21, quantity=21)
    records.fills(two, "dexamethasone", 10, 12)
    for when, value in ((0, 30.0), (70, 12.0), (130, 11.0), (300, 25.0), (340, 28.0)):
        records.lab(two, "m_protein", when, value, "g/L")
    records.dies(two, 400)
    records.patient(three, codes=(0,))
    records.fills(three, "lenalidomide", 10, 12)
    return records
