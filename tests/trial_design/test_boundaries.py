"""Boundaries that spend an error over the looks, against published tables and other programs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.trial_design.boundaries import (
    Boundaries,
    boundaries_with_futility,
    crossing_probabilities,
    efficacy_boundaries,
)
from cereblon.trial_design.spending import Spending

OBRIEN_FLEMING, POCOCK = Spending("obrien-fleming"), Spending("pocock")
FIVE = [0.2, 0.4, 0.6, 0.8, 1.0]
PRINTED = 6e-5  # four digits after the point


def hwang(gamma: float) -> Spending:
    return Spending("hwang-shih-decani", gamma)


def test_five_looks_have_the_boundaries_of_reboussin_and_demets() -> None:
    """Reboussin et al., Control Clin Trials 2000;21:190, table of the program ld98: 5 looks, two-sided 0.05.

    It prints 3.3569 for the second look by a coarser grid; R ldbounds 2 prints 3.3570.
    """
    found = efficacy_boundaries(FIVE, OBRIEN_FLEMING, 0.025).upper
    assert found == pytest.approx([4.8769, 3.3570, 2.6803, 2.2898, 2.0310], abs=PRINTED)


def test_two_looks_have_the_boundaries_that_every_protocol_prints() -> None:
    """O'Brien-Fleming spending at half of the information: 2.963 and 1.969, nominal p 0.0031 and 0.0490 two-sided."""
    bounds = efficacy_boundaries([0.5, 1.0], OBRIEN_FLEMING, 0.025)
    assert bounds.upper == pytest.approx([2.963, 1.969], abs=5e-4)
    assert [2 * p for p in bounds.nominal] == pytest.approx([0.0031, 0.0490], abs=6e-5)


def test_quarters_agree_with_another_program() -> None:
    """PharmCat SeqBounds.jl, README: one-sided 0.05 at quarters, O'Brien-Fleming; its grid gives five digits."""
    found = efficacy_boundaries([0.25, 0.5, 0.75, 1.0], OBRIEN_FLEMING, 0.05).upper
    assert found == pytest.approx([3.74955, 2.53993, 2.01604, 1.72014], abs=5e-5)


def test_even_spending_agrees_with_rpact() -> None:
    """rpact, tests of group sequential designs, design x1: Hwang-Shih-DeCani with gamma 0, alpha 0.03."""
    found = efficacy_boundaries([0.2, 0.4, 1.0], hwang(0.0), 0.03).upper
    assert found == pytest.approx([2.5121443, 2.4228747, 2.0280392], abs=1e-6)


def test_futility_that_need_not_be_obeyed_agrees_with_rpact() -> None:
    """rpact, design x2: alpha 0.07, power 0.86, gamma -1 and -2; `shift` is the square of the drift."""
    found = boundaries_with_futility([0.2, 0.4, 1.0], hwang(-1.0), 0.07, hwang(-2.0), 0.14, binding=False)
    assert found.upper == pytest.approx([2.364813, 2.1928805, 1.5660474], abs=1e-6)
    assert found.lower[:2] == pytest.approx([-1.1063623, -0.35992439], abs=1e-5)
    assert found.drift == pytest.approx(math.sqrt(7.1015942), abs=1e-5)
    assert sum(crossing_probabilities(found, math.sqrt(7.1015942)).upper) == pytest.approx(0.86, abs=1e-6)


def test_the_usual_design_of_gsdesign_has_its_boundaries() -> None:
    """R gsDesign(): three looks, gamma -4 and -2, alpha 0.025, power 0.9; it prints two digits and 1.07 times."""
    found = boundaries_with_futility([1 / 3, 2 / 3, 1.0], hwang(-4.0), 0.025, hwang(-2.0), 0.1, binding=False)
    assert found.upper == pytest.approx([3.01, 2.55, 2.00], abs=5e-3)
    assert found.lower == pytest.approx([-0.24, 0.94, 2.00], abs=5e-3)
    assert found.drift is not None
    assert (found.drift / (1.959964 + 1.281552)) ** 2 == pytest.approx(1.07, abs=5e-3)


@pytest.mark.parametrize("spending", [OBRIEN_FLEMING, POCOCK, hwang(-4.0), hwang(1.0)])
@pytest.mark.parametrize("looks", [[1.0], [0.1, 1.0], [0.6, 0.61, 1.0], FIVE])
def test_the_whole_error_is_spent_and_no_more(spending: Spending, looks: list[float]) -> None:
    """Integration is exact to 1e-8; a boundary out of reach leaves at most its own share."""
    bounds = efficacy_boundaries(looks, spending, 0.025)
    spent = np.cumsum(crossing_probabilities(bounds, 0.0).upper)
    assert spent == pytest.approx(spending.spent(looks, 0.025), abs=1e-8)
    assert spent[-1] == pytest.approx(0.025, abs=1e-8)


def test_one_look_is_the_usual_test() -> None:
    assert efficacy_boundaries([1.0], POCOCK, 0.025).upper == pytest.approx([1.959964], abs=1e-6)


def test_futility_that_must_be_obeyed_lowers_the_boundary_of_success() -> None:
    looks = [1 / 3, 2 / 3, 1.0]
    free, bound = (
        boundaries_with_futility(looks, hwang(-4.0), 0.025, hwang(-2.0), 0.1, binding=binding)
        for binding in (False, True)
    )
    assert bound.upper[-1] < free.upper[-1]
    assert sum(crossing_probabilities(bound, 0.0).upper) == pytest.approx(0.025, abs=1e-8)
    assert sum(crossing_probabilities(free, 0.0).upper) < 0.025
    unguarded = Boundaries(free.information, free.upper, (-np.inf,) * 3)
    assert sum(crossing_probabilities(unguarded, 0.0).upper) == pytest.approx(0.025, abs=1e-8)


@pytest.mark.parametrize("looks", [[], [0.5, 0.5], [1.0, 0.5], [0.0, 1.0], [math.nan]])
def test_shares_that_do_not_rise_are_refused(looks: list[float]) -> None:
    with pytest.raises(InputError, match="must rise"):
        efficacy_boundaries(looks, POCOCK, 0.025)
