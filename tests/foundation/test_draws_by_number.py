"""Draws by their number: those of `jax.random`, which is an implementation that is not ours."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cereblon.core.draws_by_number import (
    decision_keys,
    first_normals,
    first_uniforms,
    normals,
    stream_key,
    uniforms,
)
from cereblon.core.random_streams import root_key, stream
from cereblon.model.engine.weekly_draws import draw_week, weekly_streams
from cereblon.model.toxicity.events import N_DRAWS

KEY = stream(root_key(7), "a decision")


@pytest.mark.parametrize("compiled", [False, True])
def test_draw_n_is_the_nth_of_jax_(compiled: bool) -> None:
    """20,000 of each kind; a draw of the tail, beyond 3.7 standard deviations, is expected four times among them."""
    numbers = jnp.arange(20_000)
    for ours, theirs in ((uniforms, jax.random.uniform), (normals, jax.random.normal)):
        found = jax.jit(ours)(stream_key(KEY), numbers) if compiled else ours(stream_key(KEY), numbers)
        np.testing.assert_array_equal(found, theirs(KEY, (20_000,)))


@pytest.mark.parametrize("compiled", [False, True])
def test_the_first_draws_of_decisions_are_those_of_jax(compiled: bool) -> None:
    """Drawn together for many subjects; one decision has the number of a trial instead of the subject's.

    In one program products and sums of a normal draw may be joined, which rounds its last digits otherwise.
    """
    root, once, subjects = root_key(7), jnp.int32(1), jnp.arange(64, dtype=jnp.uint32)
    counts = {"trial": 1, "tumour": 15, "nerve": 2}

    def drawn(subject: jax.Array) -> tuple[dict[str, jax.Array], dict[str, jax.Array]]:
        numbers = jnp.stack([subject // 8, subject, subject])
        keys = decision_keys(root, list(counts), numbers, once)
        return first_normals(keys, counts, once), first_uniforms(keys, counts, once)

    many = jax.jit(jax.vmap(drawn)) if compiled else jax.vmap(drawn)
    found = many(subjects)
    for ours, theirs in zip(found, (jax.random.normal, jax.random.uniform), strict=True):
        for name, count in counts.items():
            of = subjects // 8 if name == "trial" else subjects
            keys = jax.vmap(jax.random.fold_in, (None, 0))(stream(root, name), of)
            alone = jnp.stack([theirs(key, (count,)) for key in keys])
            np.testing.assert_array_max_ulp(ours[name], alone, 4 if compiled and theirs is jax.random.normal else 0)


def test_a_draw_needs_none_before_it() -> None:
    alone = normals(stream_key(KEY), jnp.array([4711]))
    np.testing.assert_array_equal(alone, jax.random.normal(KEY, (5000,))[4711:4712])


@pytest.mark.parametrize("week", [0, 1, 400])
def test_a_week_takes_the_draws_after_those_of_the_week_before(week: int) -> None:
    """As before, when the numbers of all weeks were drawn at once as an array of weeks."""
    root, subject, once = root_key(7), jnp.uint32(3), jnp.int32(1)
    found = draw_week(weekly_streams(root, subject, once), jnp.int32(week), once)
    visit, events = (jax.random.fold_in(stream(root, name), subject) for name in ("visit", "adverse events"))
    np.testing.assert_array_equal(jnp.stack(found.noise), jax.random.normal(visit, (401, 10))[week])
    np.testing.assert_array_equal(jnp.stack(found.adverse_events), jax.random.uniform(events, (401, N_DRAWS))[week])


def test_every_subject_of_many_has_its_own_draws_of_the_week() -> None:
    root, once = root_key(7), jnp.int32(1)
    subjects, weeks = jnp.arange(8, dtype=jnp.uint32), jnp.arange(8)

    def drawn(subject: jax.Array, week: jax.Array) -> jax.Array:
        return jnp.stack(draw_week(weekly_streams(root, subject, once), week, once).noise)

    together = jax.vmap(drawn)(subjects, weeks)
    for place in range(8):
        np.testing.assert_array_equal(together[place], drawn(subjects[place], weeks[place]))
