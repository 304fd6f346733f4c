"""Observed cohorts: from the records of a database to lines of therapy, response and outcomes of each patient.

`cohort.build`, `check`, `report` and `why` are the questions that people ask of it; they stand in
`cereblon.questions`, above this room, and are imported when they are asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cereblon.questions.observed_cohort import build as build
    from cereblon.questions.observed_cohort import check as check
    from cereblon.questions.observed_cohort import report as report
    from cereblon.questions.observed_cohort import why as why

_QUESTIONS: dict[str, str] = {
    "build": "cereblon.questions.observed_cohort",
    "check": "cereblon.questions.observed_cohort",
    "report": "cereblon.questions.observed_cohort",
    "why": "cereblon.questions.observed_cohort",
}


def __getattr__(name: str) -> Any:
    if name in _QUESTIONS:
        return getattr(import_module(_QUESTIONS[name]), name)
    raise AttributeError(f"module 'cereblon.cohort' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_QUESTIONS})
