"""Weeks as a native kernel: it agrees with the program of JAX, and JAX computes where it cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from engine_arms import WEEKS, Engine, a_batch_of_everything, assert_near, assert_same_but_for_last_digits
from jax import Array

from cereblon.core.draws_by_number import StreamKey, uniforms
from cereblon.core.errors import CereblonError, CereblonWarning, InputError
from cereblon.model.engine import batch
from cereblon.model.engine.batch import BATCH, BatchPrograms
from cereblon.model.engine.batch import WEEKS as STEP
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.native import compiler
from cereblon.model.engine.native.kernel import Kernel, kernel_code
from cereblon.model.engine.native.writer import NotTranslatedError
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.engine.simulation import Results, own_numbers, simulate

N = 32
needs_compiler = pytest.mark.skipif(bool(compiler._missing()), reason=f"{compiler._missing()}")


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    yield lambda value: monkeypatch.setenv(compiler.SETTING, value)


def ran(turn: Callable[..., Any], state: Any, own: Any, common: Any, weeks: int = 3) -> tuple[Any, list[np.ndarray]]:
    """Make a kernel of a function and run it from week 5 on."""
    first = np.full(N, 5, np.int32)
    return Kernel(kernel_code(turn, (state, first, own, common), ones=(), weeks=weeks), common)(state, first, own)


def expected(
    turn: Callable[..., Any], state: Any, own: Any, common: Any, weeks: int = 3
) -> tuple[Any, list[np.ndarray]]:
    """Compute the same with JAX."""
    found = []
    for week in range(weeks):
        state, values = jax.vmap(lambda s, o, week=week: turn(s, jnp.int32(5 + week), o, common))(state, own)
        found.append(values)
    return jax.device_get(state), [np.stack(column, 1) for column in zip(*map(jax.tree.leaves, found), strict=True)]


@needs_compiler
def test_whole_numbers_words_and_draws_are_those_of_jax_to_the_bit() -> None:
    """Loops of different length for each subject, tables read at a place of the subject's own, and threefry."""

    def turn(state: Array, number: Array, own: tuple[Array, Array], table: Array) -> tuple[Array, Any]:
        word, place = own

        def halve(carry: tuple[Array, Array]) -> tuple[Array, Array]:
            left, count = carry
            return left >> 1, count + 1

        bits = jax.lax.while_loop(lambda carry: carry[0] > 0, halve, (word >> 20, jnp.int32(0)))[1]
        drawn = uniforms(StreamKey(word, word ^ 7), 3 * number + jnp.arange(3))
        read = jax.lax.dynamic_index_in_dim(table, place, keepdims=False)
        row = jnp.stack([state, number, place]).at[place % 3].set(read)
        count = jax.lax.population_count(word).astype(jnp.int32)
        mixed = (word << 9) | (word >> 23)
        return state + read % 5, (bits, drawn, row, count - bits // 2, mixed, jnp.argmax(row > 3), read < state)

    random = np.random.default_rng(1)
    own = (random.integers(0, 2**32, N, np.uint32), np.arange(N, dtype=np.int32) % 12 - 1)
    given = (np.arange(N, dtype=np.int32), own, np.arange(10, dtype=np.int32) * 3 - 4)
    (state, values), (wanted, wanted_values) = ran(turn, *given), expected(turn, *given)
    np.testing.assert_array_equal(state, wanted)
    for value, right in zip(values, wanted_values, strict=True):
        assert value.dtype == right.dtype
        np.testing.assert_array_equal(value, right)


@needs_compiler
def test_functions_are_within_some_units_in_the_last_place_of_double_precision() -> None:
    """Each bound is stated in the head of kernels; ends, such as the logarithm of 0, are those of JAX."""
    from scipy import special

    def inside(x: Any, kind: Any = jnp.float32) -> Any:
        x = x.astype(kind)
        return x / (abs(x) + kind(1.0))

    functions: dict[str, tuple[Callable[[Array], Array], Callable[..., Any], float]] = {
        "exp": (jnp.exp, np.exp, 1.5),
        "expm1": (jnp.expm1, np.expm1, 1.5),
        "log": (lambda x: jnp.log(jnp.abs(x)), lambda x: np.log(np.abs(x)), 1.5),
        "erf": (jax.lax.erf, special.erf, 3.0),
        "erfc": (jax.lax.erfc, special.erfc, 60.0),  # far out its argument is squared, as it is by JAX
        "erf_inv": (lambda x: jax.lax.erf_inv(inside(x)), lambda x: special.erfinv(inside(x, np.float32)), 6.0),
        "power": (lambda x: jnp.abs(x) ** 1.7, lambda x: np.abs(x) ** 1.7, 12.0),
    }
    x = np.concatenate([np.linspace(-8.0, 8.0, N - 4), [0.0, 1e-6, -2.5e-3, 1.0]]).astype(np.float32)

    def turn(state: Array, number: Array, own: Array, common: Array) -> tuple[Array, Any]:
        return state + 0.37, [function(state) for function, _, _ in functions.values()]

    _, values = ran(turn, x, x, np.float32(0.0))
    state = x
    for week in range(3):
        for value, (name, (_, exact, units)) in zip(values, functions.items(), strict=True):
            with np.errstate(divide="ignore"):
                right = exact(state.astype(np.float64))
            known = np.isfinite(right) & (np.abs(right) > 1e-30)
            off = np.abs(value[:, week][known] - right[known]) / np.spacing(np.abs(right[known]).astype(np.float32))
            assert off.max() <= units, (name, off.max(), state[known][off.argmax()])
            np.testing.assert_array_equal(value[:, week][np.isinf(right)], right[np.isinf(right)])
        state = state + np.float32(0.37)


@needs_compiler
def test_what_is_no_number_stays_so() -> None:
    def turn(state: Array, number: Array, own: Array, common: Array) -> tuple[Array, Any]:
        return state, (
            jnp.maximum(state, 0.0),
            jnp.minimum(state, own),
            jnp.maximum(own, state),
            jnp.exp(state),
            jnp.log(state),
            jnp.isfinite(state),
        )

    state = np.where(np.arange(N) % 2, np.nan, 1.0).astype(np.float32)
    values = ran(turn, state, np.ones(N, np.float32), np.float32(0.0))[1]
    for value in values[:-1]:
        np.testing.assert_array_equal(np.isnan(value), np.isnan(state)[:, None] & np.ones((1, 3), np.bool_))
    np.testing.assert_array_equal(values[-1], ~np.isnan(state)[:, None] & np.ones((1, 3), np.bool_))


def test_an_operation_that_is_not_known_is_named() -> None:
    def turn(state: Array, number: Array, own: Array, common: Array) -> tuple[Array, Array]:
        return state, jnp.sort(jnp.stack([state, own]))

    one = np.ones(N, np.float32)
    with pytest.raises(NotTranslatedError, match="sort"):
        kernel_code(turn, (one, np.zeros(N, np.int32), one, one[0]), ones=(), weeks=1)


def test_jax_computes_where_no_kernel_can_be_made(
    monkeypatch: pytest.MonkeyPatch, setting: Callable[[str], None]
) -> None:
    compiler._missing.cache_clear()
    monkeypatch.setattr(compiler.shutil, "which", lambda name: None)
    assert compiler.chosen_kernel() == "jax"
    setting("native")
    with pytest.raises(InputError, match="CEREBLON_KERNEL is native, and "):
        compiler.chosen_kernel()
    setting("fast")
    with pytest.raises(InputError, match="'fast'; it can be native or jax"):
        compiler.chosen_kernel()
    compiler._missing.cache_clear()


def test_a_compiler_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "_OPTIONS", ("--no-such-option",))
    with pytest.raises(CereblonError, match=r"g\+\+ could not compile the kernel") as caught:
        compiler.compiled("int main() {}")
    assert "CEREBLON_KERNEL=jax" in str(caught.value.hint)


@pytest.fixture(scope="module")
def subjects() -> Subject:
    return a_batch_of_everything()


@needs_compiler
def test_a_step_is_that_of_jax(everything: Engine, subjects: Subject, setting: Callable[[str], None]) -> None:
    """From the same state: every whole number and flag, and numbers to 1 in 10,000, of three steps of all orders.

    A number that is the difference of two, such as what noise leaves of a concentration, is compared with 1e-4. Of
    values that a laboratory reports to a tenth, 1 in 1,000 may be rounded to the digit beside.
    """
    setting("jax")
    of_jax = BatchPrograms(everything.root, everything.program, model_parameters(), everything.layout)
    setting("native")
    native = BatchPrograms(everything.root, everything.program, model_parameters(), everything.layout)
    own = jax.tree.map(np.asarray, own_numbers(model_parameters(), None, BATCH))
    with jax.numpy_rank_promotion("allow"):  # as in the threads of a simulator, so that they are its programs
        state, fixed = of_jax.begin(subjects, own)
        of_jax.advance(state, np.zeros(BATCH, np.int32), subjects, own, fixed)
        native.advance(state, np.zeros(BATCH, np.int32), subjects, own, fixed)
    for step in range(3):
        first = np.full(BATCH, STEP * step, np.int32)
        wanted = jax.device_get(of_jax.advance(state, first, subjects, own, fixed))
        found = native.advance(state, first, subjects, own, fixed)
        assert isinstance(jax.tree.leaves(found)[0], np.ndarray)
        for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            if a.dtype.kind == "f":
                assert_near(a, b, 1e-4)
            else:
                np.testing.assert_array_equal(a, b)
        state = wanted[0]


@needs_compiler
def test_who_stands_before_the_last_place_is_computed_as_in_a_full_batch(
    everything: Engine, subjects: Subject, setting: Callable[[str], None]
) -> None:
    setting("native")
    native = BatchPrograms(everything.root, everything.program, model_parameters(), everything.layout)
    own = jax.tree.map(np.asarray, own_numbers(model_parameters(), None, BATCH))
    with jax.numpy_rank_promotion("allow"):  # as above
        state, fixed = native.begin(subjects, own)
        given = (state, np.zeros(BATCH, np.int32), subjects, own, fixed)
        all_places, first_places = native.advance(*given), native.advance(*given, until=20)
    for a, b in zip(jax.tree.leaves(all_places), jax.tree.leaves(first_places), strict=True):
        np.testing.assert_array_equal(a[:20], b[:20])


@needs_compiler
def test_a_run_is_that_of_jax_but_for_last_digits(
    everything: Engine, subjects: Subject, setting: Callable[[str], None]
) -> None:
    """Who falls on the other side of a limit by a last digit has another course from there on: at most 1 in 100."""

    def run(kernel: str) -> Results:
        setting(kernel)
        return simulate(
            subjects, everything.root, everything.program, model_parameters(), everything.layout, n_weeks=WEEKS
        )

    assert_same_but_for_last_digits(run("native"), run("jax"))


def test_what_is_not_known_leaves_the_week_to_jax(
    everything: Engine, subjects: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuses(*_: object, **__: object) -> bytes:
        raise NotTranslatedError("operation sort")

    monkeypatch.setattr(batch, "kernel_code", refuses)
    monkeypatch.setattr(batch, "chosen_kernel", lambda: "native")
    monkeypatch.setattr(batch._cache, "code", lambda name, make, *_, **__: make())
    programs = BatchPrograms(everything.root, everything.program, model_parameters(), everything.layout)
    own = jax.tree.map(np.asarray, own_numbers(model_parameters(), None, BATCH))
    with (
        jax.numpy_rank_promotion("allow"),  # as above
        pytest.warns(CereblonWarning, match="no native kernel is made of operation sort"),
    ):
        state, fixed = programs.begin(subjects, own)
        after, _ = programs.advance(state, np.zeros(BATCH, np.int32), subjects, own, fixed)
    assert isinstance(after.alive, Array)
