"""How chances of a design are written."""

from __future__ import annotations

import pytest

from cereblon.questions.design_looks import precise, rounded
from cereblon.trial_design.operating_characteristics import Estimated


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (0.9342, 0.026, "93 % (Monte Carlo error 2.6 points)"),
        (0.9342, 0.002, "93.4 % (Monte Carlo error 0.2 points)"),
        (1.0, 0.007, "more than 99 % (Monte Carlo error 0.7 points)"),
        (0.9998, 0.001, "more than 99.9 % (Monte Carlo error 0.1 points)"),
        (0.0, 0.007, "less than 1 % (Monte Carlo error 0.7 points)"),
    ],
)
def test_no_chance_is_sure_and_none_has_more_digits_than_its_error(value: float, error: float, said: str) -> None:
    assert precise(Estimated(value, error)) == said


def test_a_chance_in_whole_percent_is_never_all_or_nothing() -> None:
    assert [rounded(one) for one in (0.0, 0.004, 0.45, 0.996, 1.0)] == [
        *("less than 1 %", "less than 1 %", "45 %", "more than 99 %", "more than 99 %")
    ]
