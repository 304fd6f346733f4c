"""Agreement with a published matching-adjusted comparison: the anchored example of the R package MAIC.

Expected numbers are those printed in its vignette MAIC_anchored (Roche/MAIC 0.4.0, built 2023-01-17; it follows NICE
DSU TSD 18). The people are drawn again by its recipe; that they are the same is the first test.
"""

from __future__ import annotations

import numpy as np
import pytest
from published_example import Draws, Trial, draw_trial

from cereblon.synthesis.adjustment.comparison import AdjustedEffect, published_ratio
from cereblon.synthesis.adjustment.maic import matching_adjusted_comparison
from cereblon.synthesis.adjustment.patients import PatientData, patient_data
from cereblon.synthesis.adjustment.targets import AdjustmentTarget
from cereblon.synthesis.adjustment.weighted_outcomes import quick_log_hazard_ratio
from cereblon.synthesis.adjustment.weights import match_weights

TARGETS = [AdjustmentTarget("x2", "x2", "share", 0.5042, "AC"), AdjustmentTarget("x3", "x3", "share", 0.6907, "AC")]
AC_RATIO = (0.6377071, 0.6114918, 0.6650463)


@pytest.fixture(scope="module")
def trial() -> Trial:
    return draw_trial((0.3, 0.2, 0.1), (0.0, 0.2, 0.1), -0.4, (0.0, 0.5, 0.5))


@pytest.fixture(scope="module")
def people(trial: Trial) -> PatientData:
    return patient_data(
        "AB",
        {"x2": trial.x[:, 1], "x3": trial.x[:, 2]},
        arm=np.where(trial.treated, "B", "A"),
        month=trial.month,
        observed=trial.observed,
    )


@pytest.fixture(scope="module")
def effects(people: PatientData) -> dict[str, AdjustedEffect]:
    found = matching_adjusted_comparison(people, TARGETS, published_ratio(*AC_RATIO), arm="B", control="A")
    return {line.step: line for line in found.effects}


def test_random_numbers_are_those_of_r() -> None:
    """R 4.2.2 after set.seed(1): rnorm(3), rexp(3) and sample(c(0, 1), 10, TRUE, c(0.5, 0.5)), to its ten digits."""
    assert Draws(1).normal(3) == pytest.approx([-0.6264538107, 0.1836433242, -0.8356286124], abs=1e-10)
    assert Draws(1).exponential(3) == pytest.approx([0.7551818331, 1.1816427791, 0.1457067267], abs=1e-10)
    assert Draws(1).coin(10).tolist() == [1, 1, 0, 0, 1, 0, 0, 0, 0, 1]


def test_the_people_are_those_of_the_example(trial: Trial) -> None:
    """Printed: means of AB 0.5046, 0.3064, 0.3113. The second trial has 0.3117, 0.5042, 0.6907 and hazard ratio
    0.6377071; 9193 events in the trial drawn with the effects of AB and the people of AC."""
    assert trial.x.mean(axis=0).tolist() == [0.5046, 0.3064, 0.3113]
    second = draw_trial((0.2, 0.2, 0.2), (0.0, 0.2, 0.2), -0.7, (0.5, 0.0, -0.5))
    assert second.x.mean(axis=0).tolist() == [0.3117, 0.5042, 0.6907]
    log_ratio = quick_log_hazard_ratio(second.month, second.observed, second.treated, np.ones(10_000))
    assert np.exp(log_ratio) == pytest.approx(AC_RATIO[0], abs=1e-6)
    third = draw_trial((0.3, 0.2, 0.1), (0.0, 0.2, 0.1), -0.4, (0.5, 0.0, -0.5))
    assert third.observed.sum() == 9193


def test_weights_and_effective_size_are_those_printed(people: PatientData) -> None:
    """Printed: effective size 5813.605; rescaled weights 0.4129173, 0.5860776, 1.8203027, 2.5836618 of the four kinds
    of people. The package stops its optimiser early (its weighted share of x3 is 0.6907061, not 0.6907), which leaves
    2e-5 in a share and so up to 1e-4 of a weight."""
    found = match_weights(people, TARGETS)
    assert found.effective == pytest.approx(5813.605, rel=1e-4)
    x = np.column_stack([people.covariates["x2"], people.covariates["x3"]])
    kinds = [(0, 0), (1, 0), (0, 1), (1, 1)]
    weights = [found.weights[(x == kind).all(axis=1)][0] for kind in kinds]
    assert weights == pytest.approx([0.4129173, 0.5860776, 1.8203027, 2.5836618], rel=2e-4)


def test_the_comparison_is_the_one_printed(effects: dict[str, AdjustedEffect]) -> None:
    """Printed: log hazard ratio of B against A -0.3004; C against B naive 0.8611307 with standard error 0.03008401 of
    its logarithm, adjusted 0.7991365. Ours are B against C: the inverse. 1e-5 for their optimiser, which moves the
    adjusted ratio by 4e-6; one percent for the error, since theirs trusts the model and ours is the sandwich."""
    assert effects["within the trial, unadjusted"].log_value == pytest.approx(-0.3004, abs=5e-5)
    naive, adjusted = effects["indirect, unadjusted"], effects["indirect, adjusted"]
    assert 1 / naive.value == pytest.approx(0.8611307, rel=1e-5)
    assert naive.error == pytest.approx(0.03008401, rel=0.01)
    assert 1 / adjusted.value == pytest.approx(0.7991365, rel=1e-5)


def test_the_error_is_that_of_their_bootstrap(effects: dict[str, AdjustedEffect]) -> None:
    """Printed: 0.03474878 from 100 bootstrap samples, which know a standard error to 7 percent; three times that is
    allowed. Their error without bootstrap, 0.03258776, takes weights for counts and is too small."""
    within = effects["within the trial, adjusted"]
    assert within.error == pytest.approx(np.sqrt(0.03474878**2 - 0.02141749**2), rel=0.21)
    assert within.error > np.sqrt(0.03258776**2 - 0.02141749**2)
