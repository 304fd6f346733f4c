"""The progression state, visit by visit, and that engine and outcome functions agree."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.criteria import DFLC, SERUM, Rules
from cereblon.criteria.progression import ProgressionState, start, step


def walk(values: list[float | None], baseline: float, measure: int = SERUM) -> ProgressionState:
    state = start(np.array([baseline]), np)
    for number, value in enumerate(values, start=1):
        measured = np.array([value is not None])
        state = step(state, np.array([value or 0.0]), 28.0 * number, measured, measure, np)
    return state


def test_progression_is_dated_at_the_first_of_two_visits() -> None:
    state = walk([10, 10, 15, 15], baseline=30)
    assert state.progressed[0]
    assert state.progression_day[0] == 84


def test_one_visit_is_not_enough() -> None:
    assert not walk([10, 10, 15, 11], baseline=30).progressed[0]


def test_without_progression_the_day_is_infinite() -> None:
    assert walk([10, 10], baseline=30).progression_day[0] == np.inf


def test_a_missing_visit_changes_nothing() -> None:
    with_gap, without = walk([10, 10, 15, None, 15], 30), walk([10, 10, 15], 30)
    assert with_gap.progression_day[0] == 84
    assert walk([10, 10, 15, None], 30) == without


def test_the_lowest_value_is_the_higher_of_two_in_a_row() -> None:
    assert walk([4, 6, 5], baseline=30).lowest[0] == 5 + 1  # pairs (30, 4), (4, 6), (6, 5): highest 30, 6, 6


def test_the_baseline_counts_as_confirmed() -> None:
    assert walk([26, 27], baseline=20).progression_day[0] == 28


def test_once_progressed_the_day_stays() -> None:
    assert walk([10, 10, 15, 15, 2, 2, 9, 9], baseline=30).progression_day[0] == 84


def test_light_chains_follow_their_own_rule() -> None:
    assert not walk([100, 100, 200, 200], baseline=1000, measure=DFLC).progressed[0]
    assert walk([100, 100, 201, 201], baseline=1000, measure=DFLC).progressed[0]


def test_a_scan_in_single_precision_agrees_with_numpy() -> None:
    rng = np.random.default_rng(7)
    # values on a grid of 0.5 hit the limits of 5 g/L and 25 % exactly, where rounding could decide differently
    values = np.round(np.cumsum(rng.normal(0, 3, (200, 40)), axis=1) * 2) / 2 + 30
    values = np.maximum(values, 0)
    measured = rng.random(values.shape) < 0.9
    days = 28.0 * np.arange(1, 41)
    by_numpy = start(values[:, 0], np)
    for visit in range(40):
        by_numpy = step(by_numpy, values[:, visit], days[visit], measured[:, visit], SERUM, np)

    def one(baseline: jax.Array, series: jax.Array, seen: jax.Array) -> ProgressionState:
        def visit(state: ProgressionState, at: tuple[jax.Array, ...]) -> tuple[ProgressionState, None]:
            return step(state, *at, SERUM, jnp), None

        state, _ = jax.lax.scan(visit, start(baseline, jnp), (series, jnp.asarray(days, jnp.float32), seen))
        return state

    single = values.astype(np.float32)
    by_jax = jax.vmap(one)(single[:, 0], single, measured)
    assert 0.2 < by_numpy.progressed.mean() < 0.99  # both outcomes occur, so agreement says something
    np.testing.assert_array_equal(np.asarray(by_jax.progressed), by_numpy.progressed)
    np.testing.assert_array_equal(np.asarray(by_jax.progression_day), by_numpy.progression_day)


@pytest.mark.parametrize("name", ["progression_serum_g_l", "partial_fall", "mrd_threshold"])
def test_rules_refuse_what_is_not_positive(name: str) -> None:
    with pytest.raises(InputError, match=f"rules, {name}: -1.0 is not a positive number"):
        Rules(**{name: -1.0})


def test_rules_refuse_an_unknown_choice() -> None:
    with pytest.raises(InputError, match="rules, urine_without_record: 'never' is not one of"):
        Rules(urine_without_record="never")  # type: ignore[arg-type]
