"""Random numbers that depend on seed, decision and subject, never on the order of calls.

The same subject has the same individual parameters in every arm, whatever the block size, the number of workers or
who else is in the trial. Repeated draws of one decision (visits) take further positions of the same stream.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.core import draws_by_number
from cereblon.core.errors import InputError

_LARGEST_ID = 2**32 - 1  # fold_in keeps 32 bits: two larger ids could silently share their random numbers
_STEP = 1024
_FEW = 32


def root_key(seed: int) -> Array:
    """Make the root key of a run.

    Raises
    ------
    InputError
        If the seed is negative or needs more than 32 bits.
    """
    if not 0 <= seed <= _LARGEST_ID:
        raise InputError(f"seed {seed} is outside 0 to {_LARGEST_ID}")
    return jax.random.key(seed)


def stream(root: Array, decision: str) -> Array:
    """Give one decision point its own key."""
    return jax.random.fold_in(root, zlib.crc32(decision.encode()))


def _draw(
    sampler: Callable[[Array, tuple[int, ...]], Array], root: Array, decision: str, subject_id: np.ndarray, count: int
) -> np.ndarray:
    ids = _checked(subject_id)
    filled = np.pad(ids, (0, -len(ids) % _STEP))  # few lengths, so that few programs are compiled
    return np.asarray(_each(sampler, stream(root, decision), jnp.asarray(filled, jnp.uint32), count))[: len(ids)]


@partial(jax.jit, static_argnames=("sampler", "count"))
def _each(sampler: Callable[[Array, tuple[int, ...]], Array], decision_key: Array, ids: Array, count: int) -> Array:
    return jax.vmap(lambda one: sampler(jax.random.fold_in(decision_key, one), (count,)))(ids)


def _checked(subject_id: np.ndarray) -> np.ndarray:
    ids = np.asarray(subject_id)
    if ids.size and (ids.min() < 0 or ids.max() > _LARGEST_ID):
        raise InputError(
            f"subject ids run from {ids.min()} to {ids.max()}; 0 to {_LARGEST_ID} is allowed",
            hint="number subjects within the run",
        )
    return ids


def normals(root: Array, decision: str, subject_id: np.ndarray, count: int) -> np.ndarray:
    """Draw standard normal numbers, shape (subject, count).

    Raises
    ------
    InputError
        If a subject's number is negative or needs more than 32 bits.
    """
    return _draw(jax.random.normal, root, decision, subject_id, count)


def normals_by_number(root: Array, decision: str, subject_id: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Draw some of the numbers that `normals` gives, by their place, shape (subject, number), without the others.

    Raises
    ------
    InputError
        If a subject's number is negative or needs more than 32 bits.
    """
    ids = _checked(subject_id)
    filled = np.pad(ids, (0, -len(ids) % _STEP))
    wanted = np.pad(numbers, (0, -len(numbers) % _FEW))
    drawn = _by_number(stream(root, decision), jnp.asarray(filled, jnp.uint32), jnp.asarray(wanted, jnp.uint32))
    return np.asarray(drawn)[: len(ids), : len(numbers)]


@jax.jit
def _by_number(decision_key: Array, ids: Array, numbers: Array) -> Array:
    def one(subject: Array) -> Array:
        return draws_by_number.normals(draws_by_number.stream_key(jax.random.fold_in(decision_key, subject)), numbers)

    return jax.vmap(one)(ids)


def uniforms(root: Array, decision: str, subject_id: np.ndarray, count: int) -> np.ndarray:
    """Draw uniform numbers in [0, 1), shape (subject, count).

    Raises
    ------
    InputError
        If a subject's number is negative or needs more than 32 bits.
    """
    return _draw(jax.random.uniform, root, decision, subject_id, count)
