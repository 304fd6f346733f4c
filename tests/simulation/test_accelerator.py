"""Where JAX finds a graphics processor, the program runs there and agrees with that of the processor."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import pytest
from engine_arms import WEEKS, Engine, a_batch_of_everything, assert_same_but_for_last_digits

from cereblon.model.engine import batch
from cereblon.model.engine.native.compiler import JAX, chosen_kernel
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.engine.simulation import Results, simulate

pytestmark = pytest.mark.skipif(jax.default_backend() == "cpu", reason="JAX finds no graphics processor here")


@pytest.fixture
def on_processor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compute on the processor meanwhile; programs that are kept are those of the first device."""
    monkeypatch.setattr(batch, "_cache", None)
    jax.config.update("jax_default_device", jax.devices("cpu")[0])  # also for threads
    yield
    jax.config.update("jax_default_device", None)


def ran(everything: Engine) -> Results:
    given = (everything.root, everything.program, model_parameters(), everything.layout)
    return simulate(a_batch_of_everything(), *given, n_weeks=WEEKS)


@pytest.fixture(scope="module")
def accelerated(everything: Engine) -> Results:
    return ran(everything)


def test_jax_computes_the_weeks_there() -> None:
    assert chosen_kernel() == JAX


@pytest.mark.usefixtures("on_processor")
def test_subjects_are_those_of_the_processor_but_for_last_digits(everything: Engine, accelerated: Results) -> None:
    """The bounds are those between the two kernels of a processor."""
    assert_same_but_for_last_digits(accelerated, ran(everything))
