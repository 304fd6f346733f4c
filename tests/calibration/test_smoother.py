"""The smoother finds the posterior of a linear problem, the emulator a quadratic surface, the split its variances."""

import math
from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest

from cereblon.calibration.discrepancy import GROUPS, Discrepancy, covariance, estimate, estimate_left_out, groups_of
from cereblon.calibration.emulator import fit_emulator
from cereblon.calibration.evaluation import CalibrationSettings, normal_draws, prior_members
from cereblon.calibration.fit import leave_one_study_out
from cereblon.calibration.posterior import directions
from cereblon.calibration.smoother import finite, taper, update
from cereblon.calibration.targets import CalibrationTarget
from cereblon.trials.comparison import ComparisonRow
from cereblon.trials.comparison_scale import group_of
from cereblon.trials.report_data import interval_parts
from cereblon.trials.uncertainty import (
    Z90,
    Parts,
    ReplicateParts,
    assumed_sd,
    assumed_spreads,
    given_control,
    split,
    widened,
)


def test_four_assimilations_give_the_posterior_of_a_linear_problem():
    """Conjugate normal algebra gives the posterior; 2000 members leave about 3 % of Monte Carlo error."""
    rng = np.random.default_rng(5)
    a, noise = rng.normal(size=(6, 3)), 0.25 * np.eye(6)
    truth = np.array([0.8, -0.5, 0.3])
    data = a @ truth
    precision = np.eye(3) + a.T @ np.linalg.inv(noise) @ a
    mean = np.linalg.solve(precision, a.T @ np.linalg.inv(noise) @ data)
    u = prior_members(2000, 3, seed=1)
    for step in range(4):
        u = update(u, u @ a.T, data, noise, inflation=4.0, draws=normal_draws((2000, 6), 1, step))
    assert u.mean(axis=0) == pytest.approx(mean, abs=0.05)
    assert u.std(axis=0) == pytest.approx(np.sqrt(np.diag(np.linalg.inv(precision))), rel=0.12)


def test_correlations_within_the_noise_of_a_small_ensemble_move_nothing():
    assert taper(np.array([0.05, 0.9]), 100) == pytest.approx([0.0, 1.0 - 0.01 / 0.81])


def test_a_member_without_a_value_is_given_the_mean_of_the_others():
    filled = finite(np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]]), np.array([9.0, 7.0]))
    assert filled.tolist() == [[1.0, 7.0], [3.0, 7.0], [2.0, 7.0]]


def test_the_prior_ensemble_is_standard_normal_and_depends_on_the_seed_alone():
    u = prior_members(256, 5, seed=3)
    assert np.array_equal(u, prior_members(256, 5, seed=3))
    assert u.mean(axis=0) == pytest.approx(np.zeros(5), abs=0.05)
    assert u.std(axis=0) == pytest.approx(np.ones(5), abs=0.05)


def test_the_emulator_recovers_a_quadratic_under_noise():
    """Noise of 0.1 on a surface with a standard deviation near 1: the error must stay below the noise."""
    rng = np.random.default_rng(8)

    def surface(u):
        return np.stack([u[:, 0] + 0.4 * u[:, 1] ** 2, 2.0 - u[:, 2]], axis=1)

    inputs = rng.normal(size=(200, 4))
    emulator = fit_emulator(inputs, surface(inputs) + rng.normal(scale=0.1, size=(200, 2)))
    new = rng.normal(size=(300, 4))
    error = np.sqrt(((emulator.predict(new) - surface(new)) ** 2).mean(axis=0))
    assert (error < 0.1).all()
    assert emulator.noise_sd == pytest.approx([0.1, 0.1], abs=0.04)


def aims(count):
    return [
        CalibrationTarget(
            study=f"s{i // 2}",
            endpoint="orr",
            arm=f"a{i}",
            versus="",
            month=None,
            value=60.0,
            kind="share",
            sampling_sd=0.1,
            n=200,
        )
        for i in range(count)
    ]


def test_the_spread_between_trials_is_estimated_from_residuals():
    """120 residuals drawn with a spread of 0.4: the standard error of the estimate is about 0.4 / sqrt(2 x 90)."""
    targets = aims(120)
    rng = np.random.default_rng(2)
    truth = covariance(targets, Discrepancy.from_numbers([0.4, 1, 1, 1, 1, 1, 1]), np.zeros(120))
    residual = np.linalg.cholesky(truth) @ rng.normal(size=120)
    found = estimate(targets, residual, np.diag(np.full(120, 0.01)))
    assert found.sd["response"] == pytest.approx(0.4, abs=0.09)


def test_the_spread_between_trials_is_estimated_from_studies_left_out():
    """120 studies of two numbers with a spread of 0.4: the standard error of the estimate is about 0.03."""
    targets, truth = aims(240), Discrepancy.from_numbers([0.4, 1, 1, 1, 1, 1, 1])
    whole = covariance(targets, truth, np.zeros(240))
    residual = np.linalg.cholesky(whole) @ np.random.default_rng(6).normal(size=240)
    found = estimate_left_out(groups_of(targets), residual, np.full(240, 0.01))
    assert found.sd["response"] == pytest.approx(0.4, abs=0.09)


def test_the_interval_of_a_study_left_out_does_not_know_how_far_off_it_is():
    """The targets do not depend on the parameters here, so that only the spread between trials is at stake."""
    rng = np.random.default_rng(9)
    targets = aims(12)
    inputs = rng.normal(size=(80, 2))
    emulator = fit_emulator(inputs, 0.4 + 0.1 * rng.normal(size=(80, 12)))
    found = []
    for miss in (0.0, 3.0):
        published = np.full(12, 0.4) + 0.3 * np.tile([1, 1, -1, -1], 3)
        published[:2] += miss
        problem = SimpleNamespace(
            targets=targets, published=published, free=(None, None), settings=CalibrationSettings(members=60, steps=2)
        )
        found.append(leave_one_study_out("smoother", problem, emulator))
    near, far = found
    assert far.sd[:2] == pytest.approx(near.sd[:2], rel=0.05)
    assert (far.sd[2:] > 1.2 * near.sd[2:]).all()
    assert far.discrepancy.sd["response"] > 1.2 * near.discrepancy.sd["response"]


@pytest.mark.parametrize(
    ("endpoint", "kind", "group"),
    [
        ("orr", "share", "response"),
        ("cr_or_better", "share", "depth"),
        ("mrd_negative_1e-5", "share", "residual"),
        ("os_rate", "share", "landmark"),
        ("discontinued_ae", "share", "stopping"),
        ("pfs_median", "time", "time"),
        ("os_hr", "ratio", "ratio"),
    ],
)
def test_numbers_that_differ_alike_between_trials_share_a_spread(endpoint, kind, group):
    assert group_of(endpoint, kind) == group


def test_variance_splits_into_parameters_trials_and_chance():
    """Drawn with standard deviations 0.5, 0.3 and 0.2 for 4000 draws of two trials: estimates within 5 %."""
    rng = np.random.default_rng(4)
    expected = 1.0 + 0.5 * rng.normal(size=(4000, 1)) + 0.3 * rng.normal(size=(4000, 2))
    values = expected + 0.2 * rng.normal(size=(4000, 2))
    parts = split(values, np.full((4000, 2), 0.2), simulated_n=100, published_n=400, between_trials=0.0)
    assert parts.parameter == pytest.approx(0.5, rel=0.05)
    assert parts.trial == pytest.approx(0.3, rel=0.05)
    assert parts.sampling == pytest.approx(0.1, rel=0.01)


def test_what_assumed_numbers_leave_open_widens_an_interval_and_is_shared_with_the_control() -> None:
    """3, 4 and 12 make 13. A control that is measured perfectly settles draws and assumed numbers alike."""
    parts = Parts(parameter=3.0, assumed=4.0, trial=0.0, sampling=12.0)
    assert parts.total == pytest.approx(13.0)
    control = Parts(parameter=3.0, assumed=4.0, trial=0.0, sampling=1e-9)
    after = given_control(2.0, parts, 1.5, 1.0, control, shared=0.5)
    assert (after.centre, after.sd) == (pytest.approx(2.5), pytest.approx(12.0))


def test_an_interval_of_replicates_is_widened_by_assumed_numbers() -> None:
    """On the log scale 0.3 and 0.4 make 0.5, each times 1.645."""
    number = ReplicateParts(
        parts=Parts(parameter=0.1, trial=0.2, sampling=0.2, assumed=0.4), shown_between_trials=0.2
    )
    low, high = widened((float(np.exp(-0.3 * Z90)), float(np.exp(0.3 * Z90))), 1.0, "ratio", number)
    assert np.log(high) == pytest.approx(0.5 * Z90)
    assert np.log(low) == pytest.approx(-0.5 * Z90)


def test_assumed_numbers_are_bounded_for_groups_that_were_analysed_and_no_others() -> None:
    analysed = {"ratio", "time", "response", "depth", "landmark"}
    assert (
        set(GROUPS) >= analysed == set(assumed_spreads()) - {"progression in routine care", "death in routine care"}
    )
    assert all("sensitivity.md" in assumed_spreads()[group].source for group in analysed)
    assert assumed_sd("ae_neutropenia", "share") == 0.0


def test_predictions_of_routine_care_leave_the_published_difference_from_trials_open() -> None:
    """Progression differs by up to a factor of 1.44 and death by 1.75, with 90 %; the slope is at one half."""
    for endpoint, hazard in (("pfs", 1.44), ("os", 1.75)):
        held, in_care = (assumed_sd(f"{endpoint}_median", "time", routine_care=care) for care in (False, True))
        assert math.sqrt(in_care**2 - held**2) * Z90 == pytest.approx(math.log(hazard), abs=0.01)
        held, in_care = (assumed_sd(f"{endpoint}_rate", "share", routine_care=care) for care in (False, True))
        half = [math.log(share / (1 - share)) for share in (0.5, 0.5**1.05)]
        slope = (half[0] - half[1]) / math.log(1.05)
        assert math.sqrt(in_care**2 - held**2) * Z90 == pytest.approx(slope * math.log(hazard), rel=0.05)
    for endpoint, kind in (("orr", "share"), ("pfs_hr", "ratio")):
        assert assumed_sd(endpoint, kind, routine_care=True) == assumed_sd(endpoint, kind)


def test_a_perfectly_measured_control_carries_its_miss_to_the_other_arm():
    parts = Parts(parameter=0.3, trial=0.0, sampling=0.1)
    control = Parts(parameter=0.3, trial=0.0, sampling=1e-9)
    after = given_control(2.0, parts, 1.5, 1.0, control, shared=0.5)
    assert after.centre == pytest.approx(2.5)
    assert after.sd == pytest.approx(0.1)


def test_a_noisy_control_is_hardly_believed():
    parts = Parts(parameter=0.3, trial=0.0, sampling=0.1)
    control = Parts(parameter=0.3, trial=0.0, sampling=3.0)
    after = given_control(2.0, parts, 1.5, 1.0, control, shared=0.5)
    assert after.centre == pytest.approx(2.0, abs=0.01)
    assert after.sd == pytest.approx(parts.total, rel=0.02)


def test_directions_go_from_stiff_to_sloppy_and_name_what_they_are_made_of():
    """Two parameters of which the data know the sum: their difference keeps the variance of the prior."""
    rng = np.random.default_rng(3)
    common, rest = 0.1 * rng.normal(size=4000), rng.normal(size=4000)
    u = np.stack(
        [(common + rest) / np.sqrt(2.0), (common - rest) / np.sqrt(2.0), 0.5 * rng.normal(size=4000)], axis=1
    )
    stiff, between, sloppy = directions(["a", "b", "c"], u)
    assert stiff["variance"] == pytest.approx(0.01, rel=0.1)
    assert stiff["loadings"] == pytest.approx({"a": 0.71, "b": 0.71}, abs=0.01)
    assert between["variance"] == pytest.approx(0.25, rel=0.1)
    assert list(between["loadings"]) == ["c"]
    assert sloppy["variance"] == pytest.approx(1.0, rel=0.1)
    assert sorted(sloppy["loadings"].values()) == pytest.approx([-0.71, 0.71], abs=0.01)


def test_a_report_says_what_the_intervals_of_its_main_results_are_made_of() -> None:
    bare = dict.fromkeys((field.name for field in fields(ComparisonRow)), None)
    parts = {"sd_parameter": 0.08, "sd_trial": 0.07, "sd_sampling": 0.1, "sd_assumed": 0.06}
    main = {"endpoint": "pfs_hr", "arm": "vrd", "versus": "rd", "unit": "ratio", "published": 0.74}
    without = ComparisonRow(**{**bare, **main})
    rows = [ComparisonRow(**{**bare, **main, **parts}), ComparisonRow(**{**bare, **main, **parts}), without]
    assert interval_parts(rows) == [
        "The interval of PFS hazard ratio, vrd against rd, is made of fitted parameters 0.08, trials 0.07, chance "
        "0.10, assumed numbers 0.06 (standard deviations on the logarithm)."
    ]
