"""Lenalidomide under the US label; limits and doses are those of `us_label.yaml` with its sources."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lenalidomide_course import WELL, standings

from cereblon.dosing.lenalidomide import LADDER_MG, next_level

LOW_NEUTROPHILS, LOW_PLATELETS, BOTH_LOW = (0.9, 150.0), (2.0, 29.0), (0.9, 29.0)


@pytest.mark.parametrize(
    ("crcl", "mg", "alternate_days"),
    [(120.0, 25.0, False), (60.0, 25.0, False), (59.99, 10.0, False), (30.0, 10.0, False), (29.99, 15.0, True)],
)
def test_the_starting_dose_follows_creatinine_clearance(crcl: float, mg: float, alternate_days: bool) -> None:
    """The limits themselves belong to the higher dose, as `us_label.yaml` states."""
    standing = standings([], crcl=crcl)[0]
    assert (standing.mg, standing.alternate_days, standing.held) == (mg, alternate_days, False)


@pytest.mark.parametrize(("crcl", "mg"), [(60.0, 10.0), (59.99, 5.0), (30.0, 5.0), (29.99, 2.5)])
def test_maintenance_starts_lower_in_renal_failure_and_is_taken_every_day(crcl: float, mg: float) -> None:
    standing = standings([], crcl=crcl, nominal=10.0, maintenance=True)[0]
    assert (standing.mg, standing.alternate_days) == (mg, False)


def test_a_regimen_above_the_ladder_is_given_as_ordered() -> None:
    """The single-agent studies gave 30 mg."""
    assert standings([], nominal=30.0)[0].mg == 30.0


@pytest.mark.parametrize(
    ("counts", "maintenance", "held"),
    [
        ((1.0, 30.0), False, False),
        ((0.999, 30.0), False, True),
        ((1.0, 29.99), False, True),
        ((0.5, 30.0), True, False),
        ((0.499, 30.0), True, True),
        ((0.5, 29.99), True, True),
    ],
)
def test_a_count_at_the_limit_is_not_below_it(counts: tuple[float, float], maintenance: bool, held: bool) -> None:
    assert standings([counts], nominal=10.0, maintenance=maintenance)[-1].held is held


def test_the_first_hold_for_neutrophils_alone_costs_nothing() -> None:
    assert [standing.mg for standing in standings([LOW_NEUTROPHILS, WELL])] == [25.0, 0.0, 25.0]


def test_every_later_hold_for_neutrophils_costs_a_level() -> None:
    doses = [standing.mg for standing in standings([LOW_NEUTROPHILS, WELL] * 4)]
    assert doses == [25.0, 0.0, 25.0, 0.0, 20.0, 0.0, 15.0, 0.0, 10.0]


@pytest.mark.parametrize("low", [LOW_PLATELETS, BOTH_LOW])
def test_a_hold_for_platelets_costs_a_level_at_once(low: tuple[float, float]) -> None:
    assert [standing.mg for standing in standings([low, WELL])] == [25.0, 0.0, 20.0]


def test_platelets_that_fall_during_a_hold_for_neutrophils_cost_a_level() -> None:
    assert [standing.mg for standing in standings([LOW_NEUTROPHILS, LOW_PLATELETS, WELL])] == [25.0, 0.0, 0.0, 20.0]


def test_a_hold_lasts_until_both_counts_are_back() -> None:
    visits = [LOW_PLATELETS, LOW_NEUTROPHILS, BOTH_LOW, (1.0, 30.0)]
    assert [standing.held for standing in standings(visits)] == [False, True, True, True, False]


def test_without_counts_nothing_changes() -> None:
    assert [standing.held for standing in standings([None, LOW_PLATELETS, None, None, WELL, None])] == [
        *[False, False],
        *[True, True, True],
        *[False, False],
    ]


def test_maintenance_loses_a_level_with_every_hold_down_to_five() -> None:
    visits = [(0.4, 150.0), WELL] * 4
    doses = [standing.mg for standing in standings(visits, nominal=15.0, maintenance=True)]
    assert doses == [15.0, 0.0, 10.0, 0.0, 5.0, 0.0, 5.0, 0.0, 5.0]


def test_maintenance_in_renal_failure_stays_at_its_start() -> None:
    visits = [(0.4, 150.0), WELL] * 2
    doses = [standing.mg for standing in standings(visits, crcl=20.0, nominal=10.0, maintenance=True)]
    assert doses == [2.5, 0.0, 2.5, 0.0, 2.5]


def test_counts_in_a_cycle_without_lenalidomide_begin_no_hold() -> None:
    """After melphalan every count is low; that once cut the maintenance which followed to 2.5 mg."""
    assert [standing.held for standing in standings([BOTH_LOW, WELL, BOTH_LOW], nominal=0.0)] == [False] * 4


def test_the_ladder_ends_at_its_lowest_step() -> None:
    """US ladder of `dosing_rules`: 25, 20, 15, 10, 5, 2.5 mg daily."""
    lower = jax.jit(next_level)(jnp.asarray([30.0, *LADDER_MG, 12.5]))
    np.testing.assert_array_equal(lower, [25.0, 20.0, 15.0, 10.0, 5.0, 2.5, 2.5, 10.0])


VISITS = st.lists(
    st.one_of(st.none(), st.tuples(st.floats(0.0, 6.0, width=32), st.floats(0.0, 400.0, width=32))), max_size=12
)


@settings(max_examples=150, deadline=None)
@given(
    visits=VISITS,
    crcl=st.floats(5.0, 150.0, width=32),
    nominal=st.sampled_from([5.0, 10.0, 15.0, 25.0, 30.0]),
    maintenance=st.booleans(),
)
def test_no_course_of_counts_raises_the_dose(
    visits: list[tuple[float, float] | None], crcl: float, nominal: float, maintenance: bool
) -> None:
    seen = standings(visits, crcl=crcl, nominal=nominal, maintenance=maintenance)
    given_mg = [standing.mg for standing in seen if not standing.held]
    assert given_mg == sorted(given_mg, reverse=True)
    assert all(2.5 <= mg <= nominal for mg in given_mg)
    assert all(standing.mg == 0.0 for standing in seen if standing.held)
    assert len({standing.alternate_days for standing in seen}) == 1
