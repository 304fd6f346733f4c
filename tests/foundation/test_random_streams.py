"""A draw depends on seed, decision and subject, and on nothing else."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import jax
import numpy as np
import pytest
from scipy import stats

from cereblon.core import random_streams
from cereblon.core.errors import InputError

ROOT = random_streams.root_key(2026)
MANY = np.arange(20_000)
SOURCE = Path(random_streams.__file__).parents[1]


def test_reordered_subjects_reorder_their_draws() -> None:
    ids = np.array([7, 3, 900, 0])
    forwards, backwards = (
        random_streams.normals(ROOT, "age", ids, 5),
        random_streams.normals(ROOT, "age", ids[::-1], 5),
    )
    np.testing.assert_array_equal(forwards, backwards[::-1])


def test_dropping_subjects_leaves_the_others_alone() -> None:
    all_of_them = random_streams.uniforms(ROOT, "death", np.arange(100), 2)
    np.testing.assert_array_equal(random_streams.uniforms(ROOT, "death", np.array([4, 50]), 2), all_of_them[[4, 50]])


def test_another_decision_in_between_changes_nothing() -> None:
    before = random_streams.normals(ROOT, "age", np.arange(10), 1)
    random_streams.normals(ROOT, "a decision that did not exist before", np.arange(10), 1)
    np.testing.assert_array_equal(random_streams.normals(ROOT, "age", np.arange(10), 1), before)


def test_more_draws_of_a_decision_begin_with_the_same_ones() -> None:
    """Visits rely on it: a longer follow-up draws more of them."""
    ids = np.arange(50)
    np.testing.assert_array_equal(
        random_streams.normals(ROOT, "visit", ids, 12)[:, :5], random_streams.normals(ROOT, "visit", ids, 5)
    )
    np.testing.assert_array_equal(
        random_streams.uniforms(ROOT, "stop", ids, 8)[:, :2], random_streams.uniforms(ROOT, "stop", ids, 2)
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((ROOT, "age"), (ROOT, "weight")),
        ((ROOT, "visit"), (random_streams.root_key(2027), "visit")),
    ],
    ids=["two decisions", "two seeds"],
)
def test_draws_are_uncorrelated(one: tuple[jax.Array, str], other: tuple[jax.Array, str]) -> None:
    """Of 20,000 independent pairs a correlation beyond 0.035 (five standard errors) has a probability of 6e-7."""
    first, second = (random_streams.normals(*which, MANY, 1)[:, 0] for which in (one, other))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.035


def test_draws_of_neighbouring_subjects_are_uncorrelated() -> None:
    """Bound as above."""
    drawn = random_streams.normals(ROOT, "age", MANY, 1)[:, 0]
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.035


def test_draws_follow_their_distribution() -> None:
    """A Kolmogorov-Smirnov test with a fixed seed; a fair generator falls below 1e-4 once in ten thousand seeds."""
    assert stats.kstest(random_streams.normals(ROOT, "n", MANY, 1)[:, 0], "norm").pvalue > 1e-4
    uniform = random_streams.uniforms(ROOT, "u", MANY, 1)[:, 0]
    assert stats.kstest(uniform, "uniform").pvalue > 1e-4
    assert uniform.min() >= 0.0
    assert uniform.max() < 1.0


def test_the_largest_number_of_32_bits_has_luck_of_its_own() -> None:
    drawn = random_streams.normals(ROOT, "age", np.array([0, 2**31, 2**32 - 1]), 1)
    assert len(np.unique(drawn)) == 3


@pytest.mark.parametrize("number", [-1, 2**32])
def test_a_subject_number_past_32_bits_is_refused(number: int) -> None:
    with pytest.raises(InputError, match="0 to 4294967295 is allowed") as refusal:
        random_streams.uniforms(ROOT, "age", np.array([1, number]), 1)
    assert refusal.value.hint == "number subjects within the run"


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_past_32_bits_is_refused(seed: int) -> None:
    with pytest.raises(InputError, match=f"seed {seed} is outside 0 to 4294967295"):
        random_streams.root_key(seed)


def test_no_two_decisions_share_their_luck_by_a_collision() -> None:
    """Decisions are told apart by a checksum of 32 bits; every string in the source is taken for one."""
    strings = {
        text for path in SOURCE.rglob("*.py") for text in re.findall(r'"([^"\\\n]{1,60})"', path.read_text("utf-8"))
    }
    sums = {zlib.crc32(text.encode()) for text in strings}
    assert len(strings) > 500
    assert len(sums) == len(strings)
