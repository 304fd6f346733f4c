"""Bortezomib under the US label: the table for neuropathy, and holds for counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import Array

from cereblon.dosing import bortezomib
from cereblon.parameter import values

FULL, ONE_DOWN, TWO_DOWN = 1.0, 1.0 / 1.3, 0.7 / 1.3
WELL = (3.0, 150.0, 0.0)  # neutrophils and platelets, 1e9/L, and neuropathy grade
Visit = tuple[float, float, float]


def _decider() -> Callable[..., bortezomib.BortezomibRule]:
    label = jax.tree.map(jnp.float32, values("us_label"))

    @jax.jit
    def decide(rule: bortezomib.BortezomibRule, visit: Array, ordered: Array) -> bortezomib.BortezomibRule:
        return bortezomib.decide(
            rule,
            ordered=ordered,
            neutrophils=visit[0],
            platelets=visit[1],
            neuropathy_grade=visit[2],
            measured=jnp.asarray(True),
            p=label,
        )

    return decide


DECIDE = _decider()
FACTOR = jax.jit(bortezomib.factor)


def course(visits: Sequence[Visit], *, ordered: bool = True) -> list[tuple[float, bool]]:
    """Give the part of the dose that is given, and whether it is weekly, at the start and after each visit."""
    rule = bortezomib.start(jnp.float32(80.0))
    seen = [(float(FACTOR(rule)), bool(rule.weekly))]
    for visit in visits:
        rule = DECIDE(rule, jnp.asarray(visit, jnp.float32), jnp.asarray(ordered))
        seen.append((float(FACTOR(rule)), bool(rule.weekly)))
    return seen


def factors(visits: Sequence[Visit]) -> list[float]:
    return [part for part, _ in course(visits)]


def neuropathy(grade: float) -> Visit:
    return (3.0, 150.0, grade)


def test_the_levels_are_those_of_the_label() -> None:
    """1.3, 1.0 and 0.7 mg/m2."""
    assert bortezomib.LEVELS_MG_M2 == (1.3, 1.0, 0.7)


@pytest.mark.parametrize(("grade", "part"), [(0.0, FULL), (1.0, FULL), (2.0, ONE_DOWN), (3.0, 0.0), (4.0, 0.0)])
def test_neuropathy_lowers_holds_or_stops(grade: float, part: float) -> None:
    assert factors([neuropathy(grade)])[-1] == pytest.approx(part)


def test_grade_two_does_not_lower_twice() -> None:
    assert factors([neuropathy(2.0)] * 3)[1:] == pytest.approx([ONE_DOWN] * 3)


def test_a_lowered_dose_is_not_raised_again() -> None:
    assert factors([neuropathy(2.0), neuropathy(0.0)])[-1] == pytest.approx(ONE_DOWN)


def test_after_grade_three_it_waits_for_grade_one_and_goes_on_weekly_two_levels_lower() -> None:
    seen = course([neuropathy(3.0), neuropathy(2.0), neuropathy(1.0), neuropathy(0.0)])
    assert [part for part, _ in seen] == pytest.approx([FULL, 0.0, 0.0, TWO_DOWN, TWO_DOWN])
    assert [weekly for _, weekly in seen] == [False, False, False, True, True]


def test_after_grade_four_it_never_comes_back() -> None:
    assert factors([neuropathy(4.0), neuropathy(1.0), neuropathy(0.0)]) == pytest.approx([FULL, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("visit", "part"),
    [((0.5, 25.0, 0.0), FULL), ((0.499, 25.0, 0.0), 0.0), ((0.5, 24.99, 0.0), 0.0)],
)
def test_counts_of_grade_four_hold_it(visit: Visit, part: float) -> None:
    """Grade 4: neutrophils below 0.5, platelets below 25 (CTCAE); the limits themselves are not below."""
    assert factors([visit])[-1] == pytest.approx(part)


def test_each_hold_for_counts_costs_a_level_down_to_the_lowest() -> None:
    low = (0.4, 150.0, 0.0)
    doses = factors([low, WELL, low, low, WELL, low, WELL])
    assert doses == pytest.approx([FULL, 0.0, ONE_DOWN, 0.0, 0.0, TWO_DOWN, 0.0, TWO_DOWN])


def test_counts_in_a_cycle_without_bortezomib_begin_no_hold() -> None:
    """Counts after melphalan are no reason to lower bortezomib in consolidation."""
    assert course([(0.0, 5.0, 0.0), WELL], ordered=False)[-1] == (FULL, False)


VISITS = st.lists(
    st.tuples(
        st.floats(0.0, 5.0, width=32), st.floats(0.0, 300.0, width=32), st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0])
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(visits=VISITS)
def test_no_course_raises_the_dose_or_brings_back_a_stopped_drug(visits: list[Visit]) -> None:
    parts = factors(visits)
    positive = [part for part in parts if part > 0.0]
    assert positive == sorted(positive, reverse=True)
    assert all(0.0 <= part <= 1.0 for part in parts)
    worst = [grade for *_, grade in visits]
    if 4.0 in worst:
        assert set(parts[worst.index(4.0) + 1 :]) == {0.0}
