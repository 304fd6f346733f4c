"""Diagnoses of a line become adverse events: new ones, of the kinds that the definition names."""

from __future__ import annotations

from pathlib import Path

import pytest
from cohort_records import Records, day, write_folder

import cereblon as cb
from cereblon.cohort.diagnosed_events import diagnosed_event_rows
from cereblon.cohort.treatment_concepts import packaged_concepts
from cereblon.vocabulary.endpoints import vocabulary


def _diagnosis(records: Records, person: int, code: str, when: int, concept: int = 0) -> None:
    records._add(
        "condition_occurrence",
        person_id=person,
        condition_concept_id=concept,
        condition_start_date=day(when),
        condition_source_value=code,
    )


@pytest.fixture
def source(records: Records, tmp_path: Path) -> Path:
    """Twelve patients on Rd from day 0 to 335: pulmonary embolism of eight in time, of one before, of others late."""
    for person in range(1, 13):
        records.patient(person, last=900)
        records.fills(person, "lenalidomide", 0, 12, supply=28)
        records.fills(person, "dexamethasone", 0, 12)
        _diagnosis(records, person, "I10", 20)  # hypertension, which is none of the kinds
    for person in range(1, 9):
        _diagnosis(records, person, "I26.99" if person < 8 else "i2699", 40 + person)
    _diagnosis(records, 1, "I26.99", 45)  # once more
    _diagnosis(records, 9, "I26.99", -100)  # in the year before: not at risk
    _diagnosis(records, 9, "I26.99", 50)
    _diagnosis(records, 10, "I26.99", 0)  # on the first day: was there before
    _diagnosis(records, 11, "I26.99", 366)  # 31 days after treatment
    _diagnosis(records, 12, "", 60, concept=777)
    return write_folder(records.tables, tmp_path / "cdm")


def test_new_diagnoses_up_to_30_days_after_treatment_count_of_those_without_one_before(source: Path) -> None:
    """Of ten at risk eight have one; 9 and 10 had one before the second day."""
    answer = cb.cohort.build(source, progress=False)
    rows = {(row["endpoint"], row["arm"]): row for row in diagnosed_event_rows(answer.built)}
    assert set(rows) == {(event, arm) for event in ("ae_pe", "ae_vte") for arm in ("all", "Rd")}
    found = rows["ae_pe", "Rd"]
    assert (found["events"], found["n"], found["value"], found["grade"]) == (8, 10, 80.0, "any")
    shown = [row for row in answer.tables()["adverse_events"] if row["endpoint"] == "ae_pe"]
    assert shown[0]["value"] is None  # two without it are fewer than 5
    assert answer.built.frame("conditions").filter(person_id="1", event="pe").height == 2
    kept = answer.built.frame("conditions")["event"].unique().sort().to_list()
    assert kept == ["pe", "vte"]


def test_a_user_adds_concepts_and_kinds(source: Path) -> None:
    concepts = {"adverse_events": {"pe": {"concept_ids": [777]}, "hypertension": {"codes": ["I10"]}}}
    answer = cb.cohort.build(source, definition={"name": "a", "label": "A", "concepts": concepts}, progress=False)
    rows = {(row["endpoint"], row["arm"]): row for row in diagnosed_event_rows(answer.built)}
    assert (rows["ae_pe", "all"]["events"], rows["ae_vte", "all"]["events"]) == (9, 8)
    assert rows["ae_hypertension", "all"]["events"] == 12


def test_every_packaged_kind_is_a_name_of_the_vocabulary() -> None:
    assert {f"ae_{name}" for name in packaged_concepts().adverse_events} <= set(vocabulary().endpoints)


@pytest.mark.parametrize(
    ("code", "event"),
    [("I82.A12", ["vte"]), ("I82.621", ["vte"]), ("I82.220", ["vte"]), ("H26.33", ["cataract"]), ("L27.1", ["rash"])]
    + [(code, []) for code in ("I82.612", "I82.221", "I82.511", "H26.102", "H26.411")],
)
def test_thrombosis_is_acute_and_deep_and_cataract_neither_of_injury_nor_after_surgery(
    code: str, event: list[str]
) -> None:
    """Meanings by the tabular list of ICD-10-CM, April 2026: superficial, chronic, traumatic and secondary ones."""
    plain = code.replace(".", "")
    kinds = packaged_concepts().adverse_events
    assert [name for name, codes in kinds.items() if plain.startswith(codes.starts)] == event
