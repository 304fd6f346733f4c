"""Many trials at once: each replicate has the numbers that the functions of one trial give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.statistics import (
    FOUR_WEIGHTINGS,
    count_replicates,
    hazard_ratio,
    hazard_ratios_of_replicates,
    kaplan_meier,
    log_rank_of_replicates,
    max_combo,
    restricted_mean_difference,
    restricted_means_of_replicates,
)
from cereblon.statistics.replicate_deaths import count_deaths

UNTIL = 20.0


def replicates(seed: int, count: int = 4, n: int = 60) -> dict[str, Any]:
    """Draw two arms in months, half of them with ties, some with near ties."""
    generator = np.random.default_rng(seed)
    above = generator.random(n) < 0.5
    event, end = generator.exponential(np.where(above, 30, 20), (count, n)), generator.uniform(2, 40, (count, n))
    time = np.minimum(event, end)
    time[::2] = np.ceil(time[::2])
    time[::3] *= 1 + 1e-12 * generator.random(time[::3].shape)
    return {
        "time": time,
        "observed": event <= end,
        "above": above,
        "included": generator.random((count, n)) < 0.8,
        "strata": generator.integers(0, 3, n),
    }


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=30)
def test_tests_and_hazard_ratios_are_those_of_one_trial(seed: int, is_stratified: bool) -> None:
    trial = replicates(seed)
    strata = trial["strata"] if is_stratified else None
    counted = count_replicates(
        trial["time"], trial["observed"], trial["above"], included=trial["included"], strata=strata
    )
    tests = log_rank_of_replicates(counted, FOUR_WEIGHTINGS)
    log_ratio, error = hazard_ratios_of_replicates(counted)
    p = tests.p()
    for place, kept in enumerate(trial["included"]):
        who = trial["time"][place, kept], trial["observed"][place, kept], trial["above"][kept]
        within = None if strata is None else strata[kept]
        one, ratio = max_combo(*who, strata=within), hazard_ratio(*who, strata=within)
        assert counted.n[place] == kept.sum()
        assert counted.events[place] == who[1].sum()
        np.testing.assert_allclose(tests.z[place], one.z, atol=1e-9)
        np.testing.assert_allclose(tests.correlation[place], one.correlation, atol=1e-9)
        assert p[place] == pytest.approx(one.p, abs=5e-6)  # the integral is right to as much
        assert np.exp(log_ratio[place]) == pytest.approx(ratio.value, rel=1e-9)
        width = np.log(ratio.high / ratio.low) / (2 * 1.959963984540054)
        assert error[place] == pytest.approx(width, rel=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_restricted_means_are_those_of_one_trial(seed: int) -> None:
    trial = replicates(seed)
    counted = count_replicates(trial["time"], trial["observed"], trial["above"], included=trial["included"])
    difference, error = restricted_means_of_replicates(counted, UNTIL)
    for place, kept in enumerate(trial["included"]):
        arms = [kept & trial["above"], kept & ~trial["above"]]
        curves = [kaplan_meier(trial["time"][place, arm], trial["observed"][place, arm]) for arm in arms]
        one = restricted_mean_difference(*curves, UNTIL)
        assert (one.status == "estimated") == np.isfinite(difference[place])
        if one.value is not None and one.high is not None:
            assert difference[place] == pytest.approx(one.value, abs=1e-9)
            assert error[place] == pytest.approx((one.high - one.low) / (2 * 1.959963984540054), rel=1e-9)


def test_a_replicate_without_a_number_has_none() -> None:
    """One arm; no event; one arm without event; all of one arm before the other."""
    time = np.array([[1.0, 2, 3, 4]] * 4)
    observed = np.array([[1, 1, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]]) == 1
    above = np.array([[0, 0, 0, 0], [0, 1, 0, 1], [1, 1, 0, 0], [1, 1, 0, 0]]) == 1
    counted = count_replicates(time, observed, above)
    tests = log_rank_of_replicates(counted)
    np.testing.assert_array_equal(np.isnan(tests.z[:, 0]), [True, True, False, False])
    np.testing.assert_array_equal(tests.p()[:2], [1, 1])
    assert np.isnan(hazard_ratios_of_replicates(counted)[0]).all()
    means = restricted_means_of_replicates(counted, 10.0)[0]
    np.testing.assert_allclose(means, [np.nan, np.nan, np.nan, -2.0])  # by hand: (1 + 2) / 2 less (3 + 4) / 2


def test_type_one_error_of_each_test_is_the_nominal_one() -> None:
    """2,000 trials of 200 under equal arms: the share of p below 0.05 has a standard error of 0.005.

    Four standard errors; a right test fails in one of 16,000 draws of the seed.
    """
    generator = np.random.default_rng(42)
    event, end = generator.exponential(20, (2000, 200)), generator.uniform(10, 40, (2000, 200))
    above = np.arange(200) % 2 == 0
    counted = count_replicates(np.minimum(event, end), event <= end, above)
    p = {str(one): log_rank_of_replicates(counted, [one]).p() for one in FOUR_WEIGHTINGS}
    p["max_combo"] = log_rank_of_replicates(counted, [(0, 0), (0, 1)]).p()
    p["one-sided"] = log_rank_of_replicates(counted).p("less")
    shares = {name: float((values < 0.05).mean()) for name, values in p.items()}
    assert {name: share for name, share in shares.items() if abs(share - 0.05) > 0.02} == {}


def test_a_shape_that_does_not_belong_is_refused() -> None:
    with pytest.raises(InputError, match="observed of shape"):
        count_replicates(np.ones((2, 3)), np.ones((3, 3), np.bool_), np.ones(3, np.bool_))
    with pytest.raises(InputError, match="negative"):
        count_replicates(-np.ones((2, 3)), np.ones((2, 3), np.bool_), np.ones(3, np.bool_))


@given(st.integers(0, 10_000), st.booleans(), st.sampled_from([12, 2000]))
@settings(max_examples=40)
def test_whole_days_counted_at_their_deaths_give_the_same(seed: int, is_stratified: bool, longest: int) -> None:
    """Few days give many ties, many days few; a stratum may be empty, and a replicate without an event."""
    generator = np.random.default_rng(seed)
    shape = (5, 50)
    days = generator.integers(0, longest, shape)
    observed = generator.random(shape) < generator.choice([0.0, 0.1, 0.7], (5, 1))
    above, included = generator.random(shape) < 0.4, generator.random(shape) < 0.8
    strata = generator.choice([0, 2, 3], shape) if is_stratified else None
    table = count_replicates(days.astype(float), observed, above, included=included, strata=strata)
    deaths = count_deaths(days, observed, above, included=included, strata=strata)
    tests = log_rank_of_replicates(table, FOUR_WEIGHTINGS)
    score, covariance = deaths.scores(FOUR_WEIGHTINGS)
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    known = ~np.isnan(tests.z).any(axis=1)
    np.testing.assert_allclose((-score / np.sqrt(np.maximum(variance, 1e-300)))[known], tests.z[known], atol=1e-9)
    scale = np.sqrt(variance[:, :, None] * variance[:, None, :])
    np.testing.assert_allclose(covariance[known] / scale[known], tests.correlation[known], atol=1e-9)
    for found, expected in zip(deaths.log_hazard_ratios(), hazard_ratios_of_replicates(table), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-8)
    np.testing.assert_array_equal(deaths.sums(deaths.died), table.events)


def test_whole_days_before_the_start_are_refused() -> None:
    nobody = np.zeros((1, 2), np.bool_)
    with pytest.raises(InputError, match="negative"):
        count_deaths(np.array([[-1, 3]]), nobody, nobody, included=~nobody)
