"""Make the comparisons that come with the package: `python -m scripts.ship_runs STUDY_OR_RUN...`.

A study is simulated as `cereblon compare` does it, a folder of a finished run of it is read. To be done again after
results change, and before a release; the app says which comparison is older than the code, and
`tests/docs/test_readme_numbers.py` fails when the README says other numbers than they do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import cereblon as cb
from cereblon.questions.compare import Comparison
from cereblon.trials.shipped_runs import ship


def main(given: list[str]) -> None:
    """Make each, and say how large it is."""
    for one in given:
        with tempfile.TemporaryDirectory() as folder:
            found = cb.read_run(one) if Path(one).is_dir() else cb.compare(one, out=Path(folder) / "run")
            if not isinstance(found, Comparison):
                raise SystemExit(f"{one}: is no comparison with a published trial")
            path = ship(found.summary)
            print(f"{path.name}: {path.stat().st_size:,} bytes. {found.verdict}")


if __name__ == "__main__":
    main(sys.argv[1:])
