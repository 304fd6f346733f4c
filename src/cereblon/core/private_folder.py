"""Folders of files that are code, such as compiled programs: nobody but their owner may have written them."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

from cereblon.core.durable_files import make_folders

_UNKNOWN_USER = 65534  # whom Linux shows in place of the superuser in a container that has no superuser
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def user_cache() -> Path:
    """Name the folder of what the user's commands keep between runs; it may be missing, or not be theirs alone."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cereblon"


class NotPrivateError(PermissionError):
    """A folder or file is another user's, or others may write into it."""


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone may enter, or see to it that one that is there is so.

    Where others could enter before, files that are not the owner's, or that others could write, are removed. A folder
    that others could write into is refused as it is: what lies in it may be anybody's. So is one below a folder in
    which others could put another one in its place.

    Raises
    ------
    NotPrivateError
        If it is another user's, others may write into it or give its name to another, or it is a link or a file.
    OSError
        If it cannot be made.
    """
    make_folders(folder, mode=0o700)
    _refuse_replaceable(folder)
    status = folder.lstat()
    _refuse_foreign(status, folder, kind=stat.S_IFDIR)
    if not status.st_mode & _OTHERS:
        return
    folder.chmod(0o700)
    for entry in folder.iterdir():
        if _is_foreign(entry.lstat()) and not entry.is_dir():
            entry.unlink()


def private_bytes(path: Path) -> bytes:
    """Read a file that nobody but its owner, who runs this process, may have written.

    Raises
    ------
    NotPrivateError
        If it is another user's, others may write it, or it is no regular file.
    OSError
        If there is none, it is a link, or it cannot be read.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:  # noqa: PTH123
        _refuse_foreign(os.fstat(stream.fileno()), path, kind=stat.S_IFREG)
        return stream.read()


def remove_oldest(folder: Path, pattern: str, *, most_bytes: int) -> None:
    """Remove files of a pattern, the one first that was not used for longest, until the others are small enough."""
    found = []
    for entry in folder.glob(pattern):
        with suppress(OSError):  # another process may tidy up too
            found.append((max(entry.stat().st_mtime, entry.stat().st_atime), entry.stat().st_size, entry))
    total = sum(size for _, size, _ in found)
    for _, size, entry in sorted(found):
        if total <= most_bytes:
            return
        with suppress(OSError):
            entry.unlink()
        total -= size


def _is_foreign(status: os.stat_result) -> bool:
    return status.st_uid != os.geteuid() or bool(status.st_mode & _OTHERS_WRITE)


def _refuse_replaceable(folder: Path) -> None:
    """Refuse a folder that others could move away, with what was read of it before, to put theirs in its place."""
    for above in {*folder.absolute().parents, *folder.resolve().parents}:
        status = above.stat()
        if status.st_uid not in (0, os.geteuid(), _UNKNOWN_USER):
            raise NotPrivateError(f"{above}, above {folder}, belongs to another user")
        others = stat.S_IWOTH if _is_own_group(status.st_gid) else _OTHERS_WRITE
        if status.st_mode & others and not status.st_mode & stat.S_ISVTX:
            raise NotPrivateError(f"others may write into {above}, above {folder}")


def _is_own_group(number: int) -> bool:
    """Tell whether a group is that of one user alone, as many systems give to each, by its name and its members."""
    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(number)
    except KeyError:
        return False
    return number == user.pw_gid and group.gr_name == user.pw_name and not set(group.gr_mem) - {user.pw_name}


def _refuse_foreign(status: os.stat_result, path: Path, *, kind: int) -> None:
    if stat.S_IFMT(status.st_mode) != kind:
        raise NotPrivateError(f"{path} is no {'folder' if kind == stat.S_IFDIR else 'regular file'}")
    if status.st_uid != os.geteuid():
        raise NotPrivateError(f"{path} belongs to another user")
    if status.st_mode & _OTHERS_WRITE:
        raise NotPrivateError(f"others may write into {path}")
