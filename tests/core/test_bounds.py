"""What a quantity can be: refused outside, accepted by an option, and what no option accepts."""

from __future__ import annotations

import math

import pytest

from cereblon.core.bounds import BOUNDS, find_impossible, find_problem, judge
from cereblon.core.errors import ArgumentError
from cereblon.core.months import read_months


def judged(quantity: str, value: float, *, allow_implausible: bool) -> tuple[list[str], list[str]]:
    problems, notes = list[str](), list[str]()
    judge(
        *(quantity, [value], lambda row: f"line {row}"),
        allow_implausible=allow_implausible,
        problems=problems,
        notes=notes,
    )
    return problems, notes


@pytest.mark.parametrize("quantity", BOUNDS)
def test_what_an_option_accepts_is_wider_and_its_end_has_a_reason(quantity: str) -> None:
    bounds = BOUNDS[quantity]
    assert bounds.least <= bounds.low < bounds.high <= bounds.most
    assert bool(bounds.because) == (math.isfinite(bounds.least) or math.isfinite(bounds.most))


@pytest.mark.parametrize(
    ("quantity", "value"),
    [("age", -1.0), ("age", 23376.0), ("weight", 0.0), ("percent", 101.0), ("ISS stage", 4.0), ("platelets", -5.0)],
)
def test_what_nobody_can_mean_is_accepted_by_no_option(quantity: str, value: float) -> None:
    problems, notes = judged(quantity, value, allow_implausible=True)
    assert notes == []
    assert "no option accepts it: " in problems[0]
    assert "accepts it" not in str(find_problem(quantity, value, lift="--allow-implausible"))


@pytest.mark.parametrize(("quantity", "value"), [("age", 112.0), ("weight", 310.0), ("follow-up", 800.0)])
def test_what_is_rare_is_accepted_by_its_option_with_a_note(quantity: str, value: float) -> None:
    problems, notes = judged(quantity, value, allow_implausible=True)
    assert problems == []
    assert "accepted by --allow-implausible" in notes[0]
    (refusal,), _ = judged(quantity, value, allow_implausible=False)
    assert refusal.endswith("--allow-implausible accepts it")
    assert find_impossible(quantity, value) is None


def test_months_beyond_a_follow_up_are_accepted_up_to_a_lifetime() -> None:
    with pytest.raises(ArgumentError, match=r"up to 720 are needed.*--allow-implausible accepts it"):
        read_months("800", "landmark")
    assert read_months("800", "landmark", allow_implausible=True) == [800.0]
    with pytest.raises(ArgumentError, match=r"up to 1200 are needed, or name the unit$"):
        read_months("1300", "landmark", allow_implausible=True)
