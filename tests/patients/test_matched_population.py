from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.core.random_streams import root_key
from cereblon.evidence import load_all, load_study
from cereblon.model.patients import (
    load_population,
    match_study,
    parse_study_patients,
    pooled_baseline,
)
from cereblon.model.patients.baseline import CANNOT_USE, TARGETS
from cereblon.model.patients.matched_population import match_population
from cereblon.trials.study_trial import study_patients

N = 20_000
FACTS = [
    ("baseline_age_median", 63.0),
    ("baseline_male", 58.0),
    ("baseline_iss_1", 27.0),
    ("baseline_iss_3", 33.0),
    ("baseline_ecog_2_or_more", 12.0),
    ("baseline_crcl_below_60", 25.0),
    ("baseline_igg", 65.0),
    ("baseline_high_risk_cytogenetics", 33.0),
    ("baseline_frail", 15.0),
]


@dataclass
class Figure:
    arm: str
    endpoint: str
    value: float | None
    subgroup: str | None = None


def test_people_have_the_published_figures_of_swog_s0777() -> None:
    """Facts by study file and invention; other people than those the marginals were moved on.

    Band: the tolerance of a move (0.15 years, 0.3 points) and four standard errors of 20,000 people.
    """
    criteria = parse_study_patients(dict(load_study("swog-s0777").simulation["patients"]), where="test").eligibility
    matched = match_population(load_population("ndmm"), FACTS, criteria)
    assert not matched.missed
    patients = matched.population.draw(root_key(77), np.arange(N))
    assert patients.crcl_ml_min.min() >= 30
    assert patients.haemoglobin_g_l.min() >= 90
    assert np.median(patients.age) - 0.5 == pytest.approx(63.0, abs=0.15 + 4 * 1.25 * 11 / math.sqrt(N))
    for endpoint, published in FACTS[1:]:
        error = 400 * math.sqrt(published / 100 * (1 - published / 100) / N)
        assert TARGETS[endpoint].measure(patients) == pytest.approx(published, abs=0.3 + error), endpoint


def test_prior_treatment_follows_the_study() -> None:
    facts = [
        ("baseline_prior_lines_1", 61.0),
        ("baseline_prior_lines_3_or_more", 11.0),
        ("baseline_prior_bortezomib", 84.0),
        ("baseline_lenalidomide_refractory", 0.0),
        ("baseline_crcl_median", 70.0),
    ]
    matched = match_population(load_population("rrmm-1-3"), facts)
    assert [figure.reached for figure in matched.used] == [True] * 5
    patients = matched.population.draw(root_key(1), np.arange(500))
    assert not patients.lenalidomide_refractory.any()


def test_a_median_of_prior_lines_is_met_when_no_share_is_given() -> None:
    matched = match_population(load_population("rrmm-heavy"), [("baseline_prior_lines_median", 6.0)])
    assert matched.used[0].after == 6.0


def test_equal_inputs_give_an_equal_population() -> None:
    first, second = (match_population(load_population("ndmm"), FACTS).population for _ in range(2))
    assert first == second


def test_without_facts_and_criteria_the_population_stays() -> None:
    matched = match_population(load_population("ndmm"), [])
    assert matched.population == load_population("ndmm")
    assert matched.used == matched.unused == ()


def test_moved_numbers_keep_their_source_on_record() -> None:
    moved = match_population(load_population("ndmm"), [("baseline_age_median", 60.0)]).population.age.median
    assert moved.basis == "derived"
    assert "before: 66 (published; Kyle 2003" in moved.source


def test_what_cannot_be_used_is_named_with_the_reason() -> None:
    facts = [("baseline_prior_lenalidomide", 12.0), ("baseline_shoe_size_median", 42.0), ("orr", 80.0)]
    unused = match_population(load_population("rrmm-1-3"), facts).unused
    assert [figure.endpoint for figure in unused] == [endpoint for endpoint, _ in facts]
    assert unused[0].reason == "exposure to this drug, without refractoriness, is not a covariate"
    assert unused[2].reason == "is not a baseline figure"


def test_a_figure_of_a_thing_already_fixed_is_compared_and_not_steered() -> None:
    matched = match_population(load_population("ndmm"), [("baseline_iss_2_or_3", 70.0), ("baseline_iss_1", 25.0)])
    assert {figure.endpoint: (figure.steered, figure.reached) for figure in matched.used} == {
        "baseline_iss_1": (True, True),
        "baseline_iss_2_or_3": (False, False),
    }


def test_a_figure_out_of_reach_is_reported_as_missed() -> None:
    matched = match_population(load_population("rrmm-1-3"), [("baseline_prior_lines_4_or_more", 30.0)])
    assert [figure.endpoint for figure in matched.missed] == ["baseline_prior_lines_4_or_more"]


@pytest.mark.parametrize(
    "fact", [("baseline_male", 120.0), ("baseline_male", math.nan), ("baseline_age_median", -1.0)]
)
def test_an_impossible_figure_is_refused(fact: tuple[str, float]) -> None:
    with pytest.raises(InputError, match=fact[0]):
        match_population(load_population("ndmm"), [fact])


def test_criteria_met_by_almost_nobody_are_refused_with_the_strictest() -> None:
    criterion = {"value": 19, "unit": "mL/min", "source": "test", "basis": "assumed"}
    block = {"population": "ndmm", "eligibility": {"criteria": {"crcl_ml_min_max": criterion}}}
    strict = parse_study_patients(block, where="odd").eligibility
    with pytest.raises(InputError, match=r"only [0-2]\.[0-9] % of its patients(.|\n)*crcl_ml_min_max"):
        match_population(load_population("ndmm-te"), [("baseline_age_median", 45.0)], strict)


def test_every_baseline_endpoint_of_the_vocabulary_is_known() -> None:
    vocabulary = pytest.importorskip("cereblon.vocabulary.endpoints")
    names = [name for name in vocabulary.vocabulary().endpoints if name.startswith("baseline_")]
    assert [name for name in names if name not in TARGETS and name not in CANNOT_USE] == []


def test_a_figure_of_the_whole_study_goes_before_those_of_its_arms() -> None:
    facts = [
        Figure("all", "baseline_age_median", 63.0),
        Figure("a", "baseline_age_median", 60.0),
        Figure("a", "baseline_iss_3", 10.0),
        Figure("b", "baseline_iss_3", 40.0),
        Figure("b", "baseline_iss_3", 99.0, "over 75"),
        Figure("b", "baseline_male", None),
        Figure("b", "orr", 50.0),
    ]
    expected = [("baseline_age_median", 63.0), ("baseline_iss_3", 30.0)]
    assert pooled_baseline(facts, {"a": 100, "b": 200}) == expected
    assert dict(pooled_baseline(facts))["baseline_iss_3"] == 25.0


@pytest.mark.slow
def test_every_study_that_states_its_people_can_be_drawn() -> None:
    """Its own figures alone; one missed there would be a contradiction within one block."""
    stated = {study.id: patients for study in load_all() if (patients := study_patients(study))}
    assert len(stated) >= 35
    for name, patients in stated.items():
        matched = match_study(name, "unused", patients=patients)
        assert not matched.missed, name
        assert len(matched.population.draw(root_key(1), np.arange(20))) == 20


def test_a_study_that_states_no_people_starts_from_its_setting() -> None:
    matched = match_study("my-study", "ndmm-tie", [("baseline_age_median", 75.0)])
    assert matched.population.title == load_population("ndmm-tie").title
    assert matched.used[0].reached


def test_a_published_fact_goes_before_a_figure_from_memory() -> None:
    patients = study_patients(load_study("swog-s0777"))
    matched = match_study("swog-s0777", "ndmm", [("baseline_iss_3", 25.0)], patients=patients)
    assert {figure.endpoint: figure.published for figure in matched.used}["baseline_iss_3"] == 25.0
    assert matched.from_memory == ("baseline_male",)


def test_problems_of_a_studys_people_are_listed_at_once() -> None:
    block = {"study": "other", "population": "nddm", "set_aside": {"baseline_shoes": "too big"}}
    with pytest.raises(InputError) as refused:
        parse_study_patients(block, where="mine")
    lines = refused.value.message.split("\n")
    assert sorted(line.split(":")[0] for line in lines) == ["mine, population", "mine, set_aside", "mine, study"]
    assert "'nddm' is not one of" in refused.value.message
    assert "patients cannot be moved to 'baseline_shoes'" in refused.value.message
