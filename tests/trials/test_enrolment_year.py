"""Tests of the years in which a trial enrolled, and of what the model makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from cereblon.calibration.role_check import calibration_trials
from cereblon.trials.allocation import allocate
from cereblon.trials.enrolment_year import FIRST, LAST, enrolment_year, years_since_2010
from cereblon.trials.library import load_trial


def test_the_trend_is_held_within_the_years_of_the_calibration_trials() -> None:
    years = [year for name in calibration_trials() if (year := enrolment_year(load_trial(name))) is not None]
    assert (min(years), max(years)) == (FIRST, LAST)


@pytest.mark.parametrize(
    ("year", "years"), [(1998.0, FIRST - 2010), (2007.5, -2.5), (2010.0, 0.0), (2015.0, 5.0), (2024.0, 5.0)]
)
def test_years_count_from_2010_and_not_beyond_what_was_fitted(year: float, years: float) -> None:
    plan = load_trial("maia").model_copy(update={"enrolment_year": year})
    assert years_since_2010(plan) == pytest.approx(years)


def test_a_copied_file_without_a_year_has_that_of_its_study() -> None:
    plan = load_trial("pollux").model_copy(update={"enrolment_year": None})
    assert enrolment_year(plan) == 2015.0


def test_without_a_year_it_is_2010() -> None:
    plan = load_trial("maia").model_copy(update={"enrolment_year": None, "study": None})
    assert (enrolment_year(plan), years_since_2010(plan)) == (None, 0.0)


def test_every_subject_of_a_trial_has_its_years() -> None:
    place = allocate(load_trial("swog-s0777"), np.arange(40))
    assert np.all(place.years_since_2010 == years_since_2010(load_trial("swog-s0777")))
    assert place.of(np.arange(3)).years_since_2010.shape == (3,)
