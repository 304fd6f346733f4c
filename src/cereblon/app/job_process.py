"""The process of one simulation: `python -m cereblon.app.job_process FOLDER` carries out what its job.json asks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cereblon.core.durable_files import write_durably
from cereblon.core.errors import CereblonError

FUNCTIONS = ("compare", "simulate")


def main() -> int:
    """Simulate into the folder `run` beside job.json, and leave the answer as text."""
    import cereblon as cb

    place = Path(sys.argv[1])
    asked = json.loads((place / "job.json").read_text(encoding="utf-8"))
    subject, options = asked["subject"], asked["options"]
    if (place / str(subject)).is_file():
        subject = place / subject
    function = cb.compare if asked["function"] == "compare" else cb.simulate
    try:
        result = function(subject, out=place / "run", progress=True, **options)
    except CereblonError as error:
        print(error, file=sys.stderr)
        return 1
    write_durably(place / "answer.txt", result.answer().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
