"""Clones: shares, growth, capacity, who is reached by which drug, and how kills combine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import Array

from cereblon.core.parameter import load_parameters
from cereblon.model.drugs.drug import of_class
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.engine.individual_parameters import typical_kill
from cereblon.model.myeloma import clones

WIDTHS = (0.25, 0.75)
RESISTED = {
    "lenalidomide": {"imid_resistant", "multi_resistant"},
    "bortezomib": {"pi_resistant", "multi_resistant"},
    "ixazomib": {"pi_resistant", "multi_resistant"},
    "carfilzomib": {"pi_resistant", "multi_resistant"},
    "daratumumab": {"cd38_escaped", "multi_resistant"},
    "dexamethasone": set(),
    "pomalidomide": {"multi_resistant"},
    "isatuximab": {"cd38_escaped", "multi_resistant"},
    "elotuzumab": {"multi_resistant"},
}


def _numbers() -> dict[str, float]:
    loaded = load_parameters("clones")
    return {name: p.value for name, p in loaded.items()} | {
        f"{name}_sd": p.sd_log or p.sd for name, p in loaded.items()
    }


P = _numbers()
FLOATS = jax.tree.map(jnp.float32, P)
DRUG_NUMBERS = {drug: jax.tree.map(jnp.float32, drug_values(drug)) for drug in clones.KILLING}
TYPICAL = typical_kill(DRUG_NUMBERS)


@jax.jit
def _biology(z: Array, patients: Mapping[str, Array]) -> clones.Biology:
    return clones.biology(z, **patients, typical_kill=TYPICAL, p=FLOATS)


def biology(z: np.ndarray | None = None, **patients: float) -> clones.Biology:
    names = ("prior_lines", "high_risk", "refractory", "exposed", "years_since_2010", "trial_effect")
    plain = dict.fromkeys(names, 0.0) | {"iss": 2.0}
    drawn = np.zeros(clones.N_ETA) if z is None else z
    result = _biology(jnp.asarray(drawn, jnp.float32), jax.tree.map(jnp.float32, plain | patients))
    return jax.tree.map(float, result)  # type: ignore[no-any-return]


@partial(jax.jit, static_argnames=("drugs",))
def _kill_rates(strength: Array, additivity: Array, drugs: tuple[str, ...]) -> Array:
    effect = {
        drug: (strength[i, 0], strength[i, 1]) if drug in of_class("pi") else strength[i].mean()
        for i, drug in enumerate(drugs)
    }
    kill = {drug: jnp.float32(1.0) for drug in drugs}
    numbers = DRUG_NUMBERS | {"clones": FLOATS | {"additivity": additivity}}
    return jnp.stack(clones.kill_rates(effect, WIDTHS, kill, numbers))


def kill_rates(effect: Mapping[str, float], additivity: float = 0.5) -> dict[str, float]:
    """Kill of each clone at a constant effect of each drug and a kill rate of 1 a day."""
    strength = jnp.asarray([[value, value] for value in effect.values()], jnp.float32)
    rates = _kill_rates(strength, jnp.float32(additivity), tuple(effect))
    return dict(zip(clones.CLONES, map(float, rates), strict=True))


@settings(max_examples=100)
@given(
    z=st.lists(st.floats(-4, 4, width=32), min_size=clones.N_ETA, max_size=clones.N_ETA),
    lines=st.integers(0, 10),
    flags=st.tuples(*[st.booleans()] * 3),
)
def test_shares_of_the_clones_add_up_to_one(z: list[float], lines: int, flags: tuple[bool, bool, bool]) -> None:
    tumour = biology(
        np.asarray(z), prior_lines=float(lines), high_risk=flags[0], refractory=flags[1], exposed=flags[2]
    )
    assert sum(tumour.fraction) == pytest.approx(1.0, abs=1e-6)  # five additions in 32 bit
    assert all(0.0 <= share <= 1.0 for share in tumour.fraction)
    assert tumour.growth > 0.0
    assert all(rate > 0.0 for rate in tumour.kill.values())


def test_the_median_subject_has_the_typical_numbers() -> None:
    tumour = biology()
    assert tumour.growth == pytest.approx(P["growth"] * np.exp(P["between_trial"]), rel=1e-5)
    assert tumour.kill == pytest.approx({drug: float(rate) for drug, rate in TYPICAL.items()}, rel=1e-5)


@pytest.mark.parametrize("risk", [{"high_risk": 1.0}, {"prior_lines": 3.0}, {"iss": 3.0}])
def test_risk_makes_the_tumour_grow_faster(risk: dict[str, float]) -> None:
    assert biology(**risk).growth > biology().growth


def test_growth_changes_by_its_share_with_every_year_that_a_trial_enrols_later() -> None:
    names = ("prior_lines", "high_risk", "refractory", "exposed", "trial_effect")
    plain = dict.fromkeys(names, 0.0) | {"iss": 2.0}
    numbers = FLOATS | {"growth_by_year": jnp.float32(-0.03)}

    def growth(years: float) -> float:
        patient = jax.tree.map(jnp.float32, plain | {"years_since_2010": years})
        tumour = clones.biology(jnp.zeros(clones.N_ETA), **patient, typical_kill=TYPICAL, p=numbers)
        return float(tumour.growth)

    assert growth(5.0) / growth(0.0) == pytest.approx(np.exp(-0.15), rel=1e-5)
    assert growth(-6.0) / growth(0.0) == pytest.approx(np.exp(0.18), rel=1e-5)


@pytest.mark.parametrize(
    ("history", "clone"), [({"refractory": 1.0}, 1), ({"exposed": 1.0}, 2), ({"prior_lines": 4.0}, 4)]
)
def test_history_leaves_resistant_cells(history: dict[str, float], clone: int) -> None:
    assert biology(**history).fraction[clone] > biology().fraction[clone]


def test_a_refractory_tumour_resists_for_the_most_part() -> None:
    assert biology(refractory=1.0, prior_lines=2.0).fraction[1] > 0.5


def test_a_refractory_tumour_loses_sensitivity_to_all_drugs_and_less_to_proteasome_inhibitors() -> None:
    before, after = biology(), biology(refractory=1.0)
    lost = {drug: np.log(after.kill[drug] / before.kill[drug]) for drug in before.kill}
    spared = 1.0 - P["sensitivity_refractory_pi_spared"]
    for drug, one in lost.items():
        share = spared if drug in of_class("pi") else 1.0
        assert one == pytest.approx(share * P["sensitivity_refractory"], rel=1e-4)


def test_refractory_patients_differ_less_in_what_all_drugs_share() -> None:
    z = np.zeros(clones.N_ETA)
    z[1] = 1.0
    spread = {
        refractory: np.log(biology(z, refractory=refractory).kill["lenalidomide"])
        - np.log(biology(refractory=refractory).kill["lenalidomide"])
        for refractory in (0.0, 1.0)
    }
    assert spread[1.0] == pytest.approx(P["sensitivity_refractory_spread"] * spread[0.0], rel=1e-4)


@pytest.mark.parametrize("drug", list(RESISTED))
def test_a_drug_kills_the_clones_it_reaches_and_spares_the_others(drug: str) -> None:
    rates = kill_rates({drug: 0.8})
    assert {clone for clone, rate in rates.items() if rate == 0.0} == RESISTED[drug]


def test_the_multi_resistant_clone_yields_to_dexamethasone_only_and_in_part() -> None:
    everything = kill_rates(dict.fromkeys(RESISTED, 1.0))
    assert everything["multi_resistant"] == pytest.approx(drug_values("dexamethasone")["on_multi_resistant"])


def test_kills_add_up_fully_at_additivity_one_and_not_at_all_at_zero() -> None:
    pair = {"lenalidomide": 0.6, "dexamethasone": 0.2}
    assert kill_rates(pair, additivity=1.0)["sensitive"] == pytest.approx(0.8)
    assert kill_rates(pair, additivity=0.0)["sensitive"] == pytest.approx(0.6)
    assert kill_rates(pair, additivity=0.25)["sensitive"] == pytest.approx(0.65)


def test_the_strongest_drug_is_that_of_each_part_of_the_day() -> None:
    """Bortezomib 1 for a quarter of the day, then 0; dexamethasone 0.4 throughout: 0.25 x 1 + 0.75 x 0.4."""
    strength = jnp.asarray([[1.0, 0.0], [0.4, 0.4]], jnp.float32)
    rates = _kill_rates(strength, jnp.float32(0.0), ("bortezomib", "dexamethasone"))
    assert float(rates[0]) == pytest.approx(0.25 + 0.75 * 0.4)


EFFECTS = st.lists(st.floats(0.0, 1.0, width=32), min_size=len(RESISTED), max_size=len(RESISTED))


@settings(max_examples=100)
@given(weaker=EFFECTS, more=EFFECTS)
def test_more_of_any_drug_never_kills_less(weaker: list[float], more: list[float]) -> None:
    stronger = [min(a + b, 1.0) for a, b in zip(weaker, more, strict=True)]
    one, other = (kill_rates(dict(zip(RESISTED, effect, strict=True))) for effect in (weaker, stronger))
    assert all(other[clone] >= one[clone] - 1e-6 for clone in clones.CLONES)  # rounding of a few additions


@jax.jit
def _grown(burden: Array, kill: Array, limit: Array, days: Array) -> Array:
    def day(_: int, cells: Array) -> Array:
        return jnp.stack(clones.grow(tuple(cells), jnp.float32(0.01), limit, tuple(kill), jnp.float32(0.0)))

    return jax.lax.fori_loop(0, days, day, burden)


def grown(burden: list[float], kill: list[float], *, limit: float = 10.0, days: int = 100) -> np.ndarray:
    state = _grown(
        jnp.asarray(burden, jnp.float32), jnp.asarray(kill, jnp.float32), jnp.float32(limit), jnp.int32(days)
    )
    return np.asarray(state)


def test_without_drugs_and_with_room_growth_is_exponential() -> None:
    """exp(0.01 x 100); the brake takes 1e-6 of it."""
    assert grown([1e-6, 0, 0, 0, 0], [0] * 5)[0] == pytest.approx(1e-6 * np.e, rel=1e-4)


def test_growth_stops_at_capacity() -> None:
    """After 30 e-folds of growth; in 32 bit the last step to capacity cannot be seen."""
    whole = grown([1, 0, 0, 0, 0], [0] * 5, limit=3.0, days=3000).sum()
    assert whole == pytest.approx(3.0, rel=1e-3)
    assert grown([5, 0, 0, 0, 0], [0] * 5, limit=3.0).sum() == pytest.approx(5.0, rel=1e-5)


def test_growth_follows_the_logistic_curve() -> None:
    """N = L / (1 + (L/N0 - 1) exp(-g t)); the brake is that of the day's start, so growth is a little too fast."""
    expected = 3.0 / (1.0 + 2.0 * np.exp(-0.01 * 100))
    assert grown([1, 0, 0, 0, 0], [0] * 5, limit=3.0).sum() == pytest.approx(expected, rel=5e-3)


def test_a_resistant_clone_takes_over_under_treatment() -> None:
    after = grown([0.99, 0.01, 0, 0, 0], [0.1, 0, 0, 0, 0], days=200)
    assert after[1] > 100 * after[0]


def test_acquired_resistance_moves_cells_and_loses_none() -> None:
    before = (0.9, 0.04, 0.03, 0.02, 0.01)
    after = jax.jit(lambda cells: clones.acquire(cells, jnp.float32(1e-3), 7.0))(jax.tree.map(jnp.float32, before))
    assert float(sum(after)) == pytest.approx(1.0, abs=1e-6)
    assert float(after[0]) == pytest.approx(0.9 * np.exp(-7e-3), rel=1e-5)
    gained = [float(b) - a for a, b in zip(before[1:4], after[1:4], strict=True)]
    assert gained == pytest.approx([0.9 * (1 - np.exp(-7e-3)) / 3] * 3, rel=1e-3)
    assert float(after[4]) == pytest.approx(0.01)


def test_capacity_leaves_room_for_growth_whatever_the_baseline() -> None:
    of = jax.jit(lambda m, light: clones.capacity(m, light, FLOATS))
    for m_protein in (0.0, 0.3, 20.0, 80.0, 200.0):
        assert float(of(jnp.float32(m_protein), jnp.asarray(False))) >= 2.0
    assert float(of(jnp.float32(0.0), jnp.asarray(True))) == pytest.approx(P["capacity_light_chain"])
