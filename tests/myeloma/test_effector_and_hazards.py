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


def _yearly(age: float, male: float = 1.0, frailty: float = 0.52, entry: float | None = None) -> float:
    given = (age, age if entry is None else entry, male, frailty)
    return 365.25 * float(BACKGROUND(*map(jnp.float32, given)))


BACKGROUND = jax.jit(lambda *given: mortality.background_hazard(*given, M))
DISEASE = jax.jit(lambda burden, iss, failed: mortality.disease_hazard(burden, iss, failed, M))


@pytest.mark.parametrize(
    ("age", "usual", "men", "women"),
    [
        (50.0, 0.52, 0.00519, 0.00322),
        (65.0, 0.52, 0.01591, 0.01016),
        (75.0, 0.52, 0.03780, 0.02606),
        (80.0, 1.38, 0.06199, 0.04390),
        (85.0, 2.0, 0.10656, 0.07857),
    ],
)
def test_people_of_usual_frailty_die_as_in_the_life_table(age: float, usual: float, men: float, women: float) -> None:
    """Yearly hazards of survexp.us, 2010, of the R package survival 3.5-3; a straight line is off by a fifth."""
    assert _yearly(age, frailty=usual) == pytest.approx(men, rel=0.2)
    assert _yearly(age, male=0.0, frailty=usual) == pytest.approx(women, rel=0.2)


def test_growing_older_than_75_makes_nobody_less_frail() -> None:
    assert _yearly(77.0, entry=74.0) / _yearly(74.0) == pytest.approx(
        np.exp(3 * values("mortality")["background_by_age"]), rel=1e-4
    )


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
