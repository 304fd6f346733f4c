"""Compiled programs stored as files: the same results without tracing, compiled again where a file does not fit."""

from __future__ import annotations

import hashlib
import hmac
import os
import pickle
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from cereblon.core.errors import CereblonWarning
from cereblon.core.private_folder import NotPrivateError
from cereblon.model.engine.batch import use_compilation_cache
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
    (path,) = folder.glob("*.program")
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


def test_what_another_process_compiles_is_waited_for(tmp_path: Path) -> None:
    """Two caches of one folder stand for two processes: the second is asked while the first still traces."""
    begun = threading.Event()

    def slow(x: Array) -> Array:
        _TRACED.append(1)
        begun.set()
        time.sleep(0.5)
        return 2.0 * x

    _TRACED.clear()
    function, caches = jax.jit(slow), [ProgramCache(tmp_path), ProgramCache(tmp_path)]
    one = jnp.float32(1.0)
    with ThreadPoolExecutor(max_workers=2) as pool:
        first = pool.submit(caches[0].program, "slow", function, (one,))
        begun.wait()
        second = pool.submit(caches[1].program, "slow", function, (one,))
        assert float(first.result()(one)) == float(second.result()(one)) == 2.0
    assert len(_TRACED) == 1
    assert not list(tmp_path.glob("*.lock"))


def test_programs_that_are_compiled_side_by_side_are_stored_and_leave_the_setting_of_jax(tmp_path: Path) -> None:
    """JAX's own cache is off while any of them is compiled: what was loaded from it could not be stored again."""
    inside = threading.Barrier(2)

    def seen(x: Array, factor: float) -> Array:
        inside.wait(timeout=10.0)
        enabled.append(jax.config.values["jax_enable_compilation_cache"])
        return factor * x

    enabled: list[bool] = []
    function, one = jax.jit(seen, static_argnames=("factor",)), (jnp.float32(1.0),)
    programs = ProgramCache(tmp_path)
    with ThreadPoolExecutor(max_workers=2) as pool:
        made = [pool.submit(programs.program, "seen", function, one, factor=factor) for factor in (2.0, 3.0)]
        assert [float(program.result()(*one)) for program in made] == [2.0, 3.0]
    assert enabled == [False, False]
    assert jax.config.values["jax_enable_compilation_cache"]
    assert len(list(tmp_path.glob("*.program"))) == 2


def test_a_cache_tells_which_programs_it_holds(tmp_path: Path) -> None:
    programs = ProgramCache(tmp_path)
    assert not programs.holds("walk", given(), steps=20)
    programs.program("walk", WALK, given(), steps=20)
    assert programs.holds("walk", given(), steps=20)
    assert ProgramCache(tmp_path).holds("walk", given(), steps=20)
    assert not ProgramCache(tmp_path).holds("walk", given(), steps=21)


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


@pytest.mark.slow
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
    assert len(list(tmp_path.glob("*.program"))) == 6


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found, _ = results(tmp_path / "file" / "programs", given())
    assert np.isfinite(found[0]).all()
    assert [found.read_text() for found in tmp_path.iterdir()] == ["in the way"]


class Planted:
    """What a stranger would leave in a cache: to unpickle it is to run his code."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("code of a stranger ran",)


def plant(path: Path, checksum: Callable[[bytes], str]) -> None:
    content = zlib.compress(pickle.dumps(Planted()))
    path.write_bytes(checksum(content).encode() + b"\n" + content)


def test_a_planted_program_is_not_run(tmp_path: Path) -> None:
    """With the checksum that needs no key, and with that of another key."""
    whole, _ = results(tmp_path, given())
    path = only_file(tmp_path)
    name = path.name.removesuffix(".program").encode()
    for checksum in (
        lambda content: hashlib.sha256(name + content).hexdigest(),
        lambda content: hmac.new(b"guessed", name + content, "sha256").hexdigest(),
    ):
        plant(path, checksum)
        again, traced = results(tmp_path, given())
        assert traced
        assert same(again, whole)


def test_a_program_is_bound_to_its_name(tmp_path: Path) -> None:
    """A whole file with the checksum of this very key, in the place of another program."""
    results(tmp_path, given())
    first = only_file(tmp_path)
    results(tmp_path, given(), steps=21)
    (other,) = set(tmp_path.glob("*.program")) - {first}
    other.write_bytes(first.read_bytes())
    assert results(tmp_path, given(), steps=21)[1]


def test_folder_key_and_programs_are_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "programs"
    mask = os.umask(0)
    try:
        results(folder, given())
    finally:
        os.umask(mask)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_is_refused(mode: int, tmp_path: Path) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(NotPrivateError, match="others may write into"):
        ProgramCache(tmp_path)


def test_a_link_for_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "programs").symlink_to("theirs")
    with pytest.raises(NotPrivateError, match="is no folder"):
        ProgramCache(tmp_path / "programs")


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser gives files away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 4711, -1)
    with pytest.raises(NotPrivateError, match="belongs to another user"):
        ProgramCache(tmp_path)


@pytest.mark.parametrize("change", ["open", "foreign"])
def test_a_file_that_is_not_the_users_alone_is_compiled_again(change: str, tmp_path: Path) -> None:
    """Though its checksum is right."""
    results(tmp_path, given())
    if change == "open":
        only_file(tmp_path).chmod(0o666)
    elif os.geteuid() == 0:
        os.chown(only_file(tmp_path), 4711, -1)
    else:
        pytest.skip("only the superuser gives files away")
    assert results(tmp_path, given())[1]
    assert not results(tmp_path, given())[1]


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_key_that_is_none_is_made_again(content: bytes, tmp_path: Path) -> None:
    results(tmp_path, given())
    (tmp_path / "key").write_bytes(content)
    assert results(tmp_path, given())[1]
    assert not results(tmp_path, given())[1]


@pytest.mark.slow
def test_the_programs_that_were_not_used_for_longest_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three programs, of which the first was used again a moment ago; there is room for two."""
    for age, steps in ((300, 20), (200, 21), (100, 22)):
        results(tmp_path, given(), steps=steps)
        newest = max(tmp_path.glob("*.program"), key=lambda path: path.stat().st_mtime)
        os.utime(newest, (newest.stat().st_mtime - age,) * 2)
    assert not results(tmp_path, given(), steps=20)[1]
    sizes = [path.stat().st_size for path in tmp_path.glob("*.program")]
    monkeypatch.setattr("cereblon.model.engine.program_cache.MOST_BYTES", int(2.5 * max(sizes)))
    results(tmp_path, given(), steps=23)
    assert not results(tmp_path, given(), steps=23)[1]
    assert not results(tmp_path, given(), steps=20)[1]
    assert results(tmp_path, given(), steps=21)[1]


def test_a_cache_that_is_not_the_users_alone_is_not_used_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled_programs: str
) -> None:
    (tmp_path / "cereblon").mkdir()
    (tmp_path / "cereblon").chmod(0o777)
    try:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        with pytest.warns(
            CereblonWarning, match="no compiled programs are kept: others may write into .*XDG_CACHE_HOME"
        ):
            use_compilation_cache()
        assert jax.config.values["jax_compilation_cache_dir"] is None
    finally:
        monkeypatch.setenv("XDG_CACHE_HOME", compiled_programs)
        use_compilation_cache()
    assert jax.config.values["jax_compilation_cache_dir"] == f"{compiled_programs}/cereblon/xla"
    assert Path(compiled_programs, "cereblon", "xla").stat().st_mode & 0o777 == 0o700


def test_machine_code_is_made_once_and_again_where_its_file_was_changed(tmp_path: Path) -> None:
    made: list[str] = []

    def make() -> bytes:
        made.append("anew")
        return b"code"

    def found() -> bytes:
        return ProgramCache(tmp_path / "programs").code("kernel", make, given(), weeks=26)

    assert [found(), found(), made] == [b"code", b"code", ["anew"]]
    (file,) = (tmp_path / "programs").glob("*.program")
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert [found(), made] == [b"code", ["anew", "anew"]]
