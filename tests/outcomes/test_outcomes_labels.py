"""Events and arms as people code them: read where they can mean one thing, refused with the row where not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.outcomes import (
    cox_regression,
    hazard_ratio,
    kaplan_meier,
    landmark_rate,
    log_rank,
    median,
    numbers_at_risk,
    restricted_mean,
    restricted_mean_difference,
)
from runtime_types import misused

TIME = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
SEEN = [True, True, False, True, True, False, True, True]
ARM = [1, 0, 1, 0, 1, 0, 1, 0]

ESTIMATES: dict[str, Callable[[Any, dict[str, Any]], object]] = {
    "kaplan_meier": lambda seen, coding: kaplan_meier(TIME, seen, **coding).events.tolist(),
    "hazard_ratio": lambda seen, coding: hazard_ratio(TIME, seen, ARM, **coding),
    "log_rank": lambda seen, coding: log_rank(TIME, seen, ARM, **coding).statistic,
    "cox_regression": lambda seen, coding: cox_regression(TIME, seen, {"arm": ARM}, **coding),
}
CODINGS: dict[str, tuple[tuple[Any, Any], dict[str, Any]]] = {
    "numbers": ((0, 1), {}),
    "fractions": ((0.0, 1.0), {}),
    "text numbers": (("0", "1"), {}),
    "text": (("FALSE", "TRUE"), {}),
    "words": (("censored", "event"), {}),
    "R": ((1, 2), {"coding": "1/2"}),
    "CDISC": ((1, 0), {"coding": "cnsr"}),
}


@pytest.mark.parametrize("estimate", sorted(ESTIMATES))
@pytest.mark.parametrize("coding", sorted(CODINGS))
@pytest.mark.parametrize("shape", [list, np.array])
def test_every_coding_of_events_means_the_same(estimate: str, coding: str, shape: Callable[[Any], Any]) -> None:
    (no, yes), named = CODINGS[coding]
    coded = shape([yes if seen else no for seen in SEEN])
    assert ESTIMATES[estimate](coded, named) == ESTIMATES[estimate](np.array(SEEN), {})


@pytest.mark.parametrize("estimate", sorted(ESTIMATES))
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (float("nan"), "row 4: is missing"),
        (None, "row 4: is missing"),
        (-1, "row 4: -1 is no indicator"),
        (0.5, "row 4: 0.5 is no indicator"),
        ("maybe", "row 4: 'maybe' is no indicator"),
    ],
)
def test_what_is_no_event_and_not_censored_is_refused_with_its_row(estimate: str, wrong: Any, message: str) -> None:
    coded: list[Any] = [int(seen) for seen in SEEN]
    coded[3] = wrong
    with pytest.raises(InputError, match=message):
        ESTIMATES[estimate](coded, {})


@pytest.mark.parametrize("estimate", sorted(ESTIMATES))
def test_events_of_1_and_2_are_asked_about(estimate: str) -> None:
    with pytest.raises(InputError, match="may mean either way round"):
        ESTIMATES[estimate](np.array([1, 2, 1, 2, 1, 2, 1, 2]), {})


LABELS: list[tuple[Any, Any]] = [("A", "B"), (1, 2), ("Rd", "VRd"), (True, False), (0, 1), ("x", 3), (2.0, 5.0)]


@pytest.mark.parametrize(("below", "above"), LABELS)
def test_arms_by_any_two_labels(below: Any, above: Any) -> None:
    group = [above if arm else below for arm in ARM]
    expected = hazard_ratio(TIME, SEEN, ARM)
    assert hazard_ratio(TIME, SEEN, group, comparator=below) == expected
    assert hazard_ratio(TIME, SEEN, group, comparator=above).value == pytest.approx(1 / expected.value)
    assert log_rank(TIME, SEEN, group).statistic == pytest.approx(log_rank(TIME, SEEN, ARM).statistic)
    adjusted = cox_regression(TIME, SEEN, {"arm": group}, comparators={"arm": below})["arm"]
    assert adjusted.value == pytest.approx(expected.value, rel=1e-6)


@pytest.mark.parametrize("labels", [("A", "B"), (1, 2), ("0", "1")])
def test_labels_that_do_not_say_which_arm_is_above_need_the_comparator(labels: tuple[Any, Any]) -> None:
    group = [labels[arm] for arm in ARM]
    with pytest.raises(InputError, match=f"{labels[0]!r}, {labels[1]!r}, and the comparator is not named"):
        hazard_ratio(TIME, SEEN, group)


@pytest.mark.parametrize(
    ("group", "comparator", "message"),
    [
        ([0, 1, 2, 0, 1, 2, 0, 1], None, r"3 different ones \(0, 1, 2\)"),
        (["A", "B", "C", "A", "B", "C", "A", "B"], "A", "3 different ones"),
        (["A", "B"] * 4, "C", "comparator 'C' is not among the labels of arms: 'A', 'B'"),
        (["A", None] * 4, "A", "4 of 8 are missing, the first in row 2"),
        ([0.0, float("nan")] * 4, None, "4 of 8 are missing"),
        ([0, 1], None, "8 subjects"),
    ],
)
def test_what_is_not_two_arms_is_refused(group: list[Any], comparator: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        hazard_ratio(TIME, SEEN, group, comparator=comparator)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.booleans()), min_size=0, max_size=12),
    st.randoms(),
)
def test_the_order_of_subjects_means_nothing(people: list[tuple[int, bool, bool]], random: Any) -> None:
    moved = list(people)
    random.shuffle(moved)

    def found(rows: Sequence[tuple[int, bool, bool]]) -> list[object]:
        time, seen, arm = ([row[place] for row in rows] for place in range(3))
        curve = kaplan_meier(time, seen)
        adjusted = cox_regression(time, seen, {"arm": np.array(arm, float)})
        return [curve.survival.tolist(), hazard_ratio(time, seen, arm), log_rank(time, seen, arm).p, adjusted]

    assert found(moved) == found(people)


def test_separated_arms_have_no_hazard_ratio() -> None:
    """All of one arm have the event before anybody of the other: the likelihood rises for ever."""
    early, late = [1.0, 2.0, 3.0], [10.0, 11.0, 12.0]
    assert hazard_ratio(early + late, [1] * 6, [0] * 3 + [1] * 3).status == "separated"
    assert cox_regression(early + late, [1] * 6, {"arm": [0] * 3 + [1] * 3})["arm"].status == "separated"


def test_a_covariate_that_tells_nothing_of_its_own_is_said() -> None:
    age = np.array([50.0, 61.0, 58.0, 72.0, 66.0, 49.0, 70.0, 55.0])
    found = cox_regression(TIME, SEEN, {"arm": ARM, "age": age, "again": 2 * age, "same": np.ones(8)})
    assert [found[name].status for name in ("age", "again", "same")] == ["not_identified"] * 3
    assert found["arm"].status == "estimated"
    assert cox_regression(TIME, [0] * 8, {"arm": ARM})["arm"].status == "no_events"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kaplan_meier([1, 2], [1]), "2 follow-up times and 1 event indicators"),
        (lambda: kaplan_meier(["a", "b"], [1, 0]), "not all are numbers"),
        (lambda: kaplan_meier([[1, 2]], [[1, 0]]), "shape"),
        (lambda: kaplan_meier([1.0, float("nan")], [1, 0]), "row 2"),
        (lambda: kaplan_meier([1, 2], [1, 0], level=95), "level 95"),
        (lambda: kaplan_meier([1, 2], [1, 0], level=0), "level 0"),
        (lambda: kaplan_meier([1, 2], [1, 0], transform="logit"), "logit"),
        (lambda: landmark_rate(kaplan_meier([1, 2], [1, 0]), -1), "landmark -1"),
        (lambda: restricted_mean(kaplan_meier([1, 2], [1, 1]), float("inf")), "horizon inf"),
        (lambda: numbers_at_risk(kaplan_meier([1, 2], [1, 1]), [float("nan")]), "no number"),
        (lambda: hazard_ratio([1, 2], [1, 1], [0, 1], level=1.2), "level 1.2"),
        (lambda: log_rank([1, 2], [1, 1], [0]), "2 subjects"),
        (lambda: cox_regression([1, 2], [1, 1], {"age": [1.0]}), "1 values for 2 subjects"),
        (lambda: cox_regression([1, 2], [1, 1], {"age": [1.0, float("nan")]}), "missing or infinite"),
        (lambda: cox_regression([1, 2], [1, 1], {"sex": ["f", "m"]}), "no numbers"),
        (lambda: cox_regression([1, 2], [1, 1], {}), "none is given"),
        (lambda: cox_regression([1, 2], [1, 1], {"a": [0, 1]}, comparators={"b": 0}), "b is no covariate"),
        (
            lambda: restricted_mean_difference(kaplan_meier([1], [1]), kaplan_meier([1], [1], level=0.9), 1),
            "level 0.95 and 0.9",
        ),
    ],
)
@misused
def test_what_cannot_be_is_refused_in_our_words(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_nobody_is_no_error() -> None:
    empty = kaplan_meier([], [])
    assert (
        median(empty).status == landmark_rate(empty, 12).status == restricted_mean(empty, 12).status == "no_subjects"
    )
    assert hazard_ratio([], [], []).status == "no_subjects"
    assert cox_regression([], [], {"age": []})["age"].status == "no_subjects"
    assert log_rank([], [], []).degrees == 0
