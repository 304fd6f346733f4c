"""Drawn people against what the population files state, on 20,000 people of one seed."""

from __future__ import annotations

import numpy as np
import pytest

from cereblon.core.random_streams import root_key
from cereblon.model.patients import ISOTYPES, Population, VirtualPatients, load_population, population_names
from cereblon.model.patients.correlation import independent_scores
from cereblon.model.patients.eligibility import Eligibility
from cereblon.model.patients.limits import is_possible, limits
from cereblon.model.patients.quantities import Continuous, Number

N = 20_000
SAMPLING = 4 * np.sqrt(0.25 / N)  # four standard errors of a share near one half
NAMES = population_names()


def unselected(name: str) -> tuple[Population, VirtualPatients, float]:
    """Give a population without entry criteria, its people, and the share who were drawn again."""
    population = load_population(name).model_copy(update={"eligibility": Eligibility()})
    key, ids = root_key(2024), np.arange(N)
    first = population.compose(ids, independent_scores(key, "patients", ids))
    return population, population.draw(key, ids), 1.0 - float(np.mean(is_possible(first)))


def parts(population: Population, patients: VirtualPatients) -> list[tuple[str, Continuous, np.ndarray, np.ndarray]]:
    """List each continuous marginal with the people it describes."""
    everyone = np.ones(len(patients), dtype=bool)
    light = patients.isotype == ISOTYPES.index("light_chain")
    p = population
    rows = [
        ("age", p.age, everyone),
        ("albumin_g_l", p.albumin_g_l, everyone),
        ("b2m_mg_l", p.b2m_mg_l, everyone),
        ("uninvolved_flc_mg_l", p.uninvolved_flc_mg_l, everyone),
        ("marrow_plasma_cells_percent", p.marrow_plasma_cells_percent, everyone),
        ("neutrophils_1e9_l", p.neutrophils_1e9_l, everyone),
        ("platelets_1e9_l", p.platelets_1e9_l, everyone),
        ("haemoglobin_g_l", p.haemoglobin_g_l, everyone),
        ("height_cm", p.height_cm.male, patients.male),
        ("height_cm", p.height_cm.female, ~patients.male),
        ("weight_kg", p.weight_kg.male, patients.male),
        ("weight_kg", p.weight_kg.female, ~patients.male),
        ("creatinine_mg_dl", p.creatinine_mg_dl.male, patients.male),
        ("creatinine_mg_dl", p.creatinine_mg_dl.female, ~patients.male),
        ("m_protein_g_l", p.m_protein_g_l.IgG, patients.isotype == 0),
    ]
    # Involved light chains are correlated with creatinine as the isotype is, so only the whole of each file's
    # intact and light-chain people would deviate by that; they are tested through their order below.
    return [(name, marginal, getattr(patients, name), who) for name, marginal, who in rows] + [
        ("involved below", p.involved_flc_mg_l.light_chain, patients.involved_flc_mg_l, light)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_half_of_the_people_lie_below_the_stated_median(name: str) -> None:
    """Band: four standard errors of one half, plus the share redrawn, plus the selection by an isotype or sex.

    Whoever is drawn again can move a share by at most the share redrawn. Within an isotype the correlated
    covariates are shifted: by at most 0.15 (correlation with creatinine) times 0.9 (mean score of an isotype).
    """
    population, patients, redrawn = unselected(name)
    for covariate, marginal, values, who in parts(population, patients):
        column = covariate if covariate in limits() else "involved_flc_mg_l"
        median = marginal.quantile(np.zeros(1), *limits()[column])[0]
        by_group = 0.0 if who.all() or covariate != "involved below" else 0.06
        band = SAMPLING * np.sqrt(N / np.count_nonzero(who)) + redrawn + by_group
        assert abs(np.mean(values[who] < median) - 0.5) <= band, (covariate, median)


@pytest.mark.parametrize("name", NAMES)
def test_shares_are_those_stated(name: str) -> None:
    """Band: four standard errors of a share, plus the share redrawn, which bounds what redrawing can move."""
    population, patients, redrawn = unselected(name)
    band = SAMPLING + redrawn
    for trait in (
        "male",
        "high_risk_cytogenetics",
        "lenalidomide_refractory",
        "bortezomib_exposed",
        "cardiac_history",
    ):
        number: Number = getattr(population, trait)
        assert abs(np.mean(getattr(patients, trait)) - number.value) <= band, trait
    for covariate in ("ecog", "prior_lines"):
        for level, share in getattr(population, covariate).value.items():
            assert abs(np.mean(getattr(patients, covariate) == int(level)) - share) <= band, (covariate, level)
    for code, isotype in enumerate(ISOTYPES):
        assert abs(np.mean(patients.isotype == code) - population.isotype.value[isotype]) <= band


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    ranks = [np.argsort(np.argsort(values)) for values in (first, second)]
    return float(np.corrcoef(*ranks)[0, 1])


def test_stated_correlations_are_present() -> None:
    """Pearson 1907: the rank correlation of a Gaussian copula is 6 / pi arcsin(r / 2).

    Band: four standard errors of a rank correlation near 0 (1 / sqrt(n)), and 0.015 for the 1.5 % drawn again.
    """
    population, patients, redrawn = unselected("ndmm")
    assert redrawn < 0.015
    direct = {"age", "albumin_g_l", "b2m_mg_l", "haemoglobin_g_l", "marrow_plasma_cells_percent", "platelets_1e9_l"}
    direct |= {"neutrophils_1e9_l", "uninvolved_flc_mg_l"}
    pairs = [pair for pair in population.correlations if set(pair.between) <= direct]
    assert len(pairs) >= 12
    for pair in pairs:
        found = rank_correlation(*(getattr(patients, name) for name in pair.between))
        assert found == pytest.approx(6 / np.pi * np.arcsin(pair.value / 2), abs=4 / np.sqrt(N) + 0.015), pair.between


def test_kidney_failure_brings_beta_2_microglobulin_and_anaemia() -> None:
    patients = load_population("ndmm").draw(root_key(5), np.arange(N))
    assert rank_correlation(patients.crcl_ml_min, patients.b2m_mg_l) < -0.4
    assert rank_correlation(patients.crcl_ml_min, patients.haemoglobin_g_l) > 0.2
    assert rank_correlation(patients.crcl_ml_min, patients.age) < -0.3  # the formula alone makes it fall with age


def test_stages_of_mixed_newly_diagnosed_are_about_30_40_30_percent() -> None:
    """Our own aim (the file says so): between Greipp 2005 (28, 33, 39 %) and trials; 3 points keep the order."""
    patients = load_population("ndmm").draw(root_key(5), np.arange(N))
    shares = [100 * np.mean(patients.iss == stage) for stage in (1, 2, 3)]
    np.testing.assert_allclose(shares, [30, 40, 30], atol=3)


def test_newly_diagnosed_people_have_the_published_age_anaemia_and_kidney_failure() -> None:
    """Kyle 2003: 38 % aged 70 or more, 2 % under 40, haemoglobin 120 g/L or less in 73 %, creatinine >= 2 in 19 %.

    Bands: 3 points for a cohort of 1027 (two standard errors); creatinine may lie below, as the file says.
    """
    patients = load_population("ndmm").draw(root_key(5), np.arange(N))
    assert 100 * np.mean(patients.age >= 70) == pytest.approx(38, abs=3)
    assert 100 * np.mean(patients.age < 40) == pytest.approx(2, abs=1)
    assert 100 * np.mean(patients.haemoglobin_g_l <= 120) == pytest.approx(73, abs=3)
    assert 8 < 100 * np.mean(patients.creatinine_mg_dl >= 2) < 19


def test_transplant_ineligible_people_are_as_frail_as_in_emn01() -> None:
    """Larocca 2020 (EMN01), doi:10.3324/haematol.2019.226407: 43, 31 and 25 % of 654 people.

    Band: 4 points, two standard errors of a share of 654 people.
    """
    patients = load_population("ndmm-tie").draw(root_key(5), np.arange(N))
    shares = [100 * np.mean(patients.frailty == group) for group in (0, 1, 2)]
    np.testing.assert_allclose(shares, [43, 31, 25], atol=4)


def test_everybody_above_80_is_frail_and_nobody_above_75_is_fit() -> None:
    patients = load_population("ndmm-tie").draw(root_key(5), np.arange(2000))
    assert (patients.frailty[patients.age >= 81] == 2).all()
    assert (patients.frailty[patients.age >= 76] > 0).all()


def test_bortezomib_before_leaves_neuropathy() -> None:
    patients = load_population("rrmm-1-3").draw(root_key(5), np.arange(N))
    exposed = np.mean(patients.baseline_neuropathy_grade[patients.bortezomib_exposed] > 0)
    unexposed = np.mean(patients.baseline_neuropathy_grade[~patients.bortezomib_exposed] > 0)
    assert exposed > 3 * unexposed


def test_twenty_thousand_people_take_less_than_two_seconds_once_compiled() -> None:
    """The limit asked for; about 0.1 s is usual, so a factor of 20 is left for a busy machine."""
    import time

    population = load_population("rrmm-1-3")
    population.draw(root_key(1), np.arange(10))
    start = time.perf_counter()
    population.draw(root_key(1), np.arange(N))
    assert time.perf_counter() - start < 2
