"""The process of one simulation: `python -m cereblon.app.job_process FOLDER` carries out what its job.json asks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.app.jobs import KEPT
from cereblon.core.durable_files import write_durably
from cereblon.core.errors import CereblonError, InputError
from cereblon.core.one_writer import one_writer

if TYPE_CHECKING:
    from cereblon.questions.result import Result


def main() -> int:
    """Compute into the folder `run` beside job.json, and leave the answer as text and as files."""
    place = Path(sys.argv[1])
    os.nice(5)  # answers of the app come first
    try:
        with one_writer(place):
            _carry_out(place)
    except CereblonError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was done is kept.", file=sys.stderr)
        return 130
    return 0


def _carry_out(place: Path) -> None:
    import cereblon as cb

    asked = json.loads((place / "job.json").read_text(encoding="utf-8"))
    subject, options = asked["subject"], asked["options"]
    if (place / str(subject)).is_file():
        subject = place / subject
    functions: dict[str, Callable[..., Result]] = {
        "compare": cb.compare,
        "simulate": cb.simulate,
        "design": cb.design,
        "cohort.build": _build_cohort,
        "cohort.compare": _compare_cohort,
    }
    result = functions[asked["function"]](subject, out=place / "run", progress=True, **options)
    _keep(result, place)
    write_durably(place / "answer.txt", result.answer().encode())


def _keep(result: Result, place: Path) -> None:
    """Leave what the page of the job shows: the values of the report of a run, or files of any other answer."""
    from cereblon.questions.trial_runs import TrialResult
    from cereblon.trials.kept_report import write_kept_report
    from cereblon.trials.shipped_runs import kept_report_of

    if isinstance(result, TrialResult):
        write_kept_report(kept_report_of(result.summary), place / KEPT)
        return
    for ending in ("svg", "png", "csv", "json"):
        with suppress(InputError):  # an answer may have no picture, or no table
            result.save(place / f"answer.{ending}")
    report = place / "run" / "report.html"
    if not report.is_file():
        report.parent.mkdir(exist_ok=True)
        result.save(report)


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


def _compare_cohort(folder: str, *, out: Path, progress: bool, estimand: str) -> Result:
    """Set a built cohort beside simulation and publications; only its page is kept."""
    import cereblon as cb

    out.mkdir(exist_ok=True)
    return cb.cohort.compare(folder, estimand=estimand, progress=progress)


if __name__ == "__main__":
    sys.exit(main())
