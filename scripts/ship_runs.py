"""Make the comparisons that come with the package: `python -m scripts.ship_runs [STUDY_OR_RUN...]`.

A study is simulated as `cereblon compare` does it, a folder of a finished run of it is read. Without names, every
trial of the library whose comparison is missing or older than the code or its inputs is made. To be done again after
results change, and before a release; the app says which comparison is older than the code, and
`tests/docs/test_readme_numbers.py` fails when the README says other numbers than they do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import cereblon as cb
from cereblon.questions.compare import Comparison
from cereblon.trials.library import trial_names
from cereblon.trials.shipped_runs import changed_since, ship, shipped_studies


def main(given: list[str]) -> None:
    """Make each, and say how large it is and what it took."""
    for one in given or _wanted():
        began = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            found = cb.read_run(one) if Path(one).is_dir() else cb.compare(one, out=Path(folder) / "run")
            if not isinstance(found, Comparison):
                raise SystemExit(f"{one}: is no comparison with a published trial")
            path = ship(found.summary)
        size, took = path.stat().st_size, time.process_time() - began
        print(f"{path.name}: {size:,} bytes, {took:.0f} s of a processor. {found.verdict}", flush=True)


def _wanted() -> list[str]:
    """Name the trials whose comparison is missing or older than what decides it."""
    there = shipped_studies()
    return [study for study in trial_names() if study not in there or changed_since(study)]


if __name__ == "__main__":
    main(sys.argv[1:])
