from __future__ import annotations

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.core.random_streams import root_key
from cereblon.model.patients import VirtualPatients, load_population, patients_from_arrays
from cereblon.tables.schemas import SUBJECTS


@pytest.fixture(scope="module")
def patients() -> VirtualPatients:
    return load_population("ndmm").draw(root_key(3), np.arange(200))


def test_columns_are_those_of_the_subjects_table_from_age_to_cardiac_history(patients: VirtualPatients) -> None:
    names = SUBJECTS.names
    wanted = ["subject_id", *names[names.index("age") : names.index("cardiac_history") + 1]]
    assert list(patients.to_columns()) == wanted


def test_codes_are_written_out_as_words(patients: VirtualPatients) -> None:
    columns = patients.to_columns()
    assert set(columns["sex"]) == {"female", "male"}
    assert set(columns["isotype"]) == {"IgG", "IgA", "light_chain"}
    assert set(columns["frailty"]) == {"fit", "intermediate", "frail"}


def test_take_reorders_every_covariate_together(patients: VirtualPatients) -> None:
    backwards = patients.take(np.arange(200)[::-1])
    assert backwards.subject_id[0] == patients.subject_id[-1]
    assert backwards.age[0] == patients.age[-1]
    assert len(patients.take(patients.male)) == np.count_nonzero(patients.male)


def test_creatinine_gives_back_the_clearance(patients: VirtualPatients) -> None:
    """Cockcroft and Gault 1976: (140 - age) weight / (72 creatinine), 0.85 of it in women."""
    factor = np.where(patients.male, 1.0, 0.85)
    clearance = (140 - patients.age) * patients.weight_kg * factor / (72 * patients.creatinine_mg_dl)
    np.testing.assert_allclose(clearance, patients.crcl_ml_min, rtol=1e-12)  # the same formula both ways


def test_body_surface_of_170_cm_and_70_kg_is_1_82_m2(patients: VirtualPatients) -> None:
    """Mosteller 1987: sqrt(170 * 70 / 3600) = 1.818 m2; height and weight are set, the rest does not matter."""
    one = patients.take(slice(0, 1)).arrays()
    one["height_cm"], one["weight_kg"] = np.array([170.0]), np.array([70.0])
    assert patients_from_arrays(one).bsa_m2[0] == pytest.approx(1.818, abs=5e-4)  # four printed digits


def test_arrays_of_different_length_are_refused(patients: VirtualPatients) -> None:
    arrays = patients.arrays()
    arrays["age"] = arrays["age"][:-1]
    with pytest.raises(InputError, match="one entry for each subject"):
        patients_from_arrays(arrays)


def test_missing_and_unknown_covariates_are_named_together(patients: VirtualPatients) -> None:
    arrays = patients.arrays()
    arrays["wieght_kg"] = arrays.pop("weight_kg")
    with pytest.raises(InputError, match=r"weight_kg is missing\n.*'wieght_kg' is not a covariate"):
        patients_from_arrays(arrays)


def test_a_code_outside_the_list_is_refused(patients: VirtualPatients) -> None:
    arrays = patients.arrays()
    arrays["isotype"] = arrays["isotype"] + 1
    with pytest.raises(InputError, match="isotype holds a code outside 0 to 2"):
        patients_from_arrays(arrays)
