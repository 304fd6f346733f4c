import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthesis_examples import BCG

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist import (
    effect_from_counts,
    log_ratio,
    logit_proportion,
    mantel_haenszel,
    peto,
    peto_log_odds_ratio,
    pool,
)

# A made-up table with zeros: no event above the line, in both arms, or below the line; arms of unequal size.
RARE = ([0, 2, 0, 1, 5, 0], [100, 150, 80, 60, 200, 50], [3, 1, 2, 0, 3, 0], [98, 149, 82, 61, 195, 52])
BCG_COUNTS = tuple(BCG.T[:4])


@pytest.mark.parametrize(
    ("measure", "effect", "variance"),
    [
        (
            "log_or",
            [-1.996941629, 0.6931471806, -1.609437912, 1.131673151, 0.4953214372],
            [2.306135739, 1.513513514, 2.42484472, 2.699733552, 0.5436698718],
        ),
        (
            "log_rr",
            [-1.965910816, 0.6864581924, -1.585046459, 1.11487281, 0.4855078158],
            [2.265712286, 1.486621924, 2.375606128, 2.634144192, 0.5232051282],
        ),
        (
            "risk_difference",
            [-0.0304030403, 0.006621923937, -0.02394764242, 0.01652564781, 0.009615384615],
            [0.0003932535983, 0.0001324444177, 0.0004277042049, 0.0005222285838, 0.0001995566871],
        ),
    ],
)
def test_zero_cells_are_corrected_as_in_metafor(measure, effect, variance):
    """R metafor 3.8-1, escalc(add=1/2, to="only0"), 10 printed digits, first five trials of the made-up table."""
    result = effect_from_counts(*RARE, measure)
    assert result.effect[:5] == pytest.approx(effect, rel=1e-8)
    assert result.se[:5] ** 2 == pytest.approx(variance, rel=1e-8)
    assert result.corrected[:5].tolist() == [True, False, True, True, False]


def test_a_trial_without_events_gives_no_ratio_but_a_risk_difference():
    """R metafor 3.8-1, escalc(measure="RD") of 0/50 against 0/52: 0.0003699593045, variance 0.000366669161."""
    assert not effect_from_counts(*RARE, "log_or").informative[5]
    assert np.isnan(effect_from_counts(*RARE, "log_rr").effect[5])
    difference = effect_from_counts(*RARE, "risk_difference")
    assert difference.effect[5] == pytest.approx(0.0003699593045, rel=1e-8)
    assert difference.se[5] ** 2 == pytest.approx(0.000366669161, rel=1e-8)


def test_opposite_arm_correction_splits_one_event_by_arm_size():
    """By hand (Sweeting 2004): 0/200 against 3/100, additions 2/3 and 1/3 to events and non-events."""
    result = effect_from_counts(0, 200, 3, 100, rule="opposite-arm")
    expected = np.log((2 / 3) / (200 + 2 / 3)) - np.log((3 + 1 / 3) / (97 + 1 / 3))
    assert result.effect[0] == pytest.approx(expected, rel=1e-12)


def test_peto_log_odds_ratios_agree_with_metafor():
    """R metafor 3.8-1, escalc(measure="PETO") without correction is rma.peto's term; pooled -0.13203762, 5 trials."""
    pooled = peto(*RARE)
    assert pooled.effect == pytest.approx(-0.1320376198, abs=1e-9)
    assert pooled.se == pytest.approx(0.4880533527, abs=1e-9)
    assert (pooled.trials_used, pooled.trials_empty) == (5, 1)


def test_peto_of_bcg_agrees_with_metafor():
    """R metafor 3.8-1, rma.peto on dat.bcg: -0.4744463109 (0.04065908074), Q 167.7301675."""
    pooled = peto(*BCG_COUNTS)
    assert (pooled.effect, pooled.se) == pytest.approx((-0.4744463109, 0.04065908074), abs=1e-10)
    trials = peto_log_odds_ratio(*BCG_COUNTS)
    assert pool(trials.effect, trials.se, model="fixed").heterogeneity.q == pytest.approx(167.7301675, abs=1e-6)


@pytest.mark.parametrize(
    ("counts", "measure", "effect", "se"),
    [
        (BCG_COUNTS, "log_or", -0.4734109884, 0.0410077784),
        (BCG_COUNTS, "log_rr", -0.4537096047, 0.03933736687),
        (BCG_COUNTS, "risk_difference", -0.003288181833, 0.0002866567485),
        (RARE, "log_or", -0.1321220644, 0.4888035894),
        (RARE, "log_rr", -0.1307283898, 0.4839390339),
        (RARE, "risk_difference", -0.001736545874, 0.006421536299),
    ],
)
def test_mantel_haenszel_agrees_with_metafor(counts, measure, effect, se):
    """R metafor 3.8-1, rma.mh without correction, 10 printed digits."""
    pooled = mantel_haenszel(*counts, measure)
    assert (pooled.effect, pooled.se) == pytest.approx((effect, se), rel=1e-8)


def test_mantel_haenszel_counts_trials_that_cannot_contribute():
    assert (mantel_haenszel(*RARE).trials_used, mantel_haenszel(*RARE).trials_empty) == (5, 1)
    assert mantel_haenszel(*RARE, "risk_difference").trials_empty == 0
    assert mantel_haenszel(*RARE).to_rows()[0]["unit"] == "odds ratio"


def test_mantel_haenszel_refuses_when_an_arm_never_has_the_event():
    with pytest.raises(InputError, match="0 or infinite"):
        mantel_haenszel([0, 0], [10, 10], [1, 2], [10, 10])
    with pytest.raises(InputError, match="no trial has an event"):
        peto([0, 0], [10, 10], [0, 0], [10, 10])


def test_logit_proportions_agree_with_metafor():
    """R metafor 3.8-1, escalc(measure="PLO"), first two trials of the made-up table; then dat.bcg pooled by REML."""
    result = logit_proportion(RARE[0][:2], RARE[1][:2])
    assert result.effect == pytest.approx([-5.303304908, -4.304065093], rel=1e-9)
    assert result.se**2 == pytest.approx([2.009950249, 0.5067567568], rel=1e-9)
    bcg = logit_proportion(BCG_COUNTS[0], BCG_COUNTS[1])
    pooled = pool(bcg.effect, bcg.se, measure="logit")
    # metafor's default convergence stops at a relative change of 1e-5
    assert (pooled.effect, pooled.se, pooled.tau2) == pytest.approx(
        (-4.889471702, 0.3441340712, 1.447679998), rel=1e-5
    )


def test_log_hazard_ratio_from_an_interval_of_any_level():
    """SWOG S0777, update: PFS hazard ratio 0.742, 96 % interval 0.594 to 0.928 (doi:10.1038/s41408-020-0311-8)."""
    value = log_ratio(0.742, 0.594, 0.928, level=0.96)
    assert value.effect == pytest.approx(np.log(0.742))
    # normal 98 % point 2.053749 (any table); width of the log interval over twice that
    assert value.se == pytest.approx(np.log(0.928 / 0.594) / (2 * 2.053748911), rel=1e-8)
    assert abs(value.off_centre) < 0.02


@given(st.floats(0.1, 10), st.floats(0.02, 1.0), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_a_ratio_comes_back_from_its_own_interval(ratio, se, level):
    from scipy.stats import norm

    half = norm.ppf(0.5 + level / 2) * se
    value = log_ratio(ratio, ratio * np.exp(-half), ratio * np.exp(half), level)
    assert value.se == pytest.approx(se, rel=1e-9)
    assert value.off_centre == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.7, 0.9, 0.5), "ci_low 0.9 is not below ci_high 0.5"),
        ((0.4, 0.5, 0.9), "the ratio 0.4 is outside its interval 0.5 to 0.9"),
        ((-0.36, -0.6, -0.1), "ratio -0.36 is not a positive number"),
        ((0.7, 0.0, 0.9), "ci_low 0 is not a positive number"),
    ],
)
def test_impossible_intervals_are_refused(numbers, text):
    with pytest.raises(InputError, match=text):
        log_ratio(*numbers)


@pytest.mark.parametrize("events", [-1, 11, float("nan")])
def test_impossible_counts_are_refused(events):
    with pytest.raises(InputError, match="trial 0, arm 1"):
        effect_from_counts(events, 10, 1, 10)


def test_a_zero_cell_without_correction_is_refused():
    with pytest.raises(InputError, match="zero cell and the correction is 0"):
        effect_from_counts(0, 10, 1, 10, correction=0)


@given(st.integers(0, 20), st.integers(0, 30), st.sampled_from(["log_or", "log_rr", "risk_difference"]))
def test_swapping_arms_flips_the_sign(a, c, measure):
    there, back = effect_from_counts(a, 20, c, 30, measure), effect_from_counts(c, 30, a, 20, measure)
    assert there.effect == pytest.approx(-back.effect, nan_ok=True, abs=1e-12)
    assert there.se == pytest.approx(back.se, nan_ok=True, rel=1e-12)
