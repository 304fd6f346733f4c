"""A trial small enough to work every outcome out by hand."""

from __future__ import annotations

import pyarrow as pa
import pytest
from outcome_tables import Builder, Row, build

from cereblon.tables import name_arms
from cereblon.tables.schemas import TESTS


@pytest.fixture
def table() -> Builder:
    return build


def labs_of(arm: str, subject: int, test: str, values: dict[float, float]) -> list[Row]:
    return [
        {"arm": arm, "subject_id": subject, "day": day, "test": test, "value": value, "unit": TESTS[test]}
        for day, value in values.items()
    ]


@pytest.fixture
def trial() -> dict[str, pa.Table]:
    """Two arms of four; days are chosen so that months come out whole (365.25 / 12 days each).

    Arm a: 1 responds deeply (CR) and is alive at month 48 without progression; 2 responds (PR), progresses at month
    12, begins a second line then, progresses again at month 24, dies of myeloma at month 36; 3 never responds,
    stops for toxicity and dies of an infection at month 6; 4 was never assessed, lost at once.
    Arm b: 1 progresses at month 6, 2 at month 12 (and begins a second line), 3 at month 18; 4 is last assessed at
    month 24.
    """
    month = 365.25 / 12
    subjects = [{"arm": arm, "subject_id": number, "age": 60.0 + number} for arm in "ab" for number in (1, 2, 3, 4)]
    subjects[0] |= {"iss": 1, "sex": "male"}
    subjects[1] |= {"iss": 3, "age": 76.0}
    events: list[Row] = [
        {"arm": arm, "subject_id": number, "event": "treatment_start", "day": 0.0}
        for arm, number in [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2), ("b", 3), ("b", 4)]
    ]

    def happens(arm: str, subject: int, event: str, when: float, cause: str = "", line: int = 1) -> None:
        day = when * month
        events.append({"arm": arm, "subject_id": subject, "event": event, "day": day, "cause": cause, "line": line})

    happens("a", 1, "censored", 48, "end_of_follow_up")
    happens("a", 2, "progression", 12, "serum M-protein")
    happens("a", 2, "treatment_stopped", 12, "progression")
    happens("a", 2, "next_therapy", 12, line=2)
    happens("a", 2, "treatment_start", 12, line=2)
    happens("a", 2, "progression", 24, "serum M-protein", line=2)
    happens("a", 2, "death", 36, "myeloma", line=2)
    happens("a", 3, "treatment_stopped", 5, "toxicity")
    happens("a", 3, "death", 6, "toxicity")
    happens("a", 4, "censored", 0, "dropout")
    happens("b", 1, "progression", 6, "serum M-protein")
    happens("b", 1, "treatment_stopped", 6, "progression")
    happens("b", 1, "censored", 30, "end_of_follow_up")
    happens("b", 2, "progression", 12, "serum M-protein")
    happens("b", 2, "next_therapy", 13, line=2)
    happens("b", 2, "treatment_start", 13, line=2)
    happens("b", 2, "death", 40, "other", line=2)
    happens("b", 3, "progression", 18, "serum M-protein")
    happens("b", 3, "censored", 20, "dropout")
    happens("b", 4, "censored", 26, "end_of_follow_up")
    responses: list[Row] = []

    def assessed(arm: str, subject: int, when: float, category: str, confirmed: str, mrd: bool | None = None) -> None:
        responses.append(
            {"arm": arm, "subject_id": subject, "day": when * month, "category": category, "confirmed": confirmed}
            | {"mrd_negative": mrd}
        )

    for when, category, mrd in ((2, "PR", None), (4, "VGPR", None), (6, "CR", True), (46, "CR", None)):
        assessed("a", 1, when, category, category, mrd)
    for when, category in ((1, "PR"), (3, "PR"), (12, "PD"), (13, "PD")):
        assessed("a", 2, when, category, "PR")
    assessed("a", 3, 4, "SD", "SD")
    for number, last in ((1, 6), (2, 12), (3, 18), (4, 24)):
        assessed("b", number, 3, "SD" if number == 1 else "PR", "SD" if number == 1 else "PR")
        assessed("b", number, last, "PD" if number < 4 else "PR", "SD" if number == 1 else "PR")
    harms = [
        {"arm": "a", "subject_id": 1, "event": "neutropenia", "grade": 3, "start_day": 10.0},
        {"arm": "a", "subject_id": 1, "event": "neutropenia", "grade": 2, "start_day": 50.0},
        {"arm": "a", "subject_id": 2, "event": "neutropenia", "grade": 1, "start_day": 10.0},
        {"arm": "a", "subject_id": 2, "event": "neutropenia", "grade": 4, "start_day": 500.0, "line": 2},
        {"arm": "a", "subject_id": 3, "event": "infection", "grade": 5, "start_day": 180.0},
        {"arm": "b", "subject_id": 2, "event": "spm", "grade": 3, "start_day": 900.0, "line": 2},
    ]
    return {
        "subjects": name_arms(build("subjects", subjects), ("a", "b"), comparator="b"),
        "events": build("events", events),
        "responses": build("responses", responses),
        "adverse_events": build("adverse_events", harms),
    }
