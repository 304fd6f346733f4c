"""CTCAE v5 grades at and beside their limits; limits from the CTCAE v5.0 table (November 2017)."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from cereblon.criteria import ctcae


@pytest.mark.parametrize(
    ("neutrophils", "grade"),
    [(4.0, 0), (2.0, 0), (1.99, 1), (1.5, 1), (1.49, 2), (1.0, 2), (0.99, 3), (0.5, 3), (0.49, 4), (0.0, 4)],
)
def test_neutropenia(neutrophils: float, grade: int) -> None:
    assert ctcae.neutropenia_grade(neutrophils, np) == grade


@pytest.mark.parametrize(
    ("platelets", "grade"),
    [(200, 0), (150, 0), (149, 1), (75, 1), (74, 2), (50, 2), (49, 3), (25, 3), (24, 4)],
)
def test_thrombocytopenia(platelets: float, grade: int) -> None:
    assert ctcae.thrombocytopenia_grade(platelets, np) == grade


@pytest.mark.parametrize(
    ("haemoglobin", "is_female", "grade"),
    [
        (120, True, 0),
        (119, True, 1),
        (129, False, 1),
        (130, False, 0),
        (100, True, 1),
        (99, True, 2),
        (80, False, 2),
        (79, False, 3),
        (30, False, 3),
    ],
)
def test_anaemia_has_no_grade_four_from_a_count(haemoglobin: float, is_female: bool, grade: int) -> None:
    assert ctcae.anaemia_grade(haemoglobin, is_female, np) == grade


@pytest.mark.parametrize(("leukocytes", "grade"), [(4, 0), (3.9, 1), (3, 1), (2.9, 2), (1.9, 3), (0.9, 4)])
def test_leukopenia(leukocytes: float, grade: int) -> None:
    assert ctcae.leukopenia_grade(leukocytes, np) == grade


def test_jax_gives_the_same_grades() -> None:
    counts = np.array([4.0, 1.6, 1.2, 0.7, 0.1], np.float32)
    np.testing.assert_array_equal(
        np.asarray(ctcae.neutropenia_grade(jnp.asarray(counts), jnp)), ctcae.neutropenia_grade(counts, np)
    )
