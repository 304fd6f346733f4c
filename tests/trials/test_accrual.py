"""Patients enrolled over time: rates, ramps and their inverse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.core.random_streams import root_key
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.trials.accrual import Accrual, monthly, steady
from cereblon.trials.allocation import draw_follow_up, enrolment_days
from cereblon.trials.trial import TrialPlan, parse_trial

WHOLE = 1e-9  # of patients or months: rounding of sums and roots


def plan(**fields: Any) -> TrialPlan:
    arms = {"one": {"regimen": "rd", "size": 200}, "two": {"regimen": "vd", "size": 200}}
    data = {"id": "t", "title": "t", "population": {"base": "ndmm"}, "arms": arms, "follow_up_months": 48, **fields}
    return parse_trial(data, where="t.yaml")


def test_a_ramp_enrols_half_as_many_as_its_end() -> None:
    """A rate that rises to 20 over 6 months gives 60 patients, then 20 a month."""
    found = steady(20.0, ramp_months=6.0)
    assert found.expected([3.0, 6.0, 8.0]) == pytest.approx([15.0, 60.0, 100.0], abs=WHOLE)


def test_months_are_given_one_by_one() -> None:
    found = monthly((2.0, 4.0, 10.0))
    assert found.expected([0.5, 1.0, 2.0, 3.0, 5.0]) == pytest.approx([1.0, 2.0, 6.0, 16.0, 36.0], abs=WHOLE)


@given(
    ramp=st.floats(0.0, 24.0),
    rate=st.floats(0.5, 100.0),
    patients=st.lists(st.floats(0.0, 2000.0), min_size=1, max_size=20),
)
def test_the_month_of_so_many_patients_is_when_they_are_expected(
    ramp: float, rate: float, patients: list[float]
) -> None:
    found = steady(rate, ramp_months=ramp)
    assert found.expected(found.month_of(patients)) == pytest.approx(patients, abs=1e-6)


@pytest.mark.parametrize("rate", [(0.0,), (5.0, 0.0)])
def test_enrolling_nobody_in_the_end_is_refused(rate: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="enrol nobody"):
        Accrual(tuple(float(place) for place in range(len(rate))), rate)


def test_the_enrolment_day_is_the_one_that_follow_up_is_counted_from() -> None:
    """Without dropout enrolment and follow-up end on the day of the data cut, in months 48 + 24 / 2."""
    trial = plan(enrolment_months=24)
    ids, root = np.arange(400), root_key(trial.seed)
    cut = enrolment_days(trial, root, ids) + draw_follow_up(trial, root, ids)[0]
    assert cut == pytest.approx(60 * DAYS_PER_MONTH, rel=1e-6)


def test_accrual_of_the_design_is_where_patients_come_from() -> None:
    """A ramp of 6 months to 20 a month: 60 of 400 in the first 6 months; binomial, 5 standard errors are 9 %."""
    trial = plan(design={"accrual": {"per_month": 20, "ramp_months": 6}})
    ids, root = np.arange(400), root_key(trial.seed)
    day = enrolment_days(trial, root, ids)
    assert trial.last_enrolment_months == pytest.approx(23.0, abs=WHOLE)
    assert day.max() <= 23.0 * DAYS_PER_MONTH
    assert abs((day < 6 * DAYS_PER_MONTH).mean() - 0.15) < 0.09
    cut = day + draw_follow_up(trial, root, ids)[0]
    assert cut == pytest.approx(trial.longest_follow_up_months * DAYS_PER_MONTH, rel=1e-6)
    assert trial.longest_follow_up_months == pytest.approx(48.0 + 13.0, abs=WHOLE)
