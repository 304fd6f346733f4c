"""M-protein and light chains, and what a laboratory makes of them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.parameter import load_parameters
from cereblon.model.myeloma import proteins

P = {name: jnp.float32(p.value) for name, p in load_parameters("proteins").items()} | {
    f"{name}_sd": jnp.float32(p.sd_log or p.sd) for name, p in load_parameters("proteins").items()
}
QUIET = P | {"assay_proportional": jnp.float32(0.0), "assay_additive": jnp.float32(0.0)}
DAY = jax.jit(proteins.m_protein_day)
CHAINS = jax.jit(lambda involved, uninvolved, burden: proteins.light_chains(involved, uninvolved, burden, P))
MEASURE = jax.jit(lambda m, chains, cells, burden, z, p: proteins.measure(m, chains, cells, burden, z, p))


def _measured(
    m_protein: float, burden: float, *, p: dict[str, jax.Array] = QUIET, z: float = 0.0
) -> proteins.Measured:
    chains = CHAINS(jnp.float32(100.0), jnp.float32(10.0), jnp.float32(burden))
    return MEASURE(
        jnp.float32(m_protein), chains, jnp.float32(40.0), jnp.float32(burden), jnp.full(6, z, jnp.float32), p
    )


@pytest.mark.parametrize(("isotype", "half_life"), [(proteins.IGG, 21), (proteins.IGA, 6)])
def test_m_protein_halves_in_the_half_life_of_its_isotype(isotype: int, half_life: int) -> None:
    """21 and 6 days, as in the parameter file; after as many days without tumour half is left."""
    decay = jax.jit(lambda kind: proteins.m_protein_decay(kind, P))(jnp.int32(isotype))
    value = jnp.float32(40.0)
    for _ in range(half_life):
        value = DAY(value, jnp.float32(40.0), jnp.float32(0.0), decay)
    assert float(value) == pytest.approx(20.0, rel=1e-4)


def test_m_protein_rests_at_baseline_and_follows_a_lasting_burden() -> None:
    baseline, decay = jnp.float32(30.0), jnp.float32(0.9)
    assert float(DAY(baseline, baseline, jnp.float32(1.0), decay)) == pytest.approx(30.0)
    value = baseline
    for _ in range(200):
        value = DAY(value, baseline, jnp.float32(0.25), decay)
    assert float(value) == pytest.approx(7.5, rel=1e-4)


def test_light_chains_are_those_of_baseline_at_burden_one() -> None:
    involved, uninvolved = CHAINS(jnp.float32(900.0), jnp.float32(5.0), jnp.float32(1.0))
    assert (float(involved), float(uninvolved)) == pytest.approx((900.0, 5.0), rel=1e-5)


def test_light_chains_without_tumour_are_normal() -> None:
    """Normal ratio of involved to uninvolved: 0.26 to 1.65 (criteria of the IMWG)."""
    involved, uninvolved = CHAINS(jnp.float32(900.0), jnp.float32(5.0), jnp.float32(0.0))
    assert 0.26 <= float(involved / uninvolved) <= 1.65
    assert float(uninvolved) == pytest.approx(float(P["flc_uninvolved_normal"]))


@settings(max_examples=60)
@given(
    involved=st.floats(1.0, 5000.0, width=32),
    uninvolved=st.floats(0.5, 60.0, width=32),
    burden=st.tuples(st.floats(0.0, 3.0, width=32), st.floats(0.0, 3.0, width=32)),
)
def test_more_tumour_never_means_less_involved_chain(
    involved: float, uninvolved: float, burden: tuple[float, float]
) -> None:
    low, high = (CHAINS(jnp.float32(involved), jnp.float32(uninvolved), jnp.float32(b)) for b in sorted(burden))
    assert float(low[0]) <= float(high[0]) * (1 + 1e-6)
    assert float(low.min()) > 0.0


def test_an_m_protein_below_the_limit_is_reported_as_none() -> None:
    """Quantification limit 1 g/L."""
    assert float(_measured(0.99, 0.02).m_protein) == 0.0
    assert float(_measured(1.01, 0.02).m_protein) == pytest.approx(1.01)


@pytest.mark.parametrize(("m_protein", "burden", "positive"), [(0.5, 0.01, 1.0), (0.05, 0.0, 0.0), (5.0, 0.1, 1.0)])
def test_immunofixation_sees_less_than_electrophoresis(m_protein: float, burden: float, positive: float) -> None:
    """Limit 0.2 g/L."""
    assert float(_measured(m_protein, burden).immunofixation) == positive


def test_whatever_is_quantified_is_positive_on_immunofixation() -> None:
    noisy = _measured(0.1, 0.0, p=P | {"assay_additive": jnp.float32(1.0)}, z=3.0)
    assert float(noisy.m_protein) > 0.0
    assert float(noisy.immunofixation) == 1.0


def test_marrow_shows_the_tumour_beside_normal_cells() -> None:
    seen = _measured(10.0, 0.5)
    assert float(seen.clonal_share) == pytest.approx(0.2)
    assert float(seen.marrow_plasma_cells) == pytest.approx(20.0 + float(P["normal_plasma_cells"]), rel=1e-5)
    full = _measured(90.0, 9.0, z=2.0)
    assert float(full.marrow_plasma_cells) <= 100.0
    assert float(full.clonal_share) <= 1.0


def test_assay_error_has_the_stated_size() -> None:
    """At 50 g/L: sqrt((0.0633 x 50)^2 + 0.4^2); 20,000 draws give it to 0.5 %, the band is 3 %."""
    z = np.random.default_rng(1).standard_normal((20_000, 6)).astype(np.float32)
    chains = jnp.asarray([100.0, 10.0], jnp.float32)
    many = jax.jit(
        jax.vmap(
            lambda draw: (
                proteins.measure(jnp.float32(50.0), chains, jnp.float32(40.0), jnp.float32(1.0), draw, P).m_protein
            )
        )
    )(z)
    expected = np.hypot(float(P["assay_proportional"]) * 50.0, float(P["assay_additive"]))
    assert float(jnp.std(many)) == pytest.approx(expected, rel=0.03)
    assert float(jnp.mean(many)) == pytest.approx(50.0, abs=4 * expected / np.sqrt(20_000))
