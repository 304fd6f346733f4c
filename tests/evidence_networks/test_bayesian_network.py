"""Bayesian network meta-analysis against multinma, netmeta and the frequentist result."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.synthesis.bayes import (
    BayesianNetwork,
    HeterogeneityPrior,
    Priors,
    bayesian_network,
    default_priors,
    parse_heterogeneity_prior,
    split_posterior,
)
from cereblon.synthesis.frequentist import (
    ArmCount,
    Contrast,
    assemble,
    network_meta_analysis,
    parse_contrasts,
    rank_treatments,
)

# Smoking cessation: quitters and people per arm. Hasselblad, Medical Decision Making 1998; 18: 37-43.
SMOKING = """study,treatment,events,n
1,none,9,140
1,individual,23,140
1,group,10,138
2,self-help,11,78
2,individual,12,85
2,group,29,170
3,none,75,731
3,individual,363,714
4,none,2,106
4,individual,9,205
5,none,58,549
5,individual,237,1561
6,none,0,33
6,individual,9,48
7,none,3,100
7,individual,31,98
8,none,1,31
8,individual,26,95
9,none,6,39
9,individual,17,77
10,none,79,702
10,self-help,77,694
11,none,18,671
11,self-help,21,535
12,none,64,642
12,individual,107,761
13,none,5,62
13,individual,8,90
14,none,20,234
14,individual,34,237
15,none,0,20
15,group,9,20
16,none,8,116
16,self-help,19,149
17,none,95,1107
17,individual,143,1031
18,none,15,187
18,individual,36,504
19,none,78,584
19,individual,73,675
20,none,69,1177
20,individual,54,888
21,self-help,20,49
21,individual,16,43
22,self-help,7,66
22,group,32,127
23,individual,12,76
23,group,20,74
24,individual,9,55
24,group,3,26
"""

NDMM_COX = """study,treatment,versus,hr,ci_low,ci_high
McCarthy2012,Len,Pbo,0.621891139988497,0.484618519528124,0.798047483560413
Attal2012,Len,Pbo,0.597941594801441,0.482964763955365,0.740290343058512
Palumbo2014,Len,Pbo,0.443166749916795,0.315937911747473,0.621630899392644
Morgan2012,Thal,Pbo,0.904884273993215,0.763400547570602,1.07258968037942
Jackson2019,Len,Pbo,0.604885999474528,0.540329499913312,0.677155462396556
"""


@pytest.fixture(scope="module")
def smoking() -> BayesianNetwork:
    priors = Priors(100.0, 100.0, HeterogeneityPrior("half-normal", 5.0))
    return bayesian_network(parse_contrasts(SMOKING), reference="none", priors=priors, warmup=400, draws=1000, seed=3)


@pytest.fixture(scope="module")
def maintenance() -> BayesianNetwork:
    return bayesian_network(parse_contrasts(NDMM_COX), model="fixed", reference="Pbo", warmup=300, seed=3)


@pytest.mark.slow
def test_random_effects_on_counts_agree_with_multinma(smoking: BayesianNetwork) -> None:
    """R multinma, example_smk_re, priors N(0, 100) and half-normal(5), as printed on its reference pages.

    d[group] 1.10 (sd 0.44), d[individual] 0.84 (0.25), d[self-help] 0.50 (0.41), tau 0.84 (0.19; 0.54 to 1.28 in its
    quantiles of several releases). Tolerance 0.04: three releases of multinma print 1.08 to 1.11 for the same run.
    """
    for name, mean, sd in (("group", 1.10, 0.44), ("individual", 0.84, 0.25), ("self-help", 0.50, 0.41)):
        effect = smoking.compare(name, "none")
        assert effect.mean == pytest.approx(mean, abs=0.04)
        assert effect.sd == pytest.approx(sd, abs=0.04)
    assert float(smoking.tau.mean()) == pytest.approx(0.84, abs=0.04)
    assert float(smoking.tau.std()) == pytest.approx(0.19, abs=0.03)


@pytest.mark.slow
def test_a_zero_cell_needs_no_correction(smoking: BayesianNetwork) -> None:
    assert not any("a cell is zero" in note for note in smoking.notes)
    assert any("a cell is zero" in note for note in smoking.data.notes)


@pytest.mark.slow
def test_a_good_run_converges_and_says_its_priors(smoking: BayesianNetwork) -> None:
    assert smoking.has_converged
    assert smoking.divergences == 0
    assert [row["quantity"] for row in smoking.convergence][-1] == "tau"
    assert "prior: between trials: tau half-normal with scale 5" in smoking.notes


@pytest.mark.slow
def test_fixed_effects_agree_with_multinma_on_its_simulated_trials(maintenance: BayesianNetwork) -> None:
    """multinma 0.8.0, vignette example_ndmm, unadjusted fixed-effect model: mean, sd and 95 % interval.

    That model fits the individuals with splines, ours the five Cox hazard ratios; they differ by how ties and the
    baseline are treated. Tolerance 0.02: rounding of the printed values (0.005) plus that difference (0.01).
    """
    printed = {"Len": (-0.52, 0.05, -0.61, -0.43), "Thal": (-0.11, 0.09, -0.28, 0.07)}
    for name, (mean, sd, low, high) in printed.items():
        effect = maintenance.compare(name, "Pbo")
        assert effect.mean == pytest.approx(mean, abs=0.02)
        assert effect.sd == pytest.approx(sd, abs=0.01)
        assert effect.low == pytest.approx(low, abs=0.03)
        assert effect.high == pytest.approx(high, abs=0.03)


@pytest.mark.slow
def test_flat_priors_give_the_frequentist_fixed_effect(maintenance: BayesianNetwork) -> None:
    """R netmeta 3.3-1 on the same contrasts, common effect.

    Len -0.5228685 (0.04559017), Thal -0.09994822 (0.08674864).
    Tolerance: five Monte Carlo standard errors of a mean from more than 4,000 effective draws, and 3 % of an sd.
    """
    for name, mean, sd in (("Len", -0.5228685, 0.04559017), ("Thal", -0.09994822, 0.08674864)):
        effect = maintenance.compare(name, "Pbo")
        assert effect.mean == pytest.approx(mean, abs=5 * sd / math.sqrt(4000))
        assert effect.sd == pytest.approx(sd, rel=0.03)
    assert not np.any(maintenance.tau)


@pytest.mark.slow
def test_ranks_agree_with_the_frequentist_ones_when_priors_are_flat(maintenance: BayesianNetwork) -> None:
    """SUCRA equals the P-score up to Monte Carlo error, at most 0.5 / sqrt(effective draws) per probability."""
    frequentist = rank_treatments(network_meta_analysis(maintenance.data, model="fixed"), smaller_is_better=True)
    ranking = maintenance.rank(smaller_is_better=True)
    assert ranking.treatments == frequentist.treatments == ("Len", "Thal", "Pbo")
    assert np.allclose(ranking.sucra, frequentist.p_score, atol=0.02)
    row = ranking.to_rows()[0]
    assert row["sucra_low"] <= row["sucra"] <= row["sucra_high"]  # type: ignore[operator]


@pytest.mark.slow
def test_contrasts_and_counts_in_one_model_agree_with_the_normal_approximation() -> None:
    """Large arms without rare events: the binomial likelihood is normal, so the frequentist result is the reference.

    Three arms in one trial, a printed contrast in another. Tolerance 0.03: Monte Carlo error (sd 0.13 to 0.19 over
    more than 1,000 draws, five standard errors) plus the skewness of a binomial of 300 patients.
    """
    arms = [
        ArmCount("A", "X", 150, 300),
        ArmCount("A", "Y", 120, 300),
        ArmCount("A", "Z", 100, 300),
        ArmCount("B", "X", 160, 310),
        ArmCount("B", "Z", 110, 305),
    ]
    data = assemble([Contrast("C", "Y", "Z", 0.30, 0.15)], arms, measure="log_or")
    reference = network_meta_analysis(data, model="fixed", reference="Z")
    posterior = bayesian_network(data, model="fixed", reference="Z", warmup=200, draws=600, seed=5)
    for name in ("X", "Y"):
        expected, effect = reference.compare(name, "Z"), posterior.compare(name, "Z")
        assert effect.mean == pytest.approx(expected.effect, abs=0.03)
        assert effect.sd == pytest.approx(expected.se, rel=0.06)
    back = posterior.compare("Z", "X")
    assert back.mean == pytest.approx(-posterior.compare("X", "Z").mean)
    assert len(posterior.to_rows()) == 6


@pytest.mark.slow
def test_heterogeneity_without_degrees_of_freedom_is_said_to_be_the_prior() -> None:
    data = parse_contrasts("study,treatment,versus,effect,se\nA,X,P,-0.4,0.1\nB,Y,P,-0.2,0.1\n", measure="log_hr")
    posterior = bayesian_network(data, warmup=300, draws=1000, seed=1)
    assert any("heterogeneity is the prior's alone" in note for note in posterior.notes)
    # Median of a half-normal with scale 0.5 is 0.337; five Monte Carlo standard errors over about 2,000 draws.
    assert posterior.heterogeneity_row()["tau"] == pytest.approx(0.337, abs=0.04)


def test_priors_are_read_and_refused_in_words() -> None:
    assert str(parse_heterogeneity_prior("half-normal:0.5")) == "tau half-normal with scale 0.5"
    assert str(parse_heterogeneity_prior("uniform:0,2")) == "tau uniform from 0 to 2"
    assert "log mean -2.56" in str(parse_heterogeneity_prior("log-normal:-2.56,1.74"))
    for text in ("half-normal", "gamma:1,2", "uniform:1", "half-normal:a"):
        with pytest.raises(InputError, match="is not understood"):
            parse_heterogeneity_prior(text)
    for text, message in (
        ("half-normal:-1", "not positive"),
        ("uniform:2,1", "no range"),
        ("log-normal:0,0", "not positive"),
    ):
        with pytest.raises(InputError, match=message):
            parse_heterogeneity_prior(text)
    with pytest.raises(InputError, match="prior effect_sd: got 0"):
        Priors(0.0, 1.0, HeterogeneityPrior("half-normal", 1.0))


def test_the_default_prior_follows_the_scale() -> None:
    ratio = parse_contrasts(NDMM_COX)
    assert default_priors(ratio).heterogeneity == HeterogeneityPrior("half-normal", 0.5)
    plain = parse_contrasts("study,treatment,versus,effect,se\nA,X,P,3,4\nB,Y,P,0,0.0001\n")
    # Root of the mean squared effect plus the mean squared error: sqrt(9 / 2 + 16 / 2).
    assert default_priors(plain).heterogeneity.first == pytest.approx(math.sqrt(12.5), rel=1e-6)


def test_impossible_runs_are_refused_at_once() -> None:
    data = parse_contrasts(NDMM_COX)
    with pytest.raises(InputError, match=r"1 chains: two at least(.|\n)*seed -1 is negative"):
        bayesian_network(data, chains=1, seed=-1)
    with pytest.raises(InputError, match="target_accept 1 is outside 0 to 1"):
        bayesian_network(data, target_accept=1.0)
    with pytest.raises(UnknownNameError, match="model 'mixed' is not known"):
        bayesian_network(data, model="mixed")
    with pytest.raises(InputError, match="not connected"):
        bayesian_network(
            parse_contrasts("study,treatment,versus,effect,se\nA,X,P,-0.4,0.1\nB,Y,Z,-0.2,0.1\n"),
            draws=100,
            warmup=100,
        )


@pytest.mark.slow
def test_node_splitting_agrees_with_multinma() -> None:
    """R multinma, example_smk_nodesplit, group against no intervention, priors N(0, 100) and half-normal(5).

    Eight builds of its reference pages print direct 1.05 to 1.07 (sd 0.73 to 0.76), indirect 1.12 to 1.17 (0.54 to
    0.56), difference -0.06 to -0.11 (0.88 to 0.93), tau 0.86 to 0.88, p 0.89 to 0.93. Tolerances: that spread plus
    Monte Carlo error, five times 0.9 over the square root of 3,000 effective draws (0.08).
    """
    priors = Priors(100.0, 100.0, HeterogeneityPrior("half-normal", 5.0))
    data = parse_contrasts(SMOKING)
    split = split_posterior(data, "group", "none", priors=priors, warmup=400, draws=1000, seed=3)
    assert split is not None
    assert split.posterior.has_converged
    assert split.direct.mean == pytest.approx(1.06, abs=0.10)
    assert split.direct.sd == pytest.approx(0.75, abs=0.08)
    assert split.indirect.mean == pytest.approx(1.15, abs=0.10)
    assert split.indirect.sd == pytest.approx(0.55, abs=0.06)
    assert split.difference.mean == pytest.approx(-0.09, abs=0.10)
    assert split.p == pytest.approx(0.91, abs=0.08)
    assert float(split.posterior.tau.mean()) == pytest.approx(0.87, abs=0.05)


def test_a_comparison_with_one_kind_of_evidence_is_not_split() -> None:
    assert split_posterior(parse_contrasts(NDMM_COX), "Len", "Pbo") is None
    assert split_posterior(parse_contrasts(NDMM_COX), "Len", "Thal") is None
    with pytest.raises(InputError, match="compared with itself"):
        split_posterior(parse_contrasts(NDMM_COX), "Len", "Len")
