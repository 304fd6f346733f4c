"""One writer at a time for a folder: a lock of the system, which ends with the process however that ends."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from cereblon.core.errors import RunFolderError

LOCK = ".lock"
_HERE = threading.local()  # folders that this thread writes: what it calls may ask for them again


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Be the only writer of a folder for a while; within it the same thread may ask for the folder again.

    What a killed process leaves of the file `.lock` locks nothing.

    Parameters
    ----------
    folder
        Must be there.

    Raises
    ------
    RunFolderError
        If another process writes into the folder, with its host, number and start, if the folder cannot be written,
        or if its file system has no locks.
    """
    place = folder.resolve()
    held: set[Path] = _HERE.__dict__.setdefault("folders", set())
    if place in held:
        yield
        return
    descriptor = _locked(place / LOCK, folder)
    try:
        told = {"host": socket.gethostname(), "pid": os.getpid(), "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}
        _replace_text(descriptor, json.dumps(told))
        held.add(place)
        yield
    finally:
        held.discard(place)
        with suppress(OSError):
            (place / LOCK).unlink()  # while the lock is held; who opened this file before finds that it is gone
        os.close(descriptor)


def writer_of(folder: Path) -> int | None:
    """Give the number of the process that writes a folder; None if nobody does, or no process of this machine.

    Parameters
    ----------
    folder
        Need not be there.
    """
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads(os.pread(descriptor, 1000, 0))
            return int(told["pid"]) if told["host"] == socket.gethostname() else None
    except OSError:  # no locks here, so nobody holds one
        return None
    finally:
        os.close(descriptor)
    return None


def _locked(path: Path, folder: Path) -> int:
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise RunFolderError(f"{folder}: cannot be written ({error.strerror or error})") from error
        try:
            _lock(descriptor, folder)
            if _is_still(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_still(descriptor: int, path: Path) -> bool:
    """Tell whether a file that is locked still has its name: a lock on a file that was removed keeps nobody out."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RunFolderError(
            f"{folder}: is being written by {_holder(descriptor)}",
            hint="wait until it has ended, stop it, or choose another folder",
        ) from error
    except OSError as error:
        raise RunFolderError(
            f"{folder}: its file system has no locks ({error.strerror}), so two runs at once could not be told apart",
            hint="choose a folder on another file system",
        ) from error


def _replace_text(descriptor: int, text: str) -> None:
    with suppress(OSError):  # it is for the message alone; the disk may be full
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)


def _holder(descriptor: int) -> str:
    try:
        told = json.loads(os.pread(descriptor, 1000, 0))
        return f"process {told['pid']:d} on {told['host']:.100} since {told['since']:.30}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
