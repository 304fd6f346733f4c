"""The trial engine's day steps of every antibody, against steps of two hours and against its equations' limits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array
from numpy.typing import NDArray
from pk_patients import person

from cereblon.core.errors import InputError
from cereblon.model.drugs import antibody
from cereblon.model.drugs.disposition import IV, SC
from cereblon.model.drugs.drug import all_drugs
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import kinetic_model
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters
from cereblon.model.exposure.antibody_body import AntibodyBody

ANTIBODIES = [drug.name for drug in all_drugs().values() if drug.is_antibody]
DAYS = 84


def _pk_parameters(drug: str) -> AntibodyPKParameters:
    model = kinetic_model(drug)
    found = model.pk_parameters(person(), jnp.zeros(model.N_ETA), drug_values(drug))
    assert isinstance(found, AntibodyPKParameters)
    return found


def _by_day(drug: str, mg: float) -> NDArray[np.float64]:
    """Mean concentration of each day, doses weekly into the vein."""
    c = antibody.coefficients(_pk_parameters(drug))

    def step(state: antibody.State, day: Array) -> tuple[antibody.State, Array]:
        dosed = antibody.dose(state, jnp.where(day % 7.0 == 0.0, mg, 0.0), IV, c)
        return antibody.day_step(dosed, day, c)

    days = jnp.arange(DAYS, dtype=float)
    return np.asarray(jax.jit(lambda: jax.lax.scan(step, antibody.empty(c), days)[1])())


def _by_two_hours(drug: str, mg: float) -> NDArray[np.float64]:
    pk_parameters = AntibodyPKParameters(
        *(None if x is None else np.atleast_1d(np.asarray(x, float)) for x in _pk_parameters(drug))
    )  # type: ignore[arg-type]
    body, means = AntibodyBody(pk_parameters), []
    for day in range(DAYS):
        if day % 7 == 0:
            body.give(np.array([mg]), absorbed=False)
        before = body.area.copy()
        body.read(np.array([1.0]))
        means.append(float((body.area - before)[0]))
    return np.asarray(means)


@pytest.mark.parametrize("drug", ANTIBODIES)
def test_four_steps_a_day_are_within_two_percent_of_steps_of_two_hours(drug: str) -> None:
    """750 mg a week. Two percent is a tenth of the smallest spread of a clearance between patients."""
    np.testing.assert_allclose(_by_day(drug, 750.0), _by_two_hours(drug, 750.0), rtol=0.02)


def test_what_is_not_absorbed_is_not_given_under_the_skin() -> None:
    c = antibody.coefficients(_pk_parameters("isatuximab"))
    with pytest.raises(InputError, match="given iv"):
        antibody.dose(antibody.empty(c), 100.0, SC, c)
