"""Haemoglobin follows disease and drugs slowly; neuropathy follows dose, route and schedule."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.parameter import values
from cereblon.model.toxicity import haemoglobin, neuropathy

H = jax.tree.map(jnp.float32, values("haemoglobin"))
U = jax.tree.map(jnp.float32, values("neuropathy"))
TURNOVER, RECOVERY = values("haemoglobin")["turnover"], values("haemoglobin")["recovery"]
SUBCUTANEOUS_RATIO = values("neuropathy")["subcutaneous_ratio"]


@jax.jit
def _haemoglobin(
    value: jax.Array, baseline: jax.Array, male: jax.Array, drivers: jax.Array, days: jax.Array
) -> jax.Array:
    def day(_: int, current: jax.Array) -> jax.Array:
        return haemoglobin.day(
            current,
            baseline=baseline,
            male=male,
            burden=drivers[0],
            lenalidomide=drivers[1],
            proteasome=drivers[2],
            fall=jnp.float32(10.0),
            p=H,
        )

    return jax.lax.fori_loop(0, days, day, value)


def settled(
    baseline: float,
    *,
    burden: float = 1.0,
    lenalidomide: float = 0.0,
    proteasome: float = 0.0,
    male: float = 1.0,
    days: int = 1000,
) -> float:
    """Value after many days (turnover 1/50 days) from the baseline, g/L."""
    start = jnp.float32(baseline)
    drivers = jnp.asarray([burden, lenalidomide, proteasome], jnp.float32)
    return float(_haemoglobin(start, start, jnp.float32(male), drivers, jnp.int32(days)))


@pytest.mark.parametrize("baseline", [80.0, 110.0, 160.0])
def test_haemoglobin_rests_at_baseline_without_drugs(baseline: float) -> None:
    assert settled(baseline) == pytest.approx(baseline, abs=0.01)


def test_haemoglobin_rises_when_the_disease_goes() -> None:
    """The stated part of the deficit goes; the rest has other reasons."""
    healthy = values("haemoglobin")["healthy_male"]
    assert settled(95.0, burden=0.0) == pytest.approx(95.0 + RECOVERY * (healthy - 95.0), abs=0.1)


def test_nothing_is_gained_where_nothing_was_missing() -> None:
    assert settled(160.0, burden=0.0) == pytest.approx(160.0, abs=0.01)


def test_half_of_the_way_takes_five_weeks() -> None:
    """ln 2 / 0.02 = 34.7 days."""
    whole = settled(95.0, burden=0.0) - 95.0
    assert (settled(95.0, burden=0.0, days=35) - 95.0) / whole == pytest.approx(1 - np.exp(-35 * TURNOVER), abs=1e-3)


def test_drugs_and_progression_lower_it() -> None:
    assert settled(120.0, lenalidomide=0.087) == pytest.approx(110.0, abs=0.1)
    assert settled(120.0, proteasome=1.0) < 120.0
    assert settled(120.0, burden=2.0) < 120.0
    assert settled(120.0, burden=50.0) == settled(120.0, burden=2.0)


@settings(max_examples=60)
@given(baseline=st.floats(60.0, 180.0, width=32), burden=st.floats(0.0, 20.0, width=32), male=st.booleans())
def test_haemoglobin_stays_in_the_range_of_living_people(baseline: float, burden: float, male: bool) -> None:
    """It once fell below zero in progressive disease; now transfusions stop it at 70 g/L."""
    worst = settled(baseline, burden=burden, lenalidomide=0.2, proteasome=0.5, male=float(male))
    assert 69.9 <= worst <= 181.0


@jax.jit
def _weeks(doses: jax.Array, occupancy: jax.Array, route: jax.Array, exposed: jax.Array) -> jax.Array:
    susceptibility = jnp.asarray([values("neuropathy")["damage_bortezomib"], values("neuropathy")["damage_other"]])

    def week(damage: jax.Array, today: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        after = neuropathy.week(
            damage,
            bortezomib_mg_m2=today[0],
            route=route,
            occupancy=today[1],
            other_days=7.0 * exposed,
            susceptibility=susceptibility,
            p=U,
        )
        return after, after

    return jax.lax.scan(week, jnp.float32(0.0), (doses, occupancy))[1]


def damage(doses: Sequence[float], *, occupancy: float = 0.2, route: int = 1, exposed: float = 0.0) -> np.ndarray:
    """Damage at the end of each week, in grades."""
    given_mg = jnp.asarray(doses, jnp.float32)
    held = jnp.where(given_mg > 0.0, occupancy, 0.0)
    return np.asarray(_weeks(given_mg, held, jnp.int32(route), jnp.float32(exposed)))


def test_without_a_cause_there_is_no_damage() -> None:
    assert not damage([0.0] * 20).any()


def test_under_the_skin_it_does_less_damage_by_the_stated_ratio() -> None:
    into_the_vein, under_the_skin = (damage([2.6] * 8, route=route)[-1] for route in (1, neuropathy.SUBCUTANEOUS))
    assert under_the_skin / into_the_vein == pytest.approx(SUBCUTANEOUS_RATIO, rel=1e-5)


def test_the_same_dose_packed_densely_does_more_damage() -> None:
    assert damage([2.6], occupancy=0.3)[0] > damage([2.6], occupancy=0.1)[0]


def test_damage_heals_slowly_after_the_last_dose() -> None:
    """0.004 per day: half in 25 weeks."""
    course = damage([2.6] * 8 + [0.0] * 25)
    assert course[-1] / course[7] == pytest.approx(0.5, abs=0.01)


def test_lenalidomide_alone_does_a_little() -> None:
    assert 0.0 < damage([0.0] * 52, exposed=1.0)[-1] < 1.0


@pytest.mark.parametrize(
    ("units", "baseline", "grade"), [(0.0, 0, 0), (0.99, 0, 0), (1.0, 0, 1), (2.5, 0, 2), (0.5, 1, 1), (9.0, 1, 4)]
)
def test_the_grade_is_whole_units_of_damage_above_the_grade_at_baseline(
    units: float, baseline: int, grade: int
) -> None:
    assert float(neuropathy.grade(jnp.float32(units), jnp.float32(baseline))) == grade
