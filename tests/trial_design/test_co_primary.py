"""A response beside the primary endpoint: the same patients, a part of the error, and a landmark that waits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.trial_design.pools import constant_hazards

from cereblon.statistics.distributions import normal_beyond, normal_tail
from cereblon.trial_design.co_primary import evaluate_beside
from cereblon.trial_design.evaluation import evaluate
from cereblon.trial_design.look_data import Look, data_at
from cereblon.trial_design.looks import Test, hold_looks
from cereblon.trial_design.pool import Pool
from cereblon.trial_design.replicates import Enrolment, draw_trials
from cereblon.trial_design.setup import EndpointBeside, Setup
from cereblon.trial_design.spending import Spending
from cereblon.trials.accrual import steady

FOLLOWED = 900.0
LANDMARK = 270.0


def setup(alpha: float = 0.02) -> Setup:
    return Setup(
        tested="a",
        control="b",
        enrolment=Enrolment(patients=200, accrual=steady(20.0)),
        looks=(Look(latest=FOLLOWED, events=110),),
        test=Test(),
        spending=Spending("obrien-fleming"),
        alpha=alpha,
        futility=None,
        binding=False,
        power=0.8,
        latest=FOLLOWED,
        beside=EndpointBeside(look=Look(latest=FOLLOWED, day=700.0), test=Test(kind="response"), alpha=0.005),
    )


def pools(*, tested: float, control: float) -> tuple[Pool, Pool]:
    """Give patients with constant hazards, and the same with a response at the landmark by chance."""
    pool = constant_hazards(hazard=0.0015, versus=0.002, size=4000, followed=FOLLOWED, seed=4)
    dice = np.random.default_rng(9).random(len(pool.arm))
    day = np.where(dice < np.where(pool.arm == 0, tested, control), LANDMARK, np.inf)
    return pool, replace(pool, event=day, known=day, landmark=LANDMARK)


def test_either_endpoint_is_at_least_each_and_both_at_most_each() -> None:
    pool, response = pools(tested=0.5, control=0.35)
    evaluation = evaluate(setup(), pool, trials=400, seed=3)
    found = evaluate_beside(evaluation, response, None, seed=3)
    assert found is not None
    pfs = evaluation.characteristics.power.value
    assert found.both.value <= min(pfs, found.power.value) <= max(pfs, found.power.value) <= found.either.value
    assert found.either.value == pytest.approx(pfs + found.power.value - found.both.value)
    assert found.effect[2] == pytest.approx(15.0, abs=2.0)
    assert found.assurance is None


def test_power_of_the_response_is_that_of_two_shares() -> None:
    """200 patients, one-sided 0.005, about 50 against 35 %: power by the normal formula with the pooled variance.

    The shares are those of the pool, so chance of 400 trials is left: 3.3 standard errors are 0.08. The error holds
    the pool's chance as well: of 4,000 an arm, 1.1 points of difference, it is 0.16 standard errors of a trial's.
    """
    pool, response = pools(tested=0.5, control=0.35)
    found = evaluate_beside(evaluate(setup(), pool, trials=400, seed=3), response, None, seed=3)
    assert found is not None
    shares = [float(np.isfinite(response.event[response.rows(arm)]).mean()) for arm in (0, 1)]
    middle = sum(shares) / 2
    drift = (shares[0] - shares[1]) / np.sqrt(2 * middle * (1 - middle) / 100)
    assert found.power.value == pytest.approx(normal_tail(normal_beyond(0.005) - drift), abs=0.08)
    assert 0.02 < found.power.error < 0.1


def test_equal_arms_win_with_the_response_as_often_as_its_error_allows() -> None:
    """The same patients in both arms: of 4,000 trials 0.5 %; 3.3 standard errors are 0.4 %."""
    pool, response = pools(tested=0.4, control=0.4)
    rows = np.tile(pool.rows(0), 2)
    same = [
        replace(one, event=one.event[rows], known=one.known[rows], stratum=one.stratum[rows], trial=one.trial[rows])
        for one in (pool, response)
    ]
    found = evaluate_beside(evaluate(setup(), same[0], trials=4000, seed=5), same[1], None, seed=5)
    assert found is not None
    assert found.power.value == pytest.approx(0.005, abs=0.004)


def test_who_has_not_come_to_the_landmark_does_not_count_yet() -> None:
    _, response = pools(tested=0.5, control=0.35)
    trials = draw_trials(response, Enrolment(patients=200, accrual=steady(20.0)), 5, seed=1)
    data = data_at(trials, np.full(5, 400.0))
    np.testing.assert_array_equal(data.enrolled, trials.entry <= 400.0 - LANDMARK)
    (look,) = hold_looks(trials, [Look(latest=FOLLOWED, day=400.0)], Test(kind="response"))
    np.testing.assert_array_equal(look.information, data.enrolled.sum(axis=1))
    np.testing.assert_array_equal(look.enrolled, (trials.entry <= 400.0).sum(axis=1))
    assert not (data.observed & ~data.enrolled).any()


def test_a_convention_that_ends_a_patient_s_time_ends_it_in_the_trial() -> None:
    pool = constant_hazards(hazard=0.0015, versus=0.002, size=400, followed=FOLLOWED)
    left = np.where(np.arange(800) % 2, 100.0, np.inf)
    event = np.where(left < np.inf, np.inf, pool.event)
    ended = replace(pool, event=event, known=event, left=left)
    trials = draw_trials(ended, Enrolment(patients=100), 4, seed=1)
    assert (trials.lost.min(), trials.lost.max()) == (100.0, FOLLOWED)
    data = data_at(trials, np.full(4, FOLLOWED))
    assert (data.time[trials.lost == 100.0] <= 100).all()
