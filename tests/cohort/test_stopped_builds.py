"""A build that was killed goes on, and gives what one that was not gives."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import cereblon as cb
from cereblon.cohort.building import STEPS
from cereblon.cohort.stages import STAGES
from cereblon.core.errors import InputError

_BUILD = """
import sys
import cereblon as cb
cb.cohort.build(sys.argv[1], out=sys.argv[2], progress=lambda text: print(text, flush=True))
"""
_AGAIN = ": of the build that was stopped"


def _files(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Watched:
    """A build that nobody stopped.

    Attributes
    ----------
    source
        What it was built from.
    files
        What it wrote.
    left
        For each step in turn the folder as it lay on the disk when the step began: what a kill there leaves.
    took
        Its seconds.
    """

    source: Path
    files: Mapping[str, bytes]
    left: Sequence[Path]
    took: float


@pytest.fixture(scope="module")
def watched(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    home, left = tmp_path_factory.mktemp("watched"), list[Path]()

    def keep(text: str) -> None:
        if text in STEPS:
            left.append(home / f"left {len(left)}")
            (home / "whole").mkdir(exist_ok=True)
            shutil.copytree(home / "whole", left[-1])

    begun = time.monotonic()
    cb.cohort.build(built_once / "omop", out=home / "whole", progress=keep)
    took = time.monotonic() - begun
    files = _files(home / "whole")
    assert len(left) == len(STEPS) and not any(STAGES in name for name in files)
    return Watched(built_once / "omop", files, left, took)


def test_a_build_that_is_stopped_at_any_step_goes_on_there(watched: Watched, tmp_path: Path) -> None:
    taken = []
    for left in watched.left:
        folder, said = tmp_path / left.name, list[str]()
        shutil.copytree(left, folder)
        cb.cohort.build(watched.source, out=folder, progress=said.append)
        taken.append(sum(_AGAIN in one for one in said))
        assert _files(folder) == watched.files
    assert taken == [0, 1, 2, 3, 3]  # a step is said before it is made; lines are made again in no time


@pytest.mark.slow
def test_a_build_that_is_killed_at_any_moment_goes_on(watched: Watched, tmp_path: Path) -> None:
    """Moments from the first word to after all is written."""
    folder, dice, killed = tmp_path / "stopped", random.Random(7), 0
    command = [sys.executable, "-c", _BUILD, str(watched.source), str(folder)]
    for _ in range(4):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as one:
            assert one.stdout is not None and one.stdout.readline()
            time.sleep(dice.uniform(0.0, 1.0) * watched.took)
            one.kill()
            one.communicate()
        killed += one.returncode == -signal.SIGKILL
    assert killed > 1
    cb.cohort.build(watched.source, out=folder, progress=False)
    assert _files(folder) == watched.files


@pytest.mark.parametrize("what", ["source", "definition", "cut off", "other bytes"])
def test_parts_of_something_else_are_made_again(watched: Watched, tmp_path: Path, what: str) -> None:
    source, folder, said, definition = watched.source, tmp_path / "stopped", list[str](), "treated"
    shutil.copytree(watched.left[-1], folder)
    kept = folder / STAGES / "drugs.eras.parquet"
    assert kept.parent.stat().st_mode & 0o077 == 0  # rows of patients
    times = (source / "death.parquet").stat()
    if what == "source":
        os.utime(source / "death.parquet", (1, 1))
    elif what == "definition":
        definition = "newly_diagnosed"
    elif what == "cut off":
        kept.write_bytes(kept.read_bytes()[:100])
    else:
        (folder / STAGES / "drugs.json").write_bytes(b"\xff{")
    cb.cohort.build(source, definition=definition, out=folder, progress=said.append)
    os.utime(source / "death.parquet", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert sum(_AGAIN in one for one in said) == (0 if what in ("source", "definition") else 2)
    if what != "definition":
        assert _files(folder) == watched.files


def test_a_build_that_cannot_be_leaves_nothing(watched: Watched, tmp_path: Path) -> None:
    definition = {"name": "a", "label": "A", "index": {"line": 9}}
    with pytest.raises(InputError, match="nobody belongs to the cohort"):
        cb.cohort.build(watched.source, definition=definition, out=tmp_path / "none", progress=False)
    assert not (tmp_path / "none").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds something else than a cohort"):
        cb.cohort.build(watched.source, out=tmp_path / "mine", progress=False)
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["letter.txt"]
