"""Under which names users keep the columns of the subject tables: CDISC (SDTM, ADaM), OMOP and plain words."""

from __future__ import annotations

_KEY = {
    "source_id": ("studyid", "study", "source"),
    "arm": ("trt01p", "trt01a", "trtp", "trta", "actarm", "treatment", "cohort", "group"),
    "subject_id": ("usubjid", "subjid", "subject", "person_id", "patient_id", "patient", "id"),
}
OTHER_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "subjects": {
        "sex": ("gender", "gender_concept_id"),
        "age": ("aage", "age_years"),
        "weight_kg": ("weightbl",),
        "height_cm": ("heightbl",),
        "involved_light_chain": ("light_chain", "light_chain_type", "chain"),
    },
    "labs": {
        "day": ("ady", "lbdy", "study_day"),
        "test": ("lbtestcd", "paramcd", "testcd", "lbtest", "param", "lab", "analyte"),
        "value": ("aval", "lbstresn", "result", "value_as_number"),
        "unit": ("lbstresu", "avalu", "units"),
    },
    "responses": {
        "day": ("ady", "rsdy", "study_day"),
        "category": ("avalc", "rsstresc", "response"),
        "confirmed": ("best_confirmed", "best_response"),
    },
    "events": {"event": ("evntdesc", "event_name"), "day": ("ady", "study_day"), "cause": ("reason",)},
    "adverse_events": {
        "event": ("aedecod", "term", "preferred_term"),
        "grade": ("aetoxgr", "atoxgr", "ctcae_grade"),
        "start_day": ("astdy", "aestdy"),
        "end_day": ("aendy", "aeendy"),
        "action": ("aeacn",),
        "related": ("aerel",),
    },
    "exposures": {"day": ("astdy", "exstdy"), "drug": ("extrt", "treatment_given")},
    "grades": {},
    "decisions": {},
}
"""By table and column, in the order in which they are taken; the column's own name comes first."""

CDISC_DAYS = frozenset({"ady", "lbdy", "rsdy", "astdy", "aestdy", "aendy", "aeendy", "exstdy"})
"""Study days of CDISC count from 1, and the day before is -1: there is no day 0."""


def names_of(table: str, column: str) -> tuple[str, ...]:
    """Give the names under which a column of a table is looked for, its own first."""
    return (column, *OTHER_NAMES[table].get(column, ()), *_KEY.get(column, ()))
