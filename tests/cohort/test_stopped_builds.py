"""A build that was killed goes on, and gives what one that was not gives."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from cohort_records import Records, write_folder

import cereblon as cb
from cereblon.cohort.building import STEPS
from cereblon.cohort.stages import STAGES
from cereblon.core.errors import InputError

_BUILD = """
import os, signal, sys
import cereblon as cb
def say(text):
    print(text, flush=True)
    if text == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
cb.cohort.build(sys.argv[1], out=sys.argv[2], progress=say)
"""
_AGAIN = ": of the build that was stopped"


def _start(source: Path, folder: Path, kill_at: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _BUILD, str(source), str(folder), kill_at]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})


def _files(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def source(three_patients: Records, tmp_path: Path) -> Path:
    return write_folder(three_patients.tables, tmp_path / "cdm")


@pytest.fixture
def whole(source: Path, tmp_path: Path) -> Mapping[str, bytes]:
    """The files of a build that nobody stopped."""
    cb.cohort.build(source, out=tmp_path / "whole", progress=False)
    found = _files(tmp_path / "whole")
    assert not any(STAGES in name for name in found)
    return found


@pytest.mark.slow
def test_a_build_that_is_killed_at_each_step_goes_on_there(
    source: Path, whole: Mapping[str, bytes], tmp_path: Path
) -> None:
    folder, taken = tmp_path / "stopped", list[int]()
    for step in STEPS:
        words, _ = (one := _start(source, folder, step)).communicate(timeout=300)
        assert one.returncode == -signal.SIGKILL and words.splitlines()[-1] == step
        taken.append(words.count(_AGAIN))
    assert taken == [0, 0, 1, 2, 3]  # a step is said before it is made; lines are made again in no time
    said: list[str] = []
    cb.cohort.build(source, out=folder, progress=said.append)
    assert sum(_AGAIN in one for one in said) == 3
    assert _files(folder) == whole


@pytest.mark.slow
def test_a_build_that_is_killed_at_any_moment_goes_on(
    source: Path, whole: Mapping[str, bytes], tmp_path: Path
) -> None:
    """Moments from before anything is read to after all is written."""
    begun = time.monotonic()
    with _start(source, tmp_path / "timed") as one:
        one.communicate(timeout=300)
    takes = time.monotonic() - begun
    folder, dice, killed = tmp_path / "stopped", random.Random(7), 0
    for _ in range(8):
        with _start(source, folder) as one:
            time.sleep(dice.uniform(0.3, 1.1) * takes)
            one.kill()
            one.communicate()
        killed += one.returncode == -signal.SIGKILL
    assert killed > 2
    cb.cohort.build(source, out=folder, progress=False)
    assert _files(folder) == whole


def _stopped(source: Path, folder: Path) -> None:
    class Stop(Exception):
        pass

    def say(text: str) -> None:
        if text == STEPS[-1]:
            raise Stop

    with pytest.raises(Stop):
        cb.cohort.build(source, out=folder, progress=say)


@pytest.mark.parametrize("what", ["source", "definition", "cut off", "other bytes"])
def test_parts_of_something_else_are_made_again(
    source: Path, whole: Mapping[str, bytes], tmp_path: Path, what: str
) -> None:
    folder, said, definition = tmp_path / "stopped", list[str](), "treated"
    _stopped(source, folder)
    kept = folder / STAGES / "drugs.eras.parquet"
    assert kept.parent.stat().st_mode & 0o077 == 0  # rows of patients
    if what == "source":
        os.utime(source / "death.parquet", (1, 1))
    elif what == "definition":
        definition = "newly_diagnosed"
    elif what == "cut off":
        kept.write_bytes(kept.read_bytes()[:100])
    else:
        (folder / STAGES / "drugs.json").write_bytes(b"\xff{")
    cb.cohort.build(source, definition=definition, out=folder, progress=said.append)
    assert sum(_AGAIN in one for one in said) == (0 if what in ("source", "definition") else 2)
    if what != "definition":
        assert _files(folder) == whole


def test_a_build_that_cannot_be_leaves_nothing(source: Path, tmp_path: Path) -> None:
    definition = {"name": "a", "label": "A", "index": {"line": 9}}
    with pytest.raises(InputError, match="nobody belongs to the cohort"):
        cb.cohort.build(source, definition=definition, out=tmp_path / "none", progress=False)
    assert not (tmp_path / "none").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds something else than a cohort"):
        cb.cohort.build(source, out=tmp_path / "mine", progress=False)
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["letter.txt"]
