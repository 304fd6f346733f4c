"""Competing causes and events between visits: by hand, what must hold, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.statistics import aalen_johansen, gray_test, kaplan_meier, turnbull


def test_incidences_and_survival_add_up_to_one() -> None:
    """By hand: of four, one progresses (1/4), one dies (3/4 * 1/3), one is censored, one dies (1/2 * 1/1)."""
    found = aalen_johansen([1, 2, 3, 4], ["progression", "death", "censored", "death"], censored="censored")
    assert found.causes == ("death", "progression")
    np.testing.assert_allclose(found.incidence, [[0, 0.25, 0.75], [0.25, 0.25, 0.25]])
    np.testing.assert_allclose(found.incidence.sum(axis=0) + found.survival, 1)


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=30)
def test_with_one_cause_it_is_the_rest_of_survival(seed: int, is_late: bool) -> None:
    generator = np.random.default_rng(seed)
    time = np.ceil(generator.exponential(10, 40))
    cause = generator.integers(0, 2, 40)
    cause[0] = 1
    entry = time * generator.uniform(0, 0.9, 40) if is_late else None
    found, curve = aalen_johansen(time, cause, entry=entry), kaplan_meier(time, cause == 1, entry=entry)
    place = np.searchsorted(curve.time, found.time)
    np.testing.assert_allclose(found.incidence[0], 1 - curve.survival[place], atol=1e-12)
    alive = curve.survival[place] > 0
    greenwood = curve.survival[place][alive] ** 2 * curve.variance[place][alive]
    np.testing.assert_allclose(found.variance[0][alive], greenwood, atol=1e-12)


def test_incidence_at_a_time_has_an_interval_or_a_reason() -> None:
    found = aalen_johansen([1, 2, 3, 4], [1, 2, 0, 0])
    inside = found.at(2.0, 1)
    assert inside.value == pytest.approx(0.25)
    assert 0 < inside.low < 0.25 < inside.high < 1
    assert found.at(0.5, 1).value == 0
    assert found.at(5.0, 1).status == "beyond_follow_up"
    with pytest.raises(InputError, match="cause"):
        found.at(2.0, 3)


def test_grays_test_of_nothing_says_so() -> None:
    assert gray_test([1, 2, 3], [1, 2, 1], ["a"] * 3, of=1).status == "no_subjects"
    apart = gray_test([1, 2, 3, 4], [2, 2, 1, 1], ["a", "a", "b", "b"], of=1)  # nobody of a is left at an event
    assert (apart.status, apart.p) == ("not_identified", 1.0)
    with pytest.raises(InputError, match="nobody has an event"):
        gray_test([1, 2], [0, 0], ["a", "b"], of=1)


def test_level_of_grays_test_under_equal_groups() -> None:
    """400 trials of 100; the share below 0.05 has a standard error of 0.011, and 0.05 more is four of these."""
    generator = np.random.default_rng(7)
    group = np.arange(100) % 2
    seen = 0
    for _ in range(400):
        time = generator.exponential(10, 100)
        cause = np.where(time > 15, 0, generator.integers(1, 3, 100))
        seen += gray_test(np.minimum(time, 15), cause, group, of=1).p < 0.05
    assert abs(seen / 400 - 0.05) < 0.045


def test_known_times_are_those_of_kaplan_and_meier() -> None:
    """Exact events and censored ends, ties among them, give the product limit."""
    time, observed = np.array([2.0, 3, 3, 5, 5, 8]), np.array([1, 1, 0, 1, 1, 0]) == 1
    found = turnbull(time, np.where(observed, time, np.inf))
    curve = kaplan_meier(time, observed)
    least, most = found.survival_at(curve.time)
    np.testing.assert_allclose(least, curve.survival, atol=1e-6)
    np.testing.assert_allclose(most, curve.survival, atol=1e-6)


def test_events_between_visits_by_hand() -> None:
    """Two in (0, 3], one in (3, 6], one after 6: quarters; within an interval the curve is between its ends."""
    found = turnbull([0, 0, 3, 6], [3, 3, 6, np.inf])
    np.testing.assert_allclose(found.mass, [0.5, 0.25, 0.25])
    assert found.median == (0.0, 3.0)
    least, most = found.survival_at([0.0, 1.5, 3.0, 6.0])
    np.testing.assert_allclose(least, [1.0, 0.5, 0.5, 0.25])
    np.testing.assert_allclose(most, [1.0, 1.0, 0.5, 0.25])


def test_overlapping_intervals_by_hand() -> None:
    """(0, 4] and (2, 6] share (2, 4], which takes all: no other place makes both as likely."""
    found = turnbull([0, 2], [4, 6])
    assert (found.left.tolist(), found.right.tolist(), found.mass.tolist()) == ([2.0], [4.0], [1.0])


def test_an_interval_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="the first in row 2: 5 to 3"):
        turnbull([0, 5], [3, 3])
