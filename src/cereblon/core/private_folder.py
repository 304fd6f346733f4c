"""Folders of files that are code, such as compiled programs: nobody but their owner may have written them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from cereblon.core.durable_files import make_folders

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class NotPrivateError(PermissionError):
    """A folder or file is another user's, or others may write into it."""


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone may enter, or see to it that one that is there is so.

    Where others could enter before, files that are not the owner's, or that others could write, are removed. A folder
    that others could write into is refused as it is: what lies in it may be anybody's.

    Raises
    ------
    NotPrivateError
        If it is another user's, others may write into it, or it is a link or a file.
    OSError
        If it cannot be made.
    """
    make_folders(folder, mode=0o700)
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


def _refuse_foreign(status: os.stat_result, path: Path, *, kind: int) -> None:
    if stat.S_IFMT(status.st_mode) != kind:
        raise NotPrivateError(f"{path} is no {'folder' if kind == stat.S_IFDIR else 'regular file'}")
    if status.st_uid != os.geteuid():
        raise NotPrivateError(f"{path} belongs to another user")
    if status.st_mode & _OTHERS_WRITE:
        raise NotPrivateError(f"others may write into {path}")
