"""Neutrophils and platelets: rest, steady states in closed form, recovery, and steps against the full equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import Array
from scipy.integrate import solve_ivp

from cereblon.core.parameter import values
from cereblon.model.toxicity import neutrophils, platelets
from cereblon.model.toxicity.neutrophils import SUBSTEP_EDGES

N, T = values("neutrophils"), values("platelets")
TRANSIT = 4.0 / N["transit_time"]
SUBSTEPS = len(SUBSTEP_EDGES) - 1


@jax.jit
def _neutrophil_days(start: Array, loss: Array) -> Array:
    def day(chain: tuple[Array, ...], today: Array) -> tuple[tuple[Array, ...], Array]:
        after = neutrophils.day(chain, [today] * SUBSTEPS, jnp.float32(TRANSIT), jnp.float32(N["feedback"]))
        return after, jnp.stack(after)

    return jax.lax.scan(day, tuple(start), loss)[1]


@jax.jit
def _platelet_days(start: Array, drug: Array) -> Array:
    def day(chain: tuple[Array, ...], today: Array) -> tuple[tuple[Array, ...], Array]:
        loss, block = [today[0]] * SUBSTEPS, [today[1]] * SUBSTEPS
        after = platelets.day(
            chain, loss, block, jnp.float32(T["maturation"]), jnp.float32(T["feedback"]), jnp.float32(1.0)
        )
        return after, jnp.stack(after)

    return jax.lax.scan(day, tuple(start), drug)[1]


def neutrophil_course(loss: Sequence[float], start: Sequence[float] = (1.0,) * 5) -> np.ndarray:
    """Chain at the end of each day under a loss of proliferation that is constant over each day."""
    return np.asarray(_neutrophil_days(jnp.asarray(start, jnp.float32), jnp.asarray(loss, jnp.float32)))


def platelet_course(drug: Sequence[tuple[float, float]], start: Sequence[float] = (1.0,) * 4) -> np.ndarray:
    """Chain at the end of each day under an added loss, 1/day, and a blocked part of release."""
    return np.asarray(_platelet_days(jnp.asarray(start, jnp.float32), jnp.asarray(drug, jnp.float32)))


def _neutrophil_slope(_: float, y: np.ndarray, loss: float) -> np.ndarray:
    gain = (1.0 - loss) * max(y[4], 1e-6) ** -N["feedback"]
    return TRANSIT * np.array([y[0] * (gain - 1.0), *(y[:4] - y[1:])])


def _platelet_slope(_: float, y: np.ndarray, loss: float, block: float) -> np.ndarray:
    k = T["maturation"]
    released = k * (1.0 - block) * y[2]
    made = k * max(y[3], 1e-6) ** -T["feedback"]
    return np.array(
        [
            made - (k + loss) * y[0],
            k * (y[0] - y[1]),
            k * y[1] - released - 0.5 * k * block * y[2],
            released - k * y[3],
        ]
    )


def _exact(slope: Callable[..., np.ndarray], start: Sequence[float], days: Sequence[tuple[float, ...]]) -> np.ndarray:
    """Solve day by day with a relative tolerance of 1e-9."""
    state, course = np.asarray(start, float), []
    for drug in days:
        state = solve_ivp(slope, (0.0, 1.0), state, args=drug, rtol=1e-9, atol=1e-12).y[:, -1]
        course.append(state)
    return np.asarray(course)


def test_neutrophils_at_rest_stay_where_they_are() -> None:
    assert np.abs(neutrophil_course([0.0] * 400) - 1.0).max() < 1e-5  # rounding of 400 days in 32 bit


def test_platelets_at_rest_stay_where_they_are() -> None:
    assert np.abs(platelet_course([(0.0, 0.0)] * 400) - 1.0).max() < 1e-5


@pytest.mark.parametrize("loss", [0.05, 0.1, 0.2])
def test_neutrophils_settle_where_feedback_balances_the_loss(loss: float) -> None:
    """(1 - loss) c^-feedback = 1; after 400 days the damped swing is below 0.1 %."""
    settled = neutrophil_course([loss] * 400)[-1, 4]
    assert settled == pytest.approx((1.0 - loss) ** (1.0 / N["feedback"]), rel=2e-3)


@pytest.mark.parametrize(("loss", "block"), [(0.5, 0.0), (0.0, 0.5), (0.3, 0.8)])
def test_platelets_settle_where_production_balances_loss_and_block(loss: float, block: float) -> None:
    """From the chain at rest: c = [k/(k + loss) (1 - b)/(1 - b/2)]^(1/(1 + feedback))."""
    k = T["maturation"]
    expected = (k / (k + loss) * (1.0 - block) / (1.0 - 0.5 * block)) ** (1.0 / (1.0 + T["feedback"]))
    assert platelet_course([(loss, block)] * 200)[-1, 3] == pytest.approx(expected, rel=1e-4)


def test_neutrophils_fall_late_swing_over_and_come_back() -> None:
    """Transit takes about five days, so the lowest count follows a week's loss by days, and feedback overshoots."""
    count = neutrophil_course([0.5] * 7 + [0.0] * 200)[:, 4]
    assert count[1] > 0.95
    assert 6 <= count.argmin() <= 14
    assert count.max() > 1.05
    assert count[-1] == pytest.approx(1.0, abs=0.02)


def test_a_deeper_loss_gives_a_lower_count() -> None:
    lowest = [neutrophil_course([loss] * 28)[:, 4].min() for loss in (0.1, 0.2, 0.4, 0.8)]
    assert lowest == sorted(lowest, reverse=True)
    assert len(set(lowest)) == 4


def test_neutrophil_steps_follow_the_equations() -> None:
    """Three weeks of a strong loss, then recovery: half a percent, a thirtieth of a count's noise of 15 %."""
    days = [0.35] * 21 + [0.0] * 39
    exact = _exact(_neutrophil_slope, [1.0] * 5, [(loss,) for loss in days])
    np.testing.assert_allclose(neutrophil_course(days)[:, 4], exact[:, 4], rtol=5e-3)


def test_neutrophil_steps_follow_the_equations_after_melphalan() -> None:
    """A hundredth of the marrow is left and counts double every day: 3 %, a fifth of the noise."""
    start = [0.01] * 4 + [1.0]
    exact = _exact(_neutrophil_slope, start, [(0.0,)] * 40)
    np.testing.assert_allclose(neutrophil_course([0.0] * 40, start)[:, 4], exact[:, 4], rtol=0.03)


@pytest.mark.parametrize("drug", [(0.4, 0.0), (9.0, 0.0), (0.0, 0.95), (2.0, 0.8)])
def test_platelet_steps_follow_the_equations(drug: tuple[float, float]) -> None:
    """Two weeks of drug, even of one that empties the pool in hours, then recovery: 2 %, a sixth of the noise."""
    days = [drug] * 14 + [(0.0, 0.0)] * 21
    exact = _exact(_platelet_slope, [1.0] * 4, days)
    np.testing.assert_allclose(platelet_course(days)[:, 3], exact[:, 3], rtol=0.02)


@settings(max_examples=60)
@given(
    loss=st.lists(st.floats(0.0, 0.96875, width=32), min_size=30, max_size=30),
    left=st.floats(2.0**-20, 1.0, width=32),
)
def test_neutrophils_never_fall_below_zero_or_run_away(loss: list[float], left: float) -> None:
    course = neutrophil_course(loss, [left] * 4 + [1.0])
    assert np.isfinite(course).all()
    assert (course >= 0.0).all()
    assert course[:, 4].max() < 20.0


@settings(max_examples=60)
@given(
    drug=st.lists(
        st.tuples(st.floats(0.0, 50.0, width=32), st.floats(0.0, 0.9375, width=32)), min_size=30, max_size=30
    ),
    left=st.floats(0.0, 1.0, width=32),
)
def test_platelets_never_fall_below_zero_or_run_away(drug: list[tuple[float, float]], left: float) -> None:
    course = platelet_course(drug, [left] * 3 + [1.0])
    assert np.isfinite(course).all()
    assert (course >= 0.0).all()
    assert course[:, 3].max() < 20.0


def test_a_slower_marrow_has_a_slower_chain() -> None:
    numbers = {name: jnp.float32(value) for name, value in N.items()} | {"transit_time_sd": jnp.float32(0.17)}
    rate = jax.jit(partial(neutrophils.rate, p=numbers))
    assert float(rate(jnp.float32(0.0))) == pytest.approx(TRANSIT, rel=1e-6)
    assert float(rate(jnp.float32(1.0))) == pytest.approx(TRANSIT * np.exp(-0.17), rel=1e-5)
