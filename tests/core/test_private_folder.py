"""A private folder is its owner's alone, and what others could have written into it is gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cereblon.core.private_folder import NotPrivateError, make_private, private_bytes, remove_oldest


def test_a_folder_that_others_could_enter_is_closed_and_tidied(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(0o755)
    for name, mode in (("own", 0o644), ("open", 0o664)):
        (folder / name).write_text(name)
        (folder / name).chmod(mode)
    make_private(folder)
    assert [entry.name for entry in folder.iterdir()] == ["own"]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_files_in_a_closed_folder_stay_whatever_their_rights(tmp_path: Path) -> None:
    """A library that writes with the user's mask leaves files of 0664; nobody else can reach them."""
    tmp_path.chmod(0o700)
    (tmp_path / "open").write_text("")
    (tmp_path / "open").chmod(0o666)
    make_private(tmp_path)
    assert (tmp_path / "open").exists()


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_can_write_is_not_read(mode: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine?")
    (tmp_path / "file").chmod(mode)
    with pytest.raises(NotPrivateError, match="others may write into"):
        private_bytes(tmp_path / "file")


def test_a_link_and_a_pipe_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(OSError, match="symbolic links"):
        private_bytes(tmp_path / "link")
    with pytest.raises(NotPrivateError, match="is no regular file"):
        private_bytes(tmp_path / "pipe")


def test_the_files_that_were_not_used_for_longest_go_first(tmp_path: Path) -> None:
    for age, name in enumerate(("new.program", "old.program", "older.program", "key")):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    remove_oldest(tmp_path, "*.program", most_bytes=250)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["key", "new.program", "old.program"]


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o775])
def test_a_folder_that_others_could_replace_is_refused(mode: int, tmp_path: Path) -> None:
    """JAX reads its folder by name again and again: whoever may rename it gives it another content in between."""
    above = tmp_path / "above"
    above.mkdir()
    os.chown(above, -1, 4711) if os.geteuid() == 0 else None
    above.chmod(mode)
    if above.stat().st_gid != 4711 and mode == 0o775:
        pytest.skip("only the superuser gives a folder to another group")
    with pytest.raises(NotPrivateError, match=f"others may write into {above}, above "):
        make_private(above / "between" / "cache")


def test_a_folder_below_a_sticky_one_is_private(tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    above.chmod(0o1777)
    make_private(above / "cache")
    assert (above / "cache").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser gives files away")
def test_a_folder_below_that_of_another_user_is_refused(tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    os.chown(above, 4711, -1)
    with pytest.raises(NotPrivateError, match=f"{above}, above .*, belongs to another user"):
        make_private(above / "cache")
