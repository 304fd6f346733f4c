"""Measure the main job: speed and memory of a large trial, of `compare` and of `--help`.

Run as `python benchmarks/main_job.py [OUT.md]`; it prints, and writes if asked, a table with machine and size.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_LARGE = """
import json, resource, sys, time
from pathlib import Path
from cereblon.model.engine.batch import BATCH, use_compilation_cache
from cereblon.trials.run import prepare, simulate_block
from cereblon.trials.running import run_trial
from cereblon.trials.library import load_trial
per_arm, out = int(sys.argv[1]), Path(sys.argv[2])
use_compilation_cache()
plan = load_trial("swog-s0777")
arms = {key: arm.model_copy(update={"size": per_arm}) for key, arm in plan.arms.items()}
plan = plan.model_copy(update={"arms": arms, "replicates": 1, "enrolment_months": 0.0, "follow_up_months": 96.0})
prepared = prepare(plan)
begun = time.perf_counter()
simulate_block(prepared, 0, 2 * BATCH, source_id="warm-up")
first = time.perf_counter() - begun
begun = time.perf_counter()
run_trial(prepared, out)
took = time.perf_counter() - begun
print(json.dumps({"first": first, "run": took, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def _seconds(command: list[str], **environment: str) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=os.environ | environment)
    return time.perf_counter() - begun


def _large(per_arm: int, folder: Path, **environment: str) -> dict[str, float]:
    command = [sys.executable, "-c", _LARGE, str(per_arm), str(folder / f"large-{per_arm}")]
    result = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | environment)
    measured: dict[str, float] = json.loads(result.stdout)
    return measured


def measure() -> list[tuple[str, str, str]]:
    """Give rows (what, measured, wanted)."""
    cereblon = str(Path(sys.executable).with_name("cereblon"))
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = {"XDG_CACHE_HOME": str(folder / "cache")}
        help_time = min(_seconds([cereblon, "--help"]) for _ in range(5))
        rows.append(("`cereblon --help`, best of 5", f"{help_time:.2f} s", "0.3 s"))
        cold = _seconds([cereblon, "compare", "swog-s0777", "--out", str(folder / "a")], **cache)
        rows.append(("`cereblon compare swog-s0777`, no compilation cache", f"{cold:.0f} s", "60 s"))
        warm = _seconds([cereblon, "compare", "swog-s0777", "--out", str(folder / "b")], **cache)
        rows.append(("the same with compilation cache", f"{warm:.0f} s", "25 s"))
        for per_arm in (2_500, 10_000):
            large = _large(per_arm, folder, **cache)
            rows.append(
                (f"2 arms x {per_arm:,} subjects x 8 years, after compilation", f"{large['run']:.1f} s", "20 s")
            )
            rows.append((f"peak memory with {per_arm:,} per arm", f"{large['peak_mb']:.0f} MB", "2,000 MB"))
    return rows


def table() -> str:
    """Give the results as a Markdown table with the machine."""
    processor = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    lines = [f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}.", ""]
    lines += ["| what | measured | wanted |", "|---|---|---|"]
    lines += [f"| {what} | {value} | {wanted} |" for what, value, wanted in measure()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = table()
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text("# Benchmarks\n\nMade by `python benchmarks/main_job.py`.\n\n" + text)
