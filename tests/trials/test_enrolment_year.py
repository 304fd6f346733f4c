"""Tests of the years in which a trial enrolled, and of what the model makes of them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from cereblon.calibration.role_check import calibration_trials
from cereblon.trials.allocation import allocate
from cereblon.trials.enrolment_year import FIRST, LAST, enrolment_year, years_since_2010
from cereblon.trials.library import load_trial
from cereblon.trials.run import prepare


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


def test_the_year_is_looked_up_once_for_all_subjects_of_a_trial(tmp_path: Path) -> None:
    study = tmp_path / "mine.yaml"
    study.write_text(
        (files("cereblon.evidence") / "studies" / "rw-rd-korea.yaml").read_text().replace("rw-rd-korea", "mine")
    )
    plan = load_trial(str(study))
    ready = prepare(plan)
    study.unlink()
    assert ready.years_since_2010 == pytest.approx((2012 + 11 / 12 + 2016 + 10 / 12) / 2 - 2010)
    place = allocate(ready.plan, np.arange(40), ready.years_since_2010)
    assert np.all(place.years_since_2010 == ready.years_since_2010)
    assert place.of(np.arange(3)).years_since_2010.shape == (3,)
