import numpy as np
import pytest
from synthesis_examples import ndmm, senn, senn_contrasts, smoking

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.synthesis.frequentist import (
    ArmCount,
    Contrast,
    TrialContrasts,
    assemble,
    assess_inconsistency,
    comparison_adjusted_funnel,
    league_table,
    network_meta_analysis,
    p_scores,
    pool_head_to_head,
    rank_treatments,
    split_comparison,
    split_nodes,
)
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.heterogeneity import estimate_tau2
from cereblon.synthesis.frequentist.network import consistency_model
from reference_data import kept_rows


@pytest.mark.parametrize(("model", "column"), [("fixed", "common"), ("random", "random")])
def test_senn_effects_and_errors_agree_with_netmeta(model, column):
    """R netmeta 3.3-1 with a three-arm trial, tau2 by DL; senn2013_netmeta.csv, 15 printed digits."""
    result = network_meta_analysis(senn(), model=model, tau2_method="DL", reference="plac")
    against = result.position("plac")
    for row in kept_rows("senn2013_netmeta.csv"):
        place = result.position(row["trt"])
        assert result.effect[place, against] == pytest.approx(float(row[f"TE.{column}"]), abs=1e-9)
        assert result.se[place, against] == pytest.approx(float(row[f"se.{column}"]), abs=1e-9)


@pytest.mark.parametrize(("model", "column"), [("fixed", "pscore.c"), ("random", "pscore.r")])
def test_senn_p_scores_agree_with_netmeta(model, column):
    """R netmeta 3.3-1, netrank(small.values="good"); senn2013_netmeta.csv."""
    scores = p_scores(network_meta_analysis(senn(), model=model, tau2_method="DL"), smaller_is_better=True)
    expected = {row["trt"]: float(row[column]) for row in kept_rows("senn2013_netmeta.csv")}
    assert scores == pytest.approx(expected, abs=1e-9)


def test_senn_q_and_tau2_agree_with_netmeta():
    """R netmeta 3.3-1, reference_values.json, 8 printed digits."""
    found = network_meta_analysis(senn(), tau2_method="DL")
    parts = assess_inconsistency(senn(), tau2_method="DL")
    assert found.tau2 == pytest.approx(0.10871692, abs=1e-8)
    assert found.heterogeneity.i2 == pytest.approx(0.81440535, abs=1e-8)
    assert (parts.total.q, parts.total.df) == (pytest.approx(96.985553, abs=1e-6), 18)
    assert (parts.heterogeneity.q, parts.heterogeneity.df) == (pytest.approx(74.455282, abs=1e-6), 11)
    assert (parts.inconsistency.q, parts.inconsistency.df) == (pytest.approx(22.530271, abs=1e-6), 7)


def test_senn_interaction_test_agrees_with_matrix_algebra_in_r():
    """R 4.2.2, dense matrices on Senn2013 with design-specific effects: tau2 0.144206267, Q 2.1940001321 on 7 df."""
    found = assess_inconsistency(senn(), tau2_method="DL")
    assert found.tau2_within == pytest.approx(0.144206267327, abs=1e-10)
    assert (found.interaction.q, found.interaction.df) == (pytest.approx(2.1940001321, abs=1e-8), 7)


def test_senn_reml_agrees_with_metafor_with_the_covariance_of_the_three_arm_trial():
    """R metafor 3.8-1, rma.mv(V full, random=~contrast|study, rho=0.5): tau2 0.09991746, optimiser to 1e-7."""
    result = network_meta_analysis(senn(), tau2_method="REML", reference="plac")
    assert result.tau2 == pytest.approx(0.0999174584989, abs=1e-7)
    comparison = result.compare("metf", "plac")
    assert (comparison.effect, comparison.se) == pytest.approx((-1.128420287571, 0.149404860946), abs=1e-7)


def test_senn_reml_of_netmeta_is_the_one_without_that_covariance():
    """R netmeta 3.3-1 prints 0.10105008: from effects alone it ignores that two contrasts share an arm.

    R metafor rma.mv with V diagonal gives 0.10105007 too; its optimiser is good to 1e-7.
    """
    full = senn()
    blind = [TrialContrasts(t.study, t.treatments, t.effect, np.diag(np.diag(t.covariance))) for t in full.trials]
    shuffled = []
    for trial in blind:
        if trial.study == "Willms1999":
            # the two contrasts that netmeta keeps are those with placebo
            original = next(t for t in full.trials if t.study == "Willms1999")
            pairs = [original.contrast(arm, "plac") for arm in ("acar", "metf")]
            trial = TrialContrasts(
                "Willms1999",
                ("plac", "acar", "metf"),
                np.array([p[0] for p in pairs]),
                np.diag([p[1] for p in pairs]),
            )
        shuffled.append(trial)
    tau2 = estimate_tau2(consistency_model(ContrastData("difference", tuple(shuffled))), "REML")
    assert tau2 == pytest.approx(0.10105008, abs=1e-6)


@pytest.mark.parametrize(
    ("treatment", "versus", "model", "difference", "se"),
    [
        ("metf", "rosi", "fixed", -0.0177882276607, 0.178071582243),
        ("metf", "sulf", "fixed", 0.691085624838, 0.178337793001),
        ("plac", "rosi", "fixed", -0.318236967152, 0.127401225946),
        ("metf", "rosi", "random", -0.0539618059445, 0.349006171156),
        ("piog", "plac", "random", -0.278606297243, 0.451037946013),
        ("acar", "sulf", "random", 0.0538038428698, 0.532028153351),
    ],
)
def test_senn_node_splits_agree_with_a_model_that_separates_direct_evidence(treatment, versus, model, difference, se):
    """R metafor 3.8-1, rma.mv with one more coefficient for the direct evidence (side-splitting, Dias 2010).

    tau2 fixed at 0 or 0.10871692; comparisons without a three-arm trial, where both methods are the same algebra. The
    sign there is a coefficient of direct minus indirect evidence; tau2 has 8 digits.
    """
    result = network_meta_analysis(senn(), model=model, tau2_method="DL")
    split = split_comparison(result, treatment, versus)
    assert split.difference.effect == pytest.approx(difference, abs=1e-7)
    assert split.difference.se == pytest.approx(se, abs=1e-7)


def test_smoking_network_from_arm_counts_agrees_with_metafor():
    """R metafor 3.8-1, rma.mv on baseline contrasts with full covariance, 0.5 added in the trials with a zero cell.

    REML tau2 0.450230023 (Nelder-Mead, about 1e-7), PM 0.512943131754, DL 0.598875258925, Q 202.618871213 on 23 df.
    """
    data = smoking()
    result = network_meta_analysis(data, reference="no_contact")
    assert result.tau2 == pytest.approx(0.450230023364, abs=1e-6)
    assert (result.heterogeneity.q, result.heterogeneity.df) == (pytest.approx(202.618871213, abs=1e-8), 23)
    expected = {"grp_counseling": 0.868733446774, "ind_counseling": 0.709009353894, "self_help": 0.397168578651}
    errors = {"grp_counseling": 0.372073284483, "ind_counseling": 0.195250613656, "self_help": 0.328639338079}
    for treatment, effect in expected.items():
        comparison = result.compare(treatment, "no_contact")
        assert comparison.effect == pytest.approx(effect, abs=1e-6)
        assert comparison.se == pytest.approx(errors[treatment], abs=1e-6)
    assert network_meta_analysis(data, tau2_method="PM").tau2 == pytest.approx(0.512943131754, abs=1e-10)
    assert network_meta_analysis(data, tau2_method="DL").tau2 == pytest.approx(0.598875258925, abs=1e-10)
    assert [note for note in data.notes if "0.5 was added" in note] == list(data.notes)
    assert len(data.notes) == 2


def test_smoking_inconsistency_agrees_with_metafor():
    """R metafor 3.8-1, rma.mv with a factor per design: Q within 187.398534192 on 16, between 15.2203370209 on 7.

    REML within designs 0.545650472 (about 1e-6), Q between at that variance 5.14311756.
    """
    found = assess_inconsistency(smoking())
    assert (found.heterogeneity.q, found.heterogeneity.df) == (pytest.approx(187.398534192, abs=1e-8), 16)
    assert (found.inconsistency.q, found.inconsistency.df) == (pytest.approx(15.2203370209, abs=1e-8), 7)
    assert found.tau2_within == pytest.approx(0.545650472233, abs=1e-6)
    assert found.interaction.q == pytest.approx(5.14311756228, abs=1e-5)
    assert sum(part.q for part in found.designs) == pytest.approx(found.heterogeneity.q)


@pytest.mark.parametrize(
    ("model", "treatment", "versus", "effect", "se"),
    [
        ("fixed", "Len", "Pbo", -0.5228685, 0.04559017),
        ("fixed", "Thal", "Pbo", -0.09994822, 0.08674864),
        ("fixed", "Len", "Thal", -0.4229203, 0.09799893),
        ("random", "Len", "Pbo", -0.5243023, 0.04750886),
        ("random", "Thal", "Pbo", -0.09994822, 0.08908697),
        ("random", "Len", "Thal", -0.4243541, 0.1009633),
    ],
)
def test_maintenance_network_agrees_with_netmeta(model, treatment, versus, effect, se):
    """R netmeta 3.3-1 on the Cox log hazard ratios of multinma's simulated trials, 7 printed digits."""
    result = network_meta_analysis(ndmm(), model=model, tau2_method="DL").compare(treatment, versus)
    assert (result.effect, result.se) == pytest.approx((effect, se), abs=6e-8)


def test_maintenance_heterogeneity_and_rows_agree_with_netmeta():
    """R netmeta 3.3-1: tau2 0.0004111621, Q 3.109808 (p 0.3750029), I2 0.03531013.

    Its hazard ratio of Len against Pbo is 0.5919682 (0.5393352 to 0.6497376); 7 printed digits.
    """
    result = network_meta_analysis(ndmm(), tau2_method="DL", reference="Pbo")
    spread = result.heterogeneity
    assert (spread.tau2, spread.q, spread.p, spread.i2) == pytest.approx(
        (0.0004111621, 3.109808, 0.3750029, 0.03531013), abs=6e-7
    )
    row = next(r for r in result.to_rows("Pbo") if r["treatment"] == "Len")
    assert (row["value"], row["low"], row["high"]) == pytest.approx((0.5919682, 0.5393352, 0.6497376), abs=1e-7)
    assert (row["unit"], row["direct_trials"]) == ("hazard ratio", 4)


def test_an_indirect_comparison_agrees_with_netmeta():
    """R netmeta 3.3-1, random effects, lenalidomide against thalidomide; seven printed digits."""
    found = network_meta_analysis(ndmm(), tau2_method="DL").compare("Len", "Thal")
    assert (found.effect, found.se) == pytest.approx((-0.4243541, 0.1009633), abs=6e-8)


def test_rows_cover_every_comparison_against_every_reference():
    rows = network_meta_analysis(ndmm()).to_rows()
    assert {(r["treatment"], r["versus"]) for r in rows} == {
        (a, b) for a in ("Len", "Pbo", "Thal") for b in ("Len", "Pbo", "Thal") if a != b
    }


def test_reference_is_the_treatment_of_most_trials_unless_named():
    assert network_meta_analysis(ndmm()).reference == "Pbo"
    assert network_meta_analysis(ndmm(), reference="Thal").reference == "Thal"
    with pytest.raises(UnknownNameError, match="treatment 'Dex' is not known"):
        network_meta_analysis(ndmm(), reference="Dex")


def test_a_disconnected_network_is_refused_with_its_parts():
    rows = [
        Contrast("s1", "A", "B", 0.1, 0.1),
        Contrast("s2", "C", "D", 0.1, 0.1),
        Contrast("s3", "D", "E", 0.1, 0.1),
    ]
    with pytest.raises(InputError, match=r"no trial joins its 2 parts \(1: A, B; 2: C, D, E\)"):
        network_meta_analysis(assemble(rows, measure="log_hr"))


def test_a_tree_of_single_trials_falls_back_to_fixed_effects_and_says_so():
    rows = [Contrast("s1", "A", "B", 0.1, 0.1), Contrast("s2", "C", "B", 0.3, 0.2)]
    result = network_meta_analysis(assemble(rows, measure="log_hr"))
    assert (result.model, result.heterogeneity.tau2) == ("fixed", None)
    assert "variance between trials cannot be estimated" in result.notes[-1]
    assert result.compare("A", "C").effect == pytest.approx(-0.2)
    assert result.compare("A", "C").se == pytest.approx(np.hypot(0.1, 0.2))
    assert result.compare("A", "C").prediction_low is None


def test_prediction_interval_follows_netmeta():
    """netmeta: t with df(Q) - 1 = 17 degrees of freedom, 97.5 % point 2.109816 (any t table), se from the DL fit."""
    result = network_meta_analysis(senn(), tau2_method="DL").compare("rosi", "plac")
    reach = 2.109815578 * np.sqrt(0.127801641862546**2 + 0.10871692)
    assert result.prediction_low == pytest.approx(-1.23345575297583 - reach, abs=1e-7)


def test_counts_and_printed_odds_ratios_are_synthesised_together():
    """The same network whether a trial enters by its counts or by its own log odds ratio and standard error."""
    arms = [
        ArmCount("a", "X", 10, 50),
        ArmCount("a", "Y", 20, 50),
        ArmCount("b", "Y", 5, 40),
        ArmCount("b", "Z", 9, 40),
    ]
    counted = network_meta_analysis(assemble(arms=arms, measure="log_or"))
    printed = Contrast("a", "X", "Y", np.log(10 * 30 / (40 * 20)), np.sqrt(1 / 10 + 1 / 40 + 1 / 20 + 1 / 30))
    mixed = network_meta_analysis(assemble([printed], arms[2:], measure="log_or"))
    assert mixed.effect == pytest.approx(counted.effect, abs=1e-12)
    assert mixed.se == pytest.approx(counted.se, abs=1e-12)


def test_trials_without_events_are_listed_not_dropped_in_silence():
    arms = [
        ArmCount("a", "X", 10, 50),
        ArmCount("a", "Y", 20, 50),
        ArmCount("b", "X", 0, 40),
        ArmCount("b", "Y", 0, 40),
    ]
    data = assemble(arms=arms, measure="log_or")
    assert data.excluded == (("b", "no arm has an event, so a ratio is not informed"),)
    assert "study b is left out" in network_meta_analysis(data).notes[-2]
    assert assemble(arms=arms, measure="risk_difference").excluded == ()


def test_head_to_head_pool_is_the_network_when_there_are_only_two_treatments():
    rows = [Contrast(f"s{i}", "A", "B", y, s) for i, (y, s) in enumerate([(0.1, 0.1), (0.5, 0.2), (-0.2, 0.15)])]
    data = assemble(rows, measure="log_hr", notes=["told"])
    pair, network = pool_head_to_head(data, "A", "B"), network_meta_analysis(data)
    assert (pair.effect, pair.se) == pytest.approx((network.effect[0, 1], network.se[0, 1]), rel=1e-12)
    assert pair.notes == ("told",)
    with pytest.raises(InputError, match="no trial compares A with C"):
        pool_head_to_head(data, "A", "C")


def test_node_splits_name_what_is_missing():
    splits = {(s.treatment, s.versus): s for s in split_nodes(network_meta_analysis(ndmm())).splits}
    assert splits[("Pbo", "Len")].indirect is None
    assert splits[("Thal", "Len")].direct is None
    assert splits[("Thal", "Len")].direct_share == 0.0
    assert not split_nodes(network_meta_analysis(ndmm())).testable


def test_a_three_arm_trial_is_no_indirect_evidence_on_itself():
    """A versus B is linked through C only inside the trial that also compares A with B."""
    arms = [ArmCount("t", "A", 10, 50), ArmCount("t", "B", 20, 50), ArmCount("t", "C", 15, 50)]
    arms += [ArmCount("u", "A", 12, 60), ArmCount("u", "C", 18, 60)]
    split = split_comparison(network_meta_analysis(assemble(arms=arms, measure="log_or"), model="fixed"), "A", "B")
    assert split.direct is not None
    assert split.indirect is None


def test_node_split_rows_put_direct_and_indirect_side_by_side():
    rows = split_nodes(network_meta_analysis(senn(), tau2_method="DL")).to_rows()
    row = next(r for r in rows if (r["treatment"], r["versus"]) == ("rosi", "plac"))
    assert row["network"] == pytest.approx(
        row["direct_share"] * row["direct"] + (1 - row["direct_share"]) * row["indirect"]
    )
    assert row["trials"] == 6


def test_simulated_ranks_agree_with_p_scores_and_repeat_with_the_seed():
    """SUCRA is the mean over draws of what the P-score gives in closed form (Rücker and Schwarzer 2015).

    A rank has a standard deviation of at most (n - 1) / 2, so SUCRA of 20,000 draws is good to 4 * 0.5 / sqrt(20000).
    """
    result = network_meta_analysis(smoking())
    ranking = rank_treatments(result, smaller_is_better=False, seed=3)
    assert ranking.sucra == pytest.approx(ranking.p_score, abs=4 * 0.5 / np.sqrt(20_000))
    assert np.array_equal(ranking.sucra, rank_treatments(result, smaller_is_better=False, seed=3).sucra)
    assert ranking.treatments[-1] == "no_contact"
    assert ranking.rank_probability.sum(axis=0) == pytest.approx(1.0)
    assert ranking.rank_probability.sum(axis=1) == pytest.approx(1.0)
    assert (ranking.rank_low <= ranking.mean_rank).all() and (ranking.mean_rank <= ranking.rank_high).all()


def test_league_table_has_the_network_below_and_head_to_head_above_the_diagonal():
    """netmeta, fixed effect: Len against Pbo 0.5928176 (0.542144-0.6482276), and no trial of Len against Thal."""
    result = network_meta_analysis(ndmm(), model="fixed")
    table = league_table(result, ["Len", "Thal", "Pbo"])
    assert table.to_rows()[2]["Len"] == "0.59 (0.54 to 0.65)"
    assert table.to_rows()[0]["Pbo"] == "0.59 (0.54 to 0.65)"
    assert table.to_rows()[0]["Thal"] == ""
    assert table.to_rows()[1]["Thal"] == "Thal"
    with pytest.raises(InputError, match="is not the network's"):
        league_table(result, ["Len", "Pbo"])


def test_funnel_points_of_one_comparison_balance_around_zero():
    """Each comparison is centred on its own inverse-variance mean, so the weighted deviations sum to zero."""
    result = network_meta_analysis(ndmm(), model="fixed")
    points = comparison_adjusted_funnel(result, ["Pbo", "Thal", "Len"])
    own = [p for p in points if (p.treatment, p.versus) == ("Len", "Pbo")]
    assert len(own) == 4
    assert sum(p.adjusted / p.se**2 for p in own) == pytest.approx(0.0, abs=1e-9)


def test_comparison_with_itself_is_refused():
    with pytest.raises(InputError, match="cannot be compared with itself"):
        network_meta_analysis(ndmm()).compare("Len", "Len")


def test_senn_contrasts_are_read_as_26_trials_of_which_one_has_three_arms():
    data = assemble(senn_contrasts(), measure="difference")
    assert len(data.trials) == 26
    assert [t.study for t in data.trials if len(t.treatments) == 3] == ["Willms1999"]
    assert len(data.to_rows()) == 28
