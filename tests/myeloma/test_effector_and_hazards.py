"""Effector state of the immune system, delayed signals, and hazards of death and stopping."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import Array

from cereblon.core.parameter import values
from cereblon.model.mechanism import reduced
from cereblon.model.myeloma import mortality

E = jax.tree.map(jnp.float32, values("effects"))
M = jax.tree.map(jnp.float32, values("mortality"))


@jax.jit
def _effector(start: Array, imid: Array, glucocorticoid: Array, antibody: Array, days: Array) -> Array:
    def day(_: int, state: Array) -> Array:
        return reduced.effector_day(state, imid, glucocorticoid, antibody, E)[0]

    return jax.lax.fori_loop(0, days, day, start)


def effector(*, imid: float = 0.0, glucocorticoid: float = 0.0, antibody: float = 0.0, days: int = 200) -> float:
    drivers = (jnp.float32(value) for value in (1.0, imid, glucocorticoid, antibody))
    return float(_effector(*drivers, jnp.int32(days)))


def test_the_effector_state_rests_at_one_without_drugs() -> None:
    assert effector() == pytest.approx(1.0, abs=1e-6)


def test_lenalidomide_raises_it_and_dexamethasone_and_antibody_lower_it() -> None:
    """Settled after 200 days of a turnover of 0.1 per day: exp(-20)."""
    v = values("effects")
    assert effector(imid=1.0) == pytest.approx(1.0 + v["effector_by_lenalidomide"], rel=1e-4)
    assert effector(glucocorticoid=1.0) == pytest.approx(1.0 - v["effector_by_dexamethasone"], rel=1e-4)
    assert effector(antibody=1.0) == pytest.approx(1.0 - v["effector_by_cd38_antibody"], rel=1e-4)


def test_it_stays_positive_under_everything() -> None:
    assert effector(glucocorticoid=1.0, antibody=1.0) >= 0.05


@settings(max_examples=100)
@given(
    signal=st.floats(0.0, 1.0, width=32), driver=st.floats(0.0, 1.0, width=32), rate=st.floats(0.0625, 5.0, width=32)
)
def test_a_delayed_signal_stays_between_where_it_was_and_its_driver(
    signal: float, driver: float, rate: float
) -> None:
    end, mean = FOLLOW(jnp.float32(signal), jnp.float32(driver), jnp.float32(rate))
    low, high = sorted((signal, driver))
    assert low - 1e-6 <= float(end) <= high + 1e-6
    assert low - 1e-6 <= float(mean) <= high + 1e-6
    # What left the gap during the day is what the average drove: rate x (driver - mean) = end - start.
    assert float(end) - signal == pytest.approx(rate * (driver - float(mean)), abs=2e-6)


FOLLOW = jax.jit(reduced.follow)


def _yearly(age: float, male: float = 1.0, frailty: float = 0.5) -> float:
    hazard = BACKGROUND(jnp.float32(age), jnp.float32(male), jnp.float32(frailty))
    return 365.25 * float(hazard)


BACKGROUND = jax.jit(lambda age, male, frailty: mortality.background_hazard(age, male, frailty, M))
DISEASE = jax.jit(lambda burden, iss, failed: mortality.disease_hazard(burden, iss, failed, M))


def test_background_mortality_is_that_of_the_parameter_file() -> None:
    """1.2 % a year at 65 and 4 to 6 % at 80 for men, as the source of the rate says; bands of a third."""
    assert _yearly(65.0) == pytest.approx(0.012, rel=0.34)
    assert _yearly(80.0) == pytest.approx(0.05, rel=0.34)


def test_background_mortality_doubles_every_seven_years() -> None:
    """ln 2 / 0.098."""
    assert _yearly(72.07) / _yearly(65.0) == pytest.approx(2.0, rel=0.01)


def test_women_and_fit_people_live_longer() -> None:
    assert _yearly(70.0, male=0.0) < _yearly(70.0)
    ratios = [_yearly(70.0, frailty=group + 1.0) / _yearly(70.0, frailty=group) for group in (0.0, 1.0)]
    assert ratios == pytest.approx([values("mortality")["frailty_ratio"]] * 2, rel=1e-4)


def test_more_tumour_higher_stage_and_failed_lines_raise_the_hazard() -> None:
    base = float(DISEASE(jnp.float32(1.0), jnp.float32(2.0), jnp.float32(0.0)))
    for worse in ((2.0, 2.0, 0.0), (1.0, 3.0, 0.0), (1.0, 2.0, 1.0)):
        assert float(DISEASE(*map(jnp.float32, worse))) > base


def test_without_a_cell_left_the_hazard_is_a_number() -> None:
    assert np.isfinite(float(DISEASE(jnp.float32(0.0), jnp.float32(2.0), jnp.float32(0.0))))


def test_off_treatment_nobody_stops_or_dies_of_it() -> None:
    age, off, on = jnp.float32(70.0), jnp.float32(0.0), jnp.float32(1.0)
    assert float(mortality.treatment_hazard(age, off, M)) == 0.0
    assert float(mortality.stop_hazard(age, off, on, M)) == 0.0
    assert float(mortality.treatment_hazard(age, on, M)) > 0.0


def test_a_proteasome_inhibitor_and_age_make_stopping_likelier() -> None:
    age, older, off, on = (jnp.float32(value) for value in (65.0, 80.0, 0.0, 1.0))
    plain = float(mortality.stop_hazard(age, on, off, M))
    assert float(mortality.stop_hazard(age, on, on, M)) > plain
    assert float(mortality.stop_hazard(older, on, off, M)) > plain
