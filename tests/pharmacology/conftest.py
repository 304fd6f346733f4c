"""Strict numerics for every test here: no silent rank or type promotion."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture(autouse=True)
def strict_promotion() -> Iterator[None]:
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("strict"):
        yield


@pytest.fixture
def double() -> Iterator[None]:
    """Compute in 64 bit within one test; the others keep the 32 bit of the trial engine."""
    with jax.enable_x64(True):
        yield
