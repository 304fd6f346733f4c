"""Measure event data: 5,000 subjects with 40 observations each, at times of their own and at common times.

Run as `python benchmarks/event_data.py`; it prints the processor time of `cereblon pk --simulate-events` in a process
of its own, and the ratio.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

SUBJECTS, OBSERVATIONS = 5_000, 40


def write(path: Path, *, own_times: bool) -> None:
    """Write a data set of lenalidomide, 21 daily doses, observed every 12 h or up to an hour later."""
    draw = random.Random(1)
    lines = ["ID,HOURS,EVID,AMT,CMT,ADDL,II,CRCL,WT"]
    for one in range(1, SUBJECTS + 1):
        person = f"{draw.uniform(20, 120):.1f},{draw.uniform(45, 110):.1f}"
        lines.append(f"{one},0,1,25,1,20,24,{person}")
        for k in range(OBSERVATIONS):
            lines.append(f"{one},{k * 12 + (draw.random() if own_times else 0.5):.3f},0,.,2,.,.,{person}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measure(path: Path) -> float:
    """Give the processor time of the command, s, both of its own and of the system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = "from cereblon.cli.main import main; main()"
    command = [sys.executable, "-c", code, "pk", "lenalidomide", "--simulate-events", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def table() -> str:
    """Give the results as a Markdown table, with the machine's load."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        times = {}
        for own in (True, False):
            write(path, own_times=own)
            times[own] = min(measure(path) for _ in range(2))
    return "\n".join(
        [
            f"{SUBJECTS:,} subjects, {OBSERVATIONS} observations each; load {os.getloadavg()[0]:.1f}",
            "| what | processor time |",
            "|---|---|",
            f"| times of their own | {times[True]:.1f} s |",
            f"| common times | {times[False]:.1f} s |",
            f"| ratio | {times[True] / times[False]:.2f} |",
        ]
    )


if __name__ == "__main__":
    print(table())
