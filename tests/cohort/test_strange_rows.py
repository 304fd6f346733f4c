"""Rows that cannot be as they stand: each is read, or counted and said, or the source is refused in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cohort_records import Records, day, write_folder

import cereblon as cb
from cereblon.core.errors import InputError


def _built(records: Records, tmp_path: Path, definition: Any = "treated") -> Any:
    source = write_folder(records.tables, tmp_path / "cdm")
    return cb.cohort.build(source, definition=definition, out=tmp_path / "cohort", progress=False).built


@pytest.mark.parametrize("supply", [1e18, 400.0])
def test_a_supply_of_ages_is_cut_at_a_year_and_counted(
    supply: float, three_patients: Records, tmp_path: Path
) -> None:
    three_patients.tables["drug_exposure"][0]["days_supply"] = supply
    built = _built(three_patients, tmp_path)
    first = built.frame("eras").row(0, named=True)
    assert first["drug"] == "bortezomib" and (first["end_date"] - first["start_date"]).days == 365
    assert "drug records: 1 with more than 365 days in one: 365 count" in built.remarks


def test_an_amount_without_end_counts_as_missing(three_patients: Records, tmp_path: Path) -> None:
    for row in three_patients.tables["drug_exposure"][:3]:
        row["quantity"] = float("inf")
    said = "drug_exposure, quantity: 3 values cannot be read as a number with a point before its decimals"
    assert any(one.startswith(said) for one in _built(three_patients, tmp_path).remarks)


def test_rows_without_a_number_are_read_and_said(three_patients: Records, tmp_path: Path) -> None:
    for table in ("drug_exposure", "measurement"):
        for row in three_patients.tables[table]:
            row[f"{table}_id"] = None if row["person_id"] == 1 else row[f"{table}_id"]
    built = _built(three_patients, tmp_path)
    assert built.frame("eras").filter(built.frame("eras")["person_id"] == "1")["first_row"].unique().to_list() == [
        "drug_exposure:without a number"
    ]
    assert "measurement: 8 rows have no measurement_id; decisions cannot name them" in built.remarks


def test_a_drug_whose_concept_the_vocabulary_does_not_have_is_counted(
    three_patients: Records, tmp_path: Path
) -> None:
    """A product of lenalidomide says so by its name; without concept_ancestor nothing else does."""
    for row in three_patients.tables["drug_exposure"]:
        if row["drug_source_value"] == "lenalidomide" and row["person_id"] == 1:
            row["drug_concept_id"] = 19026973
    built = _built(three_patients, tmp_path)
    assert built.frame("lines")["regimen"].to_list()[0] == "Vd"
    said = "drug records: 24 with the name of a drug, but a concept that concept_ancestor does not have under it"
    assert any(one.startswith(said) for one in built.remarks)


def test_an_observation_that_ends_before_it_begins_is_left_out(three_patients: Records, tmp_path: Path) -> None:
    row = three_patients.tables["observation_period"][0]
    row["observation_period_end_date"] = row["observation_period_start_date"] - timedelta(days=9)
    built = _built(three_patients, tmp_path)
    assert built.frame("persons").height == 2
    assert "observation_period: 1 rows end before they begin, and are left out" in built.remarks


def test_a_time_with_a_zone_is_said_to_count_by_its_universal_day(three_patients: Records, tmp_path: Path) -> None:
    for row in three_patients.tables["death"]:
        died = row["death_date"]
        row["death_date"] = datetime(died.year, died.month, died.day, 23, tzinfo=UTC)
    built = _built(three_patients, tmp_path)
    assert "death, death_date: is a time with a zone; its day in universal time counts" in built.remarks
    assert built.frame("persons")["death_date"].to_list() == [None, day(400)]


def test_a_table_without_rows_is_said(three_patients: Records, tmp_path: Path) -> None:
    source = write_folder(three_patients.tables, tmp_path / "cdm", csv=True)
    header = (source / "MEASUREMENT.csv").read_text(encoding="utf-8").splitlines()[0]
    (source / "MEASUREMENT.csv").write_text(header + "\n", encoding="utf-8")
    assert "measurement: has no rows" in cb.cohort.build(source, progress=False).built.remarks


def test_days_that_nobody_can_read_are_refused_where_a_table_has_no_others(
    three_patients: Records, tmp_path: Path
) -> None:
    for row in three_patients.tables["drug_exposure"]:
        row["drug_exposure_start_date"] = row["drug_exposure_start_date"].strftime("%d-%m-%y")
    with pytest.raises(InputError, match="drug_exposure: none of 92 rows has a readable person_id and drug_expo"):
        _built(three_patients, tmp_path)


def test_patients_named_otherwise_in_one_table_are_hinted_at(three_patients: Records, tmp_path: Path) -> None:
    for row in three_patients.tables["person"]:
        row["person_id"] = f"{row['person_id']:04}"
    with pytest.raises(InputError, match="in the table of patients: 0") as refused:
        _built(three_patients, tmp_path)
    assert "named alike" in str(refused.value.hint)


@pytest.mark.parametrize("version", ["CDM v5.4.1", "OMOP CDM Version 5.3.1", "v5.3"])
def test_a_version_is_read_in_any_words(version: str, three_patients: Records, tmp_path: Path) -> None:
    three_patients.tables["cdm_source"] = [{"cdm_version": version}]
    assert _built(three_patients, tmp_path).frame("persons").height == 2


@pytest.mark.parametrize("version", ["CDM v6.0", "5.0.5.4", "15.4", "unknown"])
def test_a_version_that_is_another_is_refused(version: str, three_patients: Records, tmp_path: Path) -> None:
    three_patients.tables["cdm_source"] = [{"cdm_version": version}]
    with pytest.raises(InputError, match=r"versions 5\.3 and"):
        _built(three_patients, tmp_path)


def test_a_database_of_sqlite_is_called_so(tmp_path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(tmp_path / "cdm.db")
    connection.execute("create table person (person_id)")
    connection.close()
    with pytest.raises(InputError, match="is a database of SQLite"):
        cb.cohort.check(tmp_path / "cdm.db")


def test_a_line_that_ends_on_its_first_day_counts_beside_one_that_enters_late(
    three_patients: Records, tmp_path: Path
) -> None:
    """Patient 2 dies on the first day of treatment; records of patient 1 begin a month after hers."""
    three_patients.tables["death"][0]["death_date"] = day(10)
    three_patients.tables["observation_period"][0]["observation_period_start_date"] = day(30)
    definition = {"name": "a", "label": "A", "small_cell": 1}
    rows = {
        row["endpoint"]: row
        for row in cb.cohort.build(
            write_folder(three_patients.tables, tmp_path / "cdm"), definition=definition, progress=False
        ).tables()["outcomes"]
        if row["arm"] == "all"
    }
    assert (rows["os_median"]["n"], rows["os_median"]["events"]) == (2, 1)


def test_a_build_that_the_engine_cannot_finish_leaves_nothing(
    three_patients: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    def fail(*_: Any) -> Any:
        raise duckdb.InvalidInputException("Invalid Input Error: no")

    monkeypatch.setattr("cereblon.cohort.building.find_measurements", fail)
    with pytest.raises(InputError, match="cannot be read to its end"):
        _built(three_patients, tmp_path)
    assert not (tmp_path / "cohort").exists()
