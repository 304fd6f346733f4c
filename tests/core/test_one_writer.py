"""One writer of a folder at a time, whatever the numbers of the processes, and none that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from cereblon.core.errors import RunFolderError
from cereblon.core.one_writer import one_writer

WRITES = """
import os, sys, time
from pathlib import Path
from cereblon.core.one_writer import one_writer

if len(sys.argv) > 2:
    os.getpid = lambda: int(sys.argv[2])  # as in a container, where many processes are number 1
with one_writer(Path(sys.argv[1])):
    print("writing", flush=True)
    time.sleep(600)
"""


@contextmanager
def another_writer(folder: Path, *number: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITES, str(folder), *number]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "writing\n"
            yield process
        finally:
            process.kill()


def test_a_second_writer_is_told_who_the_first_is_and_a_killed_one_stops_nobody(tmp_path: Path) -> None:
    with another_writer(tmp_path) as first:
        wanted = rf"is being written by process {first.pid} on \S+ since 20\d\d-\d\d-\d\d \d\d:\d\d UTC"
        with pytest.raises(RunFolderError, match=wanted), one_writer(tmp_path):
            pass
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert (tmp_path / ".lock").read_text()  # it could not tidy up
        with one_writer(tmp_path):
            pass
    assert list(tmp_path.iterdir()) == []


def test_processes_of_the_same_number_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 1)
    with (
        another_writer(tmp_path, "1"),
        pytest.raises(RunFolderError, match="is being written by process 1 on"),
        one_writer(tmp_path),
    ):
        pass


def test_who_writes_may_ask_again_and_another_thread_may_not(tmp_path: Path) -> None:
    def ask() -> None:
        with one_writer(tmp_path):
            pass

    with ThreadPoolExecutor(1) as pool:
        with one_writer(tmp_path):
            ask()
            with pytest.raises(RunFolderError, match=f"process {os.getpid()} on"):
                pool.submit(ask).result()
        pool.submit(ask).result()


def test_a_writer_that_fails_lets_others_in(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), one_writer(tmp_path):
        raise ZeroDivisionError
    with one_writer(tmp_path):
        pass


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / ".lock").symlink_to("thesis.tex")
    with pytest.raises(RunFolderError, match="cannot be written"), one_writer(tmp_path):
        pass
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", none)
    with pytest.raises(RunFolderError, match="has no locks") as error, one_writer(tmp_path):
        pass
    assert "another file system" in str(error.value.hint)
