"""A small database becomes a cohort: lines, response, progression, attrition, whatever form it comes in."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cohort_records import Records, day, write_database, write_folder

from cereblon.cohort.building import build_cohort
from cereblon.cohort.definition import find_definition
from cereblon.cohort.folder import CohortTables, read_cohort_folder, write_cohort
from cereblon.cohort.source import open_source
from cereblon.core.errors import InputError


def built(records: Records, tmp_path: Path, definition: Any = "treated") -> CohortTables:
    source = open_source(write_folder(records.tables, tmp_path / "cdm"))
    return build_cohort(source, find_definition(definition))


@pytest.fixture(scope="module")
def of_three(built_once: Path) -> CohortTables:
    """The cohort of the three patients as their records were written."""
    return build_cohort(open_source(built_once / "omop"), find_definition("treated"))


def test_lines_regimens_and_reasons_of_a_small_database(of_three: CohortTables) -> None:
    lines = of_three.frame("lines")
    found = lines.select("person_id", "line", "regimen", "start_date", "end_reason").rows()
    assert found == [
        ("1", 1, "VRd", day(0), "next_line"),
        ("1", 2, "DPd", day(900), "stopped"),
        ("2", 1, "Rd", day(10), "death"),
    ]
    first = lines.row(0, named=True)
    assert (first["transplant_date"], first["maintenance_start"]) == (day(140), day(230))


def test_response_and_progression_by_the_criteria(of_three: CohortTables) -> None:
    """40 g/L falls to 3 g/L, by 92 %: VGPR; 11 g/L is 8 g/L above, twice: progression on its first day, 830."""
    responses = of_three.frame("responses").filter(pl.col("estimand") == "relaxed")
    assert responses.select("person_id", "line", "best_response", "response_date").rows() == [
        ("1", 1, "VGPR", day(60)),
        ("1", 2, "NE", None),
        ("2", 1, "PR", day(70)),
    ]
    assert responses["reason"].to_list() == ["", "no marker after the start", ""]
    progression = of_three.frame("progression").select("person_id", "line", "estimand", "date", "cause").rows()
    serum = "serum M-protein"
    assert progression == [
        ("1", 1, "real_world", day(830), serum),
        ("1", 1, "relaxed", day(830), serum),
        ("1", 1, "strict", day(830), serum),
        ("2", 1, "real_world", day(300), serum),
        ("2", 1, "relaxed", day(300), serum),
        ("2", 1, "strict", day(300), serum),
    ]


def test_every_exclusion_is_counted(of_three: CohortTables) -> None:
    steps = of_three.frame("attrition")
    assert steps["kept"].to_list()[:3] == [3, 3, 2] and steps["kept"].to_list()[-1] == 2
    assert (steps["kept"].shift(1) - steps["kept"]).drop_nulls().to_list() == steps["left_out"].to_list()[1:]


def test_all_forms_of_a_source_give_the_same_cohort(
    of_three: CohortTables, three_patients: Records, tmp_path: Path
) -> None:
    """The cohort of the others was read of Parquet files."""
    tables = three_patients.tables
    paths = [
        write_folder(tables, tmp_path / "csv", csv=True),
        write_database(tables, tmp_path / "cdm.duckdb"),
    ]
    for other in [build_cohort(open_source(path), find_definition("treated")).tables for path in paths]:
        assert all(other[name].equals(of_three.tables[name]) for name in of_three.tables)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_no_byte_of_the_folder(
    seed: int, of_three: CohortTables, three_patients: Records, tmp_path: Path
) -> None:
    luck, tables = random.Random(seed), three_patients.tables
    mixed = {name: luck.sample(rows, len(rows)) for name, rows in tables.items()}
    source = open_source(write_folder(mixed, tmp_path / "mixed"))
    write_cohort(of_three, tmp_path / "as_given_cohort")
    write_cohort(build_cohort(source, find_definition("treated")), tmp_path / "mixed_cohort")
    for path in (tmp_path / "as_given_cohort").glob("*.parquet"):
        assert path.read_bytes() == (tmp_path / "mixed_cohort" / path.name).read_bytes(), path.name


def test_a_database_is_never_written_to(three_patients: Records, tmp_path: Path) -> None:
    path = write_database(three_patients.tables, tmp_path / "cdm.duckdb")
    before = path.read_bytes()
    build_cohort(open_source(path), find_definition("treated"))
    assert path.read_bytes() == before and {one.name for one in tmp_path.iterdir()} == {"cdm.duckdb"}


def test_a_folder_is_read_as_it_was_written(of_three: CohortTables, tmp_path: Path) -> None:
    cohort = of_three
    write_cohort(cohort, tmp_path / "out")
    again = read_cohort_folder(tmp_path / "out")
    assert all(again.tables[name].equals(cohort.tables[name]) for name in cohort.tables)
    assert (again.definition, again.remarks) == (cohort.definition, cohort.remarks)
    write_cohort(cohort, tmp_path / "out")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputError, match="something else than a cohort"):
        write_cohort(cohort, tmp_path / "other")


def test_faults_of_drug_records_are_dropped_and_counted(three_patients: Records, tmp_path: Path) -> None:
    three_patients.exposure(1, "pomalidomide", 300, supply=-28)
    three_patients.exposure(2, "pomalidomide", 600)
    three_patients.exposure(1, "carfilzomib", 20_000)
    cohort = built(three_patients, tmp_path)
    assert [line for line in cohort.frame("lines")["regimen"]] == ["VRd", "DPd", "Rd"]
    for said in ("1 with negative supply", "1 with a start in the future", "1 with a start after death"):
        assert any(said in remark for remark in cohort.remarks), said


def test_patients_whose_record_contradicts_itself_are_left_out(three_patients: Records, tmp_path: Path) -> None:
    three_patients.tables["person"].append({"person_id": 1, "gender_concept_id": 8507, "year_of_birth": 1950})
    cohort = built(three_patients, tmp_path)
    assert cohort.frame("persons")["person_id"].to_list() == ["2"]
    steps = dict(cohort.frame("attrition").select("criterion", "left_out").rows())
    assert steps["one sex and one year of birth"] == 1


def test_an_unknown_age_and_a_second_day_of_death_are_said(three_patients: Records, tmp_path: Path) -> None:
    three_patients.tables["person"][0]["year_of_birth"] = None
    three_patients.dies(2, 500)
    cohort = built(three_patients, tmp_path)
    assert "18 to 110 years old, or of unknown age" in cohort.frame("attrition")["criterion"].to_list()
    assert "death: 1 patients have several days of death: the first counts" in cohort.remarks
    assert cohort.frame("persons")["death_date"].to_list() == [None, day(400)]


def test_a_washout_asks_for_observation_before(three_patients: Records, tmp_path: Path) -> None:
    three_patients.tables["observation_period"][0]["observation_period_start_date"] = day(-100)
    cohort = built(three_patients, tmp_path, "newly_diagnosed")
    assert cohort.frame("persons")["person_id"].to_list() == ["2"]


def test_an_index_line_may_be_a_regimen_or_maintenance(three_patients: Records, tmp_path: Path) -> None:
    by_regimen = {"name": "later", "label": "Later lines", "index": {"regimens": ["DPd"]}}
    people = built(three_patients, tmp_path, by_regimen).frame("persons")
    assert people.select("person_id", "index_line", "index_date").rows() == [("1", 2, day(900))]
    people = built(three_patients, tmp_path, "maintenance").frame("persons")
    assert people.select("person_id", "index_date").rows() == [("1", day(230))]


def test_nobody_with_myeloma_is_said(records: Records, tmp_path: Path) -> None:
    records.patient(1, codes=())
    records.exposure(1, "lenalidomide", 0)
    records.patient(2, codes=(0,))
    records.tables["condition_occurrence"][0] |= {"condition_concept_id": 1, "condition_source_value": "I10"}
    with pytest.raises(InputError, match="nobody has a code of myeloma"):
        built(records, tmp_path)


def test_a_source_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        open_source(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"there is no table person\n.*there is no table drug_exposure"):
        open_source(tmp_path / "empty")
    for number in range(7):
        (tmp_path / "empty" / f"lines-{number}.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"lines-0.csv, .* lines-4.csv and 2 more are not among the tables") as told:
        open_source(tmp_path / "empty")
    assert "person, drug_exposure, condition_occurrence are needed" in (told.value.hint or "")
    (tmp_path / "broken.duckdb").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match="cannot be opened as a DuckDB database"):
        open_source(tmp_path / "broken.duckdb")


def test_another_version_of_the_model_is_refused(three_patients: Records, tmp_path: Path) -> None:
    tables = three_patients.tables | {"cdm_source": [{"CDM_VERSION": "v6.0"}]}
    with pytest.raises(InputError, match=r"says version v6.0; versions 5.3 and 5.4 are read"):
        open_source(write_folder(tables, tmp_path / "cdm"))


def test_missing_tables_and_columns_are_said(three_patients: Records, tmp_path: Path) -> None:
    tables = three_patients.tables | {"measurement": [], "death": []}
    cohort = build_cohort(open_source(write_folder(tables, tmp_path / "cdm")), find_definition("treated"))
    assert "measurement: is missing, and with it response and progression" in cohort.remarks
    assert set(cohort.frame("responses")["reason"]) == {"no marker at baseline"}
    for row in tables["drug_exposure"]:
        del row["drug_concept_id"]
    with pytest.raises(InputError, match="drug_exposure: has no column drug_concept_id"):
        open_source(write_folder(tables, tmp_path / "cdm"))


def test_a_definition_is_shown_in_words() -> None:
    words = " ".join(find_definition("newly_diagnosed").in_words())
    assert "two codes of myeloma at least 30 days apart" in words and "at least 365 days before" in words
    assert "relaxed for practice" in words
    with pytest.raises(InputError, match="did you mean newly_diagnosed"):
        find_definition("newly_diagnose")
