"""Lines of therapy: what each rule does, and what is always true."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cereblon.cohort.course import Course, Era, Graft, Progression
from cereblon.cohort.lines import lines_of
from cereblon.cohort.regimen_names import regimen_name
from cereblon.cohort.rules_of_lines import find_line_rules
from cereblon.cohort.treatment_concepts import packaged_concepts
from cereblon.core.errors import InputError

CONCEPTS = packaged_concepts()
LEN, BOR, DARA, CYC, POM, CAR, DEX, MEL = (
    "lenalidomide",
    "bortezomib",
    "daratumumab",
    "cyclophosphamide",
    "pomalidomide",
    "carfilzomib",
    "dexamethasone",
    "melphalan",
)


def era(drug: str, start: int, end: int) -> Era:
    return Era(drug, start, end, max(start, end - 27), f"eras:{drug}{start}")


def made(*eras: Era, rules: str = "imwg2015", grafts: tuple[int, ...] = (), **others: Any) -> list[tuple[int, str]]:
    """Give start and short name of each line."""
    course = Course(eras, tuple(Graft(day) for day in grafts), **others)
    lines, _ = lines_of(course, find_line_rules(rules), CONCEPTS)
    return [(line.start, regimen_name(line.regimen)) for line in lines]


def test_drugs_that_begin_within_the_window_are_one_regimen() -> None:
    assert made(era(BOR, 0, 120), era(LEN, 40, 300), era(DEX, 0, 120)) == [(0, "VRd")]


def test_a_drug_of_an_absent_class_joins_for_longer_and_another_of_a_class_there_opens_a_line() -> None:
    assert made(era(LEN, 0, 300), era(DARA, 80, 300)) == [(0, "DR")]
    assert made(era(LEN, 0, 75), era(POM, 80, 300)) == [(0, "R"), (80, "P")]


def test_transplantation_conditioning_and_maintenance_stay_in_the_line() -> None:
    """VCd, high-dose melphalan, transplantation at day 130, lenalidomide from day 230: one line of therapy."""
    eras = (era(BOR, 0, 110), era(CYC, 0, 110), era(DEX, 0, 110), era(MEL, 128, 129), era(LEN, 230, 900))
    lines, decisions = lines_of(Course(eras, (Graft(130),)), find_line_rules("imwg2015"), CONCEPTS)
    assert [(one.start, regimen_name(one.regimen), one.transplants, one.maintenance_start) for one in lines] == [
        (0, "VCd", [130], 230)
    ]
    assert ("conditioning", "melphalan opens nothing") in {(one.rule, one.said) for one in decisions}


def test_maintenance_needs_a_combination_before_and_no_companion() -> None:
    combination = (era(BOR, 0, 150), era(CYC, 0, 150))
    assert made(*combination, era(LEN, 200, 700)) == [(0, "bortezomib+cyclophosphamide")]
    assert len(made(*combination, era(LEN, 200, 700), era(DARA, 200, 700))) == 2
    assert len(made(era(BOR, 0, 150), era(LEN, 200, 700))) == 2


def test_a_second_transplantation_within_180_days_is_the_same_one() -> None:
    lines, decisions = lines_of(
        Course((era(BOR, 0, 90),), (Graft(100), Graft(200))), find_line_rules("imwg2015"), CONCEPTS
    )
    assert lines[0].transplants == [100] and [one.rule for one in decisions].count("tandem") == 1


def test_a_drug_that_comes_back_while_others_of_its_line_went_on_is_no_restart() -> None:
    """Carfilzomib held for 250 days beside lenalidomide; by OHDSI's rules its stop has ended the line."""
    course = (era(CAR, 0, 57), era(LEN, 0, 900), era(DEX, 0, 900), era(CAR, 307, 500))
    assert made(*course) == [(0, "KRd")]
    assert len(made(*course, rules="ohdsi_mm")) > 1


def test_a_restart_after_180_days_opens_a_line_and_an_earlier_one_does_not() -> None:
    assert len(made(era(LEN, 0, 100), era(LEN, 281, 400))) == 2
    assert len(made(era(LEN, 0, 100), era(LEN, 280, 400))) == 1


def test_stopping_a_drug_makes_no_line_by_one_preset_and_does_by_the_other() -> None:
    """Daratumumab of three drugs stops and two go on: nothing new by the guidelines, a line by the rules of OHDSI."""
    eras = (era(BOR, 0, 600), era(LEN, 0, 600), era(DARA, 0, 200))
    assert made(*eras) == [(0, "bortezomib+daratumumab+lenalidomide")]
    assert [start for start, _ in made(*eras, rules="ohdsi_mm")] == [0, 201]


def test_one_drug_of_a_combination_that_goes_on_is_maintenance_by_both() -> None:
    eras = (era(BOR, 0, 200), era(LEN, 0, 600))
    for rules in ("imwg2015", "ohdsi_mm"):
        lines, _ = lines_of(Course(eras), find_line_rules(rules), CONCEPTS)
        assert [(one.start, one.maintenance_start) for one in lines] == [(0, 201)]


def test_after_progression_the_next_change_is_a_new_line() -> None:
    """A drug of an absent class on day 80 joins; after progression on day 70 it opens a line."""
    eras = (era(LEN, 0, 400), era(DARA, 80, 400))
    assert made(*eras) == [(0, "DR")]
    assert made(*eras, progressions=(Progression(70, 98),)) == [(0, "R"), (80, "DR")]


def test_a_pause_that_ends_before_progression_is_confirmed_opens_no_line() -> None:
    """Lenalidomide rests from day 100 to 180; a value of day 170 proves to be progression on day 198."""
    eras = (era(LEN, 0, 100), era(LEN, 180, 220), era(LEN, 300, 400))
    assert made(*eras, progressions=(Progression(170, 198),)) == [(0, "R"), (300, "R")]
    assert made(*eras, progressions=(Progression(150, 178),)) == [(0, "R"), (180, "R")]


def test_a_drug_that_goes_on_is_part_of_the_next_regimen_and_the_rest_of_a_fill_is_not() -> None:
    assert made(era(LEN, 0, 900), era(DARA, 400, 900), era(DEX, 400, 900)) == [(0, "R"), (400, "DRd")]
    fill = Era(LEN, 0, 420, 393)
    assert made(fill, era(POM, 400, 900), era(DEX, 400, 900)) == [(0, "R"), (400, "Pd")]


def test_a_line_ends_before_the_next_and_says_why() -> None:
    lines, _ = lines_of(
        Course((era(LEN, 0, 420), era(POM, 400, 700)), last_day=710, died=True), find_line_rules("imwg2015"), CONCEPTS
    )
    assert [(one.end, one.end_reason) for one in lines] == [(399, "next_line"), (700, "death")]


def test_lenalidomide_joins_cyclophosphamide_for_60_days_by_the_rules_of_ohdsi() -> None:
    assert len(made(era(CYC, 0, 200), era(LEN, 55, 300), rules="ohdsi_mm")) == 1


def test_cells_and_their_preparation_are_one_line() -> None:
    eras = (era(CYC, 95, 97), era("fludarabine", 95, 97), era("ciltacabtagene autoleucel", 100, 100))
    assert made(era(POM, -400, -100), *eras) == [(-400, "P"), (100, "ciltacabtagene autoleucel")]


DRUGS = st.sampled_from([LEN, BOR, DARA, CYC, POM, CAR, MEL])
ERAS = st.builds(
    lambda drug, start, length: era(drug, start, start + length), DRUGS, st.integers(0, 1500), st.integers(1, 500)
)
PRESETS = st.sampled_from(["imwg2015", "ohdsi_mm"])


def _apart(eras: list[Era]) -> list[Era]:
    """Leave out stretches of a drug that overlap, since stretches of days do not."""
    kept: list[Era] = []
    for one in sorted(eras):
        if all(one.drug != other.drug or one.start > other.end + 30 for other in kept):
            kept.append(one)
    return kept


COURSES = st.lists(ERAS, min_size=1, max_size=7).map(_apart)
GRAFTS = st.lists(st.integers(0, 1500), max_size=2).map(tuple)


@given(COURSES, GRAFTS, PRESETS, st.randoms())
def test_the_order_of_rows_does_not_matter(eras: list[Era], grafts: tuple[int, ...], rules: str, luck: Any) -> None:
    mixed = list(eras)
    luck.shuffle(mixed)
    assert made(*mixed, grafts=grafts[::-1], rules=rules) == made(*eras, grafts=grafts, rules=rules)


@given(COURSES, GRAFTS, PRESETS, st.integers(0, 1500), st.integers(1, 300))
def test_adding_a_steroid_never_makes_a_line(
    eras: list[Era], grafts: tuple[int, ...], rules: str, start: int, length: int
) -> None:
    before = made(*eras, grafts=grafts, rules=rules)
    after = made(*eras, era(DEX, start, start + length), grafts=grafts, rules=rules)
    assert [day for day, _ in after] == [day for day, _ in before]


@given(COURSES, GRAFTS, PRESETS, st.integers(-3000, 3000))
def test_shifting_all_days_shifts_all_lines(eras: list[Era], grafts: tuple[int, ...], rules: str, by: int) -> None:
    moved = [Era(one.drug, one.start + by, one.end + by, one.last_start + by, one.row) for one in eras]
    expected = [(day + by, name) for day, name in made(*eras, grafts=grafts, rules=rules)]
    assert made(*moved, grafts=tuple(day + by for day in grafts), rules=rules) == expected


@given(COURSES, GRAFTS, PRESETS)
def test_lines_follow_each_other_and_end_after_they_begin(
    eras: list[Era], grafts: tuple[int, ...], rules: str
) -> None:
    course = Course(tuple(eras), tuple(Graft(day) for day in grafts), last_day=2100)
    lines, _ = lines_of(course, find_line_rules(rules), CONCEPTS)
    assert all(line.start <= line.end for line in lines)
    assert all(one.end < after.start for one, after in pairwise(lines))


def test_rules_are_shown_in_words_and_a_wrong_file_is_refused() -> None:
    assert "After confirmed progression the next change is a new line." in find_line_rules("imwg2015").in_words()
    with pytest.raises(InputError, match="is not known"):
        find_line_rules("imwg2016")
    rules = find_line_rules("imwg2015").model_dump(mode="json") | {"join_day": 3}
    with pytest.raises(InputError, match="did you mean join_days"):
        find_line_rules(rules)
