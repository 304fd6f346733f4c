"""What is published: studies, their numbers, and where each number is published.

`evidence.table`, `studies`, `show`, `endpoints`, `check` and `regimen` are the questions that people ask of it; they
stand in `cereblon.questions`, above this room, and are imported when they are asked for.
"""

from typing import TYPE_CHECKING

from cereblon.core.lazy_names import lazy_names
from cereblon.evidence.facts_table import COLUMNS as COLUMNS
from cereblon.evidence.facts_table import Row as Row
from cereblon.evidence.facts_table import fact_row as fact_row
from cereblon.evidence.facts_table import fact_rows as fact_rows
from cereblon.evidence.facts_table import facts_table as facts_table
from cereblon.evidence.facts_table import reported_outcomes as reported_outcomes
from cereblon.evidence.facts_table import select_facts as select_facts
from cereblon.evidence.library import latest_facts as latest_facts
from cereblon.evidence.library import load_all as load_all
from cereblon.evidence.library import load_study as load_study
from cereblon.evidence.library import published_facts as published_facts
from cereblon.evidence.library import select_studies as select_studies
from cereblon.evidence.library import study_ids as study_ids
from cereblon.evidence.study import Arm as Arm
from cereblon.evidence.study import Fact as Fact
from cereblon.evidence.study import Interval as Interval
from cereblon.evidence.study import PublishedCurve as PublishedCurve
from cereblon.evidence.study import PValue as PValue
from cereblon.evidence.study import Source as Source
from cereblon.evidence.study import Study as Study
from cereblon.evidence.study import as_written as as_written
from cereblon.vocabulary.endpoints import Endpoint as Endpoint
from cereblon.vocabulary.endpoints import Vocabulary as Vocabulary
from cereblon.vocabulary.endpoints import vocabulary as vocabulary

if TYPE_CHECKING:
    from cereblon.questions.evidence_table import endpoints as endpoints
    from cereblon.questions.evidence_table import table as table
    from cereblon.questions.studies import show as show
    from cereblon.questions.studies import studies as studies
    from cereblon.questions.study_check import check as check
    from cereblon.questions.understood_regimens import regimen as regimen

_QUESTIONS: dict[str, str] = {
    "table": "cereblon.questions.evidence_table",
    "endpoints": "cereblon.questions.evidence_table",
    "studies": "cereblon.questions.studies",
    "show": "cereblon.questions.studies",
    "check": "cereblon.questions.study_check",
    "regimen": "cereblon.questions.understood_regimens",
}

__getattr__, __dir__ = lazy_names(globals(), _QUESTIONS)
