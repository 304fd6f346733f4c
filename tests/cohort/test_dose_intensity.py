"""Amounts on record become mg per week of a drug in a line."""

from __future__ import annotations

from pathlib import Path

import pytest
from cohort_records import CONCEPT, Records, day, write_folder

import cereblon as cb
from cereblon.cohort.dose_intensity import DOSE_COLUMNS

CAPSULE_25, CAPSULE_10, CAPSULE_15 = 9001, 9002, 9003


def _add_strengths(records: Records, *strengths: tuple[int, float]) -> None:
    """Say of products of lenalidomide how many mg a capsule has."""
    records.tables["drug_strength"] = [
        {
            "drug_concept_id": product,
            "ingredient_concept_id": CONCEPT["lenalidomide"],
            "amount_value": mg,
            "amount_unit_concept_id": 8576,
        }
        for product, mg in strengths
    ]
    records.tables["concept_ancestor"] = [
        {"ancestor_concept_id": CONCEPT["lenalidomide"], "descendant_concept_id": product} for product, _ in strengths
    ]


@pytest.fixture
def source(records: Records, tmp_path: Path) -> Path:
    """Ten on lenalidomide 25 mg and bortezomib, of whom the last has a fill of no known amount."""
    for person in range(1, 11):
        records.patient(person, last=900)
        product = {"drug_concept_id": CAPSULE_25}
        records.fills(person, "lenalidomide", 0, 4 if person < 10 else 3, supply=21, quantity=21, **product)
        records.fills(person, "dexamethasone", 0, 4)
        for when in (0, 7, 14, 21):
            records._add(
                "procedure_occurrence",
                person_id=person,
                procedure_concept_id=0,
                procedure_date=day(when),
                procedure_source_value="J9041",
                quantity=23.0,
            )
    records.exposure(10, "lenalidomide", 84, supply=21, quantity=21)
    _add_strengths(records, (CAPSULE_25, 25.0), (CAPSULE_10, 10.0), (CAPSULE_15, 15.0))
    return write_folder(records.tables, tmp_path / "cdm")


def test_capsules_last_their_cycle_and_injections_until_the_next(source: Path) -> None:
    """525 mg in 28 days are 131.25 a week; 2.3 mg (23 units of 0.1 mg) each 7 days are 2.3 a week."""
    answer = cb.cohort.build(source, progress=False)
    rows = {(row["arm"], row["drug"]): row for row in answer.tables()["doses"]}
    assert set(rows) == {(arm, drug) for arm in ("all", "VRd") for drug in ("lenalidomide", "bortezomib")}
    found = rows["VRd", "lenalidomide"]
    assert [found[name] for name in ("value", "low", "high", "unit", "n")] == [131.25, 131.25, 131.25, "mg/week", 9]
    assert rows["VRd", "bortezomib"]["value"] == pytest.approx(2.3) and rows["VRd", "bortezomib"]["n"] == 10
    assert all(tuple(row) == DOSE_COLUMNS == answer.columns()["doses"] for row in rows.values())
    assert "mg/week" in answer.save(source.parent / "a.html").read_text(encoding="utf-8")


def test_two_strengths_of_a_day_add_up_and_a_record_that_stands_twice_is_one(
    records: Records, tmp_path: Path
) -> None:
    records.patient(1, last=900)
    for product in (CAPSULE_10, CAPSULE_15, CAPSULE_15):
        records.exposure(1, "lenalidomide", 0, supply=21, quantity=21, drug_concept_id=product)
    _add_strengths(records, (CAPSULE_10, 10.0), (CAPSULE_15, 15.0))
    answer = cb.cohort.build(write_folder(records.tables, tmp_path / "cdm"), progress=False)
    assert answer.built.frame("eras")["given_mg"].to_list() == [525.0]


def test_amounts_add_up_to_the_same_number_in_any_order(records: Records, tmp_path: Path) -> None:
    """32 times 2.8 mg are 89.6 mg; added one by one in double precision they are 89.59999999999995."""
    records.patient(1, last=900)
    records.exposure(1, "lenalidomide", 0)
    for week in range(32):
        billed = {"procedure_concept_id": 0, "procedure_source_value": "J9041", "quantity": 28.0}
        records._add("procedure_occurrence", person_id=1, procedure_date=day(7 * week), **billed)
    eras = cb.cohort.build(write_folder(records.tables, tmp_path / "cdm"), progress=False).built.frame("eras")
    assert eras.filter(eras["drug"] == "bortezomib")["given_mg"].to_list() == [89.6]
