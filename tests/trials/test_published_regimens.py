"""The regimen that a study file publishes is what is simulated, or its arm is refused with the phrase at fault."""

from __future__ import annotations

from typing import Any

import pytest
from published_studies import order, phase, study_of

from cereblon.core.errors import InputError
from cereblon.evidence import load_all, load_study
from cereblon.model.regimens import Regimen, load_regimen
from cereblon.trials.alike import alike_arms
from cereblon.trials.published_regimen import UnderstoodArm, understand_arm
from cereblon.trials.published_regimen.dose_words import read_dose
from cereblon.trials.published_regimen.span_words import read_cycles, read_length, read_procedure
from cereblon.trials.regimen_difference import doses_by_day
from cereblon.trials.study_plan import plan_study

LEN = order("lenalidomide", "25 mg", route="oral", days="1-21")
DEX = order("dexamethasone", "40 mg", route="oral", every="week")
RD = phase("continuous", LEN, DEX, cycle_days=28, until="progression")


def understood(*phases: dict[str, Any], setting: str = "ndmm-tie") -> UnderstoodArm:
    """Read the one arm of a study."""
    return understand_arm(study_of({"one": phases}, setting=setting), "one")


def given_regimen(*phases: dict[str, Any], setting: str = "ndmm-tie") -> Regimen:
    """Read the one arm of a study, which can be simulated."""
    found = understood(*phases, setting=setting)
    assert found.regimen is not None, found.reason
    return found.regimen


def dose(regimen: Regimen, day: int, drug: str) -> float:
    """Give the dose of a drug on a day of treatment, from 1."""
    return doses_by_day(regimen).get((day, drug), (0.0, "", ""))[0]


# Whole regimens of kinds that a set of drugs does not tell.


def test_four_drugs_without_a_transplant_are_given_in_cycles_counted_through_the_regimen() -> None:
    """D-VRd, then D-Rd: daratumumab weekly for six weeks, then every three weeks, every four from cycle 9."""
    regimen = given_regimen(
        phase(
            "D-VRd",
            order("daratumumab", "1800 mg", route="sc", every="week", cycles="1-2"),
            order("daratumumab", "1800 mg", route="sc", every="3 weeks", cycles="3-8"),
            order("bortezomib", "1.3 mg/m2", route="sc", days="1, 4, 8, 11"),
            order("lenalidomide", "25 mg", route="oral", days="1-14"),
            order("dexamethasone", "20 mg", route="oral", days="1, 2, 4, 5, 8, 9, 11, 12"),
            cycle_days=21,
            cycles=8,
        ),
        phase(
            "D-Rd",
            order("daratumumab", "1800 mg", route="sc", every="4 weeks", cycles="9+"),
            LEN,
            DEX,
            cycle_days=28,
            until="progression",
        ),
    )
    weeks = [day for day in range(1, 8 * 21 + 1) if dose(regimen, day, "daratumumab")]
    assert weeks == [1, 8, 15, 22, 29, 36, *range(43, 169, 21)]
    assert [day for day in range(169, 250) if dose(regimen, day, "daratumumab")] == [169, 197, 225]
    assert dose(regimen, 168 + 21, "lenalidomide") == 25
    assert not regimen.phases[0].procedure


def test_an_antibody_with_lenalidomide_as_maintenance_follows_a_transplant() -> None:
    study = study_of(
        {
            "dr": [
                phase(
                    "maintenance",
                    order("daratumumab", "1800 mg", route="sc", every="week", cycles="1-2"),
                    order("daratumumab", "1800 mg", route="sc", every="2 weeks", cycles="3-6"),
                    order("daratumumab", "1800 mg", route="sc", every="4 weeks", cycles="7+"),
                    order("lenalidomide", "10 mg, 15 mg after 3 cycles", route="oral", days="1-28"),
                    cycle_days=28,
                    duration="up to 36 cycles",
                )
            ],
            "r": [
                phase(
                    "maintenance",
                    order("lenalidomide", "10 mg, 15 mg after 3 cycles", route="oral", days="1-28"),
                    cycle_days=28,
                    duration="36 months",
                )
            ],
        },
        setting="maintenance-post-asct",
    )
    made = plan_study(study)
    assert made.plan is not None
    assert not made.reasons
    assert made.plan.run_in[0].regimen == "vrd-asct"
    both, alone = (understand_arm(study, arm).regimen for arm in ("dr", "r"))
    assert both is not None
    assert alone is not None
    assert (both.phases[0].cycles, alone.phases[0].cycles) == (36, 39)  # 36 months are 1095.75 days
    assert [dose(alone, day, "lenalidomide") for day in (84, 85)] == [10, 15]


def test_what_another_document_prints_is_cited_from_it_and_what_none_prints_is_assumed() -> None:
    """IFM 2005-02 gives the consolidation by the label, GRIFFIN lenalidomide by its registry record."""
    ifm, griffin = understand_arm(load_study("ifm-2005-02"), "pbo"), understand_arm(load_study("griffin"), "drvd")
    assert ifm.regimen is not None
    assert griffin.regimen is not None
    assert {one.source for one in ifm.regimen.phases[0].orders} == {"assumed"}
    assert any(one.startswith("consolidation: two cycles of full-dose lenalidomide") for one in ifm.assumed)
    assert ifm.regimen.sources["assumed"].quality == "recalled"
    maintenance = griffin.regimen.phases[-1].orders
    steps = [(one.dose, one.source) for one in maintenance if one.drug == "lenalidomide"]
    assert steps == [(10, "registry-record"), (15, "dvrd-perseus")]  # the second dose was not read
    assert griffin.regimen.sources["registry-record"].quality == "secondary"


def test_isatuximab_of_imroz_is_given_by_the_label_and_listed_as_assumed() -> None:
    """Label: days 1, 8, 15, 22, 29 of cycle 1, days 1, 15, 29 to cycle 4, days 1, 15 to cycle 17, then day 1."""
    arm = understand_arm(load_study("imroz"), "isavrd")
    assert arm.regimen is not None
    given_on = [day for day in range(1, 4 * 42 + 16 * 28) if dose(arm.regimen, day, "isatuximab")]
    induction = [1, 8, 15, 22, 29, *(42 * cycle + day for cycle in (1, 2, 3) for day in (1, 15, 29))]
    later = [168 + 28 * cycle + day for cycle in range(13) for day in (1, 15)]
    assert given_on == [*induction, *later, *(168 + 28 * cycle + 1 for cycle in (13, 14, 15))]
    assert sum("isatuximab: 10 mg/kg iv" in one for one in arm.assumed) == 2


def test_a_placebo_is_nothing_and_its_arm_differs_from_the_other() -> None:
    study = study_of(
        {
            "ird": [
                phase(
                    "treatment",
                    order("ixazomib", "4 mg to cycle 18, then 3 mg", route="oral", days="1, 8, 15"),
                    order("lenalidomide", "25 mg to cycle 18, then 10 mg", route="oral", days="1-21"),
                    order("dexamethasone", "40 mg (20 mg above 75 years)", route="oral", every="week", cycles="1-18"),
                    cycle_days=28,
                    until="progression",
                )
            ],
            "rd": [
                phase(
                    "treatment",
                    order("placebo", route="oral", days="1, 8, 15"),
                    order("lenalidomide", "25 mg to cycle 18, then 10 mg", route="oral", days="1-21"),
                    order("dexamethasone", "40 mg (20 mg above 75 years)", route="oral", every="week", cycles="1-18"),
                    cycle_days=28,
                    until="progression",
                )
            ],
        }
    )
    made = plan_study(study)
    assert made.plan is not None
    assert alike_arms(made.plan) == ()
    arm = understand_arm(study, "ird")
    assert arm.regimen is not None
    last, after = 18 * 28 - 27, 18 * 28 + 1
    assert [dose(arm.regimen, day, "ixazomib") for day in (last, after)] == [4, 3]
    assert [dose(arm.regimen, day, "lenalidomide") for day in (last, after)] == [25, 10]
    assert [dose(arm.regimen, day, "dexamethasone") for day in (last, after)] == [40, 0]
    assert made.plan.rules["start"][0]["at_most"] == 20  # type: ignore[index]


def test_nine_cycles_then_one_drug_is_told_apart_from_both_until_progression() -> None:
    study = study_of(
        {
            "rd-r": [
                phase("induction", LEN, DEX, cycle_days=28, cycles=9),
                phase("maintenance", order("lenalidomide", "10 mg", days="1-21"), cycle_days=28, until="progression"),
            ],
            "rd": [RD],
        },
        facts=[{"arm": "rd-r", "versus": "rd", "endpoint": "pfs_hr", "value": 0.7, "unit": "ratio"}],
    )
    made = plan_study(study)
    assert made.plan is not None
    assert made.plan.comparator == "rd"
    assert alike_arms(made.plan) == ()
    short = understand_arm(study, "rd-r").regimen
    assert short is not None
    assert dose(short, 9 * 28 + 1, "lenalidomide") == 10
    assert dose(short, 9 * 28 + 1, "dexamethasone") == 0


def test_four_phases_stand_one_after_the_other_with_the_transplant_between() -> None:
    """Induction 4 x 21 days, collection 28, melphalan on day 113, recovery, consolidation 2 x 21, maintenance."""
    four = order("bortezomib", "1.3 mg/m2", route="sc", days="1, 4, 8, 11")
    regimen = given_regimen(
        phase("induction", four, order("lenalidomide", "25 mg", days="1-14"), cycle_days=21, cycles=4),
        phase("asct", order("melphalan", "200 mg/m2"), procedure="autologous stem cell transplantation"),
        phase("consolidation", order("bortezomib"), order("lenalidomide"), cycles=2),
        phase("maintenance", order("lenalidomide", "10 mg daily"), cycle_days=28, duration="2 years"),
        setting="ndmm-te",
    )
    assert [one.name for one in regimen.phases] == [
        *("induction", "collection", "asct", "recovery", "consolidation", "maintenance")
    ]
    assert dose(regimen, 4 * 21 + 28 + 1, "melphalan") == 200
    start = 4 * 21 + 28 + 28 + 42
    assert [day - start for day in range(start, start + 22) if dose(regimen, day, "bortezomib")] == [1, 4, 8, 11]
    assert regimen.phases[-1].cycles == 26
    assert not regimen.repeats


@pytest.mark.parametrize(
    "words",
    [
        "56 mg/m2 (20 mg/m2 on days 1 and 2 of cycle 1)",
        "20 mg/m2 on days 1, 2 of cycle 1, then 56 mg/m2",
        "20/56 mg/m2",
    ],
)
def test_the_first_two_doses_of_carfilzomib_are_smaller_however_it_is_said(words: str) -> None:
    """As in the library regimen kd: 20 mg/m2 on days 1 and 2 of cycle 1, then 56 mg/m2."""
    drug = order("carfilzomib", words, route="iv", days="1, 2, 8, 9, 15, 16")
    regimen = given_regimen(phase("treatment", drug, cycle_days=28, until="progression"), setting="rrmm")
    days = [dose(regimen, day, "carfilzomib") for day in (1, 2, 8, 9, 15, 16, 29)]
    assert days == [20, 20, 56, 56, 56, 56, 56]


@pytest.mark.parametrize("words", ["25 mg/day", "25 mg once daily", "25 mg once daily on days 1-21"])
def test_once_a_day_on_some_days_is_those_days(words: str) -> None:
    regimen = given_regimen(phase("treatment", order("lenalidomide", words, days="1-21"), cycle_days=28))
    assert [dose(regimen, day, "lenalidomide") for day in (1, 21, 22, 29)] == [25, 25, 0, 25]


def test_a_transplant_is_not_preceded_by_a_second_collection_and_may_be_two() -> None:
    regimen = given_regimen(
        phase("induction", LEN, DEX, cycle_days=28, cycles=4),
        phase("collection", procedure="stem cell collection"),
        phase("asct", order("melphalan", "high dose"), procedure="tandem autologous transplantation"),
        phase("observation"),
        setting="ndmm-te",
    )
    assert [(one.name, one.cycles) for one in regimen.phases[1:3]] == [("collection", 1), ("asct", 2)]
    assert regimen.phases[-1].orders == ()


def test_a_transplant_upfront_or_deferred_is_given_upfront_and_said_to_be_assumed() -> None:
    found = understood(
        phase("induction", LEN, DEX, cycle_days=28, cycles=4),
        phase("asct", procedure="autologous transplantation, upfront or deferred"),
        phase("observation"),
        setting="ndmm-te",
    )
    assert found.regimen is not None, found.reason
    assert any(one.procedure == "asct" for one in found.regimen.phases)
    assert "asct: upfront in everybody" in found.assumed


# What a file leaves out, and what cannot be understood.


def test_what_is_not_stated_is_named_with_where_it_comes_from() -> None:
    found = understood(phase("continuous", order("daratumumab", "16 mg/kg"), LEN, DEX, cycle_days=28))
    assert found.regimen is not None
    assert "continuous, daratumumab: days 1,8,15,22 then 1,15 then 1 as in the library regimen drd" in found.assumed
    assert "continuous: until progression" in found.assumed
    stated = doses_by_day(found.regimen)
    assert stated == doses_by_day(load_regimen("drd"))


def test_a_drug_outside_the_model_refuses_its_arm_alone() -> None:
    study = study_of({"rd": [RD], "rcd": [phase("treatment", LEN, order("Endoxan", "50 mg"), cycle_days=28)]})
    made = plan_study(study)
    assert made.reasons == {"rcd": "not in the model: Endoxan"}
    assert made.plan is not None
    assert list(made.plan.arms) == ["rd"]


@pytest.mark.parametrize(
    ("phases", "says"),
    [
        (
            [phase("one", order("lenalidomide", "25 mg or so"), cycle_days=28)],
            "'or so' is not understood (write a dose",
        ),
        ([phase("one", order("lenalidomide", "25 then 10 mg"), cycle_days=28)], "which is given when is not said"),
        ([phase("one", order("lenalidomide", "25 mg", cycles="odd"), cycle_days=28)], "'odd' is not understood"),
        ([phase("one", LEN, cycle_days=28, until="the spring")], "'the spring' is not understood"),
        ([phase("one", LEN, cycle_days=28), RD], "how many cycles is not said"),
        ([phase("one", LEN, cycle_days=28, until="progression"), RD], "until progression, yet another phase follows"),
        (
            [phase("one", LEN, cycle_days=28, cycles=4, duration="2 years")],
            "4 cycles of 28 days, yet '2 years' is 26",
        ),
        ([phase("one", LEN, cycle_days=30)], "a cycle of 30 days cannot be simulated"),
        ([phase("one", procedure="transplantation if fit")], "'transplantation if fit' is not understood"),
        (
            [phase("one", order("lenalidomide", "25 mg", days="1-21", every="week"), cycle_days=28)],
            "different things",
        ),
        (
            [phase("one", order("daratumumab", "16 mg/kg", route="iv", every="8 weeks"), cycle_days=28)],
            "every 8 weeks does not fit cycles of 28 days",
        ),
        (
            [phase("one", LEN, order("lenalidomide", "10 mg", days="1-7"), cycle_days=28)],
            "two doses on day 1 of cycle 1: 25 and 10 mg",
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_the_phrase_and_how_to_write_it(
    phases: list[dict[str, Any]], says: str
) -> None:
    found = understood(*phases)
    assert found.regimen is None
    assert says in found.reason


@pytest.mark.parametrize(
    ("words", "doses"),
    [
        ("25 mg", [(25.0, None, None)]),
        ("1,800 mg sc", [(1800.0, None, None)]),
        ("10-15 mg", [(10.0, None, None)]),
        ("25 mg to cycle 18, then 10 mg", [(25.0, None, 18), (10.0, None, None)]),
        ("25 mg in cycles 1-9 and 10 mg from cycle 10", [(25.0, 1, 9), (10.0, 10, None)]),
        ("10 mg for 3 cycles, raised to 15 mg", [(10.0, None, None), (15.0, None, None)]),
        ("15 mg twice daily", [(30.0, None, None)]),
        ("28 mg oral + 8 mg iv", [(36.0, None, None)]),
        ("20/27 mg/m²", [(20.0, None, None), (27.0, None, None)]),
    ],
)
def test_a_dose_in_words_is_read(words: str, doses: list[tuple[float, int | None, int | None]]) -> None:
    assert [(step.dose, step.first, step.last) for step in read_dose(words).steps] == doses


@pytest.mark.parametrize("words", ["40 mg (20 mg above 75 years)", "40 mg, 20 mg in patients > 75 years of age"])
def test_a_dose_by_age_is_read(words: str) -> None:
    found = read_dose(words)
    assert [step.dose for step in found.steps] == [40.0]
    assert found.older is not None
    assert (found.older.dose, found.older.age, found.older.included) == (20.0, 75, False)


def test_lengths_cycles_and_procedures_are_read_in_words() -> None:
    assert read_length("up to 26 cycles (2 years)", field="duration").in_cycles(28) == 26
    assert read_length("72 weeks", field="duration").in_cycles(28) == 18
    assert read_length("progression or at most 36 months", field="until").in_cycles(28) == 39
    assert read_length("progression, unacceptable toxicity or withdrawal of consent", field="until").until
    assert read_cycles("from cycle 3") == read_cycles("3+") == read_cycles("3 and later")
    assert [read_procedure(words) for words in ("ASCT", "tandem transplantation", "stem cell harvest")] == [1, 2, 0]
    with pytest.raises(InputError, match="procedure 'allogeneic transplantation' is not understood"):
        read_procedure("allogeneic transplantation")


# The studies of the evidence set.


def test_every_arm_of_the_evidence_set_is_understood_or_refused_with_a_reason() -> None:
    for study in load_all():
        for key in study.arms:
            found = understand_arm(study, key)
            assert (found.regimen is None) == bool(found.reason), (study.id, key)


@pytest.mark.parametrize(
    ("study", "arm", "regimen"),
    [
        *(("aspire", "krd", "krd"), ("aspire", "rd", "rd"), ("atlas", "krd", "krd-atlas")),
        *(("eloquent2", "erd", "erd"), ("first-mm020", "rd18", "rd18"), ("maia", "drd", "drd")),
        *(("mm009-mm010-pooled", "rd-highdex", "rd-high-dex"), ("myeloma-xi", "len", "r-maintenance-21")),
        *(("endurance-e1a11", "krd", "krd-endurance"), ("swog-s0777", "vrd", "vrd-s0777")),
        *(("swog-s0232", "lend", "rd-s0232"), ("tourmaline-mm1", "ird", "ird"), ("pollux", "drd", "drd")),
        *(("rvd-relapsed-phase2", "rvd", "vrd-relapsed"), ("calgb-100104", "len", "r-maintenance")),
    ],
)
def test_a_regimen_read_from_a_study_is_the_one_of_the_library_that_was_written_from_it(
    study: str, arm: str, regimen: str
) -> None:
    found = understand_arm(load_study(study), arm)
    assert found.regimen is not None, found.reason
    assert doses_by_day(found.regimen) == doses_by_day(load_regimen(regimen))


def test_two_arms_of_equal_days_cannot_be_told_apart() -> None:
    """30 mg once a day and 15 mg twice a day: the model gives the doses of a day together."""
    made = plan_study(load_study("len-dose-finding-phase2"))
    assert made.plan is not None
    assert alike_arms(made.plan) == (("r15-bid", "r30-qd"),)
