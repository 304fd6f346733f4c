"""The aim of the blood cell chains: it moves with the disease, and the chains follow it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from cereblon.core.parameter import values
from cereblon.model.toxicity import marrow, neutrophils, platelets

N = jax.tree.map(jnp.float32, values("neutrophils"))
T = jax.tree.map(jnp.float32, values("platelets"))
SUBSTEPS = len(neutrophils.SUBSTEP_EDGES) - 1
ZERO = jnp.float32(0.0)


def aim(burden: float, baseline: float) -> float:
    return float(marrow.aim(jnp.float32(burden), jnp.float32(baseline), N))


@pytest.mark.parametrize("baseline", [1.5, 3.0, 6.0])
def test_at_the_baseline_burden_the_aim_is_the_baseline(baseline: float) -> None:
    assert aim(1.0, baseline) == 1.0


def test_the_stated_part_of_a_deficit_comes_back_with_the_disease_gone() -> None:
    """Of 1.9e9/L, half the healthy count, `recovery` of the other half is added."""
    healthy = float(N["healthy"])
    assert aim(0.0, healthy / 2) == pytest.approx(1.0 + float(N["recovery"]), rel=1e-5)


def test_nothing_comes_back_where_nothing_was_missing() -> None:
    assert aim(0.0, 6.0) == 1.0


def test_a_growing_burden_crowds_out_a_little_and_no_more_beyond_twice() -> None:
    assert aim(2.0, 3.0) == pytest.approx(1.0 - float(N["crowding"]), rel=1e-5)
    assert aim(5.0, 3.0) == aim(2.0, 3.0)


def test_untreated_chains_settle_at_their_aim() -> None:
    """After 200 days, forty transit times of neutrophils; steps of a day are good to a percent here."""
    target = jnp.float32(1.3)

    @jax.jit
    def settle() -> tuple[jax.Array, jax.Array]:
        loss = [1.0 - marrow.neutrophil_gain(target, ZERO, N)] * SUBSTEPS
        transit, none = jnp.float32(4.0 / values("neutrophils")["transit_time"]), [ZERO] * SUBSTEPS
        gain = marrow.platelet_gain(target, T)

        def day(_: int, both: tuple[neutrophils.Chain, platelets.Chain]) -> tuple[neutrophils.Chain, platelets.Chain]:
            white, plate = both
            return (
                neutrophils.day(white, loss, transit, N["feedback"]),
                platelets.day(plate, none, none, T["maturation"], T["feedback"], gain),
            )

        one = jnp.float32(1.0)
        white, plate = jax.lax.fori_loop(0, 200, day, ((one,) * 5, (one,) * 4))
        return white[4], plate[3]

    white, plate = settle()
    assert float(white) == pytest.approx(1.3, rel=0.01)
    assert float(plate) == pytest.approx(1.3, rel=0.01)


def test_gcsf_raises_proliferation() -> None:
    one = jnp.float32(1.0)
    with_it, without = (float(marrow.neutrophil_gain(one, jnp.float32(given), N)) for given in (1.0, 0.0))
    assert without == 1.0
    assert with_it == pytest.approx(1.0 + float(N["gcsf_gain"]), rel=1e-6)
