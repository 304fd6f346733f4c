"""Networks of the published trials."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import norm

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.evidence import load_all, load_study
from cereblon.synthesis.frequentist import compare_treatments, network_meta_analysis
from cereblon.synthesis.trial_networks import (
    SETTING_GROUPS,
    find_treatment,
    keep_part,
    largest_part,
    published_network,
    treatment_meanings,
)
from cereblon.synthesis.trial_networks.nodes import _file, settings_of


def reasons(study: str, left_out: Sequence[object]) -> str:
    return "; ".join(entry.why for entry in left_out if entry.study == study)  # type: ignore[attr-defined]


def test_a_relapsed_network_holds_the_four_trials_against_rd() -> None:
    """Hazard ratios as printed: ASPIRE 0.69, ELOQUENT-2 0.70 (2015), POLLUX 0.44 (44 months), TOURMALINE-MM1 0.82."""
    found = published_network("pfs_hr", "rrmm")
    assert found.data.studies == ("aspire", "eloquent2", "pollux", "tourmaline-mm1")
    effects = {row["treatment"]: row["value"] for row in network_meta_analysis(found.data).to_rows("Rd")}
    assert {name: round(float(value or 0), 6) for name, value in effects.items()} == {
        "KRd": 0.69,
        "ERd": 0.7,
        "DRd": 0.44,
        "IRd": 0.82,
    }


def test_the_standard_error_is_from_the_printed_interval_and_its_level() -> None:
    """S0777 2020: 0.742 with a 96 % interval 0.594 to 0.928; log width over twice the 98 % quantile."""
    found = published_network("pfs_hr", "ndmm", strict=True)
    trial = next(trial for trial in found.data.trials if trial.study == "swog-s0777")
    effect, variance = trial.contrast("VRd", "Rd")
    assert effect == pytest.approx(math.log(0.742))
    assert math.sqrt(variance) == pytest.approx(math.log(0.928 / 0.594) / (2 * norm.ppf(0.98)))


def test_without_an_interval_an_exact_p_value_gives_the_standard_error() -> None:
    """TOURMALINE-MM1 overall survival: 0.939 with p=0.495, no interval printed."""
    found = published_network("os_hr", "rrmm")
    trial = next(trial for trial in found.data.trials if trial.study == "tourmaline-mm1")
    _, variance = trial.contrast("IRd", "Rd")
    assert math.sqrt(variance) == pytest.approx(abs(math.log(0.939)) / norm.isf(0.495 / 2))
    assert any("p=0.495 (taken as two-sided)" in note for note in found.data.notes)


def test_a_bound_of_p_is_not_turned_into_a_standard_error() -> None:
    found = published_network("pfs_hr", "maintenance")
    assert "only a bound of p" in reasons("myeloma-xi", found.left_out)
    assert "myeloma-xi" not in found.data.studies


def test_settings_are_apart_and_a_joined_setting_is_named() -> None:
    kinds = {study.id: study.setting for study in load_all()}
    for setting, held in SETTING_GROUPS.items():
        try:
            found = published_network("pfs_hr", setting)
        except InputError:
            continue
        second = {"emn01", "forte", "rv-mm-pi-209"}  # their second randomisation is of maintenance
        assert {kinds[study] for study in found.data.studies if study not in second} <= set(held)
    assert any("setting ndmm-tie joins" in note for note in published_network("pfs_hr", "ndmm-tie").data.notes)
    assert not any("joins" in note for note in published_network("pfs_hr", "rrmm").data.notes)


def test_strict_leaves_out_the_other_settings() -> None:
    assert "swog-s0777" in published_network("pfs_hr", "ndmm-tie").data.studies
    assert "swog-s0777" not in published_network("pfs_hr", "ndmm-tie", strict=True).data.studies
    assert settings_of("maintenance") == ("maintenance-post-asct", "maintenance-no-asct")
    with pytest.raises(InputError, match="no study has the setting maintenance itself"):
        settings_of("maintenance", strict=True)


def test_every_study_with_the_endpoint_is_used_or_left_out_with_a_reason() -> None:
    """Nothing is dropped silently, whatever the endpoint."""
    for endpoint, setting in (("pfs_hr", "ndmm"), ("os_hr", "ndmm"), ("orr", "ndmm"), ("orr", "rrmm")):
        found = published_network(endpoint, setting)
        accounted = {*found.data.studies, *(entry.study for entry in found.left_out)}
        held = set(SETTING_GROUPS[setting])
        having = {
            study.id
            for study in load_all()
            if study.setting in held and any(fact.endpoint == endpoint and fact.arm != "all" for fact in study.facts)
        }
        pooled_only = {
            study
            for study in having
            if all(
                load_study(study).arms[fact.arm].pooled_of
                for fact in load_study(study).facts
                if fact.endpoint == endpoint and fact.arm != "all"
            )
        }
        assert having - pooled_only <= accounted
        assert all(entry.why for entry in found.left_out)


def test_patients_counted_elsewhere_and_real_world_cohorts_do_not_enter() -> None:
    found = published_network("orr", "rrmm", whole=True)
    assert "mm009-mm010-pooled" in found.data.studies
    assert "its patients are counted in mm009-mm010-pooled" in reasons("mm010", found.left_out)
    assert "not a randomised trial (real-world)" in reasons("rw-erd-italy", found.left_out)


def test_a_three_arm_trial_keeps_one_cut_and_its_correlation() -> None:
    """FIRST prints both comparisons with intervals in 2014 only; each against Rd, so correlation 0.5 is assumed."""
    found = published_network("pfs_hr", "ndmm-tie")
    trial = next(trial for trial in found.data.trials if trial.study == "first-mm020")
    assert set(trial.treatments) == {"Rd", "Rd18", "MPT"}
    sd = np.sqrt(np.diag(trial.covariance))
    assert trial.covariance[0, 1] / (sd[0] * sd[1]) == pytest.approx(0.5)
    assert any("cut 2014 primary is used" in note for note in found.data.notes)


def test_counts_come_from_percentages_and_patients() -> None:
    """POLLUX: 92.9 % of 286 and 76.4 % of 283 responded."""
    found = published_network("orr", "rrmm")
    arms = {arm.treatment: (arm.events, arm.n) for arm in found.data.counts if arm.study == "pollux"}
    assert arms == {"DRd": (266.0, 286.0), "Rd": (216.0, 283.0)}
    assert not found.smaller_is_better


def test_the_first_cut_can_be_asked_for() -> None:
    """POLLUX at 13.5 months: 0.37."""
    found = published_network("pfs_hr", "rrmm", cut="first")
    trial = next(trial for trial in found.data.trials if trial.study == "pollux")
    assert trial.contrast("DRd", "Rd")[0] == pytest.approx(math.log(0.37))


def test_several_grades_are_not_taken_as_one_without_being_asked() -> None:
    with pytest.raises(InputError, match="published for several grades"):
        published_network("ae_neutropenia", "rrmm")
    found = published_network("ae_neutropenia", "rrmm", grades=("3+",))
    assert found.data.studies == ("apollo", "icaria")
    assert "published for grade any, not 3+" in reasons("mm009-mm010-pooled", found.left_out)
    with pytest.raises(UnknownNameError, match="grade '9' is not known"):
        published_network("ae_neutropenia", "rrmm", grades=("9",))


def test_a_study_with_numbers_of_other_analyses_only_is_left_out_and_says_so() -> None:
    assert "other analyses only" in reasons("emn01", published_network("pfs_hr", "ndmm-tie").left_out)


def test_what_cannot_be_synthesised_is_refused_with_what_can() -> None:
    with pytest.raises(InputError, match="neither a hazard ratio nor a share of patients"):
        published_network("pfs_median", "rrmm")
    with pytest.raises(InputError, match="cannot be shown as log_or"):
        published_network("pfs_hr", "rrmm", measure="log_or")
    with pytest.raises(UnknownNameError, match="setting 'relapsed' is not known"):
        published_network("pfs_hr", "relapsed")
    with pytest.raises(UnknownNameError, match="study 'aspir' is not known"):
        published_network("pfs_hr", "rrmm", exclude=("aspir",))
    with pytest.raises(InputError, match="no trial can be used"):
        published_network("hypertension_hr", "ndmm-te")


def test_a_part_is_kept_and_the_rest_is_named() -> None:
    found = published_network("pfs_hr", "ndmm", whole=True)
    kept, gone = keep_part(found.data, "KCd+ASCT")
    assert kept.studies == ("forte",)
    assert ("maia" in {study for study, _ in gone}) and len(gone) == len(found.data.trials) - 1
    assert largest_part(found.data) == "DRd"
    assert "no trial joins it" in reasons("forte", published_network("pfs_hr", "ndmm").left_out)


def test_treatment_names_are_found_in_any_case_and_all_have_a_meaning() -> None:
    assert find_treatment("drd", ("DRd", "Rd")) == "DRd"
    with pytest.raises(UnknownNameError, match="treatment 'XRd' is not in this network"):
        find_treatment("XRd", ("DRd", "Rd"))
    named = {
        entry if isinstance(entry, str) else entry["treatment"]
        for arms in _file()["arms"].values()
        for entry in arms.values()
    }
    assert named <= set(treatment_meanings())


def test_the_list_of_arms_names_only_arms_that_exist() -> None:
    known = {study.id: study for study in load_all()}
    wrong = [(study, arm) for study, arms in _file()["arms"].items() for arm in arms if arm not in known[study].arms]
    assert not wrong
    assert all(study in known and parent in known for study, parent in _file()["contained"].items())


def test_an_indirect_comparison_says_what_it_rests_on() -> None:
    """VRd to DRd by hand: log 0.742 - log 0.55, S0777 and MAIA."""
    result = network_meta_analysis(published_network("pfs_hr", "ndmm-tie").data)
    comparison = compare_treatments(result, "VRd", "DRd")
    effect = result.compare("VRd", "DRd").effect
    assert effect == pytest.approx(math.log(0.742) - math.log(0.55))
    assert [step.studies for step in comparison.chain] == [("swog-s0777",), ("maia",)]
    assert comparison.trust == "very weak"
    said = " ".join(comparison.sentences(smaller_is_better=True))
    assert "No trial compares the two head to head" in said
    assert "in favour of DRd" in said


def test_two_head_to_head_trials_are_good_and_one_is_weak() -> None:
    result = network_meta_analysis(published_network("pfs_hr", "ndmm").data)
    two = compare_treatments(result, "DVRd+ASCT", "VRd+ASCT")
    assert two.trust == "good"
    assert [row["evidence"] for row in two.to_rows()] == ["direct", "network"]
    one = compare_treatments(result, "DRd", "Rd")
    assert one.trust == "weak"
    assert "One trial compares the two head to head (maia); 100 %" in " ".join(one.sentences(smaller_is_better=True))
