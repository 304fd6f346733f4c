"""Small databases of the Common Data Model, written by the tests."""

from __future__ import annotations

import pytest
from cohort_records import Records, add_three_patients


@pytest.fixture
def records() -> Records:
    """Records without a row."""
    return Records()


@pytest.fixture
def three_patients(records: Records) -> Records:
    """VRd with transplantation and maintenance, then DPd; Rd until progression and death; one code alone."""
    return add_three_patients(records)
