"""The patients of a cohort as subject tables and as ADaM, by the one exporter."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from cohort_records import Records, add_three_patients, day, write_folder

import cereblon as cb
from cereblon.cohort.folder import CohortTables, read_cohort_folder
from cereblon.cohort.observed_subjects import observed_subject_tables
from cereblon.core.errors import ArgumentError, InputError
from cereblon.outcomes import summarise
from cereblon.tables.adam import read_dataset_json


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """VRd with transplantation, then DPd on day 900; Rd from day 10, progression on day 300, death on day 400.

    To be read, not written to.
    """
    home, three_patients = tmp_path_factory.mktemp("export"), add_three_patients(Records())
    for when, value in ((30, 0.8), (60, 0.4), (90, 3.0), (200, 0.9)):
        three_patients.lab(1, "x", when, value, "10*9/L", measurement_concept_id=3013650)
    source = write_folder(three_patients.tables, home / "cdm")
    cb.cohort.build(source, out=home / "out", progress=False)
    return home / "out"


@pytest.fixture
def built(folder: Path) -> CohortTables:
    return read_cohort_folder(folder)


def test_events_of_a_patient_count_from_the_index_line(built: CohortTables) -> None:
    """The first patient begins on day 0 of the tests and is seen for 2,000 days; the second on day 10."""
    events = pl.DataFrame(pl.from_arrow(observed_subject_tables(built)["events"]))
    rows = events.select("subject_id", pl.col("event").cast(pl.String), "day", "line").rows()
    assert rows == [
        (0, "treatment_start", 0.0, 1),
        (0, "transplant", 140.0, 1),
        (0, "progression", 830.0, 1),
        (0, "next_therapy", 900.0, 2),
        (0, "censored", 2000.0, 1),
        (1, "treatment_start", 0.0, 1),
        (1, "progression", 290.0, 1),
        (1, "death", 390.0, 1),
    ]


def test_runs_of_low_counts_are_episodes_of_their_worst_grade(built: CohortTables) -> None:
    """0.8 and 0.4 follow each other, 3.0 ends the first episode, 0.9 is another: CTCAE grades 4 and 3."""
    events = pl.DataFrame(pl.from_arrow(observed_subject_tables(built)["adverse_events"]))
    rows = events.select(pl.col("event").cast(pl.String), "grade", "start_day", "end_day").rows()
    assert rows == [("neutropenia", 4, 30.0, 60.0), ("neutropenia", 3, 200.0, 200.0)]


def test_the_outcome_functions_of_trials_take_the_tables(built: CohortTables) -> None:
    """Both patients progressed: on days 830 and 290 of their lines."""
    rows = summarise(observed_subject_tables(built), comparisons=()).to_pylist()
    found = {(row["endpoint"], row["arm"]): row["value"] for row in rows}
    assert found["pfs_median", "VRd"] == pytest.approx(830 / 30.4375, rel=1e-3)
    assert found["pfs_median", "Rd"] == pytest.approx(290 / 30.4375, rel=1e-3)


def test_adam_of_a_cohort_has_its_dates(folder: Path, tmp_path: Path) -> None:
    answer = cb.export(folder, tmp_path / "adam")
    assert [one.name for one in answer.datasets] == ["ADSL", "ADTTE", "ADRS", "ADLB", "ADEX", "ADAE"]
    subjects = read_dataset_json((tmp_path / "adam/adsl.json").read_text(), where="adsl.json").rows.to_pylist()
    assert [row["TRT01P"] for row in subjects] == ["VRd", "Rd"]
    assert [row["RANDDT"] for row in subjects] == [day(0), day(10)]
    times = read_dataset_json((tmp_path / "adam/adtte.json").read_text(), where="adtte.json").rows.to_pylist()
    (death,) = [row for row in times if row["PARAMCD"] == "OS" and row["CNSR"] == 0]
    assert death["ADT"] == day(10) + timedelta(days=390)
    assert "ADEX holds stretches of days on one drug" in answer.notes[1]


def test_adex_of_a_cohort_has_a_row_for_each_stretch_of_a_drug(
    folder: Path, built: CohortTables, tmp_path: Path
) -> None:
    """Days count from the index line, a later regimen is a later line, and an amount that nobody knows is missing."""
    cb.export(folder, tmp_path / "adam")
    rows = read_dataset_json((tmp_path / "adam/adex.json").read_text(), where="adex.json").rows.to_pylist()
    days = [row for row in rows if row["PARAMCD"] == "DURD"]
    eras = built.frame("eras").sort("person_id", "start_date", "drug")
    assert [row["EXTRT"] for row in days] == [drug.upper() for drug in eras["drug"]]
    assert [row["ASTDT"] for row in days] == eras["start_date"].to_list()
    assert [row["AENDT"] for row in days] == eras["end_date"].to_list()
    assert all(row["AVAL"] == row["AENDY"] - row["ASTDY"] + 1 for row in days if row["ASTDY"] > 0)
    assert {row["EXTRT"]: row["LINE"] for row in days}["POMALIDOMIDE"] == 2
    assert {row["LINE"] for row in days if row["EXTRT"] == "BORTEZOMIB"} == {1}
    assert [row["AVAL"] for row in rows if row["PARAMCD"] == "TDOSE"] == eras["given_mg"].to_list()


def test_what_applies_to_a_run_alone_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="apply to a run"):
        cb.export(folder, tmp_path / "adam", replicate=1)
    with pytest.raises(InputError, match="estimand 'real_world' is not known"):
        cb.export(folder, tmp_path / "adam", estimand="real_world")
    with pytest.raises(ArgumentError, match="estimand applies to a cohort"):
        cb.export(tmp_path, tmp_path / "adam", estimand="strict")
