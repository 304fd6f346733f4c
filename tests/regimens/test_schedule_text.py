"""Days and cycles as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cereblon.model.regimens.schedule import CycleRange, format_cycles, format_days, parse_cycles, parse_days


@pytest.mark.parametrize(
    ("written", "days"),
    [
        (5, (5,)),
        ("1-4,9-12", (1, 2, 3, 4, 9, 10, 11, 12)),
        ([1, 8, 15, 22], (1, 8, 15, 22)),
        ([15, 1, "8 - 9"], (1, 8, 9, 15)),
        ("3-3", (3,)),
    ],
)
def test_days_are_read_as_numbers_spans_and_lists(written: object, days: tuple[int, ...]) -> None:
    assert parse_days(written) == days


@pytest.mark.parametrize(
    ("written", "refusal"),
    [
        ([1, 8, 8], "day 8 is listed twice"),
        ("1-4,3-5", "days 3, 4 are listed twice"),
        (0, "day 0 is outside 1 to 182"),
        ("1-1000000000", "day 1000000000 is outside"),
        ("4-1", "run backwards"),
        ("one", "cannot be read"),
        ("1-21,", "cannot be read"),
        (1.5, "not a whole number"),
        (True, "not a whole number"),
        ([], "no day is given"),
        (None, "not a whole number"),
    ],
)
def test_days_that_cannot_be_are_refused(written: object, refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        parse_days(written)


@given(st.sets(st.integers(1, 182), min_size=1))
def test_written_days_are_read_back(days: set[int]) -> None:
    ordered = tuple(sorted(days))
    assert parse_days(format_days(ordered)) == ordered


def test_days_are_written_in_spans_of_three_or_more() -> None:
    assert format_days((1, 2, 4, 5, 6, 9)) == "1,2,4-6,9"


@pytest.mark.parametrize(("written", "cycles"), [("3", (3, 3)), (3, (3, 3)), ("1-2", (1, 2)), (" 3+ ", (3, None))])
def test_cycles_are_read_as_one_a_span_or_an_open_end(written: object, cycles: tuple[int, int | None]) -> None:
    assert parse_cycles(written) == CycleRange(*cycles)


@pytest.mark.parametrize("written", ["0", "5-2", "x", "", 1.5, True, "1-401", "401+", None, [1]])
def test_cycles_that_cannot_be_are_refused(written: object) -> None:
    with pytest.raises(ValueError, match="cycles"):
        parse_cycles(written)


@pytest.mark.parametrize("cycles", [CycleRange(3, 3), CycleRange(1, 12), CycleRange(13, None)])
def test_written_cycles_are_read_back(cycles: CycleRange) -> None:
    assert parse_cycles(format_cycles(cycles)) == cycles


def test_an_open_range_holds_every_later_cycle() -> None:
    assert [cycle in CycleRange(3, None) for cycle in (2, 3, 400)] == [False, True, True]
