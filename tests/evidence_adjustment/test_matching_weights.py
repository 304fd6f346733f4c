"""Weights of a matching-adjusted comparison: closed forms, balance, and refusal where populations do not overlap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.evidence import load_study
from cereblon.synthesis.adjustment.patients import PatientData, patient_data, read_patients
from cereblon.synthesis.adjustment.targets import AdjustmentTarget, read_targets, study_targets
from cereblon.synthesis.adjustment.weights import effective_size, match_weights, solve_weights, weighted_median


def share(value: float, covariate: str = "male") -> AdjustmentTarget:
    return AdjustmentTarget(f"{covariate} share", covariate, "share", value, "a table")


def thirty_men_of_hundred() -> PatientData:
    return patient_data("people", {"male": np.repeat([1.0, 0.0], [30, 70])}, arm=["A"] * 100)


def test_one_feature_has_the_ratio_of_shares_as_weights() -> None:
    """By hand: men weigh 0.6 / 0.3 = 2 and women 0.4 / 0.7; ESS = 100^2 / (30 * 4 + 70 * (4/7)^2) = 70."""
    found = match_weights(thirty_men_of_hundred(), [share(0.6)])
    assert found.weights[0] == pytest.approx(2)
    assert found.weights[-1] == pytest.approx(4 / 7)
    assert found.effective == pytest.approx(70)


def test_two_independent_features_multiply() -> None:
    """By hand: a 2 x 2 table of 25 each moved to shares 0.6 and 0.8 has cells of 4 * 0.48, 0.12, 0.32, 0.08."""
    male, old = np.repeat([1.0, 1.0, 0.0, 0.0], 25), np.repeat([1.0, 0.0, 1.0, 0.0], 25)
    data = patient_data("people", {"male": male, "old": old}, arm=["A"] * 100)
    weights = match_weights(data, [share(0.6), share(0.8, "old")]).weights
    assert weights[[0, 25, 50, 75]] == pytest.approx([1.92, 0.48, 1.28, 0.32])


def test_the_tilt_of_a_normal_covariate_is_its_shift_over_its_variance() -> None:
    """Exponential tilting of a normal by b moves its mean by b times its variance; here on a fine grid of quantiles,
    whose variance is used. ESS share of a pure shift: exp(-shift^2 / variance)."""
    from scipy.special import ndtri

    x = ndtri((np.arange(20_000) + 0.5) / 20_000)
    weights, beta = solve_weights((x - 0.5)[:, None], ["x"], "grid")
    # the grid ends at four standard deviations, which costs a few thousandths
    assert beta[0] == pytest.approx(0.5 / x.var(), rel=0.005)
    assert effective_size(weights) / len(x) == pytest.approx(np.exp(-(0.5**2)), rel=0.01)


def test_mean_spread_and_median_are_met() -> None:
    generator = np.random.default_rng(2)
    data = patient_data(
        "people",
        {"age": generator.normal(60, 10, 500), "weight": generator.normal(75, 12, 500)},
        arm=["A"] * 500,
    )
    targets = [
        AdjustmentTarget("age mean", "age", "mean", 64.0, "t"),
        AdjustmentTarget("age sd", "age", "sd", 8.0, "t"),
        AdjustmentTarget("weight median", "weight", "median", 72.0, "t"),
    ]
    found = match_weights(data, targets)
    after = {row.label: row.after for row in found.balance}
    assert after["age mean"] == pytest.approx(64, abs=1e-6)
    assert after["age sd"] == pytest.approx(8, abs=1e-6)
    assert found.weights[data.covariates["weight"] > 72].sum() == pytest.approx(250, abs=1e-4)


def test_unchanged_figures_leave_everybody_at_weight_one() -> None:
    found = match_weights(thirty_men_of_hundred(), [share(0.3)])
    assert found.weights == pytest.approx(np.ones(100))
    assert found.warnings == ()


def test_a_figure_outside_the_people_is_refused() -> None:
    data = patient_data("trial.csv", {"age": np.linspace(40, 60, 50)}, arm=["A"] * 50)
    with pytest.raises(InputError, match=r"trial\.csv: age 65 lies outside what the 50 patients span \(40 to 60\)"):
        match_weights(data, [AdjustmentTarget("age", "age", "mean", 65.0, "t")])


def test_figures_that_contradict_each_other_are_refused() -> None:
    """Everybody older is male: half old but a fifth male cannot be."""
    old = np.repeat([1.0, 0.0], 50)
    data = patient_data("people", {"old": old, "male": np.maximum(old, np.arange(100) % 2)}, arm=["A"] * 100)
    with pytest.raises(InputError, match="no weights reach all figures together"):
        match_weights(data, [share(0.5, "old"), share(0.2)])


def test_a_redundant_figure_changes_nothing() -> None:
    """Stage III is who is neither I nor II."""
    iss = np.repeat([1.0, 2.0, 3.0], [40, 40, 20])
    data = patient_data("people", {"iss": iss}, arm=["A"] * 100)
    stage = [
        AdjustmentTarget(f"iss {k}", "iss", "share", v, "t", lambda x, k=k: x == k)
        for k, v in ((1, 0.3), (2, 0.3), (3, 0.4))
    ]
    weights = match_weights(data, stage).weights
    assert weights[[0, 40, 80]] == pytest.approx([0.75, 0.75, 2.0])


def test_few_effective_people_and_heavy_weights_are_warned_about() -> None:
    data = patient_data("people", {"age": np.concatenate([np.linspace(40, 55, 98), [75, 76]])}, arm=["A"] * 100)
    warnings = match_weights(data, [AdjustmentTarget("age", "age", "mean", 65.0, "t")]).warnings
    assert any("effective sample size is" in text and "below 30" in text for text in warnings)
    assert any("one patient carries" in text for text in warnings)


def test_missing_covariates_are_refused_not_dropped() -> None:
    data = patient_data("trial.csv", {"male": [1, 0, None, 1]}, arm=["A"] * 4)
    with pytest.raises(InputError, match=r"trial\.csv, male: missing in 1 of 4 patients"):
        match_weights(data, [share(0.5)])


def test_a_share_needs_a_column_of_zero_and_one() -> None:
    data = patient_data("trial.csv", {"male": [1, 2, 1, 2]}, arm=["A"] * 4)
    with pytest.raises(InputError, match="a published share needs a column of 0 and 1"):
        match_weights(data, [share(0.5)])


def test_the_weighted_median_lies_where_half_of_the_weight_does() -> None:
    assert weighted_median(np.array([1.0, 2, 3, 4]), np.ones(4)) == 2.5
    assert weighted_median(np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 1, 5])) == 4


def test_words_become_features() -> None:
    data = patient_data(
        "people", {"sex": ["male", "female", "unknown"], "isotype": ["IgG", "IgA", "IgG"]}, arm=["A"] * 3
    )
    assert data.covariates["male"][:2].tolist() == [1, 0]
    assert np.isnan(data.covariates["male"][2])
    assert data.covariate("igg").tolist() == [1, 0, 1]


def test_a_study_of_the_library_gives_targets_and_says_what_is_left_out() -> None:
    """aspire: median age 64, ISS III 19.5 percent as the mean of both arms by their sizes."""
    targets, notes = study_targets(load_study("aspire"))
    found = {target.label: target for target in targets}
    assert found["baseline_age_median"].value == 64
    assert found["baseline_iss_3"].value == pytest.approx(0.195, abs=0.001)
    assert any("no such individual data: " in text and "baseline_prior_lenalidomide" in text for text in notes)


def test_a_study_without_baseline_is_refused_with_the_remedy() -> None:
    with pytest.raises(
        InputError, match=r"no baseline figure that individual data can be matched to\n\nhint: .*--targets"
    ):
        study_targets(load_study("tourmaline-mm1"))


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="baseline figure 'age' is not known"):
        study_targets(load_study("aspire"), endpoints=["age"])


def test_a_baseline_table_is_read_with_all_its_problems(tmp_path: Path) -> None:
    file = tmp_path / "targets.csv"
    file.write_text("covariate,statistic,value\nage,mode,64\nmale,share,1.2\nage,sd,-3\nweight,sd,10\n")
    with pytest.raises(InputError) as caught:
        read_targets(file)
    assert len(caught.value.message.splitlines()) == 4


def test_individuals_are_read_with_all_their_problems(tmp_path: Path) -> None:
    file = tmp_path / "trial.csv"
    file.write_text("arm,month,event,age\nA,3,0,60\nA,x,1,61\nB,-2,2,old\n")
    with pytest.raises(InputError) as caught:
        read_patients(file)
    lines = caught.value.message.splitlines()
    assert len(lines) == 4
    assert any("line 4, event: '2' is no indicator of an event" in line for line in lines)
    assert any("line 4, month: -2 is before time zero" in line for line in lines)
