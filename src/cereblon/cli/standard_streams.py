"""Standard output that is closed, full or no longer read ends a command with code 1, and with at most one line."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

import typer

from cereblon.core.control_characters import visible
from cereblon.core.errors import CereblonError, CereblonWarning
from cereblon.core.output_files import DISK_FULL
from cereblon.core.plain_text import fit_terminal

_STREAM_FAILED = DISK_FULL | {errno.EBADF}


def run_command(command: Callable[[], object]) -> int:
    """Run a command and give its exit code.

    An error of ours is one paragraph on stderr; so is a disk without space. A reader that has gone (`| head`) is no
    error to tell about.
    """
    _open_closed_streams()
    try:
        with _telling_warnings():
            command()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    except CereblonError as error:
        _tell(f"error: {error}")
        code = 1
    except OSError as error:
        code = _after_failure(error)
    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except OSError as error:
        code = _after_failure(error)
    return code


@contextmanager
def _telling_warnings() -> Iterator[None]:
    """Print each warning of ours as one line, once; those of libraries as Python does."""
    before, told = warnings.showwarning, set[str]()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not issubclass(category, CereblonWarning):
            before(message, category, filename, lineno, file, line)
        elif str(message) not in told:
            told.add(str(message))
            _tell(f"warning: {message}")

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before


def _open_closed_streams() -> None:
    """Put something in the place of a stream that the caller closed; its number must not go to another file.

    What is written to a closed standard output then fails, as it should; what goes to stderr is lost.
    """
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _after_failure(error: OSError) -> int:
    """Say that standard output, or a file, cannot be written, and throw away what still waits to be."""
    if error.filename is None and error.errno not in (*_STREAM_FAILED, errno.EPIPE):
        raise error
    if error.filename is None:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno != errno.EPIPE:
        where = "standard output" if error.filename is None else error.filename
        _tell(f"error: {where}: cannot be written or read ({error.strerror})")
    return 1


def _tell(text: str) -> None:
    with suppress(OSError):  # where stderr cannot be written either, the code says it
        typer.echo(fit_terminal(visible(text), sys.stderr), err=True)
