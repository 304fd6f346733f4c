"""Designs whose errors and power closed forms know, and the error of numbers that come from a pool."""

from __future__ import annotations

import numpy as np
import pytest
from tests.trial_design.pools import constant_hazards

from cereblon.trial_design.boundaries import crossing_probabilities
from cereblon.trial_design.closed_forms import schoenfeld_power
from cereblon.trial_design.look_data import Look
from cereblon.trial_design.looks import MAX_COMBO_TEST, Test, find_boundaries, hold_looks, information_shares
from cereblon.trial_design.operating_characteristics import (
    Characteristics,
    characterise,
    course,
)
from cereblon.trial_design.pool import Pool
from cereblon.trial_design.pool_moves import pool_moves
from cereblon.trial_design.replicates import Enrolment, draw_trials, fresh_trials
from cereblon.trial_design.spending import Spending
from cereblon.trials.accrual import steady

OBRIEN_FLEMING = Spending("obrien-fleming")
LATEST = 399.0
ENROLMENT = Enrolment(patients=200, accrual=steady(40.0), dropout_per_year=0.05)
LOOKS = [Look(latest=LATEST, events=60), Look(latest=LATEST, events=120)]


def characteristics(pool: Pool, test: Test, trials: int, looks: list[Look] = LOOKS) -> Characteristics:
    drawn = draw_trials(pool, ENROLMENT, trials, seed=7)
    results = hold_looks(drawn, looks, test, with_effect=False)
    shares = information_shares(results, looks, test)
    return characterise(results, find_boundaries(results, shares, test, spending=OBRIEN_FLEMING, alpha=0.025))


@pytest.mark.slow
@pytest.mark.parametrize(
    "test",
    [
        Test(),
        Test(stratified=True),
        Test(powers=((0.0, 1.0),)),
        MAX_COMBO_TEST,
        Test(kind="rmst", horizon=200.0),
    ],
    ids=["log-rank", "stratified", "late effects", "max-combo", "rmst"],
)
def test_equal_arms_win_as_often_as_the_error_allows(test: Test) -> None:
    """Of 4,000 trials 2.5 %: 3.3 standard errors (one in a thousand) are 0.8 %; all patients are of one pool."""
    pool = constant_hazards(hazard=0.006, versus=0.006, size=20_000, followed=400.0, strata=3)
    # The two arms hold the same patients, so that there is no effect in the pool by chance.
    rows = pool.rows(0)
    same = Pool(
        arm=np.repeat([0, 1], len(rows)),
        event=np.tile(pool.event[rows], 2),
        known=np.tile(pool.known[rows], 2),
        stratum=np.tile(pool.stratum[rows], 2),
        trial=np.zeros(2 * len(rows), np.int64),
        followed=400.0,
    )
    assert characteristics(same, test, 4000).power.value == pytest.approx(0.025, abs=0.0082)


def test_power_of_proportional_hazards_is_that_of_schoenfeld() -> None:
    """120 events, ratio 0.6: one look has 79.9 % by the formula, two looks a little less; 1,500 trials and the pool.

    The pool's own ratio is used, so that what is left is chance: 3.3 standard errors of 1,500 trials are 3.5 %, and
    the formula is off by about 1 % at a ratio of 0.6.
    """
    pool = constant_hazards(hazard=0.0036, versus=0.006, size=40_000, followed=400.0)
    ratio = pool.hazard(0, 400.0) / pool.hazard(1, 400.0)
    drawn = draw_trials(pool, ENROLMENT, 1500, seed=7)
    results = hold_looks(drawn, LOOKS, Test())
    shares = information_shares(results, LOOKS, Test())
    assert shares == [0.5, 1.0]
    bounds = find_boundaries(results, shares, Test(), spending=OBRIEN_FLEMING, alpha=0.025)
    found = characterise(results, bounds)
    expected = crossing_probabilities(bounds, -np.log(ratio) * np.sqrt(120 / 4)).upper
    assert found.power.value == pytest.approx(sum(expected), abs=0.045)
    assert found.looks[0].success.value == pytest.approx(expected[0], abs=0.045)
    assert sum(expected) == pytest.approx(schoenfeld_power(ratio, events=120, alpha=0.025), abs=0.01)
    assert found.looks[-1].effect[2] == pytest.approx(ratio, rel=0.03)


def test_the_error_of_a_power_holds_what_another_pool_would_change() -> None:
    """Forty small pools of 300 an arm: their powers differ by what the error of one says, within a factor of 1.4.

    A spread of forty is told to 11 %: 3 standard errors are a factor of 1.4. The errors themselves are alike.
    """

    def design(seed: int, pools: bool) -> tuple[float, float]:
        pool = constant_hazards(hazard=0.004, versus=0.006, size=300, followed=400.0, seed=seed)
        results = hold_looks(draw_trials(pool, ENROLMENT, 200, seed=seed), LOOKS, Test(), with_effect=False)
        shares = information_shares(results, LOOKS, Test())
        bounds = find_boundaries(results, shares, Test(), spending=OBRIEN_FLEMING, alpha=0.025)
        moves = pool_moves(pool, ENROLMENT, seed=seed) if pools else None
        found = characterise(results, bounds, moves=moves).power
        return found.value, found.error

    both = [design(seed, pools=True) for seed in range(40)]
    powers, errors = [value for value, _ in both], [error for _, error in both]
    spread = float(np.std(powers, ddof=1))
    assert spread > 3 * np.sqrt(0.25 / 200)  # chance of 200 trials alone would be far too small an error
    assert 1 / 1.4 < np.mean(errors) / spread < 1.4
    assert np.std(errors) < 0.25 * np.mean(errors)


def test_events_and_months_have_the_error_of_the_pool_too() -> None:
    """Of 40 pools of 300 an arm, means of 200 trials; a spread of forty is told to 11 %, so a factor of 1.5 is wide.

    The error may be larger: it counts what accrual and dropout add between trials, which no pool changes.
    """

    def design(seed: int) -> tuple[float, float]:
        pool = constant_hazards(hazard=0.004, versus=0.006, size=300, followed=400.0, seed=seed)
        results = hold_looks(draw_trials(pool, ENROLMENT, 200, seed=seed), LOOKS, Test(), with_effect=False)
        bounds = find_boundaries(results, [0.5, 1.0], Test(), spending=OBRIEN_FLEMING, alpha=0.025)
        month = characterise(results, bounds, moves=pool_moves(pool, ENROLMENT, seed=seed)).looks[1].month
        return month.value, month.error

    months, errors = zip(*(design(seed) for seed in range(40)), strict=True)
    assert 1 / 1.3 < np.mean(errors) / np.std(months, ddof=1) < 1.6


def test_a_design_that_always_succeeds_has_an_error_still() -> None:
    """Of 200 trials all: (0.5 / 201) of another try, so a standard error of 0.35 %."""
    pool = constant_hazards(hazard=0.001, versus=0.01, size=2000, followed=400.0)
    found = characteristics(pool, Test(), 200)
    assert found.power.value == 1.0
    assert found.power.error == pytest.approx(0.0035, abs=1e-4)


def test_no_patient_is_twice_in_a_fresh_trial() -> None:
    pool = constant_hazards(hazard=0.004, versus=0.006, size=100, followed=1e6, trials=3, seed=2)
    days = np.random.default_rng(1).permutation(600).astype(float)
    named = Pool(arm=pool.arm, event=days, known=days, stratum=pool.stratum, trial=pool.trial, followed=1e6)
    drawn = fresh_trials(named, ENROLMENT, seed=1)
    assert all(len(set(row)) == 200 for row in drawn.event)
    assert set(drawn.event[1]) == set(named.one(1).event)


def test_smaller_trials_are_the_beginning_of_larger_ones() -> None:
    """A search over sizes compares the same patients."""
    pool = constant_hazards(hazard=0.004, versus=0.006, size=500, followed=400.0)
    large, small = (
        draw_trials(pool, Enrolment(patients=size, accrual=steady(30.0), dropout_per_year=0.1), 8, seed=5)
        for size in (300, 120)
    )
    for name in ("entry", "arm", "event", "lost"):
        np.testing.assert_array_equal(getattr(large.first(120), name), getattr(small, name))


def test_a_trial_stops_at_the_first_boundary_that_it_crosses() -> None:
    pool = constant_hazards(hazard=0.003, versus=0.006, size=2000, followed=400.0)
    results = hold_looks(draw_trials(pool, ENROLMENT, 200, seed=5), LOOKS, Test(), with_effect=False)
    bounds = find_boundaries(
        results,
        [0.5, 1.0],
        Test(),
        spending=OBRIEN_FLEMING,
        alpha=0.025,
        futility=OBRIEN_FLEMING,
        beta=0.1,
    )
    ends = course(results, bounds)
    early = results[0].statistic
    np.testing.assert_array_equal(ends.look == 0, (early >= bounds.upper[0]) | (early <= bounds.lower[0]))
    assert (ends.success[ends.look == 0] == (early[ends.look == 0] >= bounds.upper[0])).all()
    found = characterise(results, bounds)
    assert found.early.value == pytest.approx((ends.look == 0).mean())
    assert sum(look.success.value + look.futility.value for look in found.looks) <= 1.0


def test_two_to_one_allocation_is_kept_from_the_beginning() -> None:
    pool = constant_hazards(hazard=0.004, versus=0.006, size=500, followed=400.0)
    drawn = draw_trials(pool, Enrolment(patients=180, share=2 / 3), 10, seed=5)
    assert ((drawn.arm == 0).sum(axis=1) == 120).all()
    assert ((drawn.arm[:, :60] == 0).sum(axis=1) == 40).all()
