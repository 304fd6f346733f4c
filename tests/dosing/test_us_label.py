"""The US labels at every limit: by the engine and by the rule interpreter at once.

Limits and doses are those of `rule_sets/us-label.yaml` with its sources.
"""

from __future__ import annotations

import pytest
from both_interpreters import BothInterpreters, Given, Visit
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.model.dosing.library import load_rule_set

US = load_rule_set("us-label")
RD = {"lenalidomide": 25.0, "dexamethasone": 40.0}
IRD = {**RD, "ixazomib": 4.0}
MAINTENANCE = {"lenalidomide": 10.0}
LOW_ANC, LOW_PLATELETS, WELL = {"anc": 0.9}, {"platelets": 29.0}, {"anc": 3.0}


def lenalidomide(visits: list[Visit], orders: dict[str, float] = RD, **person: float) -> list[float]:
    return BothInterpreters(US, orders, **person).doses(visits, "lenalidomide")


def bortezomib(visits: list[Visit]) -> list[Given]:
    return BothInterpreters(US, {"bortezomib": 1.3, "dexamethasone": 20.0}).course(visits, "bortezomib")


@pytest.mark.parametrize(
    ("crcl", "dose", "schedule"),
    [
        (120.0, 25.0, "as-ordered"),
        (60.0, 25.0, "as-ordered"),
        (59.99, 10.0, "as-ordered"),
        (50.0, 10.0, "as-ordered"),
        (30.0, 10.0, "as-ordered"),
        (29.99, 15.0, "every-other-day"),
    ],
)
def test_lenalidomide_starts_by_clearance_and_a_limit_takes_the_higher_dose(
    crcl: float, dose: float, schedule: str
) -> None:
    assert BothInterpreters(US, RD, crcl=crcl).course([], "lenalidomide") == [Given(dose, schedule)]


@pytest.mark.parametrize(("crcl", "dose"), [(60.0, 10.0), (59.99, 5.0), (30.0, 5.0), (29.99, 2.5)])
def test_maintenance_starts_lower_in_renal_failure_and_is_taken_every_day(crcl: float, dose: float) -> None:
    assert BothInterpreters(US, MAINTENANCE, crcl=crcl).course([], "lenalidomide") == [Given(dose)]


@pytest.mark.parametrize(("age", "dose"), [(75.0, 40.0), (75.01, 20.0)])
def test_dexamethasone_is_halved_above_75(age: float, dose: float) -> None:
    assert BothInterpreters(US, RD, age=age).doses([], "dexamethasone") == [dose]


@pytest.mark.parametrize(("crcl", "dose"), [(30.0, 4.0), (29.99, 3.0)])
def test_ixazomib_starts_lower_below_30(crcl: float, dose: float) -> None:
    assert BothInterpreters(US, IRD, crcl=crcl).doses([], "ixazomib") == [dose]


@pytest.mark.parametrize(("crcl", "dose"), [(30.0, 200.0), (29.99, 140.0)])
def test_melphalan_is_lowered_below_30(crcl: float, dose: float) -> None:
    assert BothInterpreters(US, {"melphalan": 200.0}, crcl=crcl).doses([], "melphalan") == [dose]


def test_a_dose_above_the_ladder_is_given_as_ordered() -> None:
    """The single-agent studies gave 30 mg; the first reduction leads onto the ladder."""
    assert lenalidomide([LOW_PLATELETS, WELL], {"lenalidomide": 30.0}) == [30.0, 0.0, 25.0]


@pytest.mark.parametrize(
    ("visit", "orders", "held"),
    [
        ({"anc": 1.0, "platelets": 30.0}, RD, False),
        ({"anc": 0.999}, RD, True),
        ({"platelets": 29.99}, RD, True),
        ({"anc": 0.5, "platelets": 30.0}, MAINTENANCE, False),
        ({"anc": 0.499}, MAINTENANCE, True),
        ({"platelets": 29.99}, MAINTENANCE, True),
        ({"anc": 0.5, "platelets": 30.0}, IRD, False),
        ({"anc": 0.499}, IRD, True),
    ],
)
def test_lenalidomide_is_held_below_a_limit_not_at_it(visit: Visit, orders: dict[str, float], held: bool) -> None:
    """On day 8 of a cycle: with ixazomib a new cycle has limits of its own."""
    dose = BothInterpreters(US, orders).doses([visit], "lenalidomide", cycle_day=8)[-1]
    assert (dose == 0.0) is held


def test_the_first_hold_for_neutrophils_alone_costs_nothing_and_every_later_one_a_level() -> None:
    assert lenalidomide([LOW_ANC, WELL] * 4) == [25.0, 0.0, 25.0, 0.0, 20.0, 0.0, 15.0, 0.0, 10.0]


@pytest.mark.parametrize("low", [LOW_PLATELETS, {"anc": 0.9, "platelets": 29.0}])
def test_a_hold_for_platelets_costs_a_level_at_once(low: Visit) -> None:
    assert lenalidomide([low, WELL]) == [25.0, 0.0, 20.0]


def test_another_toxicity_of_the_same_interruption_costs_a_level() -> None:
    """Platelets that fall, or diarrhoea of grade 3, during the first hold for neutrophils."""
    assert lenalidomide([LOW_ANC, LOW_PLATELETS, WELL]) == [25.0, 0.0, 0.0, 20.0]
    assert lenalidomide([LOW_ANC, {"anc": 0.9, "diarrhoea": 3.0}, WELL]) == [25.0, 0.0, 0.0, 20.0]


def test_a_hold_lasts_until_every_reason_is_over() -> None:
    visits: list[Visit] = [LOW_PLATELETS, LOW_ANC, {"anc": 0.9, "platelets": 29.0}, {"anc": 1.0, "platelets": 30.0}]
    assert [dose == 0.0 for dose in lenalidomide(visits)] == [False, True, True, True, False]


def test_without_counts_a_hold_neither_begins_nor_ends() -> None:
    assert lenalidomide([None, LOW_PLATELETS, None, None, WELL]) == [25.0, 25.0, 0.0, 0.0, 0.0, 20.0]


def test_maintenance_loses_a_level_down_to_five_and_then_the_fourth_week() -> None:
    """At 5 mg daily and low again: 5 mg on days 1 to 21 of 28, never lower (revlimidhcp.com, maintenance)."""
    seen = BothInterpreters(US, {"lenalidomide": 15.0}).course([{"anc": 0.4}, WELL] * 4, "lenalidomide")
    assert [one.dose for one in seen] == [15.0, 0.0, 10.0, 0.0, 5.0, 0.0, 5.0, 0.0, 5.0]
    assert [one.schedule for one in seen[4::2]] == ["as-ordered", "three-weeks-of-four", "three-weeks-of-four"]


def test_the_ladder_ends_at_2_5_mg() -> None:
    assert lenalidomide([LOW_PLATELETS, WELL] * 6)[2::2] == [20.0, 15.0, 10.0, 5.0, 2.5, 2.5]


def test_counts_in_a_cycle_without_the_drug_begin_no_hold() -> None:
    """After melphalan every count is low; that is not held against the drugs of later cycles."""
    both = BothInterpreters(US, {"melphalan": 200.0})
    both.course([{"anc": 0.1, "platelets": 5.0}], "lenalidomide")
    assert both.doses([{"anc": 0.1, "platelets": 5.0}], "melphalan") == [200.0, 200.0]


@pytest.mark.parametrize(("grade", "dose"), [(0.0, 1.3), (1.0, 1.3), (2.0, 1.0), (3.0, 0.0), (4.0, 0.0)])
def test_neuropathy_lowers_holds_or_stops_bortezomib(grade: float, dose: float) -> None:
    assert bortezomib([{"peripheral_neuropathy": grade}])[-1].dose == pytest.approx(dose)


@pytest.mark.parametrize(("grade", "dose"), [(1.0, 1.0), (2.0, 0.0), (3.0, 0.0)])
def test_painful_neuropathy_counts_a_row_worse(grade: float, dose: float) -> None:
    visit = {"peripheral_neuropathy": grade, "neuropathic_pain": 1.0}
    assert bortezomib([visit])[-1].dose == pytest.approx(dose)


def test_after_grade_three_bortezomib_goes_on_weekly_at_0_7() -> None:
    seen = bortezomib([{"peripheral_neuropathy": grade} for grade in (3.0, 2.0, 1.0, 0.0)])
    assert [one.dose for one in seen] == pytest.approx([1.3, 0.0, 0.0, 0.7, 0.7])
    assert [one.schedule for one in seen[3:]] == ["weekly", "weekly"]


def test_a_lowered_dose_of_bortezomib_is_not_raised_and_a_stopped_one_never_comes_back() -> None:
    seen = bortezomib([{"peripheral_neuropathy": grade} for grade in (2.0, 2.0, 0.0, 4.0, 1.0)])
    assert [one.dose for one in seen] == pytest.approx([1.3, 1.0, 1.0, 1.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("visit", "dose"), [({"anc": 0.5, "platelets": 25.0}, 1.3), ({"anc": 0.499}, 0.0), ({"platelets": 24.99}, 0.0)]
)
def test_counts_of_grade_four_hold_bortezomib(visit: Visit, dose: float) -> None:
    """Grade 4: neutrophils below 0.5, platelets below 25 (CTCAE)."""
    assert bortezomib([visit])[-1].dose == dose


def test_each_hold_of_bortezomib_for_counts_costs_a_level_down_to_the_lowest() -> None:
    low: Visit = {"anc": 0.4}
    seen = bortezomib([low, WELL, low, low, WELL, low, WELL])
    assert [one.dose for one in seen] == pytest.approx([1.3, 0.0, 1.0, 0.0, 0.0, 0.7, 0.0, 0.7])


def test_ixazomib_and_lenalidomide_are_lowered_in_turns() -> None:
    """Lenalidomide after the first fall of platelets, ixazomib after the second, and so on."""
    visits: list[Visit] = [{"platelets": 29.0}, WELL] * 3
    both = BothInterpreters(US, IRD)
    assert both.doses(visits, "lenalidomide", cycle_day=8)[2::2] == [20.0, 20.0, 15.0]
    assert both.doses(visits, "ixazomib", cycle_day=8)[2::2] == [4.0, 3.0, 3.0]


@pytest.mark.parametrize(
    ("visit", "day", "held"),
    [
        ({"platelets": 75.0, "anc": 1.0}, 1, False),
        ({"platelets": 74.9}, 1, True),
        ({"anc": 0.99}, 1, True),
        ({"platelets": 74.9}, 8, False),
    ],
)
def test_a_new_cycle_of_ixazomib_waits_for_counts(visit: Visit, day: int, held: bool) -> None:
    assert (BothInterpreters(US, IRD).doses([visit], "ixazomib", cycle_day=day)[-1] == 0.0) is held


def test_ixazomib_stops_below_its_lowest_level() -> None:
    """4, 3, 2.3 mg, then stopped; grade 3 neuropathy costs a level each time."""
    visits: list[Visit] = [{"peripheral_neuropathy": 3.0}, {"peripheral_neuropathy": 0.0}] * 4
    assert BothInterpreters(US, IRD).doses(visits, "ixazomib")[2::2] == pytest.approx([3.0, 2.3, 0.0, 0.0])


@pytest.mark.parametrize(
    ("visit", "dose"),
    [
        ({"platelets": 10.0, "anc": 0.5}, 27.0),
        ({"platelets": 9.99}, 0.0),
        ({"anc": 0.499}, 0.0),
        ({"cardiac_failure": 2.0}, 27.0),
        ({"cardiac_failure": 3.0}, 0.0),
        ({"hypertension": 3.0}, 0.0),
    ],
)
def test_carfilzomib_is_held_for_counts_and_the_heart(visit: Visit, dose: float) -> None:
    assert BothInterpreters(US, {**RD, "carfilzomib": 27.0}).doses([visit], "carfilzomib")[-1] == dose


@pytest.mark.parametrize(
    ("ordered", "levels"),
    [(27.0, [20.0, 15.0, 0.0]), (56.0, [45.0, 36.0, 27.0, 0.0]), (70.0, [56.0, 45.0, 36.0, 0.0])],
)
def test_carfilzomib_goes_down_the_ladder_of_its_regimen_and_then_stops(ordered: float, levels: list[float]) -> None:
    visits: list[Visit] = [{"cardiac_failure": 3.0}, {"cardiac_failure": 0.0}] * len(levels)
    assert BothInterpreters(US, {"carfilzomib": ordered}).doses(visits, "carfilzomib")[2::2] == levels


def test_daratumumab_waits_and_is_never_reduced() -> None:
    visits: list[Visit] = [{"anc": 0.4}, WELL] * 3
    assert BothInterpreters(US, {**RD, "daratumumab": 16.0}).doses(visits, "daratumumab") == [16.0, *[0.0, 16.0] * 3]


GRADES = ("peripheral_neuropathy", "rash", "diarrhoea", "infection", "cardiac_failure", "vte")
ANY_VISIT = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"anc": st.floats(0.0, 4.0, width=32), "platelets": st.floats(0.0, 200.0, width=32)},
        optional={term: st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0]) for term in GRADES},
    ),
)
REGIMENS = (
    RD,
    MAINTENANCE,
    IRD,
    {**RD, "bortezomib": 1.3},
    {**RD, "carfilzomib": 27.0, "daratumumab": 16.0},
    {"carfilzomib": 70.0, "dexamethasone": 20.0},
)


@settings(max_examples=60)
@given(
    visits=st.lists(ANY_VISIT, max_size=12),
    orders=st.sampled_from(REGIMENS),
    crcl=st.floats(5.0, 150.0, width=32),
    data=st.data(),
)
def test_no_course_of_visits_raises_a_dose_and_both_interpreters_agree(
    visits: list[Visit], orders: dict[str, float], crcl: float, data: st.DataObject
) -> None:
    drug = data.draw(st.sampled_from(sorted(orders)))
    doses = BothInterpreters(US, orders, crcl=crcl).doses(visits, drug)
    given_doses = [dose for dose in doses if dose > 0.0]
    assert given_doses == sorted(given_doses, reverse=True)
    assert all(0.0 <= dose <= orders[drug] for dose in doses)


@pytest.mark.parametrize("harm", ["rash", "diarrhoea", "fatigue"])
def test_lenalidomide_resumes_a_level_lower_once_other_harm_is_at_grade_two(harm: str) -> None:
    """Section 2.5 of lenalidomide capsules: grade 3 holds; at grade 2 or below the next lower dose."""
    assert lenalidomide([{harm: 3.0}, {harm: 3.0}, {harm: 2.0}]) == [25.0, 0.0, 0.0, 20.0]


def test_rash_of_grade_four_ends_lenalidomide() -> None:
    """Section 2.5: permanently discontinued."""
    assert lenalidomide([{"rash": 4.0}, WELL]) == [25.0, 0.0, 0.0]
