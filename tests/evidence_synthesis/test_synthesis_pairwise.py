import numpy as np
import pytest
from synthesis_examples import BCG

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.synthesis.frequentist import effect_from_counts, egger_test, pool, regress
from reference_data import kept_rows

# R's printed digits limit the comparison; where its iteration stops early the test says so.
PRINTED = 2e-8
A, N1, C, N2, LATITUDE = BCG.T
LOG_RR = effect_from_counts(A, N1, C, N2, "log_rr")


def test_bcg_fixed_effect_agrees_with_metafor():
    """R 4.2.2, metafor 3.8-1, rma(method="FE") on log risk ratios of dat.bcg, 8 printed digits."""
    result = pool(LOG_RR.effect, LOG_RR.se, model="fixed")
    assert result.effect == pytest.approx(-0.43028516, abs=PRINTED)
    assert result.se == pytest.approx(0.04049875, abs=PRINTED)
    assert result.heterogeneity.q == pytest.approx(152.23301, abs=1e-5)
    assert result.heterogeneity.df == 12
    assert 100 * result.heterogeneity.i2 == pytest.approx(92.11735, abs=1e-5)
    assert result.heterogeneity.h2 == pytest.approx(12.6860840069, abs=1e-9)
    assert result.tau2 == 0.0


@pytest.mark.parametrize(
    ("method", "effect", "se", "tau2"),
    [
        ("DL", -0.7141172221, 0.1787420895, 0.3087602629),
        ("REML", -0.7145323422, 0.1797815161, 0.3132432581),
        ("PM", -0.7149681535, 0.1808921915, 0.3180684522),
    ],
)
def test_bcg_random_effects_agree_with_metafor(method, effect, se, tau2):
    """R 4.2.2, metafor 3.8-1, rma(control=list(threshold=1e-12, tol=1e-13)), 10 printed digits."""
    result = pool(LOG_RR.effect, LOG_RR.se, tau2_method=method)
    assert result.effect == pytest.approx(effect, abs=1e-9)
    assert result.se == pytest.approx(se, abs=1e-9)
    assert result.tau2 == pytest.approx(tau2, abs=1e-9)


def test_bcg_tau2_interval_agrees_with_metafor():
    """R metafor 3.8-1, confint(rma(method="REML"), control=list(tol=1e-13)): Q-profile, 10 printed digits."""
    spread = pool(LOG_RR.effect, LOG_RR.se).heterogeneity
    assert spread.tau2_low == pytest.approx(0.1197183611, abs=1e-9)
    assert spread.tau2_high == pytest.approx(1.1114790841, abs=1e-9)


def test_bcg_i2_from_tau2_is_the_one_metafor_prints():
    """R metafor 3.8-1 at its default convergence (1e-5 relative), rma(method="REML"): I2 92.22138607 %."""
    result = pool(LOG_RR.effect, LOG_RR.se)
    assert 100 * result.i2_from_tau2 == pytest.approx(92.22138607, abs=1e-5)


def test_bcg_hartung_knapp_agrees_with_metafor():
    """R metafor 3.8-1, rma(method="REML", test="knha") and predict(); default convergence moves the sixth digit."""
    result = pool(LOG_RR.effect, LOG_RR.se, interval="hartung-knapp", prediction="k-1")
    assert result.se == pytest.approx(0.1807917455, abs=1e-7)
    assert (result.low, result.high) == pytest.approx((-1.108443723, -0.3206209737), abs=1e-7)
    assert (result.prediction_low, result.prediction_high) == pytest.approx((-1.996016967, 0.5669522703), abs=1e-6)


def test_hartung_knapp_can_be_narrower_and_its_adhoc_form_cannot():
    """R metafor 3.8-1: yi -.5, -.3, -.4, sei .2, .15, .3, REML; knha se 0.06339578, adhoc se 0.1114172029."""
    effect, se = [-0.5, -0.3, -0.4], [0.2, 0.15, 0.3]
    assert pool(effect, se, interval="hartung-knapp").se == pytest.approx(0.06339578038, abs=1e-10)
    careful = pool(effect, se, interval="hartung-knapp-adhoc")
    assert careful.se == pytest.approx(0.1114172029, abs=1e-10)
    assert careful.low == pytest.approx(-0.8552516012, abs=1e-9)


def test_tau2_interval_starts_at_zero_when_trials_agree():
    """R metafor 3.8-1, confint of the three trials above: 0 to 0.3638172909 (its root is found to 1e-4)."""
    spread = pool([-0.5, -0.3, -0.4], [0.2, 0.15, 0.3]).heterogeneity
    assert spread.tau2 == spread.tau2_low == 0.0
    assert spread.tau2_high == pytest.approx(0.3638172909, abs=2e-4)


def test_bcg_prediction_interval_agrees_with_metafor():
    """R metafor 3.8-1, predict(rma(method="REML")) with normal quantiles, 6 decimals."""
    result = pool(LOG_RR.effect, LOG_RR.se, prediction="normal")
    assert (result.prediction_low, result.prediction_high) == pytest.approx((-1.866692, 0.437628), abs=1e-6)


def test_prediction_interval_uses_student_t_with_two_degrees_less_by_default():
    """Higgins, Thompson and Spiegelhalter 2009: t with 13 - 2 = 11 df; 97.5 % point 2.200985 (any t table)."""
    result = pool(LOG_RR.effect, LOG_RR.se)
    reach = 2.200985160 * np.sqrt(0.1797815161**2 + 0.3132432581)
    assert result.prediction_low == pytest.approx(-0.7145323422 - reach, abs=1e-7)


def test_bcg_meta_regression_on_latitude_agrees_with_metafor():
    """R metafor 3.8-1, rma(mods=~ablat, method="REML", control=list(threshold=1e-12)), 10 printed digits."""
    line = regress(LOG_RR.effect, LOG_RR.se, {"latitude": LATITUDE})
    assert line.coefficient == pytest.approx([0.25146821, -0.02910172501], abs=1e-8)
    assert line.se == pytest.approx([0.2490953966, 0.007195327221], abs=1e-8)
    assert line.tau2 == pytest.approx(0.07634796396, abs=1e-9)
    assert 100 * line.explained == pytest.approx(75.62662181, abs=1e-5)


def test_bcg_egger_regression_agrees_with_metafor():
    """R metafor 3.8-1, regtest(rma(method="REML")): z -0.80333, p 0.42178, limit -0.51043; default convergence."""
    test = egger_test(LOG_RR.effect, LOG_RR.se)
    assert test.z == pytest.approx(-0.8033291931, abs=1e-4)
    assert test.p == pytest.approx(0.4217844889, abs=1e-4)
    assert test.limit_effect == pytest.approx(-0.5104318741, abs=1e-4)


def test_bcg_log_risk_ratios_agree_with_metafor():
    """R metafor 3.8-1, escalc(measure="RR") of dat.bcg."""
    rows = kept_rows("bcg_escalc.csv")
    assert LOG_RR.effect == pytest.approx([float(row["yi"]) for row in rows], rel=1e-12)
    assert LOG_RR.se**2 == pytest.approx([float(row["vi"]) for row in rows], rel=1e-12)


def test_rows_hold_trials_pooled_effect_and_prediction_on_the_ratio_scale():
    """exp(-0.7145323422) = 0.48942, the risk ratio of the R fit above."""
    rows = pool(LOG_RR.effect, LOG_RR.se, measure="log_rr").to_rows()
    assert [row["row"] for row in rows] == ["study"] * 13 + ["pooled", "prediction"]
    assert rows[13]["value"] == pytest.approx(0.48942, abs=1e-5)
    assert rows[13]["unit"] == "risk ratio"
    assert sum(row["weight"] for row in rows[:13]) == pytest.approx(1.0)


def test_one_trial_is_shown_as_it_is_and_says_that_spread_is_unknown():
    result = pool([-0.3], [0.1])
    assert (result.effect, result.se) == pytest.approx((-0.3, 0.1))
    assert result.model == "fixed"
    assert result.heterogeneity.tau2 is None
    assert "cannot be estimated" in result.notes[0]


@pytest.mark.parametrize(
    ("effect", "se", "text"),
    [
        ([0.1, 0.2], [0.1, 0.0], "trial 1: effect 0.2, standard error 0"),
        ([0.1, float("nan")], [0.1, 0.2], "trial 1: effect nan"),
        ([0.1], [0.1, 0.2], "one number per trial"),
        ([], [], "at least one"),
    ],
)
def test_impossible_effects_are_refused(effect, se, text):
    with pytest.raises(InputError, match=text):
        pool(effect, se)


def test_unknown_names_and_percent_levels_are_refused_with_a_hint():
    with pytest.raises(UnknownNameError, match="tau2 method 'REMLL' is not known"):
        pool([0.1, 0.2], [0.1, 0.1], tau2_method="REMLL")
    with pytest.raises(InputError, match=r"write 0.95 for 95 %"):
        pool([0.1, 0.2], [0.1, 0.1], level=95)
    with pytest.raises(InputError, match="Hartung-Knapp needs random effects"):
        pool([0.1, 0.2], [0.1, 0.1], model="fixed", interval="hartung-knapp")


def test_moderators_that_cannot_be_told_apart_are_refused():
    with pytest.raises(InputError, match="cannot be told apart"):
        regress([0.1, 0.2, 0.3], [0.1, 0.1, 0.1], {"a": [1, 2, 3], "b": [2, 4, 6]})
