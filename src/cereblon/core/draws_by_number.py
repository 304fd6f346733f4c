"""Draws of a random stream by their number: any of them, without those before it.

They are those of `jax.random`, to the bit: draw number n of a stream is element n of what `jax.random.uniform` or
`jax.random.normal` gives for its key. JAX computes threefry on processors as a loop of small steps; written out here,
the compiler makes one loop along subjects of it, which takes a tenth of the time, and nothing is drawn before its
week.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.core.batching import stored

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_MANTISSA = 23
_LOWEST = np.nextafter(np.float32(-1.0), np.float32(0.0))


class StreamKey(NamedTuple):
    """The two words of a key."""

    first: Array
    second: Array


def decision_keys(root: Array, decisions: Sequence[str], number: Array, once: Array) -> StreamKey:
    """Give the keys of some decisions for one subject, or one trial, each word as [decision].

    Parameters
    ----------
    root
        Key of the run.
    decisions
        Their names.
    number
        Of the subject or trial, for all decisions or for each.
    once
        See `core.batching.stored`.
    """
    codes = jnp.asarray([zlib.crc32(decision.encode()) for decision in decisions], jnp.uint32)
    numbers = jnp.broadcast_to(jnp.asarray(number, jnp.uint32), codes.shape)

    def one_of(code: Array, number: Array) -> Array:
        return jax.random.key_data(jax.random.fold_in(jax.random.fold_in(root, code), number))

    words = stored(lambda: jax.vmap(one_of)(codes, numbers), once)
    return StreamKey(words[:, 0], words[:, 1])


def first_normals(keys: StreamKey, counts: Mapping[str, int], once: Array) -> dict[str, Array]:
    """Give the first standard normal draws of each decision by its name, [draw]; all at once, which compiles quickly.

    Parameters
    ----------
    keys
        Of the decisions, in the order of `counts`.
    counts
        How many each takes.
    once
        See `core.batching.stored`.
    """
    return _each(stored(lambda: normals(*_counted(keys, counts)), once), counts)


def first_uniforms(keys: StreamKey, counts: Mapping[str, int], once: Array) -> dict[str, Array]:
    """Give the first draws of each decision, uniform in [0, 1), as `first_normals` does."""
    return _each(stored(lambda: uniforms(*_counted(keys, counts)), once), counts)


def _counted(keys: StreamKey, counts: Mapping[str, int]) -> tuple[StreamKey, Array]:
    """Give the key and the number of every draw."""
    place = np.repeat(np.arange(len(counts)), list(counts.values()))
    number = np.concatenate([np.arange(count) for count in counts.values()])
    return StreamKey(keys.first[place], keys.second[place]), jnp.asarray(number, jnp.uint32)


def _each(drawn: Array, counts: Mapping[str, int]) -> dict[str, Array]:
    ends = np.cumsum(list(counts.values()))
    return {name: drawn[end - count : end] for (name, count), end in zip(counts.items(), ends, strict=True)}


def stream_key(key: Array) -> StreamKey:
    """Give the words of a key of `jax.random`."""
    words = jax.random.key_data(key)
    return StreamKey(words[0], words[1])


def uniforms(key: StreamKey, number: Array) -> Array:
    """Give draws, uniform in [0, 1), by their number from 0."""
    return _fractions(key, number)


def normals(key: StreamKey, number: Array) -> Array:
    """Give standard normal draws by their number from 0."""
    symmetric = jnp.maximum(_fractions(key, number) * (np.float32(1.0) - _LOWEST) + _LOWEST, _LOWEST)
    return np.float32(math.sqrt(2.0)) * jax.lax.erf_inv(symmetric)


def _fractions(key: StreamKey, number: Array) -> Array:
    """Give the fraction whose bits are the highest of a draw's 32."""
    bits = _bits(key, number.astype(jnp.uint32)) >> np.uint32(32 - _MANTISSA)
    from_one_to_two = bits | np.float32(1.0).view(np.uint32)
    return jax.lax.bitcast_convert_type(from_one_to_two, jnp.float32) - np.float32(1.0)


def _bits(key: StreamKey, number: Array) -> Array:
    """Encrypt the number with threefry 2x32, 20 rounds, and add the two words of the result without carrying."""
    words = (key.first, key.second, key.first ^ key.second ^ np.uint32(_PARITY))
    a = jnp.broadcast_to(words[0], number.shape)
    b = number + words[1]
    for group in range(5):
        for distance in _ROTATIONS[group % 2]:
            a = a + b
            b = a ^ (b << np.uint32(distance) | b >> np.uint32(32 - distance))
        a = a + words[(group + 1) % 3]
        b = b + words[(group + 2) % 3] + np.uint32(group + 1)
    return a ^ b
