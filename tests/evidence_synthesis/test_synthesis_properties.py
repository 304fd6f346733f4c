import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.synthesis.frequentist import (
    ArmCount,
    Contrast,
    assemble,
    assess_inconsistency,
    network_meta_analysis,
    pool,
    split_nodes,
)
from cereblon.synthesis.frequentist.contrast_model import fit
from cereblon.synthesis.frequentist.network import consistency_model

# Linear algebra in double precision on well-conditioned systems of at most a dozen coefficients.
EXACT = 1e-8

effects = st.floats(-2, 2).map(lambda x: round(x, 3))
errors = st.floats(0.05, 0.8).map(lambda x: round(x, 3))
NAMES = ["A", "B", "C", "D", "E"]


@st.composite
def two_arm_networks(draw):
    """Contrasts of two-arm trials on a connected network with a loop."""
    n = draw(st.integers(3, 5))
    pairs = [(i, draw(st.integers(0, i - 1))) for i in range(1, n)]
    more = st.lists(st.sampled_from([(i, j) for i in range(n) for j in range(i)]), min_size=2, max_size=6)
    pairs += draw(more)
    return [Contrast(f"s{k}", NAMES[i], NAMES[j], draw(effects), draw(errors)) for k, (i, j) in enumerate(pairs)]


@st.composite
def arm_networks(draw):
    """Counts of trials with two or three arms, all with treatment A."""
    arms = []
    for k in range(draw(st.integers(3, 6))):
        others = draw(st.lists(st.sampled_from(NAMES[1:4]), min_size=1, max_size=2, unique=True))
        for name in ["A", *others]:
            n = draw(st.integers(20, 200))
            arms.append(ArmCount(f"s{k}", name, draw(st.integers(1, n - 1)), n))
    return arms


@settings(max_examples=25)
@given(two_arm_networks(), st.permutations(["V", "W", "X", "Y", "Z"]), st.sampled_from(["DL", "PM", "REML"]))
def test_relabelling_treatments_changes_nothing(rows, names, method):
    new = dict(zip(NAMES, names, strict=True))
    renamed = [Contrast(c.study, new[c.treatment], new[c.versus], c.effect, c.se) for c in rows]
    before = network_meta_analysis(assemble(rows, measure="log_hr"), tau2_method=method)
    after = network_meta_analysis(assemble(renamed, measure="log_hr"), tau2_method=method)
    order = [after.position(new[name]) for name in before.treatments]
    assert after.tau2 == pytest.approx(before.tau2, abs=1e-7)
    assert after.effect[np.ix_(order, order)] == pytest.approx(before.effect, abs=1e-6)
    assert after.se[np.ix_(order, order)] == pytest.approx(before.se, abs=1e-6)


@settings(max_examples=25)
@given(two_arm_networks(), st.data())
def test_reversing_a_contrast_changes_no_result_and_reading_it_backwards_flips_the_sign(rows, data):
    k = data.draw(st.integers(0, len(rows) - 1))
    turned = list(rows)
    turned[k] = Contrast(rows[k].study, rows[k].versus, rows[k].treatment, -rows[k].effect, rows[k].se)
    before = network_meta_analysis(assemble(rows, measure="log_hr"), tau2_method="DL")
    after = network_meta_analysis(assemble(turned, measure="log_hr"), tau2_method="DL")
    assert after.effect == pytest.approx(before.effect, abs=EXACT)
    assert after.se == pytest.approx(before.se, abs=EXACT)
    assert before.effect == pytest.approx(-before.effect.T, abs=EXACT)


@settings(max_examples=25)
@given(st.lists(st.tuples(effects, errors), min_size=2, max_size=8))
def test_two_treatments_with_fixed_effect_are_the_inverse_variance_mean(trials):
    rows = [Contrast(f"s{i}", "B", "A", y, s) for i, (y, s) in enumerate(trials)]
    result = network_meta_analysis(assemble(rows, measure="log_hr"), model="fixed")
    y, w = np.array([t[0] for t in trials]), 1 / np.array([t[1] for t in trials]) ** 2
    assert result.compare("B", "A").effect == pytest.approx((w * y).sum() / w.sum(), abs=EXACT)
    assert result.compare("B", "A").se == pytest.approx(1 / np.sqrt(w.sum()), rel=EXACT)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 99), st.integers(100, 300)), min_size=3, max_size=3))
def test_a_single_three_arm_trial_counts_once(arms):
    """The network of one trial is that trial: its own effects and errors, nothing left over for Q."""
    rows = [ArmCount("s", name, e, n) for name, (e, n) in zip("ABC", arms, strict=True)]
    result = network_meta_analysis(assemble(arms=rows, measure="log_or"))
    for i in range(3):
        for j in range(i):
            (e1, n1), (e2, n2) = arms[i], arms[j]
            found = result.compare("ABC"[i], "ABC"[j])
            assert found.effect == pytest.approx(np.log(e1 / (n1 - e1)) - np.log(e2 / (n2 - e2)), abs=EXACT)
            assert found.se == pytest.approx(np.sqrt(1 / e1 + 1 / (n1 - e1) + 1 / e2 + 1 / (n2 - e2)), rel=EXACT)
    assert result.heterogeneity.df == 0
    assert result.heterogeneity.q == pytest.approx(0.0, abs=EXACT)


@settings(max_examples=25)
@given(arm_networks(), st.randoms(use_true_random=False), st.sampled_from(["DL", "REML"]))
def test_the_order_of_arms_and_so_the_baseline_of_a_trial_does_not_matter(arms, random, method):
    mixed = list(arms)
    random.shuffle(mixed)
    before = network_meta_analysis(assemble(arms=arms, measure="log_or"), tau2_method=method)
    after = network_meta_analysis(assemble(arms=mixed, measure="log_or"), tau2_method=method)
    assert after.effect == pytest.approx(before.effect, abs=1e-6)
    assert after.se == pytest.approx(before.se, abs=1e-6)
    assert after.heterogeneity.q == pytest.approx(before.heterogeneity.q, rel=1e-8, abs=1e-8)


@settings(max_examples=25)
@given(arm_networks())
def test_all_pairwise_contrasts_of_an_arm_trial_give_the_same_network(arms):
    counted = assemble(arms=arms, measure="log_or")
    pairs = [
        Contrast(row["study"], row["treatment"], row["versus"], row["effect"], row["se"]) for row in counted.to_rows()
    ]
    printed = assemble(pairs, measure="log_or")
    one, other = (network_meta_analysis(d, tau2_method="DL") for d in (counted, printed))
    assert other.effect == pytest.approx(one.effect, abs=1e-6)
    assert other.se == pytest.approx(one.se, abs=1e-6)


@settings(max_examples=25)
@given(two_arm_networks(), st.sampled_from(["DL", "PM", "REML"]))
def test_random_effects_without_variance_between_trials_equal_fixed_effects(rows, method):
    """Effects made consistent by hand: Q is 0, so every estimator gives tau2 = 0."""
    truth = dict(zip(NAMES, (0.0, 0.3, -0.2, 0.7, 0.1), strict=True))
    rows = [Contrast(c.study, c.treatment, c.versus, truth[c.treatment] - truth[c.versus], c.se) for c in rows]
    data = assemble(rows, measure="log_hr")
    random, fixed = network_meta_analysis(data, tau2_method=method), network_meta_analysis(data, model="fixed")
    assert random.tau2 == 0.0
    assert np.array_equal(random.effect, fixed.effect)
    assert np.array_equal(random.se, fixed.se)


@settings(max_examples=25)
@given(two_arm_networks(), st.floats(0.1, 10))
def test_stretching_the_scale_stretches_effects_and_variance(rows, factor):
    stretched = [Contrast(c.study, c.treatment, c.versus, c.effect * factor, c.se * factor) for c in rows]
    before = network_meta_analysis(assemble(rows, measure="difference"))
    after = network_meta_analysis(assemble(stretched, measure="difference"))
    assert after.effect == pytest.approx(before.effect * factor, abs=1e-5 * factor)
    assert after.tau2 == pytest.approx(before.tau2 * factor**2, rel=1e-5, abs=1e-9 * factor**2)


@settings(max_examples=25)
@given(arm_networks())
def test_reml_is_a_maximum_of_the_restricted_likelihood(arms):
    data = assemble(arms=arms, measure="log_or")
    model = consistency_model(data)
    tau2 = network_meta_analysis(data).tau2
    if model.df == 0:
        assert tau2 == 0.0
        return
    best = fit(model, tau2).log_likelihood
    for other in (0.0, 0.5 * tau2, 0.99 * tau2, 1.01 * tau2 + 1e-6, 2 * tau2 + 0.01, 5 * tau2 + 0.1):
        assert fit(model, other).log_likelihood <= best + 1e-9


@settings(max_examples=25)
@given(arm_networks())
def test_q_parts_sum_and_are_not_negative(arms):
    found = assess_inconsistency(assemble(arms=arms, measure="log_or"))
    assert found.heterogeneity.q + found.inconsistency.q == pytest.approx(found.total.q, rel=1e-8, abs=1e-8)
    assert found.heterogeneity.df + found.inconsistency.df == found.total.df
    assert sum(part.df for part in found.designs) == found.heterogeneity.df


@settings(max_examples=25)
@given(two_arm_networks())
def test_direct_and_indirect_evidence_make_up_the_network(rows):
    result = network_meta_analysis(assemble(rows, measure="log_hr"), tau2_method="DL")
    for split in split_nodes(result).testable:
        share = split.direct_share
        both = share * split.direct.effect + (1 - share) * split.indirect.effect
        assert both == pytest.approx(split.network.effect, abs=1e-7)
        precision = split.direct.se**-2 + split.indirect.se**-2
        assert precision == pytest.approx(split.network.se**-2, rel=1e-6)


@settings(max_examples=25)
@given(st.lists(st.tuples(effects, errors), min_size=2, max_size=10))
def test_the_interval_of_tau2_holds_the_estimate_at_which_q_is_as_expected(trials):
    """Paule-Mandel solves Q = df, and the 95 % chi-squared limits lie on either side of df."""
    spread = pool([t[0] for t in trials], [t[1] for t in trials], tau2_method="PM").heterogeneity
    assert spread.tau2_low <= spread.tau2 <= spread.tau2_high


def test_sixty_trials_with_random_effects_take_less_than_a_second():
    """The product's limit for a frequentist network of 60 studies; usually about 0.03 s."""
    rng = np.random.default_rng(0)
    names = [f"T{i:02d}" for i in range(12)]
    rows = []
    for k in range(60):
        i, j = (k % 11 + 1, k % 11) if k < 11 else rng.choice(12, 2, replace=False)
        rows.append(Contrast(f"s{k}", names[i], names[j], float(rng.normal(0, 0.5)), float(rng.uniform(0.1, 0.4))))
    start = time.perf_counter()
    network_meta_analysis(assemble(rows, measure="log_hr"))
    assert time.perf_counter() - start < 1.0
