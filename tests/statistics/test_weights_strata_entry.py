"""Weights, strata, late entry and several rows a subject: by hand, by what must not change, and against lifelines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.statistics import (
    cox_regression,
    hazard_ratio,
    kaplan_meier,
    landmark_rate,
    log_rank,
    median,
    numbers_at_risk,
    resample_subjects,
    restricted_mean,
    survival_at,
)

seeds = st.integers(0, 10_000)


def trial(seed: int, n: int = 120, *, tied: bool = True) -> dict[str, Any]:
    """Draw two arms with censoring, a covariate, weights, three sites and late entry."""
    generator = np.random.default_rng(seed)
    arm, x = generator.random(n) < 0.5, generator.normal(size=n)
    event = generator.exponential(20 * np.exp(0.4 * arm - 0.3 * x))
    end = generator.uniform(5, 50, n)
    time = np.minimum(event, end)
    time = np.ceil(time) if tied else time
    return {
        "time": time,
        "observed": event <= end,
        "arm": arm,
        "x": x,
        "weights": generator.uniform(0.3, 3, n),
        "site": generator.integers(0, 3, n),
        "entry": time * generator.uniform(0, 0.5, n) * (generator.random(n) < 0.5) - 1e-9,
    }


def test_late_entrants_are_at_risk_from_their_entry_on() -> None:
    """By hand: at month 2 two of two are at risk, one dies; at month 4 the late one is there too: 1/2 times 1/2."""
    curve = kaplan_meier([2, 4, 6], [1, 1, 0], entry=[0, 0, 3])
    np.testing.assert_allclose(survival_at(curve, [1, 2, 4]), [1, 0.5, 0.25])
    np.testing.assert_array_equal(numbers_at_risk(curve, [1, 2, 2.5, 3, 3.5, 4, 5, 7]), [2, 2, 1, 1, 2, 2, 1, 0])


def test_who_enters_at_a_time_is_not_at_risk_at_it() -> None:
    """Intervals are open on the left, as Surv(entry, time) of R has them."""
    curve = kaplan_meier([2, 5], [1, 1], entry=[0, 2])
    assert survival_at(curve, [2])[0] == 0


@settings(max_examples=20)
@given(seeds)
def test_a_weight_of_two_is_two_subjects(seed: int) -> None:
    one = trial(seed)
    double = np.where(one["arm"], 2, 1)
    rows = np.repeat(np.arange(len(double)), double)
    weighted = kaplan_meier(one["time"], one["observed"], weights=double, entry=one["entry"])
    repeated = kaplan_meier(one["time"][rows], one["observed"][rows], entry=one["entry"][rows])
    np.testing.assert_allclose(weighted.survival, repeated.survival, atol=1e-12)
    np.testing.assert_allclose(weighted.at_risk, repeated.at_risk, atol=1e-9)
    assert median(weighted).value == median(repeated).value
    test = log_rank(one["time"], one["observed"], one["arm"], entry=one["entry"], weights=double)
    many = log_rank(one["time"][rows], one["observed"][rows], one["arm"][rows], entry=one["entry"][rows])
    np.testing.assert_allclose(test.observed, many.observed)
    np.testing.assert_allclose(test.expected, many.expected)


@settings(max_examples=20)
@given(seeds)
def test_the_robust_variance_with_equal_weights_is_that_of_greenwood(seed: int) -> None:
    """An identity where nobody enters late, with or without ties."""
    one = trial(seed)
    plain = kaplan_meier(one["time"], one["observed"])
    weighted = kaplan_meier(one["time"], one["observed"], weights=np.full(120, 2.5))
    np.testing.assert_allclose(weighted.variance, plain.variance, rtol=1e-8, atol=1e-12)
    here, there = landmark_rate(weighted, 10), landmark_rate(plain, 10)
    assert (here.low, here.high) == pytest.approx((there.low, there.high))
    here, there = restricted_mean(weighted, 15), restricted_mean(plain, 15)
    assert (here.low, here.high) == pytest.approx((there.low, there.high))


def test_the_robust_variance_is_what_each_weight_moves() -> None:
    """Differences of the log of survival, and of the restricted mean, by each weight, squared and added up."""
    one = trial(3, 40)

    def curve(row: int, change: float) -> Any:
        weights = one["weights"].copy()
        weights[row] *= 1 + change
        return kaplan_meier(one["time"], one["observed"], weights=weights, entry=one["entry"])

    def moved(read: Any) -> float:
        return float(sum(((read(curve(row, 1e-5)) - read(curve(row, -1e-5))) / 2e-5) ** 2 for row in range(40)))

    plain = curve(0, 0)
    at = int(np.searchsorted(plain.time, 12, side="right")) - 1
    assert plain.variance[at] == pytest.approx(moved(lambda c: np.log(survival_at(c, 12))), rel=1e-6)
    mean = restricted_mean(plain, 12)
    error = (mean.high - mean.low) / (2 * 1.959964)
    assert error == pytest.approx(np.sqrt(moved(lambda c: restricted_mean(c, 12).value)), rel=1e-6)


@settings(max_examples=20)
@given(seeds)
def test_the_size_of_all_weights_and_the_order_of_rows_mean_nothing(seed: int) -> None:
    one = trial(seed)
    order = np.random.default_rng(seed).permutation(120)
    options = {"weights": one["weights"], "entry": one["entry"], "strata": one["site"]}
    other = {"weights": 7 * one["weights"], "entry": one["entry"], "strata": one["site"]}
    moved = {name: values[order] for name, values in other.items()}
    pairs = [
        (
            function(one["time"], one["observed"], one["arm"], **options),
            function(one["time"][order], one["observed"][order], one["arm"][order], **moved),
        )
        for function in (hazard_ratio, log_rank)
    ]
    (ratio, again), (test, retest) = pairs
    assert (again.value, again.low, again.high) == pytest.approx((ratio.value, ratio.low, ratio.high), rel=1e-8)
    assert retest.statistic == pytest.approx(test.statistic, rel=1e-8)


def test_weights_of_nought_leave_subjects_out() -> None:
    one = trial(5)
    kept = one["x"] > 0
    for function in (hazard_ratio, log_rank):
        whole = function(one["time"], one["observed"], one["arm"], weights=kept * 2.0)
        part = function(one["time"][kept], one["observed"][kept], one["arm"][kept], weights=np.full(kept.sum(), 2.0))
        assert repr(whole) == repr(part)


def test_a_stratified_log_rank_test_adds_up_its_strata() -> None:
    """The variance of a stratum with two arms is the squared difference over its statistic."""
    one = trial(8)
    parts = [log_rank(*(one[name][one["site"] == site] for name in ("time", "observed", "arm"))) for site in range(3)]
    difference = [part.observed[0] - part.expected[0] for part in parts]
    variance = [d**2 / part.statistic for d, part in zip(difference, parts, strict=True)]
    whole = log_rank(one["time"], one["observed"], one["arm"], strata=one["site"])
    assert whole.statistic == pytest.approx(sum(difference) ** 2 / sum(variance))
    np.testing.assert_allclose(whole.expected, np.sum([part.expected for part in parts], axis=0))


def test_the_weighted_log_rank_test_keeps_its_level() -> None:
    """Under no difference 400 trials reject at 5 %: 8 to 34 of them in 99.9 % of draws, binomial."""
    rejected = 0
    for seed in range(400):
        generator = np.random.default_rng(seed)
        time, weights = generator.exponential(10, 80), generator.uniform(0.2, 4, 80)
        p = log_rank(np.minimum(time, 20), time < 20, generator.random(80) < 0.5, weights=weights).p
        rejected += p < 0.05
    assert 8 <= rejected <= 34


@pytest.mark.parametrize("seed", range(3))
def test_strata_and_late_entry_give_the_coefficients_of_lifelines(seed: int) -> None:
    """CoxPHFitter with strata and entry_col; it stops at about 1e-6."""
    import pandas as pd
    from lifelines import CoxPHFitter

    one = trial(seed, tied=False)
    frame = pd.DataFrame({name: one[name] for name in ("time", "observed", "x", "site", "entry")})
    frame["arm"] = one["arm"].astype(float)
    fit = CoxPHFitter().fit(frame, "time", "observed", strata=["site"], entry_col="entry")
    found = cox_regression(
        one["time"], one["observed"], {"arm": one["arm"], "x": one["x"]}, strata=one["site"], entry=one["entry"]
    )
    for name, estimate in found.items():
        assert estimate.value == pytest.approx(float(np.exp(fit.params_[name])), rel=1e-5)
        error = np.log(estimate.high / estimate.low) / (2 * 1.959964)  # type: ignore[operator]
        assert error == pytest.approx(float(fit.standard_errors_[name]), rel=1e-5)


@settings(max_examples=20)
@given(seeds)
def test_both_roads_to_a_ratio_of_two_arms_meet(seed: int) -> None:
    """Counted arms and multiplied-out covariates, with ties, weights, strata and late entry."""
    one = trial(seed)
    options = {"weights": one["weights"], "entry": one["entry"], "strata": one["site"]}
    quick = hazard_ratio(one["time"], one["observed"], one["arm"], **options)
    whole = cox_regression(one["time"], one["observed"], {"arm": one["arm"]}, **options)["arm"]
    assert (quick.value, quick.low) == pytest.approx((whole.value, whole.low), rel=1e-8)


@settings(max_examples=20)
@given(seeds)
def test_follow_up_cut_in_two_rows_is_that_of_one_subject(seed: int) -> None:
    one = trial(seed)
    weights, time = one["weights"], one["time"]
    halves = {
        "time": np.concatenate([time / 2, time]),
        "observed": np.concatenate([np.zeros(120, bool), one["observed"]]),
        "arm": np.tile(one["arm"], 2),
    }
    entry = np.concatenate([np.full(120, -1.0), time / 2])
    whole = hazard_ratio(time, one["observed"], one["arm"], weights=weights)
    cut = hazard_ratio(
        **{("group" if name == "arm" else name): values for name, values in halves.items()},
        entry=entry,
        weights=np.tile(weights, 2),
        subject=np.tile(np.arange(120), 2),
    )
    assert (cut.value, cut.low, cut.high) == pytest.approx((whole.value, whole.low, whole.high), rel=1e-8)


def test_resampling_draws_subjects_with_all_their_rows() -> None:
    subject = np.repeat(np.arange(30), 3)
    sizes = []

    def mean(rows: np.ndarray) -> float:
        sizes.append(len(rows))
        counts = np.bincount(rows, minlength=90).reshape(30, 3)
        assert (counts == counts[:, :1]).all()
        return float(subject[rows].mean())

    found = resample_subjects(mean, subject, replicates=400, seed=3)
    assert set(sizes) == {90}
    # the mean of 30 numbers drawn from 0 to 29; 400 replicates know their error to 3.5 percent
    assert found.error == pytest.approx(np.std(np.arange(30)) / np.sqrt(30), rel=0.11)
    assert found.interval()[0] < subject.mean() < found.interval()[1]


def test_resampling_within_arms_keeps_their_sizes_and_its_seed() -> None:
    arm = np.repeat(["new", "control"], [10, 30])
    runs = [
        resample_subjects(lambda rows: float((arm[rows] == "new").sum()), np.arange(40), within=arm, replicates=20)
        for _ in range(2)
    ]
    assert (runs[0].values == 10).all()
    np.testing.assert_array_equal(runs[0].values, runs[1].values)


def test_samples_without_a_value_are_drawn_again_and_too_many_are_refused() -> None:
    def sometimes(rows: np.ndarray) -> float:
        if 0 not in rows:
            raise InputError("the first subject is needed")
        return 1.0

    assert resample_subjects(sometimes, np.arange(2), replicates=50).failed > 0
    with pytest.raises(InputError, match="have no value; one says: the first subject is needed"):
        resample_subjects(sometimes, np.arange(50), replicates=200)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"entry": [0, 5, 0]}, "1 of 3 subjects do not enter before their follow-up ends, the first in row 2"),
        ({"entry": [0, 0]}, "2 times of entry for 3 follow-up times"),
        ({"weights": [1, -1, 1]}, "1 of 3 weights are negative or no number, the first -1.0 in row 2"),
        ({"weights": [1, float("nan"), 1]}, "weights are negative or no number"),
        ({"weights": [1, 1]}, "2 weights for 3 follow-up times"),
        ({"weights": ["a", 1, 1]}, "weights: not all are numbers"),
    ],
)
def test_entries_and_weights_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        kaplan_meier([4, 5, 6], [1, 1, 0], **options)


def test_strata_and_subjects_without_a_label_are_refused() -> None:
    with pytest.raises(InputError, match="strata: 1 of 3 are missing, the first in row 2"):
        log_rank([4, 5, 6], [1, 1, 0], [0, 1, 1], strata=["a", None, "b"])
    with pytest.raises(InputError, match="labels of subjects: 1 of 3 are missing"):
        hazard_ratio([4, 5, 6], [1, 1, 0], [0, 1, 1], subject=["a", None, "b"])


def test_a_weighted_curve_that_falls_to_nil_has_an_error_of_its_restricted_mean() -> None:
    """The last dies at 4; the term of Greenwood is infinite there and is worth nothing before the horizon of 5."""
    time, weights = [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 1.0, 1.0]
    found = restricted_mean(kaplan_meier(time, [1, 1, 1, 1], weights=weights), 5.0)
    assert found.value == pytest.approx((1 + 2 * 2 + 3 + 4) / 5)  # all died: the weighted mean of the days of death
    assert found.low is not None
