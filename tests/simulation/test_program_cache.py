"""Compiled programs stored as files: the same results without tracing, compiled again where a file does not fit."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from cereblon.model.engine.program_cache import ProgramCache

Given = tuple[Array, Array, dict[str, Array]]
_TRACED: list[int] = []


def walk(root: Array, start: Array, p: dict[str, Array], steps: int) -> tuple[Array, Array]:
    """Random steps with a branch: like the model, a loop over a key, numbers by name and subjects."""
    _TRACED.append(steps)

    def step(place: Array, key: Array) -> tuple[Array, Array]:
        moved = jax.lax.cond(place > 0.0, lambda x: jnp.exp(-x * p["rate"]), lambda x: x + p["drift"], place)
        return moved + jax.random.normal(key), place

    def one(first: Array, key: Array) -> tuple[Array, Array]:
        return jax.lax.scan(step, first, jax.random.split(key, steps))

    return jax.vmap(one)(start, jax.random.split(root, len(start)))


WALK = jax.jit(walk, static_argnames=("steps",))


def given(subjects: int = 8) -> Given:
    start = jnp.linspace(-1.0, 1.0, subjects, dtype=jnp.float32)
    return jax.random.key(7), start, {"rate": jnp.float32(0.3), "drift": jnp.float32(0.1)}


def results(folder: Path, arguments: Given, steps: int = 20) -> tuple[list[np.ndarray], bool]:
    """Run as a new process would; with the results, whether the program was traced."""
    _TRACED.clear()
    WALK.clear_cache()
    found = ProgramCache(folder).program("walk", WALK, arguments, steps=steps)(*arguments)
    return [np.asarray(leaf) for leaf in jax.tree.leaves(found)], bool(_TRACED)


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_stored_program_gives_the_same_results_without_being_traced(tmp_path: Path) -> None:
    plain = [np.asarray(leaf) for leaf in jax.tree.leaves(WALK(*given(), steps=20))]
    compiled, traced = results(tmp_path, given())
    assert traced
    assert same(compiled, plain)
    kept, traced = results(tmp_path, given())
    assert not traced
    assert same(kept, plain)


def test_a_program_is_read_once_in_a_process(tmp_path: Path) -> None:
    programs = ProgramCache(tmp_path)
    first = programs.program("walk", WALK, given(), steps=20)
    only_file(tmp_path).unlink()
    assert programs.program("walk", WALK, given(), steps=20) is first


@pytest.mark.parametrize("keep", [0, 40, 5000, -1])
def test_a_damaged_file_is_compiled_and_written_again(keep: int, tmp_path: Path) -> None:
    whole, _ = results(tmp_path, given())
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    again, traced = results(tmp_path, given())
    assert traced
    assert same(again, whole)
    assert not results(tmp_path, given())[1]


def test_one_wrong_byte_is_noticed(tmp_path: Path) -> None:
    results(tmp_path, given())
    content = bytearray(only_file(tmp_path).read_bytes())
    content[len(content) // 2] ^= 1
    only_file(tmp_path).write_bytes(content)
    assert results(tmp_path, given())[1]


def test_the_file_of_another_program_is_not_used(tmp_path: Path) -> None:
    """A whole file under a wrong name, as a careless copy would leave it."""
    results(tmp_path / "other", given(), steps=21)
    whole, _ = results(tmp_path / "own", given())
    only_file(tmp_path / "own").write_bytes(only_file(tmp_path / "other").read_bytes())
    again, traced = results(tmp_path / "own", given())
    assert traced
    assert same(again, whole)


def test_other_arguments_settings_and_code_have_programs_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert results(tmp_path, given())[1]
    assert results(tmp_path, given(subjects=9))[1]
    assert results(tmp_path, given(), steps=21)[1]
    with jax.default_matmul_precision("float32"):
        assert results(tmp_path, given())[1]
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=false")
    assert results(tmp_path, given())[1]
    monkeypatch.setattr("cereblon.model.engine.program_cache.code_checksum", lambda *_: "edited")
    assert results(tmp_path, given())[1]
    assert len(list(tmp_path.iterdir())) == 6


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found, _ = results(tmp_path / "file" / "programs", given())
    assert np.isfinite(found[0]).all()
    assert only_file(tmp_path).read_text() == "in the way"
