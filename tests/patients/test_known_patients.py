"""Patients of whom some covariates are known: these stand, and what is not known is lent by similar patients."""

from __future__ import annotations

import numpy as np
import pytest

from cereblon.core.body import cockcroft_gault
from cereblon.core.errors import InputError
from cereblon.core.random_streams import root_key
from cereblon.model.patients import load_population
from cereblon.model.patients.known_patients import known_patients

NDMM = load_population("ndmm")
KEY = root_key(1)


def test_what_is_known_stands_in_every_round_and_the_stage_follows_from_it() -> None:
    """B2M 7 is stage 3; B2M 2 with albumin 40 is stage 1, by Greipp 2005."""
    known = {
        "age": np.array([58.0, 81.0]),
        "male": np.array([1.0, 0.0]),
        "creatinine_mg_dl": np.array([0.9, 1.8]),
        "b2m_mg_l": np.array([2.0, 7.0]),
        "albumin_g_l": np.array([40.0, 33.0]),
        "prior_lines": np.array([0.0, 0.0]),
    }
    drawn = known_patients(known, NDMM).draw(KEY, np.arange(12))
    assert drawn.age.tolist() == [58.0, 81.0] * 6
    assert drawn.male.tolist() == [True, False] * 6
    assert drawn.iss.tolist() == [1, 3] * 6
    assert drawn.subject_id.tolist() == list(range(12))
    creatinine = np.tile([0.9, 1.8], 6)
    np.testing.assert_allclose(
        drawn.crcl_ml_min, cockcroft_gault(drawn.age, drawn.weight_kg, drawn.male, creatinine), rtol=1e-12
    )


def test_what_is_not_known_is_that_of_similar_patients() -> None:
    """The population's old have worse kidneys than its young, so those who lend them to the old do."""
    known = {"age": np.repeat([45.0, 85.0], 40), "haemoglobin_g_l": np.full(80, np.nan)}
    drawn = known_patients(known, NDMM).draw(KEY, np.arange(80))
    young, old = drawn.crcl_ml_min[:40], drawn.crcl_ml_min[40:]
    assert np.median(young) > np.median(old) + 20  # Cockcroft-Gault alone takes off 40 of 95 years
    assert len(np.unique(drawn.haemoglobin_g_l)) > 1


def test_patients_without_a_serum_m_protein_have_light_chain_disease_and_others_do_not() -> None:
    drawn = known_patients({"m_protein_g_l": np.array([0.2, 40.0])}, NDMM).draw(KEY, np.arange(16))
    assert (drawn.isotype[::2] == 2).all() and (drawn.m_protein_g_l[::2] == 0).all()
    assert (drawn.isotype[1::2] != 2).all() and (drawn.m_protein_g_l[1::2] == 40).all()


def test_a_similar_patient_stands_for_one_whom_the_simulation_cannot_have_and_is_counted() -> None:
    found = known_patients({"age": np.array([60.0, 60.0]), "platelets_1e9_l": np.array([200.0, 1e5])}, NDMM)
    assert found.impossible == 1
    assert found.draw(KEY, np.arange(2)).platelets_1e9_l[1] < 5000


def test_patients_of_whom_nothing_is_known_are_those_of_the_population() -> None:
    drawn = known_patients({"age": np.full(300, np.nan)}, NDMM).draw(KEY, np.arange(300))
    assert abs(np.median(drawn.age) - 66) < 3  # 300 drawn with a spread of 11: standard error of the median 0.8


def test_a_covariate_that_is_none_and_nobody_are_refused() -> None:
    with pytest.raises(InputError, match="shoe_size"):
        known_patients({"shoe_size": np.array([42.0])}, NDMM)
    with pytest.raises(InputError, match="nobody"):
        known_patients({}, NDMM)
