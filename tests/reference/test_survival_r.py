"""Kaplan-Meier, log-rank, Cox and restricted means against R survival.

The expected numbers were computed with R 4.2.2 and survival 3.5-3 and are quoted here; those of the maintenance
trials are read beside their data, which are under the GPL. The maintenance set is simulated: software is tested
with it, nothing clinical.
"""

from __future__ import annotations

import numpy as np
import pytest

from cereblon.statistics import (
    Curve,
    cox_regression,
    hazard_ratio,
    kaplan_meier,
    landmark_rate,
    log_rank,
    median,
    numbers_at_risk,
    restricted_mean,
    survival_at,
)
from reference_data import kept_rows, rows_beside

# R printed eight significant digits
PRINTED = 1e-7


def columns(rows: list[dict[str, str]]) -> dict[str, np.ndarray]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def as_numbers(values: np.ndarray) -> np.ndarray:
    return np.array([np.nan if value in ("NA", "") else float(value) for value in values])


@pytest.fixture(scope="module")
def mgus2() -> dict[str, np.ndarray]:
    return columns(kept_rows("mgus2.csv"))


@pytest.fixture(scope="module")
def myeloma() -> dict[str, np.ndarray]:
    return columns(kept_rows("gse4581.csv"))


def curve_of(table: dict[str, np.ndarray], time: str, event: str) -> Curve:
    return kaplan_meier(as_numbers(table[time]), as_numbers(table[event]) == 1, transform="log")


def test_kaplan_meier_of_mgus2(mgus2: dict[str, np.ndarray]) -> None:
    """summary(survfit(Surv(futime, death) ~ 1, mgus2), times = c(60, 120, 240)): n.risk, surv, std.err."""
    curve = curve_of(mgus2, "futime", "death")
    at = np.array([60, 120, 240])
    place = np.searchsorted(curve.time, at, side="right") - 1
    np.testing.assert_array_equal(numbers_at_risk(curve, at), [895, 438, 61])
    np.testing.assert_allclose(survival_at(curve, at), [0.66149997, 0.41564565, 0.18688885], rtol=PRINTED)
    error = curve.survival[place] * np.sqrt(curve.variance[place])
    np.testing.assert_allclose(error, [0.012745329, 0.013960467, 0.014738829], rtol=PRINTED)


def test_median_of_mgus2(mgus2: dict[str, np.ndarray]) -> None:
    """print(survfit(Surv(futime, death) ~ 1, mgus2)): 1384 subjects, 963 events, median 98 (92 to 103)."""
    curve = curve_of(mgus2, "futime", "death")
    found = median(curve)
    assert (curve.n, curve.events.sum()) == (1384, 963)
    assert (found.value, found.low, found.high) == (98, 92, 103)


def test_median_that_is_not_reached(myeloma: dict[str, np.ndarray]) -> None:
    """summary(survfit(Surv(time, event) ~ 1, myeloma))$table: median NA, 256 subjects, 70 events."""
    found = median(curve_of(myeloma, "time", "event"))
    assert (found.status, found.value, found.n) == ("not_reached", None, 256)


def test_restricted_mean_to_the_last_time(myeloma: dict[str, np.ndarray]) -> None:
    """summary(survfit(Surv(time, event) ~ 1, myeloma))$table: rmean 53.310010, se 1.600569."""
    curve = curve_of(myeloma, "time", "event")
    found = restricted_mean(curve, float(curve.time[-1]))
    assert found.value == pytest.approx(53.310010, rel=PRINTED)
    assert found.low == pytest.approx(53.310010 - 1.959964 * 1.600569, rel=1e-6)  # the error has seven digits


def test_survival_by_1q21(myeloma: dict[str, np.ndarray]) -> None:
    """summary(survfit(Surv(time, event) ~ chr1q21_status), times = c(12, 24, 36, 48)); printed to six digits."""
    expected = {
        "2 copies": ([88, 74, 43, 17], [0.946237, 0.870968, 0.854534, 0.723914]),
        "3 copies": ([49, 37, 16, 8], [0.890909, 0.742213, 0.63865, 0.541885]),
        "4+ copies": ([32, 26, 11, 4], [0.842105, 0.763158, 0.728469, 0.655622]),
    }
    months = np.array([12, 24, 36, 48])
    for status, (at_risk, survival) in expected.items():
        rows = myeloma["chr1q21_status"] == status
        curve = kaplan_meier(as_numbers(myeloma["time"])[rows], as_numbers(myeloma["event"])[rows] == 1)
        np.testing.assert_array_equal(numbers_at_risk(curve, months), at_risk)
        np.testing.assert_allclose(survival_at(curve, months), survival, atol=5e-7)


def test_log_rank_of_seven_groups(myeloma: dict[str, np.ndarray]) -> None:
    """survdiff(Surv(time, event) ~ molecular_group): chisq 18.678283 on 6 degrees, p 0.0047, expected events."""
    test = log_rank(as_numbers(myeloma["time"]), as_numbers(myeloma["event"]) == 1, myeloma["molecular_group"])
    assert test.statistic == pytest.approx(18.678283, rel=PRINTED)
    assert test.degrees == 6
    assert round(test.p, 4) == 0.0047
    np.testing.assert_array_equal(test.observed, [5, 6, 15, 5, 6, 18, 15])
    np.testing.assert_allclose(test.expected, [6.894, 10.676, 19.682, 9.256, 4.885, 11.625, 6.982], atol=5e-4)


def test_cox_with_several_covariates(mgus2: dict[str, np.ndarray]) -> None:
    """coxph(Surv(futime, death) ~ age + sex + mspike, mgus2): exp(coef), 1373 complete subjects."""
    complete = mgus2["mspike"] != "NA"
    fit = cox_regression(
        as_numbers(mgus2["futime"])[complete],
        as_numbers(mgus2["death"])[complete] == 1,
        {
            "age": as_numbers(mgus2["age"])[complete],
            "male": (mgus2["sex"] == "M")[complete],
            "mspike": as_numbers(mgus2["mspike"])[complete],
        },
    )
    assert fit["age"].n == 1373
    # lifelines stops at a gradient of 1e-7, one digit less than R printed
    assert fit["age"].value == pytest.approx(1.0641903, rel=1e-6)
    assert fit["male"].value == pytest.approx(1.4241175, rel=1e-6)
    assert fit["mspike"].value == pytest.approx(1.0315845, rel=1e-6)
    error = np.log(fit["male"].high / fit["male"].low) / (2 * 1.959964)
    assert error == pytest.approx(0.0658648458, rel=1e-6)


@pytest.fixture(scope="module")
def maintenance() -> dict[str, np.ndarray]:
    trials = [columns(rows_beside("ndmm_multinma/ndmm_ipd.csv")), columns(rows_beside("ndmm_multinma/ndmm_agd.csv"))]
    return {
        name: np.concatenate([trial[name] for trial in trials]) for name in ("study", "trt", "eventtime", "status")
    }


def test_hazard_ratios_and_log_rank_of_five_trials(maintenance: dict[str, np.ndarray]) -> None:
    """ref_cox_R.csv: coxph with Efron ties, and survdiff, per trial."""
    reference = columns(rows_beside("ndmm_multinma/ref_cox_R.csv"))
    assert len(reference["study"]) == 5
    for row, study in enumerate(reference["study"]):
        chosen = maintenance["study"] == study
        time, observed = as_numbers(maintenance["eventtime"])[chosen], maintenance["status"][chosen] == "1"
        arm = maintenance["trt"][chosen]
        ratio = hazard_ratio(time, observed, arm == reference["treat1"][row])
        expected = [float(reference[name][row]) for name in ("HR", "lo", "hi")]
        # R stops iterating at a relative change of 1e-9 in the likelihood, about 1e-6 in the coefficient
        np.testing.assert_allclose([ratio.value, ratio.low, ratio.high], expected, rtol=1e-6)
        assert log_rank(time, observed, arm).statistic == pytest.approx(
            float(reference["logrank_chisq"][row]), rel=1e-9
        )


def test_curves_of_ten_arms(maintenance: dict[str, np.ndarray]) -> None:
    """ref_km_R.csv: survfit with R's default interval, and restricted means at 36 and 48 months, per arm."""
    reference = columns(rows_beside("ndmm_multinma/ref_km_R.csv"))
    assert len(reference["study"]) == 10
    for row in range(10):
        expected = {name: as_numbers(reference[name])[row] for name in reference if name not in ("study", "trt")}
        chosen = (maintenance["study"] == reference["study"][row]) & (maintenance["trt"] == reference["trt"][row])
        time, observed = as_numbers(maintenance["eventtime"])[chosen], maintenance["status"][chosen] == "1"
        curve = kaplan_meier(time, observed, transform="log")
        found = median(curve)
        assert (curve.n, curve.events.sum()) == (expected["n"], expected["events"])
        for name, value in (("median", found.value), ("med_lo", found.low), ("med_hi", found.high)):
            assert (value is None) == np.isnan(expected[name])
            assert value is None or value == pytest.approx(expected[name], rel=1e-12)
        for month in (12, 24, 36, 48):
            rate = landmark_rate(curve, month)
            assert rate.value == pytest.approx(expected[f"S{month}"], rel=1e-12)
        for month in (36, 48):
            mean = restricted_mean(curve, month)
            assert mean.value == pytest.approx(expected[f"rmst{month}"], rel=1e-9)
            assert (mean.high - mean.value) / 1.959964 == pytest.approx(expected[f"se_rmst{month}"], rel=1e-6)
