"""Time the commands that people wait for, beside the start of the interpreter with its libraries.

Run as `python benchmarks/look_ups.py`. Each command runs several times in a process of its own; the least processor
time counts, since other work on the machine can only add to it. The ratio to a process that loads only what most
commands need says how much is ours, and holds across machines.
"""

from __future__ import annotations

import os
import platform
import resource
import shlex
import subprocess
import sys
import time

RUNS = 5
START = "import typer, numpy, pydantic, yaml"
COMMANDS: dict[str, float] = {
    "--help": 0.3,
    "evidence list": 0.6,
    "evidence show swog-s0777": 0.6,
    "evidence table": 0.6,
    "evidence endpoints": 0.6,
    "evidence cite swog-s0777 --bibtex": 0.6,
    "regimen list": 0.6,
    "regimen show vrd-s0777": 0.6,
    "population list": 0.6,
    "parameters": 0.6,
    "dose vrd-s0777 --age 78 --crcl 45 --anc 0.8 --platelets 90 --neuropathy 2": 0.6,
    "evidence practice ird --setting rrmm": 0.6,
    "evidence network --endpoint pfs_hr --setting ndmm-tie": 1.5,
    "evidence forest --endpoint pfs_hr --setting rrmm": 1.5,
    "evidence league --endpoint pfs_hr --setting rrmm": 1.5,
    "evidence compare VRd DRd --setting ndmm-tie": 1.5,
    "evidence curve pollux --endpoint pfs": 1.5,
    "pk lenalidomide --typical": 1.5,
    "pk lenalidomide --crcl 40": 2.5,
}
"""Commands with the seconds that they may take on quiet cores."""


def least_seconds(command: list[str]) -> tuple[float, float]:
    """Give the least processor time and the least elapsed time of several runs."""
    processor, elapsed = [], []
    for _ in range(RUNS):
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        elapsed.append(time.perf_counter() - begun)
        processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(processor), min(elapsed)


def main() -> int:
    """Print a table; fail when a command needs more processor time than it may take."""
    start, _ = least_seconds([sys.executable, "-c", START])
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"`{START}`: {start:.2f} s of a processor, one start\n")
    print("| `cereblon ...` | processor | elapsed | processor, starts | wanted |\n|---|---|---|---|---|")
    slow = 0
    for command, wanted in COMMANDS.items():
        run = [sys.executable, "-c", "from cereblon.cli.main import main; main()", *shlex.split(command)]
        processor, elapsed = least_seconds(run)
        slow += processor > wanted
        cells = f"{processor:.2f} s | {elapsed:.2f} s | {processor / start:.1f} | {wanted:g} s"
        print(f"| `{command}` | {cells} |", flush=True)
    return int(slow > 0)


if __name__ == "__main__":
    raise SystemExit(main())
