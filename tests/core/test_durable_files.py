"""A file appears whole or not at all, and its name stands only for what is on the disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cereblon.core.durable_files import make_folders, making_folder, replacing, write_durably


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Name what the system was asked to do, in order; files by the name without its random part."""
    told: list[str] = []
    sync, replace = os.fsync, Path.replace

    def told_sync(descriptor: int) -> None:
        told.append(f"sync {_plain(Path(f'/proc/self/fd/{descriptor}').readlink())}")
        sync(descriptor)

    def told_replace(source: Path, target: Path) -> Path:
        told.append(f"rename to {target.name}")
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", told_sync)
    monkeypatch.setattr(Path, "replace", told_replace)
    return told


def _plain(path: Path) -> str:
    name = path.name
    return name.split(".")[1] if name.endswith(".part") else name


def test_a_file_is_synced_before_it_gets_its_name_and_the_folder_after(tmp_path: Path, order: list[str]) -> None:
    write_durably(tmp_path / "answer", b"42")
    assert order == ["sync answer", "rename to answer", f"sync {tmp_path.name}"]
    assert (tmp_path / "answer").read_bytes() == b"42"


def test_a_folder_gets_its_name_after_all_its_files_are_synced(tmp_path: Path, order: list[str]) -> None:
    with making_folder(tmp_path / "block") as block:
        (block / "b").write_text("b")
        (block / "a").write_text("a")
    assert order == ["sync a", "sync b", "sync block", "rename to block", f"sync {tmp_path.name}"]


def test_folders_are_synced_from_the_top(tmp_path: Path, order: list[str]) -> None:
    make_folders(tmp_path / "one" / "two")
    assert order == [f"sync {tmp_path.name}", "sync one"]


def test_a_failure_keeps_the_old_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_durably(tmp_path / "answer", b"old")
    with pytest.raises(OSError, match="full"), replacing(tmp_path / "answer") as stream:
        stream.write(b"ne")
        raise OSError(errno.ENOSPC, "full")
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [("answer", b"old")]


def test_a_sync_that_fails_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="broken disk"):
        write_durably(tmp_path / "answer", b"42")
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_sync_of_folders_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def of_files_only(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", of_files_only)
    write_durably(tmp_path / "answer", b"42")
    assert (tmp_path / "answer").read_bytes() == b"42"


def test_a_folder_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), making_folder(tmp_path / "block") as block:
        (block / "a").write_text("a")
        raise OSError(errno.ENOSPC, "full")
    assert list(tmp_path.iterdir()) == []


def test_two_writers_of_one_name_do_not_meet(tmp_path: Path) -> None:
    """Random names: in two containers the numbers of two processes may be equal."""
    with replacing(tmp_path / "answer") as one, replacing(tmp_path / "answer") as other:
        one.write(b"one")
        other.write(b"other")
    assert (tmp_path / "answer").read_bytes() == b"one"


def test_rights_are_those_asked_for_less_the_mask(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        write_durably(tmp_path / "open", b"")
        write_durably(tmp_path / "own", b"", mode=0o600)
    finally:
        os.umask(mask)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("open", "own")] == [0o644, 0o600]
