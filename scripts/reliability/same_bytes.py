"""Run one trial in many ways, and compare the bytes: `python -m scripts.reliability.same_bytes 50`.

Blocks of several sizes, one to four workers, time zones, hash seeds, languages, and kills at random moments, after
which the run is continued.
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from cereblon.model.engine.batch import use_compilation_cache
from cereblon.tables.parquet import parquet_bytes
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.trials.engines import LocalEngine
from cereblon.trials.folder import open_run
from cereblon.trials.running import run_trial
from scripts.reliability.repeated_trial import contents, prepared_trial, write_outcomes

_SURROUNDINGS: Mapping[str, tuple[str, ...]] = {
    "TZ": ("UTC", "Asia/Kolkata", "America/St_Johns"),
    "PYTHONHASHSEED": ("0", "1", "4711"),
    "LC_ALL": ("C", "C.UTF-8"),
    "OMP_NUM_THREADS": ("1", "2"),
}
_SIZES = (512, 1024, 2048)


def one_run(path: Path, block_size: int, workers: int) -> None:
    """Run the trial, or continue it, and write its outcomes."""
    use_compilation_cache()
    prepared = prepared_trial()
    print("started", flush=True)
    write_outcomes(run_trial(prepared, path, block_size=block_size, engine=LocalEngine(workers)), prepared)


def in_process(path: Path, luck: random.Random, *, block_size: int, kills: int) -> None:
    """Run the trial in a process of its own, in surroundings drawn by chance, killed some times on the way."""
    workers = str(luck.randint(1, 4))
    command = [sys.executable, "-m", "scripts.reliability.same_bytes", "one", str(path), str(block_size), workers]
    drawn = {name: luck.choice(values) for name, values in _SURROUNDINGS.items()}
    for kill in range(kills + 1):
        with subprocess.Popen(command, env={**os.environ, **drawn}, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            if kill < kills:
                time.sleep(luck.uniform(0.0, 3.0))
                process.kill()
            elif process.wait() != 0:
                raise RuntimeError(f"{path}: the run ended with {process.returncode}")


def hashes(path: Path) -> dict[str, str]:
    """Give the checksum of each Parquet file, and of each table of the whole run written as one file.

    Files of blocks are equal between runs of one block size; outcomes and whole tables are equal between all.
    """
    run = open_run(path)
    size = run.header["block_size"]
    files = {name: content for name, content in contents(path).items() if name.endswith(".parquet")}
    blocks = {f"{size}/{name}": content for name, content in files.items() if name.startswith("blocks")}
    whole = {name: parquet_bytes(run.table(name)) for name in SUBJECT_TABLES}
    other = {name: content for name, content in files.items() if not name.startswith("blocks")}
    return {name: hashlib.sha256(content).hexdigest() for name, content in {**blocks, **whole, **other}.items()}


def differences(runs: int, *, seed: int, folder: Path) -> tuple[int, list[str]]:
    """Run the trial some times; give the number of files compared, and the names of those that differ.

    Parameters
    ----------
    runs
        How many; every third is killed, once or twice.
    seed
        Of the surroundings.
    folder
        Where the runs are kept.
    """
    luck, first, compared, differing = random.Random(seed), dict[str, str](), 0, []
    for number in range(runs):
        path = folder / f"{number:03d}"
        kills = luck.randint(1, 2) if number % 3 == 2 else 0
        in_process(path, luck, block_size=_SIZES[number % len(_SIZES)], kills=kills)
        for name, found in hashes(path).items():
            compared += name in first
            if first.setdefault(name, found) != found:
                differing.append(f"{path.name}: {name}")
    return compared, differing


if __name__ == "__main__":
    if sys.argv[1] == "one":
        one_run(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        with TemporaryDirectory() as place:
            print(differences(int(sys.argv[1]), seed=1, folder=Path(place)))
