"""Following one subject: the busiest is taken, and everything that happened to it in line 1 is there in order."""

from __future__ import annotations

import pyarrow as pa

from cereblon.outcomes.followed import followed_subjects

KEY = {"origin": "simulated", "source_id": "test", "arm": "rd"}


def _tables() -> dict[str, pa.Table]:
    subjects = [KEY | {"subject_id": number} for number in (1, 2)]
    labs = [
        KEY | {"subject_id": 2, "day": day, "test": "neutrophils", "value": 1.0 - 0.1 * day} for day in (0.0, 7.0)
    ]
    labs.append(KEY | {"subject_id": 2, "day": 7.0, "test": "m_protein", "value": 30.0})
    exposure = {"line": 1, "cycle": 1, "drug": "lenalidomide", "planned_doses": 21.0, "given_doses": 10.0}
    exposures = [
        KEY | exposure | {"subject_id": 2, "day": 0.0, "planned_mg": 500.0, "given_mg": 250.0},
        KEY | exposure | {"subject_id": 2, "cycle": 2, "day": 28.0, "planned_mg": 500.0, "given_mg": 500.0},
    ]
    event = {"event": "neutropenia", "start_day": 7.0, "end_day": 14.0, "line": 1, "related": "", "action": "held"}
    harm = [KEY | event | {"subject_id": 1, "grade": 2}, KEY | event | {"subject_id": 2, "grade": 4}]
    decision = {"line": 1, "drug": "lenalidomide", "action": "hold", "rule": "low-counts", "dose": 0.0, "unit": "mg"}
    decisions = [KEY | decision | {"subject_id": 2, "day": 7.0}]
    stopped = {"event": "treatment_stopped", "line": 1, "cause": "progression"}
    events = [KEY | stopped | {"subject_id": 2, "day": 900.0}, KEY | stopped | {"subject_id": 1, "day": 10.0}]
    made = {"subjects": subjects, "labs": labs, "exposures": exposures, "adverse_events": harm}
    return {
        name: pa.Table.from_pylist(rows) for name, rows in (made | {"decisions": decisions, "events": events}).items()
    }


def test_the_busiest_subject_of_an_arm_is_followed() -> None:
    assert {row["subject_id"] for row in followed_subjects(_tables())} == {2}


def test_counts_doses_events_and_decisions_stand_in_order_of_days() -> None:
    rows = followed_subjects(_tables())
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)
    kinds = sorted((row["kind"], row["name"]) for row in rows)
    assert kinds == [
        ("count", "neutrophils"),
        ("count", "neutrophils"),
        ("decision", "lenalidomide"),
        ("dose", "lenalidomide"),
        ("dose", "lenalidomide"),
        ("event", "neutropenia"),
    ]


def test_a_dose_lasts_to_the_next_cycle_and_says_what_was_given() -> None:
    doses = [row for row in followed_subjects(_tables()) if row["kind"] == "dose"]
    assert [(row["day"], row["end"], row["value"]) for row in doses] == [(0.0, 28.0, 50.0), (28.0, 56.0, 100.0)]


def _events(grades: list[tuple[float, int]]) -> list[tuple[float, float, float]]:
    """Follow the neutropenia of grade 4, day 7 to 14, graded on the days that are given."""
    seen = [KEY | {"subject_id": 2, "day": day, "term": "neutropenia", "grade": grade} for day, grade in grades]
    tables = _tables() | ({"grades": pa.Table.from_pylist(seen)} if seen else {})
    return [(row["day"], row["end"], row["value"]) for row in followed_subjects(tables) if row["kind"] == "event"]


def test_an_event_has_the_grade_of_each_day_and_not_its_worst() -> None:
    assert _events([]) == [(7.0, 14.0, 4)]
    assert _events([(7.0, 2), (9.0, 4), (12.0, 1), (20.0, 0)]) == [(7.0, 9.0, 2), (9.0, 12.0, 4), (12.0, 14.0, 1)]
    assert _events([(3.0, 1), (9.0, 0), (11.0, 4)]) == [(7.0, 9.0, 1), (11.0, 14.0, 4)]
    assert _events([(9.0, 3)]) == [(7.0, 9.0, 3), (9.0, 14.0, 3)]


def test_a_decision_names_its_rule_and_the_dose_that_stands() -> None:
    (decision,) = (row for row in followed_subjects(_tables()) if row["kind"] == "decision")
    assert decision["words"] == "hold by low-counts; now 0 mg"


def test_what_comes_after_the_days_shown_is_left_out() -> None:
    assert "end" in {row["kind"] for row in followed_subjects(_tables(), days=1000.0)}
    assert "end" not in {row["kind"] for row in followed_subjects(_tables())}


def test_without_decisions_the_rest_is_followed() -> None:
    tables = _tables()
    del tables["decisions"]
    assert {row["kind"] for row in followed_subjects(tables)} == {"count", "dose", "event"}
