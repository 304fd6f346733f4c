"""Weighted Cox regression with late entry against R survival, on `data/mgus2_weighted.csv`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cereblon.statistics import hazard_ratio, resample_subjects
from cereblon.statistics.cox import fit_cox
from cereblon.statistics.follow_up import FollowUp
from cereblon.statistics.hazard_ratio import log_hazard_ratio, robust_error
from reference_data import kept_rows


@pytest.fixture(scope="module")
def table() -> dict[str, np.ndarray]:
    rows = kept_rows("mgus2_weighted.csv")
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def late(table: dict[str, np.ndarray]) -> FollowUp:
    return FollowUp(table["stop"], table["death"] == 1, table["entry"], table["w"])


def test_the_robust_error_with_late_entry_is_that_of_r(late: FollowUp, table: dict[str, np.ndarray]) -> None:
    """coxph(Surv(entry, stop, death) ~ trt, weights = w, robust = TRUE, cluster = id), R survival 3.5-3: 0.0608, and
    the same by hand from its weighted dfbeta residuals; lifelines 0.30 gives 0.0660."""
    assert round(robust_error(late, table["trt"] == 1), 4) == 0.0608


def test_the_interval_of_a_weighted_ratio_has_the_robust_error(table: dict[str, np.ndarray]) -> None:
    """As above; the interval is Wald's."""
    found = hazard_ratio(table["stop"], table["death"], table["trt"], entry=table["entry"], weights=table["w"])
    assert found.low is not None and found.high is not None
    assert round(np.log(found.high / found.low) / (2 * 1.959964), 4) == 0.0608


@pytest.mark.parametrize("row", [0, 5, 100, 700, 1300])
def test_the_sandwich_adds_up_what_each_weight_moves(row: int, late: FollowUp, table: dict[str, np.ndarray]) -> None:
    """Without ties the part of a subject is the derivative of the estimate by its weight (infinitesimal jackknife);
    here by differences, whose own error is far below 1e-5."""
    above = table["trt"] == 1
    assert late.weight is not None

    def moved(factor: float) -> float:
        weight = late.weights.copy()
        weight[row] *= factor
        return log_hazard_ratio(replace(late, weight=weight), above)[0]

    part = (moved(1 + 1e-4) - moved(1 - 1e-4)) / 2e-4
    everyone = np.zeros(late.n, np.int64)
    everyone[row] = 1  # two subjects: this row, and all others, whose parts add up to the opposite
    fit = fit_cox(late, above[:, None].astype(float), subject=everyone)
    assert fit.robust_errors[0] == pytest.approx(abs(part) * np.sqrt(2), rel=1e-5)


def test_resampling_subjects_agrees_with_the_sandwich_in_size(late: FollowUp, table: dict[str, np.ndarray]) -> None:
    """The made-up entry leaves few at risk in the first months, where the sandwich, which is linear, misses part of
    what a whole subject moves; 200 samples know their error to five percent."""
    above = table["trt"] == 1
    drawn = resample_subjects(
        lambda rows: log_hazard_ratio(late.take(rows), above[rows])[0], table["id"].astype(int), replicates=200
    )
    assert drawn.failed == 0
    assert drawn.error == pytest.approx(0.0608, rel=0.25)
