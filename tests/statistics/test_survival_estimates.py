"""Kaplan-Meier, medians, Cox and restricted means: by hand, against lifelines, and where nothing can be estimated."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.statistics import (
    hazard_ratio,
    kaplan_meier,
    landmark_rate,
    log_rank,
    median,
    numbers_at_risk,
    restricted_mean,
    restricted_mean_difference,
    survival_at,
)
from cereblon.statistics.hazard_ratio import hazard_ratio_of
from cereblon.statistics.kaplan_meier import kaplan_meier_of
from cereblon.statistics.life_table import life_table

# Freireich 1963, remission in weeks under 6-mercaptopurine and placebo, as in Cox 1972; a public-domain classic
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
TREATED_SEEN = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_kaplan_meier_of_a_textbook_sample() -> None:
    """Kalbfleisch and Prentice, 6-mercaptopurine arm: 18/21, then times 16/17, 14/15, 11/12, 10/11, 6/7, 5/6."""
    curve = kaplan_meier(TREATED, TREATED_SEEN)
    steps = np.cumprod([18 / 21, 16 / 17, 14 / 15, 11 / 12, 10 / 11, 6 / 7, 5 / 6])
    np.testing.assert_allclose(survival_at(curve, [6, 7, 10, 13, 16, 22, 23]), steps, rtol=1e-12)
    np.testing.assert_array_equal(numbers_at_risk(curve, [0, 6, 10, 20, 35, 36]), [21, 21, 15, 8, 1, 0])
    assert median(curve).value == 23


def test_median_without_censoring_is_the_middle_of_the_flat_stretch() -> None:
    assert median(kaplan_meier([1, 2, 5, 9], [1, 1, 1, 1])).value == 3.5


def test_median_that_is_not_reached_says_so() -> None:
    found = median(kaplan_meier([1, 2, 3, 4, 5], [1, 0, 0, 0, 0]))
    assert (found.value, found.status) == (None, "not_reached")


def test_nobody_gives_no_estimate() -> None:
    curve = kaplan_meier([], [])
    assert {median(curve).status, landmark_rate(curve, 1).status, restricted_mean(curve, 1).status} == {"no_subjects"}


def test_a_landmark_beyond_follow_up_has_no_value() -> None:
    curve = kaplan_meier([10, 20, 30], [1, 1, 0])
    assert landmark_rate(curve, 31).status == "beyond_follow_up"
    assert landmark_rate(curve, 30).value == pytest.approx(1 / 3)
    assert landmark_rate(curve, 5).value == 1


def test_after_the_last_death_the_rate_is_nought_at_any_time() -> None:
    assert landmark_rate(kaplan_meier([10, 20], [1, 1]), 500).value == 0


def test_restricted_mean_by_hand() -> None:
    """1 until 10, then 2/3 until 20: area to 20 is 10 + 20/3; error 20/3 * sqrt(1 / (3 * 2))."""
    found = restricted_mean(kaplan_meier([10, 20, 30], [1, 1, 1]), 20)
    assert found.value == pytest.approx(10 + 20 / 3)
    assert (found.high - found.value) / 1.959964 == pytest.approx(20 / 3 * math.sqrt(1 / 6), rel=1e-6)


def test_hazard_ratio_of_the_textbook_sample() -> None:
    """coef 1.572, se 0.412 by Efron's method: R survival and SAS manuals for this sample."""
    found = hazard_ratio(TREATED + PLACEBO, TREATED_SEEN + [1] * 21, [False] * 21 + [True] * 21)
    assert math.log(found.value) == pytest.approx(1.572, abs=5e-4)
    assert math.log(found.high / found.low) / (2 * 1.959964) == pytest.approx(0.412, abs=5e-4)


def test_log_rank_of_the_textbook_sample() -> None:
    """Chi-squared 16.79 on one degree of freedom: Kalbfleisch and Prentice; R survdiff prints 16.8."""
    found = log_rank(TREATED + PLACEBO, TREATED_SEEN + [1] * 21, [0] * 21 + [1] * 21)
    assert found.statistic == pytest.approx(16.79, abs=5e-3)
    assert found.p == pytest.approx(4.17e-5, rel=5e-3)


def test_an_arm_without_events_has_no_hazard_ratio() -> None:
    found = hazard_ratio([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1])
    assert (found.value, found.status) == (None, "no_events")
    assert hazard_ratio([1, 2], [0, 0], [0, 1]).status == "no_events"


def test_one_arm_alone_has_no_hazard_ratio() -> None:
    assert hazard_ratio([1, 2], [1, 1], [1, 1]).status == "no_subjects"


def test_a_negative_time_is_refused() -> None:
    with pytest.raises(InputError, match="1 of 2 follow-up times are negative"):
        kaplan_meier([1.0, -2.0], [True, True])


def test_difference_of_restricted_means() -> None:
    long, short = kaplan_meier([10, 20, 30], [1, 1, 1]), kaplan_meier([5, 10, 15], [1, 1, 1])
    found = restricted_mean_difference(long, short, 20)
    assert found.value == pytest.approx(10 + 20 / 3 - 10)
    assert restricted_mean_difference(long, kaplan_meier([5], [0]), 20).status == "beyond_follow_up"


def sample(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.exponential(500, 300) / 28) * 28  # visits make ties
    return time, rng.random(300) < 0.7, np.arange(300) % 2 == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_curves_and_intervals_equal_those_of_lifelines(seed: int) -> None:
    from lifelines import KaplanMeierFitter

    time, observed, _ = sample(seed)
    curve = kaplan_meier(time, observed)
    fit = KaplanMeierFitter().fit(time, observed)
    inside = curve.survival > 0  # at nought lifelines prints an end where the transform has none
    at = curve.time[inside]
    np.testing.assert_allclose(curve.survival[inside], fit.survival_function_at_times(at), rtol=1e-12)
    band = fit.confidence_interval_survival_function_.loc[at].to_numpy()
    np.testing.assert_allclose(curve.low[inside], band[:, 0], rtol=1e-9)
    np.testing.assert_allclose(curve.high[inside], band[:, 1], rtol=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hazard_ratios_equal_those_of_lifelines(seed: int) -> None:
    import pandas as pd
    from lifelines import CoxPHFitter

    time, observed, arm = sample(seed)
    found = hazard_ratio(time, observed, arm)
    frame = pd.DataFrame({"time": time, "observed": observed, "arm": arm.astype(float)})
    fit = CoxPHFitter().fit(frame, "time", "observed")
    assert found.value == pytest.approx(float(np.exp(fit.params_["arm"])), rel=1e-6)  # lifelines' stopping rule
    low, high = np.exp(fit.confidence_intervals_.loc["arm"].to_numpy())
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)


TIMES = st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=40)


@given(TIMES)
@settings(max_examples=60)
def test_curves_fall_from_one_inside_their_band(data: list[tuple[int, bool]]) -> None:
    time, observed = zip(*data, strict=True)
    curve = kaplan_meier(time, observed)
    assert (np.diff(np.concatenate([[1.0], curve.survival])) <= 0).all()
    known = ~np.isnan(curve.low)
    assert (curve.low[known] <= curve.survival[known]).all()
    assert (curve.survival[known] <= curve.high[known]).all()
    assert curve.events.sum() == sum(observed)


@given(TIMES, st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_swapping_the_arms_turns_the_hazard_ratio_over(data: list[tuple[int, bool]], seed: int) -> None:
    time, observed = zip(*data, strict=True)
    arm = np.random.default_rng(seed).random(len(time)) < 0.5
    one, other = hazard_ratio(time, observed, arm), hazard_ratio(time, observed, ~arm)
    assert one.status == other.status
    if one.value is not None and other.value is not None:
        assert one.value * other.value == pytest.approx(1, rel=1e-6)


@given(
    times=st.lists(st.tuples(st.integers(1, 12).map(float), st.booleans(), st.booleans()), min_size=1, max_size=60)
)
def test_counts_give_what_the_subjects_counted_give(times: list[tuple[float, bool, bool]]) -> None:
    day, seen, above = (np.array(column) for column in zip(*times, strict=True))
    curve, counted = kaplan_meier(day, seen), kaplan_meier_of(life_table(day, seen))
    for name in ("time", "survival", "low", "high", "at_risk", "events", "variance"):
        np.testing.assert_array_equal(getattr(counted, name), getattr(curve, name))
    assert (counted.n, median(counted)) == (curve.n, median(curve))
    arms = [life_table(day[chosen], seen[chosen]) for chosen in (above, ~above)]
    assert hazard_ratio_of(*arms) == hazard_ratio(day, seen, above)


@given(
    times=st.lists(st.tuples(st.integers(1, 12).map(float), st.booleans(), st.booleans()), min_size=1, max_size=60),
    end=st.sampled_from((0.5, 3.0, 5.5, 12.0, 20.0)),
)
def test_follow_up_until_a_time_is_that_of_subjects_censored_then(
    times: list[tuple[float, bool, bool]], end: float
) -> None:
    day, seen, _ = (np.array(column) for column in zip(*times, strict=True))
    cut = life_table(day, seen).until(end)
    by_subject = life_table(np.minimum(day, end), seen & (day <= end))
    for name in ("time", "left", "events"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(by_subject, name))


def test_a_hazard_ratio_of_many_deaths_is_that_of_all_terms_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums of parts round otherwise than one sum, in the last digits and no more."""
    rng = np.random.default_rng(3)
    day, above = rng.integers(1, 40, 500).astype(float), rng.random(500) < 0.5
    at_once = hazard_ratio(day, np.ones(500, bool), above)
    monkeypatch.setattr(sys.modules[hazard_ratio.__module__], "_MOST_TERMS", 20)
    in_parts = hazard_ratio(day, np.ones(500, bool), above)
    for name in ("value", "low", "high"):
        assert getattr(in_parts, name) == pytest.approx(getattr(at_once, name), rel=1e-12)
