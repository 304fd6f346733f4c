"""Covariates have one name and one unit wherever they are told."""

from __future__ import annotations

import pytest

from cereblon.tables.schemas import SUBJECTS
from cereblon.vocabulary.covariates import covariate_name, covariate_unit


@pytest.mark.parametrize(
    ("column", "name", "unit"),
    [
        ("bsa_m2", "body surface area", "m²"),
        ("m_protein_g_l", "serum M-protein", "g/L"),
        ("neutrophils_1e9_l", "neutrophils", "10^9/L"),
        ("prior_lines", "prior lines", ""),
    ],
)
def test_a_covariate_has_its_name_and_unit(column: str, name: str, unit: str) -> None:
    assert (covariate_name(column), covariate_unit(column)) == (name, unit)


def test_no_column_of_subjects_keeps_the_unit_in_its_name() -> None:
    told = {column: covariate_name(column) for column in SUBJECTS.names}
    assert [
        column for column, name in told.items() if name.endswith((" kg", " g l", " mg l", " ml min", " 1e9 l"))
    ] == []
