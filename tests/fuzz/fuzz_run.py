"""Damage files of every kind by the thousand: python tests/fuzz/fuzz_run.py --inputs 10000.

Each kind runs in a process of its own, so that an abort is counted and the rest goes on. What crashed, hung or took
too much memory is kept in the folder of --keep. Prints a table for docs/concepts/reliability.md.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

MOST_MEMORY_KB = 1_000_000
_ENDS = ("read", "refused", "crash", "hang", "abort", "memory")


_FULLY = 80  # of so many inputs one has its pages and pictures made


def work(name: str, inputs: int, seed: int, keep: Path) -> None:
    """Use so many damaged files of one kind, with a line of JSON for each kind of end at the end."""
    from fuzz_damage import damaged
    from fuzz_formats import FORMATS
    from fuzz_trial import outcome

    form, ends, origins, luck = FORMATS[name], Counter[str](), Counter[str](), random.Random(seed)
    folder = Path(tempfile.mkdtemp())
    for content in form.seeds:  # compiles, and shows that what is right is read
        for fully in (False, True):
            end, where = outcome(form, content, folder, fully=fully)
            if end not in ("read", "hang"):
                print(f"{name}: a file that is right: {end} {where}", file=sys.stderr)
    for number in range(inputs):
        content = damaged(luck, form.seeds, form.kind)
        (keep / f"{name}-last{form.ending}").write_bytes(content)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        end, where = outcome(form, content, folder, fully=number % _FULLY == 0)
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before > MOST_MEMORY_KB:
            end, where = "memory", "more than a gigabyte"
        ends[end] += 1
        if end not in ("read", "refused"):
            origins[f"{end}: {where}"] += 1
            if origins[f"{end}: {where}"] == 1:
                (keep / f"{name}-{len(origins)}{form.ending}").write_bytes(content)
                print(f"{name}-{len(origins)}: {end}: {where}", file=sys.stderr, flush=True)
    shutil.rmtree(folder)
    print(json.dumps({"ends": ends, "origins": origins}))


def main() -> int:
    from fuzz_formats import FORMATS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--only", nargs="*", default=list(FORMATS), choices=list(FORMATS))
    parser.add_argument("--work", help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    if given.work:
        work(given.work, given.inputs, given.seed, given.keep)
        return 0
    print(f"| file | inputs | {' | '.join(_ENDS)} |\n|---|{'---:|' * (len(_ENDS) + 1)}", flush=True)
    bad = 0
    for name in given.only:
        call = [sys.executable, __file__, "--work", name, "--inputs", str(given.inputs), "--seed", str(given.seed)]
        done = subprocess.run([*call, "--keep", str(given.keep)], stdout=subprocess.PIPE, text=True, check=False)
        told = done.stdout.strip().splitlines()
        found = json.loads(told[-1]) if done.returncode == 0 and told else {"ends": {"abort": 1}}
        ends = Counter(found["ends"])
        bad += sum(ends[end] for end in _ENDS[2:])
        print(f"| {name} | {ends.total():,} | {' | '.join(f'{ends[end]:,}' for end in _ENDS)} |", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
