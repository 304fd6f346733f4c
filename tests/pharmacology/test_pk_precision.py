"""32 bit, in which trials run, against 64 bit."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pk_patients import crowd

from cereblon.model.drugs.disposition import (
    IV,
    ORAL,
    SC,
    Modes,
    day_decay,
    dose_average,
    dose_carry,
    interval_average,
)
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import linear_drugs
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.saturation import graded_edges

ROUTES = {
    "lenalidomide": (ORAL,),
    "dexamethasone": (ORAL,),
    "bortezomib": (IV, SC),
    "ixazomib": (ORAL,),
    "carfilzomib": (IV,),
    "melphalan": (IV,),
}


def _three_weeks(drug: str) -> tuple[Modes, np.ndarray]:
    """Give modes and, per mg every day, each interval's mean concentration, [subject, route, day, interval]."""
    module, p = linear_drugs()[drug], drug_values(drug)
    people, eta = crowd(300)

    def one(who: Patient, eta: jax.Array) -> tuple[Modes, jax.Array]:
        modes, edges = module.disposition(who, eta, p), graded_edges()
        average, given, carry = interval_average(modes.rate, edges), dose_average(modes, edges), dose_carry(modes)

        def step(amplitude: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
            return day_decay(modes.rate)[None, :] * amplitude + carry, amplitude @ average.T + given

        means = jax.lax.scan(step, jnp.zeros_like(carry), None, length=21)[1]
        return modes, jnp.swapaxes(means, 0, 1)

    arrays = Patient(*(jnp.asarray(trait, dtype=float) for trait in people))
    modes, means = jax.jit(jax.vmap(one))(arrays, jnp.asarray(eta[:, : module.N_ETA], dtype=float))
    return modes, np.asarray(means)


@pytest.mark.parametrize("drug", list(ROUTES))
def test_32_bit_is_as_good_as_64_bit(drug: str) -> None:
    modes, single = _three_weeks(drug)
    with jax.enable_x64(True):
        _, double = _three_weeks(drug)
    assert double.dtype == np.float64 != single.dtype

    rate = np.sort(np.asarray(modes.rate), axis=-1)
    assert np.isfinite(modes.weight_by_route).all()
    assert (rate > 0.0).all()
    assert (np.diff(rate, axis=-1) > 1e-3 * rate[:, :-1]).all()

    for route in ROUTES[drug]:
        assert (single[:, route] > 0.0).all()
        expected = double[:, route]
        # 32 bit holds 7 digits; one and a half go where absorption makes a small difference of large terms. Levels
        # under a millionth of the day's highest (carfilzomib in the evening) have no effect and are not compared.
        scale = expected.max(axis=-1, keepdims=True)
        error = np.abs(single[:, route] - expected) / np.maximum(expected, 1e-6 * scale)
        assert error.max() < 2e-5
