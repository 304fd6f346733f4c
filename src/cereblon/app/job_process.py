"""The process of one simulation: `python -m cereblon.app.job_process FOLDER` carries out what its job.json asks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.durable_files import write_durably
from cereblon.core.errors import CereblonError

if TYPE_CHECKING:
    from cereblon.questions.result import Result


def main() -> int:
    """Compute into the folder `run` beside job.json, and leave the answer as text."""
    import cereblon as cb

    place = Path(sys.argv[1])
    asked = json.loads((place / "job.json").read_text(encoding="utf-8"))
    subject, options = asked["subject"], asked["options"]
    if (place / str(subject)).is_file():
        subject = place / subject
    functions: dict[str, Callable[..., Result]] = {
        "compare": cb.compare,
        "simulate": cb.simulate,
        "cohort.build": _build_cohort,
    }
    try:
        result = functions[asked["function"]](subject, out=place / "run", progress=True, **options)
    except CereblonError as error:
        print(error, file=sys.stderr)
        return 1
    write_durably(place / "answer.txt", result.answer().encode())
    return 0


def _build_cohort(source: str, *, out: Path, progress: bool, definition: str, estimand: str) -> Result:
    """Build a cohort, and write its page with published trials of the same regimens beside it."""
    import cereblon as cb
    from cereblon.app.beside_trials import beside_section
    from cereblon.report.page import page_text

    built = cb.cohort.build(source, definition=definition, out=out, estimand=estimand, progress=progress)
    document = built.document()
    beside = beside_section(out, estimand)
    sections = [*([beside] if beside else []), *document.sections]
    write_durably(out / "report.html", page_text(replace(document, sections=sections)).encode())
    return built


if __name__ == "__main__":
    sys.exit(main())
