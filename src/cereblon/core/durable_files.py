"""Files and folders that appear whole or not at all, also after a power cut.

A name is given to content only once the content is on the disk (sync of the file), and what follows may build on the
name only once the folder is (sync of the folder). Temporary names are random, since processes of two containers that
share a folder may have the same number; they begin with a dot and end with `.part`.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

# Answers of file systems that have no sync of a folder, such as some of those mounted over a network.
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.ENOSYS)


def temporary_path(path: Path) -> Path:
    """Give a name that nobody else uses, in the folder of what will take its place."""
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.part")


@contextmanager
def replacing(path: Path, *, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when the block ends, whole and on the disk.

    If the block, or the disk, fails, the old file stays and the new one is removed.

    Parameters
    ----------
    path
        File to make or to replace; its folder must be there.
    mode
        Rights of the new file, less what the user's mask takes away.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written.
    """
    temporary = temporary_path(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_durably(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file whole and on the disk, or leave the old one; see `replacing`."""
    with replacing(path, mode=mode) as stream:
        stream.write(content)


@contextmanager
def making_folder(path: Path) -> Iterator[Path]:
    """Give a new folder that becomes `path` when the block ends, with all its files on the disk.

    Raises
    ------
    OSError
        If the disk is full, the folder above cannot be written, or `path` is there and not empty.
    """
    temporary = temporary_path(path)
    temporary.mkdir()
    try:
        yield temporary
        deepest_first = sorted(temporary.rglob("*"), key=lambda one: (-len(one.parts), one))
        for entry in deepest_first:  # a folder after what is in it
            sync_file(entry)
        sync_folder(temporary)
        temporary.replace(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(path.parent)


def make_folders(path: Path, *, mode: int = 0o777) -> None:
    """Make a folder and those above it that are missing, each on the disk before the next."""
    if path.is_dir():
        return
    make_folders(path.parent, mode=mode)
    path.mkdir(mode=mode, exist_ok=True)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until the content of a file is on the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk; file systems that cannot tell are taken at their word."""
    try:
        _sync(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
