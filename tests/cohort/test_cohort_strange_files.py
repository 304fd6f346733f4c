"""Sources and cohorts from strangers: devices and pipes are not opened, and what nobody wrote is refused in words."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cohort_records import Records, write_database, write_folder

import cereblon as cb
from cereblon.core.errors import InputError

_PEOPLE = "name: ours\ntables:\n  patients: {file: people.csv, columns: {patient: P}}\n"


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("make", "said"), [(_pipe, "a pipe or a socket"), (_device, "a device"), (Path.mkdir, "is a folder")]
)
def test_a_source_is_read_from_ordinary_files_only(make: Callable[[Path], None], said: str, tmp_path: Path) -> None:
    (tmp_path / "omop").mkdir()
    for name in ("omop/person.csv", "omop/drug_exposure.parquet", "people.csv", "cdm.duckdb"):
        if not (make is Path.mkdir and name == "cdm.duckdb"):  # a folder is another kind of source, whatever its name
            make(tmp_path / name)
    (tmp_path / "mapping.yaml").write_text(_PEOPLE, encoding="utf-8")
    for source in ("omop", "mapping.yaml", "cdm.duckdb"):
        if (tmp_path / source).exists():
            with pytest.raises(InputError, match=said):
                cb.cohort.check(tmp_path / source)


def test_a_loop_of_links_in_a_source_is_refused(tmp_path: Path) -> None:
    _loop(tmp_path / "person.csv")
    with pytest.raises(InputError, match="cannot be read"):
        cb.cohort.check(tmp_path)


@pytest.fixture
def built(three_patients: Records, tmp_path: Path) -> Path:
    cb.cohort.build(write_folder(three_patients.tables, tmp_path / "omop"), out=tmp_path / "cohort", progress=False)
    return tmp_path / "cohort"


def test_a_cohort_that_nobody_built_is_refused(built: Path) -> None:
    content = json.loads((built / "cohort.json").read_text(encoding="utf-8"))
    for name, wrong in (("counts", 5), ("source", []), ("remarks", "one"), ("remarks", [1]), ("definition", "x")):
        (built / "cohort.json").write_text(json.dumps(content | {name: wrong}), encoding="utf-8")
        with pytest.raises(InputError, match=name):
            cb.cohort.why(built, "1")
    for text in ("[]", "5"):
        (built / "cohort.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="no description of a cohort"):
            cb.cohort.why(built, "1")


def test_a_table_of_a_cohort_with_other_kinds_of_columns_or_from_a_pipe_is_refused(built: Path) -> None:
    place = built / "persons.parquet"
    names = pq.read_schema(place).names
    pq.write_table(pa.table({name: ["x"] for name in names}), place)
    with pytest.raises(InputError, match=r"persons\.parquet"):
        cb.cohort.why(built, "1")
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(InputError, match="a pipe"):
        cb.cohort.why(built, "1")


def test_a_cohort_in_a_folder_that_cannot_be_made_is_refused(three_patients: Records, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        cb.cohort.build(
            write_folder(three_patients.tables, tmp_path / "omop"), out=tmp_path / "file" / "cohort", progress=False
        )


def test_a_folder_whose_name_looks_like_a_pattern_is_read_alone(three_patients: Records, tmp_path: Path) -> None:
    for name in ("x1", "a1", "a*", "x[1]", "birth_year=7"):
        write_folder(three_patients.tables, tmp_path / name, csv=True)
    write_folder({"person": three_patients.tables["person"][:1]}, tmp_path / "x[1]", csv=True)
    for name, people in (("a*", 3), ("x[1]", 1), ("birth_year=7", 3)):
        assert f"person: {people} rows" in str(cb.cohort.check(tmp_path / name)), name
    tables = {
        "patients": ("person", ""),
        "diagnoses": ("condition_occurrence", ", date: condition_start_date"),
        "drugs": ("drug_exposure", ", drug: drug_source_value, start: drug_exposure_start_date"),
    }
    described = [
        f'  {name}: {{file: "a*/{file.upper()}.csv", columns: {{patient: person_id{columns}}}}}'
        for name, (file, columns) in tables.items()
    ]
    (tmp_path / "mapping.yaml").write_text("\n".join(["name: ours", "tables:", *described]), encoding="utf-8")
    assert "person: 3 rows" in str(cb.cohort.check(tmp_path / "mapping.yaml"))


def test_a_view_whose_table_is_gone_is_told_in_words(three_patients: Records, tmp_path: Path) -> None:
    import duckdb

    place = write_database(three_patients.tables, tmp_path / "cdm.duckdb")
    with duckdb.connect(str(place)) as opened:
        (found,) = opened.execute(
            "select table_schema from information_schema.tables where table_name = 'PERSON'"
        ).fetchall()
        opened.execute(f'alter table "{found[0]}"."PERSON" rename to "GONE"')
        opened.execute(f'create view "{found[0]}"."PERSON" as select * from "{found[0]}"."GONE"')
        opened.execute(f'drop table "{found[0]}"."GONE"')
    with pytest.raises(InputError, match="cannot be read to its end"):
        cb.cohort.check(place)


@pytest.mark.parametrize("damage", [b"\xff\xfe\n", b"a,b,c\n", b'"' + b"x" * 3_000_000])
def test_damage_far_down_in_a_table_is_told_in_words(damage: bytes, three_patients: Records, tmp_path: Path) -> None:
    folder = write_folder(three_patients.tables, tmp_path / "omop", csv=True)
    place = folder / "DRUG_EXPOSURE.csv"
    place.write_bytes(place.read_bytes() + place.read_bytes().splitlines(keepends=True)[1] * 60_000 + damage)
    for ask in (cb.cohort.check, lambda source: cb.cohort.build(source, progress=False)):
        with pytest.raises(InputError, match="cannot be read to its end") as told:
            ask(folder)
        assert len(str(told.value)) < 1000


def test_days_are_written_in_json(built: Path) -> None:
    rows = json.loads(cb.cohort.why(built, "1").to_json())
    assert any(row["date"] == "2015-01-01" for row in rows), rows[:2]
    checked = json.loads(cb.cohort.check(built.parent / "omop").to_json())
    assert "2015-01-01" in [row["first"] for row in checked]
