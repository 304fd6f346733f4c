"""A calibration whose disk fills up stops with what is safe, and goes on where there is room again."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cereblon.calibration import evaluation
from cereblon.calibration.evaluation import Evaluations
from cereblon.core.errors import InputError

MEMBERS = 60


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for some of the members."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def test_a_calibration_on_a_full_disk_keeps_its_runs_and_goes_on(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated: list[int] = []

    def predict(problem: Any, u: np.ndarray, *, member: int, block: int) -> np.ndarray:
        simulated.append(member)
        if os.statvfs(small_disk).f_bavail == 0:
            time.sleep(0.05)  # a simulation takes longer than it takes to notice
        return u * 2.0

    monkeypatch.setattr(evaluation, "predict_once", predict)
    monkeypatch.setattr(evaluation, "fingerprint", lambda problem: {"fingerprint": "f"})
    problem: Any = SimpleNamespace(targets=range(3))
    u = np.arange(3.0 * MEMBERS).reshape(MEMBERS, 3)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)") as error:
        Evaluations(problem, small_disk / "work").run(u, step="step0", block=0)
    assert error.value.hint == "make space, then try again"
    kept = sorted((small_disk / "work").glob("*.npz"))
    assert 3 < len(kept) < MEMBERS
    assert [one.name for one in (small_disk / "work").iterdir() if ".part" in one.name] == []
    assert len(simulated) < MEMBERS  # those that could not be kept are not simulated any more
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    simulated.clear()
    found = Evaluations(problem, small_disk / "work").run(u, step="step0", block=0)
    np.testing.assert_array_equal(found, u * 2.0)
    assert len(simulated) == MEMBERS - len(kept)
