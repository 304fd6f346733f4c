"""Drugs outside the model are given as what stands for them, with the ratio and its source, or are refused."""

from __future__ import annotations

import pytest
from published_studies import order, phase, study_of

from cereblon.core.errors import InputError
from cereblon.evidence import load_study
from cereblon.model.drugs import DRUGS
from cereblon.model.regimens import parse_regimen
from cereblon.trials.published_regimen import UnderstoodArm, understand_arm
from cereblon.trials.published_regimen.stand_ins import stand_ins
from cereblon.trials.regimen_difference import doses_by_day
from cereblon.trials.run_counts import asked_of
from cereblon.trials.study_plan import plan_study

MEL = order("melphalan", "0.18 mg/kg", route="oral", days="1-4")
PRED = order("prednisone", "2 mg/kg", route="oral", days="1-4")
LEN = order("lenalidomide", "10 mg", route="oral", days="1-21")


def understood(*drugs: dict[str, object]) -> UnderstoodArm:
    arm = phase("induction", *drugs, cycle_days=28, cycles=9)
    return understand_arm(study_of({"one": [arm]}), "one")


def test_melphalan_and_prednisone_by_mouth_are_given_as_equal_doses_of_what_stands_for_them() -> None:
    """A tenth of 0.18 mg/kg is 0.018 mg/kg; 0.15 of 2 mg/kg of prednisone is 0.3 mg/kg of dexamethasone."""
    found = understood(MEL, PRED, LEN)
    assert found.regimen is not None, found.reason
    given = doses_by_day(found.regimen)
    assert given[2, "melphalan"] == (pytest.approx(0.018), "mg/kg", "iv")
    assert given[4, "dexamethasone"] == (pytest.approx(0.3), "mg/kg", "oral")
    assert (5, "melphalan") not in given
    assert given[21, "lenalidomide"][0] == 10.0
    said = " ".join(found.assumed)
    assert "melphalan is given as melphalan into a vein, 0.1 mg for 1 mg (fitted: " in said
    assert "prednisone is given as dexamethasone by mouth, 0.15 mg for 1 mg (published" in said


def test_the_dose_of_older_patients_is_converted_too() -> None:
    found = understood(order("prednisone", "60 mg (30 mg above 75 years)", route="oral", days="1-4"), LEN)
    assert dict(found.older)["dexamethasone"].dose == pytest.approx(4.5)


def test_a_drug_that_another_stands_for_needs_its_dose_and_one_that_none_stands_for_is_refused() -> None:
    reason = understood(order("prednisone"), LEN, MEL).reason
    assert (
        "the dose of prednisone is missing, and the library has none (give its dose and days in the file)" in reason
    )
    assert understood(order("cyclophosphamide", "50 mg", route="oral", days="1-21"), LEN).reason == (
        "not in the model: cyclophosphamide"
    )


def test_every_ratio_is_of_drugs_of_the_model_and_has_a_source() -> None:
    """What is fitted names the study, and the study may be fitted."""
    for one in stand_ins().values():
        assert one.given_as in DRUGS
        assert 0.0 < one.ratio.value < 1.0
        if one.ratio.basis == "fitted":
            assert "first-mm020" in one.ratio.source
            assert load_study("first-mm020").role == "calibration"


def test_melphalan_in_a_high_dose_still_needs_stem_cells() -> None:
    fields = {
        "id": "high",
        "label": "melphalan alone",
        "phases": [
            {
                "name": "treatment",
                "cycle_days": 28,
                "cycles": 1,
                "source": "us",
                "orders": [{"drug": "melphalan", "dose": 100, "unit": "mg/m2", "route": "iv", "days": [1]}],
            }
        ],
        "sources": {"us": {"citation": "made up", "quality": "recalled"}},
    }
    with pytest.raises(InputError, match="melphalan in a high dose needs 'procedure: asct'"):
        parse_regimen(fields, where="high")


def test_a_trial_may_give_an_arm_what_its_study_publishes() -> None:
    plan = plan_study(load_study("first-mm020"), found_at="first-mm020").plan
    assert plan is not None
    strategy = plan.arms["mpt"].strategy
    assert isinstance(strategy, dict)
    first, *later = strategy["lines"]
    assert first["phases"][0]["cycle_days"] == 42
    assert {line["drug"] for line in first["phases"][0]["orders"]} == {"melphalan", "dexamethasone", "lenalidomide"}
    assert later == ["vd", "rd"]


def test_a_published_ratio_of_two_arms_that_are_not_the_comparator_is_given() -> None:
    """FIRST prints continuous Rd over both 18 cycles and MPT."""
    study = load_study("first-mm020")
    plan = plan_study(study, found_at="first-mm020").plan
    assert plan is not None
    assert set(asked_of(plan, study).comparisons) == {("rd-cont", "rd18"), ("mpt", "rd18"), ("rd-cont", "mpt")}
    assert set(asked_of(plan, None).comparisons) == {("rd-cont", "rd18"), ("mpt", "rd18")}
