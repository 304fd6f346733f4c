"""Observed cohorts: from the records of a database to lines of therapy, response and outcomes of each patient.

`cohort.build`, `check`, `report`, `why`, `compare`, `pool`, `example`, `score` and `emulate_trial` are the questions
that people ask of it; they stand in `cereblon.questions`, above this room, and are imported when they are asked for.
"""

from typing import TYPE_CHECKING

from cereblon.core.lazy_names import lazy_names

if TYPE_CHECKING:
    from cereblon.questions.cohort_compare import compare as compare
    from cereblon.questions.cohort_example import example as example
    from cereblon.questions.cohort_pool import pool as pool
    from cereblon.questions.cohort_score import score as score
    from cereblon.questions.cohort_source import check as check
    from cereblon.questions.cohort_source import why as why
    from cereblon.questions.observed_cohort import build as build
    from cereblon.questions.observed_cohort import report as report
    from cereblon.questions.target_trial import emulate_trial as emulate_trial

_QUESTIONS: dict[str, str] = {
    "build": "cereblon.questions.observed_cohort",
    "check": "cereblon.questions.cohort_source",
    "compare": "cereblon.questions.cohort_compare",
    "emulate_trial": "cereblon.questions.target_trial",
    "example": "cereblon.questions.cohort_example",
    "pool": "cereblon.questions.cohort_pool",
    "report": "cereblon.questions.observed_cohort",
    "score": "cereblon.questions.cohort_score",
    "why": "cereblon.questions.cohort_source",
}

__getattr__, __dir__ = lazy_names(globals(), _QUESTIONS)
