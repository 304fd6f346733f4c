from __future__ import annotations

import numpy as np
import pytest

from cereblon.core.body import body_mass_index, cockcroft_gault
from cereblon.model.patients.staging import frailty_group, iss_stage


@pytest.mark.parametrize(
    ("b2m", "albumin", "stage"),
    [(3.4, 35.0, 1), (3.4, 34.9, 2), (3.5, 40.0, 2), (5.4, 20.0, 2), (5.5, 45.0, 3), (9.0, 20.0, 3)],
)
def test_stage_follows_the_international_staging_system(b2m: float, albumin: float, stage: int) -> None:
    """Greipp 2005: I below 3.5 mg/L and 35 g/L or more, III 5.5 mg/L or more, II the rest."""
    assert iss_stage(np.array([b2m]), np.array([albumin]))[0] == stage


@pytest.mark.parametrize(
    ("age", "deficits", "group"),
    [(75.9, 0, 0), (76.0, 0, 1), (80.9, 0, 1), (81.0, 0, 2), (50.0, 1, 1), (76.0, 1, 2), (60.0, 2, 2), (90.0, 3, 2)],
)
def test_frailty_adds_points_for_age_and_deficits(age: float, deficits: int, group: int) -> None:
    """IMWG score: 76 to 80 years one point, above 80 two; none fit, one intermediate, two or more frail."""
    assert frailty_group(np.array([age]), np.array([deficits]))[0] == group


def test_clearance_of_a_man_and_a_woman_of_60_years_72_kg_and_1_mg_dl() -> None:
    """Cockcroft and Gault by hand: (140 - 60) * 72 / (72 * 1) = 80 mL/min, for a woman 0.85 of it = 68."""
    two = np.array([60.0, 60.0]), np.array([72.0, 72.0]), np.array([True, False]), np.array([1.0, 1.0])
    np.testing.assert_allclose(cockcroft_gault(*two), [80.0, 68.0], rtol=1e-12)  # exact up to rounding


def test_body_mass_index_of_2_m_and_100_kg_is_25() -> None:
    assert body_mass_index(np.array([100.0]), np.array([200.0]))[0] == pytest.approx(25.0)
