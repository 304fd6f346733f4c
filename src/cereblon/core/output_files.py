"""The one writer of files that a user names: it replaces nothing but an ordinary file, whole and on the disk.

Links are followed and kept, and so are the rights of a file that is there. A process never writes over a file that it
read, by whatever name, unless it wrote that file itself.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from cereblon.core.durable_files import replacing
from cereblon.core.errors import InputError

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of a disk that is full or failing, or of a limit on the size of files."""


@dataclass(frozen=True, slots=True)
class _KnownFile:
    """A file as it was: system and number of it, which another file may get once it is gone, and its last change."""

    path: Path
    changed: int


_FileNumber = tuple[int, int]
_read: dict[_FileNumber, _KnownFile] = {}
_written: dict[_FileNumber, _KnownFile] = {}


def remember_input(path: Path, status: os.stat_result) -> None:
    """Note a file that is being read, so that it is not written over; what this process wrote itself may be."""
    seen = _KnownFile(path.resolve(), status.st_ctime_ns)
    if _written.get(_number(status)) != seen:
        _read[_number(status)] = seen


def _is_input(target: Path, status: os.stat_result) -> bool:
    seen = _read.get(_number(status))
    return seen is not None and (seen.path == target or seen.changed == status.st_ctime_ns)


def _number(status: os.stat_result) -> _FileNumber:
    return status.st_dev, status.st_ino


def _is_stream(status: os.stat_result) -> bool:
    """Say whether a file is the one that standard output or errors go to: by `/dev/stdout`, or by its name."""
    for number in (1, 2):
        with suppress(OSError):  # closed
            if _number(os.fstat(number)) == _number(status):
                return True
    return False


def find_target_problem(path: Path) -> str | None:
    """Say why a file cannot be written under a name, or None; nothing is touched."""
    try:
        target = path.resolve()
        status = target.stat() if target.exists() else None
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name too long or with a zero in it
        return f"{path}: is no name of a file ({_reason(error)})"
    if status is None:
        if not target.parent.is_dir():
            return f"{path}: cannot be written, there is no folder {(target if path.is_symlink() else path).parent}"
    elif stat.S_ISDIR(status.st_mode):
        return f"{path}: is a folder, a file name is needed"
    elif not stat.S_ISREG(status.st_mode):
        return f"{path}: is no ordinary file but a device, a pipe or a socket, which is not replaced"
    elif _is_stream(status):
        return f"{path}: is where standard output or errors go, which would be lost"
    elif _is_input(target, status):
        return f"{path}: is a file that was read; it is not written over"
    if not os.access(target.parent, os.W_OK):
        return f"{path}: cannot be written, {path.parent} is not open to you"
    return None


def write_file(path: Path | str, content: bytes) -> Path:
    """Write a file whole and on the disk, or leave what was there.

    Parameters
    ----------
    path
        Its folder must exist; an ordinary file of that name is replaced, with its rights kept.
    content
        All of it.

    Returns
    -------
        `path`.

    Raises
    ------
    InputError
        If the name stands for something else than an ordinary file, for a file that was read, or the disk is full or
        cannot be written; what is safe is said.
    """
    write_files([(Path(path), content)])
    return Path(path)


def write_files(contents: Iterable[tuple[Path, bytes]]) -> list[Path]:
    """Write files that belong together, as `write_file` does: all of them, or none if the disk is full.

    Each waits on the disk under a temporary name until all are there.

    Parameters
    ----------
    contents
        Name and content of each. The first gets its name last, so that it may say that the others are there.

    Raises
    ------
    InputError
        As `write_file`.
    """
    targets: list[Path] = []
    paths: list[Path] = []
    is_kept = False
    try:
        with ExitStack() as waiting:
            for path, content in contents:
                paths.append(path)
                problem = find_target_problem(path)
                if problem:
                    hint = "name another file, in a folder that is there and may be written to"
                    raise InputError(problem, hint=hint)
                targets.append(path.resolve())
                is_kept = targets[-1].exists()
                _write_waiting(targets[-1], content, waiting)
    except OSError as error:
        raise write_error(paths[-1], error, is_kept=is_kept, others=len(paths) - 1) from error
    for target in targets:
        now = target.stat()
        _written[_number(now)] = _KnownFile(target, now.st_ctime_ns)
    return paths


def _write_waiting(target: Path, content: bytes, waiting: ExitStack) -> None:
    """Write a file that gets its name when `waiting` ends, with the owner and the rights of the one that is there."""
    before = target.stat() if target.exists() else None
    stream = waiting.enter_context(replacing(target))
    stream.write(content)
    if before is not None:
        with suppress(OSError):  # who is not root cannot give a file away; the rights matter more
            os.fchown(stream.fileno(), before.st_uid, before.st_gid)
        os.fchmod(stream.fileno(), stat.S_IMODE(before.st_mode))
    stream.flush()
    os.fsync(stream.fileno())  # a disk may say only here that it is full, and no file may have its name by then


def write_text(path: Path | str, text: str) -> Path:
    """Write text as UTF-8, as `write_file` does, with what `as_utf8` makes of names of files in no encoding."""
    return write_file(path, as_utf8(text))


def as_utf8(text: str) -> bytes:
    r"""Encode text; half a surrogate pair, as Python reads a byte of a file name in no encoding, becomes `\udcff`."""
    return text.encode("utf-8", "backslashreplace")


def write_error(path: Path | str, error: OSError, *, is_kept: bool, others: int = 0) -> InputError:
    """Word the failure of a write: the reason, and what is safe.

    Parameters
    ----------
    path
        What was to be written.
    error
        What the system said.
    is_kept
        Whether a former file is there, unchanged.
    others
        Files that belong to it and were not written either.
    """
    safe = "the file that was there is unchanged" if is_kept else "no part of it was left behind"
    safe += f", nor was any of the {others} files that belong to it written" if others else ""
    remedy = "make space" if error.errno in DISK_FULL else "check the folder and its rights"
    return InputError(f"{path}: cannot be written ({_reason(error)}); {safe}", hint=f"{remedy}, then try again")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
