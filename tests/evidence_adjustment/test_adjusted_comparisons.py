"""Adjusted indirect comparisons: hand-computed, against lifelines, and with a known truth."""

from __future__ import annotations

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.statistics.proportions import weighted_log_odds
from cereblon.synthesis.adjustment.comparison import ComparatorCount, ComparatorTimes, published_ratio
from cereblon.synthesis.adjustment.maic import matching_adjusted_comparison
from cereblon.synthesis.adjustment.patients import PatientData, patient_data
from cereblon.synthesis.adjustment.regression import simulated_treatment_comparison
from cereblon.synthesis.adjustment.targets import AdjustmentTarget
from cereblon.synthesis.adjustment.weighted_outcomes import (
    quick_log_hazard_ratio,
    weighted_log_hazard_ratio,
)
from reference_data import rows_beside

MALE = [AdjustmentTarget("male", "male", "share", 0.6, "a table")]


def responders() -> PatientData:
    """A: 100 men with 60 responders, 100 women with 20; B: 40 and 20 of 100."""
    counts = [("A", 1, 60), ("A", 0, 20), ("B", 1, 40), ("B", 0, 20)]
    response = np.concatenate([np.arange(100) < yes for _, _, yes in counts]).astype(float)
    male = np.repeat([male for _, male, _ in counts], 100).astype(float)
    return patient_data("trial", {"male": male}, arm=np.repeat(["A", "A", "B", "B"], 100), response=response)


def test_an_unanchored_comparison_worked_by_hand() -> None:
    """By hand: men weigh 1.2 and women 0.8, so A responds in 0.6 * 0.6 + 0.4 * 0.2 = 0.44; the comparator in 0.3.
    Odds ratio (0.44 / 0.56) / (0.3 / 0.7). Sandwich: sum of squared weights times residuals over 200^2."""
    found = matching_adjusted_comparison(responders(), MALE, ComparatorCount(30, 100), arm="A")
    answer = found.effects[-1]
    assert answer.value == pytest.approx((0.44 / 0.56) / (0.3 / 0.7))
    squares = 1.2**2 * (60 * 0.56**2 + 40 * 0.44**2) + 0.8**2 * (20 * 0.56**2 + 80 * 0.44**2)
    error = np.hypot(np.sqrt(squares) / 200 / (0.44 * 0.56), np.sqrt(1 / 30 + 1 / 70))
    assert answer.error == pytest.approx(error)
    assert found.is_anchored is False
    assert any("without an anchor" in text for text in found.warnings)


def test_an_anchored_comparison_worked_by_hand() -> None:
    """By hand: weighted A 0.44, B 0.6 * 0.4 + 0.4 * 0.2 = 0.32; against a published odds ratio of 1.5."""
    found = matching_adjusted_comparison(
        responders(), MALE, published_ratio(1.5, 1.0, 2.25), arm="A", control="B", outcome="response"
    )
    within = (0.44 / 0.56) / (0.32 / 0.68)
    by_step = {line.step: line for line in found.effects}
    assert by_step["within the trial, adjusted"].value == pytest.approx(within)
    assert by_step["within the trial, unadjusted"].value == pytest.approx((0.4 / 0.6) / (0.3 / 0.7))
    assert by_step["indirect, adjusted"].value == pytest.approx(within / 1.5)
    assert by_step["published"].error == pytest.approx(np.log(2.25) / (2 * 1.959964), rel=1e-6)


def test_g_computation_gives_the_same_margin_as_weights_when_the_model_is_full() -> None:
    """With one binary covariate the regression is saturated, so that both standardise the same four shares. 4000
    drawn people have the share 0.6 to within 0.008, which moves the odds ratio by under 3 percent."""
    found = simulated_treatment_comparison(
        responders(), MALE, published_ratio(1.5, 1.0, 2.25), arm="A", control="B", outcome="response", replicates=100
    )
    by_step = {line.step: line for line in found.effects}
    assert by_step["within the trial, adjusted"].value == pytest.approx((0.44 / 0.56) / (0.32 / 0.68), rel=0.03)


def test_the_plug_in_reading_is_the_conditional_effect_at_the_mean() -> None:
    """By hand: log odds ratios of men and women, 0.6 and 0.4 of them: a line on the log odds scale."""
    found = simulated_treatment_comparison(
        responders(), MALE, published_ratio(1.5, 1.0, 2.25), arm="A", control="B", outcome="response", replicates=100
    )
    men, women = np.log((60 / 40) / (40 / 60)), 0.0
    by_step = {line.step: line for line in found.effects}
    value = by_step["within the trial, adjusted, at the mean patient"].log_value
    assert value == pytest.approx(0.6 * men + 0.4 * women)


def trial(seed: int, men: float, effects: tuple[float, float], n: int = 3000) -> tuple[np.ndarray, ...]:
    """Times of two arms with a hazard ratio of its own for women and men."""
    generator = np.random.default_rng(seed)
    male = (generator.random(2 * n) < men).astype(float)
    treated = np.repeat([1.0, 0.0], n)
    log_ratio = np.where(male == 1, effects[1], effects[0])
    month = generator.exponential(1 / (0.04 * np.exp(treated * log_ratio)))
    return np.minimum(month, 40), month < 40, male, treated


def test_matching_recovers_the_effect_in_the_other_population() -> None:
    """Women benefit (log ratio -1), men do not; 20 percent men in the trial, 80 in the target. The truth is what a
    trial of 200,000 in the target shows. Tolerance: three standard errors."""
    month, seen, male, treated = trial(11, 0.2, (-1.0, 0.0))
    data = patient_data("trial", {"male": male}, arm=np.where(treated == 1, "A", "B"), month=month, observed=seen)
    target = [AdjustmentTarget("male", "male", "share", 0.8, "t")]
    found = matching_adjusted_comparison(data, target, published_ratio(1.0, 0.9, 1.1111), arm="A", control="B")
    by_step = {line.step: line for line in found.effects}
    truth = quick_log_hazard_ratio(*_arms(trial(12, 0.8, (-1.0, 0.0), 100_000)))
    adjusted, plain = by_step["within the trial, adjusted"], by_step["within the trial, unadjusted"]
    assert abs(adjusted.log_value - truth) < 3 * adjusted.error
    assert abs(plain.log_value - truth) > 5 * plain.error


def _arms(times: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    month, seen, _, treated = times
    return month, seen, treated == 1, np.ones(len(month))


def test_regression_recovers_the_effect_at_the_target_mean() -> None:
    """Conditional truth: -1 for women, 0 for men, so -0.2 where 80 percent are men. Three standard errors."""
    month, seen, male, treated = trial(13, 0.3, (-1.0, 0.0))
    data = patient_data("trial", {"male": male}, arm=np.where(treated == 1, "A", "B"), month=month, observed=seen)
    target = [AdjustmentTarget("male", "male", "share", 0.8, "t")]
    found = simulated_treatment_comparison(data, target, published_ratio(1.0, 0.9, 1.1111), arm="A", control="B")
    adjusted = next(line for line in found.effects if line.step == "within the trial, adjusted")
    assert abs(adjusted.log_value + 0.2) < 3 * adjusted.error


def test_the_quick_hazard_ratio_is_that_of_lifelines() -> None:
    """Weighted Cox with Efron's ties; lifelines stops at about 1e-6."""
    month, seen, male, treated = trial(14, 0.5, (-0.5, -0.5), 200)
    weights = 0.5 + male
    tied = np.ceil(month)
    quick = quick_log_hazard_ratio(tied, seen, treated == 1, weights)
    assert quick == pytest.approx(weighted_log_hazard_ratio(tied, seen, treated == 1, weights)[0], abs=1e-5)


def test_sandwich_and_bootstrap_intervals_agree_in_size() -> None:
    """Both estimate the same error; 200 replicates know theirs to five percent, and fixed weights cost a little."""
    pair = [
        matching_adjusted_comparison(
            responders(), MALE, ComparatorCount(30, 100), arm="A", interval=kind, replicates=200
        ).effects[-1]
        for kind in ("sandwich", "bootstrap")
    ]
    assert pair[0].error == pytest.approx(pair[1].error, rel=0.25)
    assert pair[1].low < pair[1].value < pair[1].high


def test_the_same_seed_gives_the_same_bootstrap() -> None:
    results = [
        matching_adjusted_comparison(
            responders(), MALE, ComparatorCount(30, 100), arm="A", interval="bootstrap", replicates=100, seed=7
        ).effects[-1]
        for _ in range(2)
    ]
    assert results[0] == results[1]


def test_a_rebuilt_curve_can_be_the_comparator() -> None:
    """Both from one exponential law: the ratio is one within three standard errors."""
    generator = np.random.default_rng(4)
    a, c = generator.exponential(20, 800), generator.exponential(20, 800)
    male = (np.arange(800) % 2).astype(float)
    data = patient_data("trial", {"male": male}, arm=["A"] * 800, month=np.minimum(a, 30), observed=a < 30)
    found = matching_adjusted_comparison(data, MALE, ComparatorTimes(np.minimum(c, 30), c < 30))
    assert abs(found.effects[-1].log_value) < 3 * found.effects[-1].error


@pytest.mark.filterwarnings("error")
def test_real_trial_data_are_matched_to_another_trial() -> None:
    """multinma's simulated ndmm data: Palumbo2014 brought to the published baseline of Attal2012. Every figure is
    met; about half of the people's worth of information is left."""
    rows = [row for row in rows_beside("ndmm_multinma/ndmm_ipd.csv") if row["study"] == "Palumbo2014"]
    columns = {name: [float(row[name]) for row in rows] for name in ("age", "iss_stage3", "response_cr_vgpr", "male")}
    data = patient_data(
        "Palumbo2014",
        columns,
        arm=[row["trt"] for row in rows],
        month=np.array([float(row["eventtime"]) for row in rows]),
        observed=np.array([row["status"] == "1" for row in rows]),
    )
    targets = [
        AdjustmentTarget("age", "age", "mean", 55.0, "Attal"),
        AdjustmentTarget("iss", "iss_stage3", "share", 0.195, "Attal"),
        AdjustmentTarget("vgpr", "response_cr_vgpr", "share", 0.585, "Attal"),
        AdjustmentTarget("male", "male", "share", 0.57, "Attal"),
    ]
    found = matching_adjusted_comparison(
        data, targets, published_ratio(0.598, 0.483, 0.740), arm="Len", control="Pbo"
    )
    assert found.weights is not None
    for row in found.weights.balance:
        assert row.after == pytest.approx(row.target, abs=1e-5)
    assert 0.3 * data.n < found.weights.effective < data.n


def test_an_anchor_needs_two_arms() -> None:
    data = patient_data("trial", {"male": [1.0, 0.0]}, arm=["A", "A"], response=np.array([1.0, 0.0]))
    with pytest.raises(InputError, match="a published ratio anchors a comparison of two arms; the data have A only"):
        matching_adjusted_comparison(data, MALE, published_ratio(1.5, 1.0, 2.25))


def test_arms_that_do_not_follow_must_be_named() -> None:
    with pytest.raises(InputError, match="say which is the treatment and which the control"):
        matching_adjusted_comparison(responders(), MALE, published_ratio(1.5, 1.0, 2.25))


def test_an_outcome_that_the_data_do_not_have_is_refused() -> None:
    with pytest.raises(InputError, match="there is no time to an event"):
        matching_adjusted_comparison(responders(), MALE, ComparatorTimes(np.ones(5), np.ones(5, bool)), arm="A")


@pytest.mark.parametrize("ends", [(0.5, 0.6, 0.7), (0.5, 0.4, 0.45), (-1.0, -2.0, 0.5)])
def test_an_impossible_published_interval_is_refused(ends: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="a ratio lies inside its interval"):
        published_ratio(*ends)


def test_a_comparator_in_which_everybody_responds_is_refused() -> None:
    with pytest.raises(InputError, match="10 responders of 10"):
        ComparatorCount(10, 10)


def test_an_arm_in_which_nobody_responds_is_refused() -> None:
    with pytest.raises(InputError, match="nobody responds"):
        weighted_log_odds(np.zeros(5), np.ones(5))


def test_regression_against_a_single_arm_curve_is_refused() -> None:
    with pytest.raises(InputError, match="is not offered\n\nhint: use --method maic"):
        simulated_treatment_comparison(responders(), MALE, ComparatorTimes(np.ones(5), np.ones(5, bool)), arm="A")
