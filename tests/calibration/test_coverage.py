"""Coverage: which published numbers can be predicted, and why the rest cannot, without simulating."""

from __future__ import annotations

import pytest

from cereblon.calibration.coverage import LENALIDOMIDE, coverage
from cereblon.calibration.coverage_tables import coverage_lines, coverage_sentence
from cereblon.evidence import load_all, load_study
from cereblon.trials.study_plan import plan_study


def test_numbers_of_arms_outside_the_model_are_counted_as_left_out_with_the_reason() -> None:
    """FORTE publishes one hazard ratio, over its arm with cyclophosphamide."""
    found = coverage([plan_study(load_study("forte"))])
    ratios = next(row for row in found.rows if row.kind == "hazard ratio")
    assert (ratios.published, ratios.predicted) == (1, 0)
    assert "not in the model: cyclophosphamide" in [one.reason for one in found.left_out]
    assert found.left_out[0].studies == ("forte",)


def test_ratios_over_arms_that_another_drug_stands_for_are_covered() -> None:
    """MPT in FIRST, MPR and MP in MM-015, both arms of E1A06: five ratios, and one of FIRST without them."""
    plans = [plan_study(load_study(study), found_at=study) for study in ("first-mm020", "mm015", "e1a06")]
    ratios = next(row for row in coverage(plans).rows if row.kind == LENALIDOMIDE)
    assert ratios.published == ratios.predicted >= 5


def test_a_number_that_is_simulated_and_not_seen_is_not_covered() -> None:
    plan = plan_study(load_study("eloquent1"))
    ratio = next(fact for fact in plan.study.facts if fact.endpoint == "pfs_hr" and fact.subgroup is None)
    whole, less = coverage([plan]), coverage([plan], [("eloquent1", ratio)])
    count = {row.kind: row.predicted for row in whole.rows}
    assert count[LENALIDOMIDE] == count["hazard ratio"] > 0
    assert {row.kind: row.predicted for row in less.rows}["hazard ratio"] == count["hazard ratio"] - 1


def test_a_ratio_of_the_first_months_and_an_arm_added_to_its_trial_are_covered() -> None:
    """ASPIRE prints a hazard ratio of the first 18 months, IMROZ one of the arm with isatuximab."""
    for study in ("aspire", "imroz"):
        ratios = next(row for row in coverage([plan_study(load_study(study))]).rows if row.kind == LENALIDOMIDE)
        assert ratios.published == ratios.predicted > 0


def test_a_pooled_arm_is_left_out_for_the_reason_of_its_parts() -> None:
    """EMN01 pools an arm with melphalan and prednisone, whose doses were not read, and one with cyclophosphamide."""
    left_out = [one.reason for one in coverage([plan_study(load_study("emn01"))]).left_out]
    assert not any("pooled" in reason for reason in left_out)
    assert any("melphalan" in reason for reason in left_out)


def test_a_study_without_years_says_which_are_taken() -> None:
    said = "years of enrolment not in the file: simulated as in 2010, with the later lines of today"
    assert said in plan_study(load_study("mm021-china")).notes
    assert said not in plan_study(load_study("eloquent1")).notes


def test_maintenance_without_a_transplant_follows_a_treatment_without_one() -> None:
    found = plan_study(load_study("tourmaline-mm4"))
    assert found.plan is not None
    assert [part.regimen for part in found.plan.run_in] == ["vd"]
    assert found.plan.population.base == "ndmm-tie"
    assert "randomised after vd, assumed for all" in found.notes


@pytest.mark.slow
def test_every_number_of_the_evidence_set_is_covered_or_has_a_reason() -> None:
    found = coverage([plan_study(study) for study in load_all()])
    kinds = {row.kind: row for row in found.rows}
    missed = sum(kinds[kind].published - kinds[kind].predicted for kind in ("hazard ratio", "response", "median"))
    assert sum(one.numbers for one in found.left_out) == missed
    assert all(row.share and row.share > 0.5 for row in found.rows)
    assert coverage_sentence(found).startswith("Coverage: ")
    assert any(line.startswith("| hazard ratio |") for line in coverage_lines(found))
