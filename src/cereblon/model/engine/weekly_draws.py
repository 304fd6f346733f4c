"""The random numbers of one week: what visits measure, and which adverse events begin and end."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from cereblon.core.batching import for_many, stored
from cereblon.core.draws_by_number import StreamKey, decision_keys, normals, uniforms
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS, DRAWN_TOGETHER

N_NOISE = 10
_N_TOGETHER = DRAWN_TOGETHER + 1

Draws = tuple[Array, ...]
"""One number for each draw: scalars, so that the compiler vectorises over subjects."""


class WeeklyStreams(NamedTuple):
    """Keys of one subject's streams from which every week takes its numbers."""

    visit: StreamKey
    adverse_events: StreamKey  # all terms that are drawn together, and stopping
    own: tuple[StreamKey, ...]  # of each term with a stream of its own


class WeekDraws(NamedTuple):
    """The numbers of one week."""

    noise: Draws  # standard normal, `N_NOISE` of them
    adverse_events: Draws  # uniform, `toxicity.events.N_DRAWS` of them


def weekly_streams(root: Array, subject_id: Array, once: Array) -> WeeklyStreams:
    """Give the streams of one subject."""
    decisions = ["visit", "adverse events", *(f"adverse event {term}" for term in ADVERSE_EVENTS.with_own_stream)]
    words = decision_keys(root, decisions, subject_id, once)
    visit, together, *own = (StreamKey(*key) for key in zip(*words, strict=True))
    return WeeklyStreams(visit=visit, adverse_events=together, own=tuple(own))


def draw_week(streams: WeeklyStreams, number: Array, once: Array) -> WeekDraws:
    """Draw the numbers of one week; week `number` takes the draws that follow those of the week before."""
    noise, together, own = _drawn(once, streams, number)
    return WeekDraws(noise, (*together, *own))


@for_many
def _drawn(once: Array, streams: WeeklyStreams, number: Array) -> tuple[Array, Array, tuple[Array, ...]]:
    """Draw for many: [draw, subject]."""

    def following(count: int) -> Array:
        return count * number + jnp.arange(count)[:, None]

    def drawn() -> tuple[Array, Array, tuple[Array, ...]]:
        noise = normals(streams.visit, following(N_NOISE))
        together = uniforms(streams.adverse_events, following(_N_TOGETHER))
        return noise, together, tuple(uniforms(key, number) for key in streams.own)

    return stored(drawn, once)
