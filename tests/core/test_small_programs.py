"""JAX keeps its small programs in a folder that is the user's alone, or keeps none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

from cereblon.core.small_programs import keep_small_programs


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder for one test; afterwards JAX keeps where it kept before."""
    before = jax.config.values["jax_compilation_cache_dir"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    yield tmp_path / "cereblon"
    jax.config.update("jax_compilation_cache_dir", before)


def test_small_programs_are_kept_in_a_folder_closed_to_others(cache: Path) -> None:
    keep_small_programs()
    assert jax.config.values["jax_compilation_cache_dir"] == str(cache / "xla")
    assert [(cache / name).stat().st_mode & 0o777 for name in (".", "xla")] == [0o700, 0o700]


def test_none_is_kept_where_others_may_write_and_that_is_said(cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o777)
    with pytest.warns(UserWarning, match="no compiled programs are kept: others may write into .*XDG_CACHE_HOME"):
        keep_small_programs()
    assert jax.config.values["jax_compilation_cache_dir"] is None


def test_none_is_kept_where_the_folder_cannot_be_made(cache: Path) -> None:
    cache.write_text("a file", encoding="utf-8")
    keep_small_programs()
    assert jax.config.values["jax_compilation_cache_dir"] is None
