"""Blood counts of a line become grades of adverse events."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from cohort_records import Records, write_folder

import cereblon as cb
from cereblon.cohort.folder import CohortTables, read_cohort_folder
from cereblon.cohort.laboratory_events import adverse_event_rows, worst_grades
from cereblon.cohort.line_outcomes import qualifying_lines

NEUTROPHILS, PLATELETS, HAEMOGLOBIN = 3013650, 3024929, 3000963


@pytest.fixture
def built(records: Records, tmp_path: Path) -> CohortTables:
    """Twelve women on Rd for 336 days: neutrophils of ten, platelets of all, haemoglobin of none but the first."""

    def count(person: int, when: int, value: float, concept: int, unit: str) -> None:
        records.lab(person, "x", when, value, unit, measurement_concept_id=concept)

    for person in range(1, 13):
        records.patient(person, last=900)
        records.fills(person, "lenalidomide", 0, 12, supply=28)
        records.fills(person, "dexamethasone", 0, 12)
        if person <= 10:
            count(person, -3, 0.2, NEUTROPHILS, "10*9/L")  # before the line
            count(person, 30, 0.8 if person <= 6 else 3.0, NEUTROPHILS, "10*9/L")
            count(person, 60, 0.4 if person == 1 else 2.5, NEUTROPHILS, "10*9/L")
            count(person, 600, 0.1, NEUTROPHILS, "10*9/L")  # long after treatment
        count(person, 20, 180.0, PLATELETS, "10*9/L")
    count(1, 40, 7.5, HAEMOGLOBIN, "g/dL")
    cb.cohort.build(write_folder(records.tables, tmp_path / "cdm"), out=tmp_path / "out", progress=False)
    return read_cohort_folder(tmp_path / "out")


def test_the_worst_value_of_a_line_decides_and_lines_without_one_do_not_count(built: CohortTables) -> None:
    """CTCAE 5: neutrophils below 1.0 are grade 3, below 0.5 grade 4; haemoglobin below 80 g/L is grade 3."""
    grades = worst_grades(built, qualifying_lines(built))
    assert sorted(grades["neutropenia"].tolist()) == [0, 0, 0, 0, 3, 3, 3, 3, 3, 4]
    assert grades["thrombocytopenia"].tolist() == [0] * 12
    assert grades["anaemia"].tolist() == [3]


def test_shares_are_of_lines_with_a_value_and_small_numbers_are_masked(built: CohortTables) -> None:
    rows = {(row["endpoint"], row["grade"], row["arm"]): row for row in adverse_event_rows(built)}
    found = rows["ae_neutropenia", "3+", "Rd"]
    assert (found["value"], found["events"], found["n"]) == (60.0, 6, 10)
    assert ("ae_anaemia", "4", "all") not in rows
    answer = cb.cohort.report(Path(built.source["where"]).parent / "out")
    assert list(answer.tables()["adverse_events"][0]) == list(answer.columns()["adverse_events"])
    shown = answer.table("adverse_events")
    masked = shown.filter((pl.col("endpoint") == "ae_neutropenia") & (pl.col("arm") == "all"))
    assert masked["value"].to_list() == [None, None]  # 4 without grade 3, and 1 with grade 4, are fewer than 5
