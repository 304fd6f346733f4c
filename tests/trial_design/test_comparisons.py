"""Arms compared in many trials at once, held to the functions that compare them in one."""

from __future__ import annotations

import numpy as np
import pytest
from tests.trial_design.pools import constant_hazards

from cereblon.statistics import hazard_ratio, kaplan_meier, log_rank, restricted_mean_difference
from cereblon.trial_design.comparisons import (
    MAX_COMBO,
    deaths_at,
    log_hazard_ratio,
    mantel_haenszel,
    restricted_mean_gain,
    weighted_log_rank,
)
from cereblon.trial_design.look_data import Look, LookData, data_at
from cereblon.trial_design.replicates import Enrolment, draw_trials
from cereblon.trials.accrual import steady

SAME = 1e-9  # both are sums of the same terms in another order


@pytest.fixture(scope="module")
def look() -> LookData:
    """Five trials of 120 with many ties: 4-weekly visits round the days down."""
    pool = constant_hazards(hazard=0.004, versus=0.006, size=400, followed=500.0, strata=3)
    enrolment = Enrolment(patients=120, accrual=steady(15.0), dropout_per_year=0.2)
    trials = draw_trials(pool, enrolment, 5, seed=3)
    return data_at(trials, np.full(5, 400.0))


def rows(look: LookData, trial: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    own = look.enrolled[trial]
    return look.time[trial][own], look.observed[trial][own], look.arm[trial][own], look.stratum[trial][own]


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("trial", range(5))
def test_the_log_rank_test_is_that_of_one_trial(look: LookData, trial: int, stratified: bool) -> None:
    table = deaths_at(look, stratified=stratified)
    found = weighted_log_rank(table, ((0.0, 0.0),)).statistic[trial, 0]
    time, observed, arm, stratum = rows(look, trial)
    one = log_rank(time, observed, arm, strata=stratum if stratified else None)
    assert found**2 == pytest.approx(one.statistic, rel=SAME)
    assert (found > 0) == (one.observed[0] < one.expected[0])


@pytest.mark.parametrize("trial", range(5))
def test_the_hazard_ratio_is_that_of_one_trial(look: LookData, trial: int) -> None:
    """Newton's method of both stops at 1e-10 of the coefficient."""
    found = log_hazard_ratio(deaths_at(look, stratified=False))
    time, observed, arm, _ = rows(look, trial)
    one = hazard_ratio(time, observed, np.where(arm == 0, "a", "b"), comparator="b")
    assert one.value is not None and one.low is not None and one.high is not None
    assert np.exp(found.value[trial]) == pytest.approx(one.value, rel=1e-8)
    assert 2 * 1.959964 * found.error[trial] == pytest.approx(np.log(one.high / one.low), rel=1e-6)


@pytest.mark.parametrize("trial", range(5))
def test_the_restricted_mean_is_that_of_one_trial(look: LookData, trial: int) -> None:
    found = restricted_mean_gain(look, 250.0)
    time, observed, arm, _ = rows(look, trial)
    first, second = (kaplan_meier(time[arm == one], observed[arm == one]) for one in (0, 1))
    one = restricted_mean_difference(first, second, 250.0)
    assert one.value is not None and one.high is not None
    assert found.value[trial] == pytest.approx(one.value, rel=1e-9)
    assert 1.959964 * found.error[trial] == pytest.approx(one.high - one.value, rel=1e-6)


def test_a_weighted_test_on_six_patients_is_that_by_hand() -> None:
    """Times 1+ 2 3 of the tested arm, 1 2+ 4 of the other (+ is censored); S before them 1, 5/6, 5/8, 5/16."""
    data = LookData(
        day=np.array([9.0]),
        time=np.array([[1, 2, 3, 1, 2, 4]]),
        observed=np.array([[False, True, True, True, False, True]]),
        enrolled=np.ones((1, 6), np.bool_),
        arm=np.array([[0, 0, 0, 1, 1, 1]]),
        stratum=np.zeros((1, 6), np.int64),
    )
    found = weighted_log_rank(deaths_at(data, stratified=False), ((0.0, 1.0),))
    gains = [1 * 3 / 6 - 0, 1 * 2 / 4 - 1, 1 * 1 / 2 - 1, 0]
    weights = [0.0, 1 / 6, 3 / 8, 11 / 16]
    variances = [1 / 4, 1 / 4, 1 / 4, 0.0]
    assert found.score[0, 0] == pytest.approx(sum(w * g for w, g in zip(weights, gains, strict=True)))
    assert found.covariance[0, 0, 0] == pytest.approx(sum(w * w * v for w, v in zip(weights, variances, strict=True)))


def test_the_tests_of_a_max_combo_go_together() -> None:
    pool = constant_hazards(hazard=0.004, versus=0.006, size=400, followed=500.0)
    trials = draw_trials(pool, Enrolment(patients=200), 20, seed=3)
    found = weighted_log_rank(deaths_at(data_at(trials, np.full(20, 400.0)), stratified=False), MAX_COMBO)
    scale = np.sqrt(np.diagonal(found.covariance, axis1=1, axis2=2))
    correlation = found.covariance / scale[:, :, None] / scale[:, None, :]
    assert np.linalg.eigvalsh(correlation).min() > -1e-9
    assert (correlation[:, 0, 1] < 1).all() and (correlation[:, 0, 1] > 0.5).all()


def test_responses_are_compared_as_mantel_and_haenszel_did() -> None:
    """One table 15/20 against 8/20: 3.5 / sqrt(23 * 17 * 20 * 20 / (40^2 * 39)) = 2.2108, by hand."""
    responded = np.r_[np.arange(20) < 15, np.arange(20) < 8][None, :]
    data = LookData(
        day=np.array([9.0]),
        time=np.ones((1, 40), np.int64),
        observed=responded,
        enrolled=np.ones((1, 40), np.bool_),
        arm=np.repeat([0, 1], 20)[None, :],
        stratum=np.zeros((1, 40), np.int64),
    )
    assert mantel_haenszel(data, stratified=False)[0] == pytest.approx(3.5 / np.sqrt(23 * 17 * 400 / (1600 * 39)))


def test_an_arm_without_events_has_no_hazard_ratio() -> None:
    data = LookData(
        day=np.array([9.0]),
        time=np.array([[5, 6, 1, 2]]),
        observed=np.array([[False, False, True, True]]),
        enrolled=np.ones((1, 4), np.bool_),
        arm=np.array([[0, 0, 1, 1]]),
        stratum=np.zeros((1, 4), np.int64),
    )
    assert np.isnan(log_hazard_ratio(deaths_at(data, stratified=False)).value[0])


def test_a_look_at_events_is_held_when_they_are_known() -> None:
    pool = constant_hazards(hazard=0.004, versus=0.006, size=400, followed=500.0)
    trials = draw_trials(pool, Enrolment(patients=100, accrual=steady(20.0)), 30, seed=3)
    look = Look(latest=450.0, events=40)
    data = data_at(trials, look.days(trials))
    assert (data.events == 40).all()
    assert (data.day < 450.0).all()
    late = Look(latest=50.0, events=40)
    assert (late.days(trials) == 50.0).all()
