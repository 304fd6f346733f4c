"""Time a design end to end: a pool of patients, 1,000 trials drawn from it with all looks, and a search for the size.

The trial is that of the tutorial: 350 against 350 patients, five years to the data cut, three looks. A small design
makes the programs ready first, so that no compiling is counted. Elapsed and processor time of each part are printed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cereblon as cb

TRIAL = "docs/examples/dvrd-against-vrd.yaml"
T = TypeVar("T")


def timed(what: str, part: Callable[[], T]) -> T:
    """Do a part and print how long it took."""
    clock, processor = time.perf_counter(), time.process_time()
    found = part()
    print(
        f"{what}: {time.perf_counter() - clock:.1f} s, processor {time.process_time() - processor:.1f} s", flush=True
    )
    return found


def main() -> None:
    """Time the parts."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=10_000)
    options.add_argument("--draws", type=int, default=50)
    options.add_argument("--folder", type=Path, help="keeps the simulated patients; a temporary one unless given")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as own:
        folder = given.folder or Path(own)
        timed("programs made ready", lambda: cb.design(TRIAL, out=folder / "ready", patients=350, draws=2))
        out = folder / "design"
        size = {"patients": given.patients, "draws": given.draws, "out": out}
        timed("pool at the best guess, 1,000 trials, all looks", lambda: cb.design(TRIAL, **{**size, "draws": 0}))
        timed("the same with assurance", lambda: cb.design(TRIAL, **size))
        timed("1,000 trials of patients that are there, with assurance", lambda: cb.design(TRIAL, **size))
        found = timed("the same with a search over sizes", lambda: cb.design(TRIAL, search="size", **size))
        print(found.answer())


if __name__ == "__main__":
    main()
