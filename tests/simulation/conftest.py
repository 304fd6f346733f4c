"""The engines, built once in a session."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import pytest
from engine_arms import Engine, build_engine, engine_of_everything


@pytest.fixture(scope="session")
def engine(compiled_programs: str) -> Engine:
    return build_engine()


@pytest.fixture(scope="session")
def everything(compiled_programs: str) -> Engine:
    return engine_of_everything()


@pytest.fixture(autouse=True)
def strict_promotion() -> Iterator[None]:
    """The engine computes in 32 bit; no number changes its rank unnoticed."""
    assert not jax.config.jax_enable_x64
    with jax.numpy_rank_promotion("raise"):
        yield
