"""Tests of survival under weights over time, strata and late entry, against R survival and cmprsk.

Trial and values were made by `data/survival_methods.R` with R 4.2.2, survival 3.5-3, cmprsk 2.2-11 and mvtnorm
1.1-3. R wrote fifteen digits; where a result is a sum or comes from Newton's method, it agrees to rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cereblon.statistics import (
    FOUR_WEIGHTINGS,
    aalen_johansen,
    cox_regression,
    gray_test,
    hazard_ratio,
    kaplan_meier,
    log_rank,
    max_combo,
    restricted_mean,
    restricted_mean_difference,
    restricted_mean_differences,
    survival_at,
    turnbull,
)
from reference_data import kept_rows

ROUNDING = 1e-9
MONTHS = np.array([6.0, 12, 24, 36])


@pytest.fixture(scope="module")
def trial() -> dict[str, np.ndarray]:
    rows = kept_rows("survival_methods_trial.csv")
    return {
        name: np.array([row[name] for row in rows])
        if name == "site"
        else np.array([float(row[name].replace("Inf", "inf")) for row in rows])
        for name in rows[0]
    }


@pytest.fixture(scope="module")
def r() -> dict[str, np.ndarray]:
    found: dict[str, list[float]] = {}
    for row in kept_rows("survival_methods_r.csv"):
        found.setdefault(row["what"], []).append(float(row["value"]))
    return {what: np.array(values) for what, values in found.items()}


@pytest.mark.parametrize("rho", [0, 0.5, 1])
def test_log_rank_with_weights_early(trial: dict[str, np.ndarray], r: dict[str, np.ndarray], rho: float) -> None:
    """survdiff(rho = ...), without and with strata."""
    who = trial["time"], trial["cause"] > 0, trial["arm"]
    assert log_rank(*who, rho=rho).statistic == pytest.approx(r[f"log_rank_rho_{rho:g}"][0], rel=ROUNDING)
    found = log_rank(*who, rho=rho, strata=trial["site"])
    assert found.statistic == pytest.approx(r[f"log_rank_strata_rho_{rho:g}"][0], rel=ROUNDING)


def test_weighted_log_rank_of_three_groups(trial: dict[str, np.ndarray], r: dict[str, np.ndarray]) -> None:
    """survdiff(rho = 1) of three sites."""
    found = log_rank(trial["time"], trial["cause"] > 0, trial["site"], rho=1)
    assert (found.degrees, found.status) == (2, "estimated")
    assert found.statistic == pytest.approx(r["log_rank_site"][0], rel=ROUNDING)


def test_log_rank_of_late_entrants(trial: dict[str, np.ndarray], r: dict[str, np.ndarray]) -> None:
    """Score test of coxph, which without ties is the log-rank test; R has no other for late entry."""
    who = trial["exact"], trial["cause"] > 0, trial["arm"]
    found = log_rank(*who, entry=trial["entry"])
    assert found.statistic == pytest.approx(r["log_rank_entry"][0], rel=ROUNDING)
    found = log_rank(*who, entry=trial["entry"], strata=trial["site"])
    assert found.statistic == pytest.approx(r["log_rank_entry_strata"][0], rel=ROUNDING)


def test_max_combo(trial: dict[str, np.ndarray], r: dict[str, np.ndarray]) -> None:
    """Scores and correlation added up in R from the tables of survfit; p values by pmvnorm, to 1e-6.

    Two, three and four statistics; of the four the first is the sum of two others, so that the correlation is
    singular.
    """
    who = trial["time"], trial["cause"] > 0, trial["arm"]
    found = max_combo(*who, weightings=FOUR_WEIGHTINGS)
    np.testing.assert_allclose(found.z, r["fleming_harrington_z"], rtol=ROUNDING)
    np.testing.assert_allclose(found.correlation.ravel(), r["fleming_harrington_correlation"], rtol=ROUNDING)
    for count, chosen in ((2, (0, 1)), (3, (0, 1, 3)), (4, (0, 1, 2, 3))):
        weightings = [FOUR_WEIGHTINGS[one] for one in chosen]
        two_sided = max_combo(*who, weightings=weightings)
        one_sided = max_combo(*who, weightings=weightings, alternative="less")
        assert two_sided.p == pytest.approx(r[f"max_combo_two_sided_{count}"][0], abs=2e-6)
        assert one_sided.p == pytest.approx(r[f"max_combo_less_{count}"][0], abs=2e-6)


def test_cox_within_strata_and_of_late_entrants(trial: dict[str, np.ndarray], r: dict[str, np.ndarray]) -> None:
    """coxph(ties = "efron") with strata, without and with late entry: coefficient and standard error."""
    who = trial["time"], trial["cause"] > 0, trial["arm"]
    for name, entry in (("cox_strata", None), ("cox_strata_entry", trial["entry"])):
        found = hazard_ratio(*who, strata=trial["site"], entry=entry)
        np.testing.assert_allclose(log_and_error(found), r[name], rtol=ROUNDING)
    fit = cox_regression(*who[:2], {"arm": trial["arm"], "x": trial["x"]}, strata=trial["site"], entry=trial["entry"])
    found_both = [log_and_error(fit[name]) for name in ("arm", "x")]
    np.testing.assert_allclose(np.transpose(found_both).ravel(), r["cox_several"], rtol=ROUNDING)


def test_cause_specific_hazard_ratio(trial: dict[str, np.ndarray], r: dict[str, np.ndarray]) -> None:
    """coxph of one cause; who has the other is censored then."""
    found = hazard_ratio(trial["time"], trial["cause"] == 1, trial["arm"], entry=trial["entry"])
    np.testing.assert_allclose(log_and_error(found), r["cox_cause_1"], rtol=ROUNDING)


def log_and_error(estimate: Any) -> list[float]:
    return [np.log(estimate.value), np.log(estimate.high / estimate.low) / (2 * 1.959963984540054)]


def test_survival_and_restricted_means_of_late_entrants(
    trial: dict[str, np.ndarray], r: dict[str, np.ndarray]
) -> None:
    """survfit, and print(rmean = 36) of each arm, without and with late entry."""
    for name, entry in (("", None), ("_entry", trial["entry"])):
        curve = kaplan_meier(trial["time"], trial["cause"] > 0, entry=entry)
        np.testing.assert_allclose(survival_at(curve, MONTHS), r[f"survival{name}"], rtol=ROUNDING)
        place = np.searchsorted(curve.time, MONTHS, side="right") - 1
        error = curve.survival[place] * np.sqrt(curve.variance[place])
        np.testing.assert_allclose(error, r[f"survival_error{name}"], rtol=ROUNDING)
        for arm in (0, 1):
            rows = trial["arm"] == arm
            own = kaplan_meier(
                trial["time"][rows], trial["cause"][rows] > 0, entry=None if entry is None else entry[rows]
            )
            mean = restricted_mean(own, 36.0)
            assert mean.value == pytest.approx(r[f"restricted_mean{name}"][arm], rel=ROUNDING)
            error_of_mean = (mean.high - mean.value) / 1.959963984540054
            assert error_of_mean == pytest.approx(r[f"restricted_mean_error{name}"][arm], rel=ROUNDING)


def test_near_ties_are_joined_as_r_does(r: dict[str, np.ndarray]) -> None:
    """survfit: 0.1 + 0.2 is 0.3, and 1 + 1e-9 is 1; 2 + 1e-7 is another time than 2."""
    near = [0.1 + 0.2, 0.3, 1, 1 + 1e-9, 2, 2 + 1e-7, 3]
    curve = kaplan_meier(near, [1, 0, 1, 1, 1, 1, 0])
    np.testing.assert_allclose(curve.time, r["near_ties_time"], rtol=ROUNDING)
    np.testing.assert_allclose(curve.survival, r["near_ties_survival"], rtol=ROUNDING)


def test_covariance_of_restricted_means(trial: dict[str, np.ndarray], r: dict[str, np.ndarray]) -> None:
    """Influence of each subject on survfit, integrated to 12, 24 and 36 months; arms are independent, so they add."""
    curves = [
        kaplan_meier(trial["time"][trial["arm"] == arm], trial["cause"][trial["arm"] == arm] > 0) for arm in (1, 0)
    ]
    found = restricted_mean_differences(*curves, [12.0, 24.0, 36.0])
    expected = r["restricted_mean_covariance_0"] + r["restricted_mean_covariance_1"]
    np.testing.assert_allclose(found.covariance.ravel(), expected, rtol=ROUNDING)
    assert found.status == ("estimated",) * 3


def test_restricted_means_as_survrm2_prints_them() -> None:
    """Vignette of R survRM2, D-penicillamine in primary biliary cholangitis, ten years: difference -0.137 years."""
    rows = kept_rows("pbc_trial.csv")
    years, died, arm = (np.array([float(row[name]) for row in rows]) for name in ("time", "status", "trt"))
    curves = [kaplan_meier(years[arm == one] / 365.25, died[arm == one] == 2) for one in (1, 2)]
    found = restricted_mean_difference(*curves, 10.0)
    assert round(found.value, 3) == -0.137


def test_cumulative_incidence(trial: dict[str, np.ndarray], r: dict[str, np.ndarray]) -> None:
    """Incidence: cuminc of each arm. Error: survfit of several states, whose jackknife is Greenwood's without entry.

    The variance of cuminc is another, larger or smaller by up to 1.4 % here; so is the jackknife of late entrants.
    """
    for arm in (0, 1):
        own = trial["arm"] == arm
        found = aalen_johansen(trial["time"][own], trial["cause"][own].astype(np.int64))
        for place, cause in enumerate((1, 2)):
            at = np.searchsorted(found.time, MONTHS, side="right") - 1
            np.testing.assert_allclose(found.incidence[place, at], r[f"cuminc_{arm}_{cause}"], rtol=ROUNDING)
            np.testing.assert_allclose(found.variance[place, at], r[f"cuminc_variance_{arm}_{cause}"], rtol=0.02)
    for name, entry, slack in (("", None, ROUNDING), ("_entry", trial["entry"], 0.02)):
        found = aalen_johansen(trial["time"], trial["cause"].astype(np.int64), entry=entry)
        at = np.searchsorted(found.time, MONTHS, side="right") - 1
        np.testing.assert_allclose(found.incidence[:, at].ravel(), r[f"aalen_johansen{name}"], rtol=ROUNDING)
        error = np.sqrt(found.variance[:, at]).ravel()
        np.testing.assert_allclose(error, r[f"aalen_johansen_error{name}"], rtol=slack)


@pytest.mark.parametrize(
    ("name", "rho", "strata", "group"),
    [
        ("gray", 0.0, None, "arm"),
        ("gray_rho_1", 1.0, None, "arm"),
        ("gray_rho_0.5", 0.5, None, "arm"),
        ("gray_strata", 0.0, "site", "arm"),
        ("gray_site", 0.0, None, "site"),
    ],
)
def test_grays_test(
    trial: dict[str, np.ndarray], r: dict[str, np.ndarray], name: str, rho: float, strata: str | None, group: str
) -> None:
    """Tests of cuminc, of both causes."""
    who = trial["time"], trial["cause"].astype(np.int64), trial[group]
    within = None if strata is None else trial[strata]
    found = [gray_test(*who, of=cause, rho=rho, strata=within).statistic for cause in (1, 2)]
    np.testing.assert_allclose(found, r[name], rtol=ROUNDING)


def test_events_between_visits(trial: dict[str, np.ndarray], r: dict[str, np.ndarray]) -> None:
    """survfit(Surv(type = "interval2")), which stops at a change of survival of about 1e-6."""
    for arm in (0, 1):
        own = trial["arm"] == arm
        found = turnbull(trial["left"][own], trial["right"][own])
        least, most = found.survival_at(MONTHS)
        assert found.is_settled
        np.testing.assert_array_equal(least, most)  # at visits the curve is known
        np.testing.assert_allclose(least, r[f"turnbull_{arm}"], atol=1e-6)
