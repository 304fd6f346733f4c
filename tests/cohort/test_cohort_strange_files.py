"""Sources and cohorts from strangers: devices and pipes are not opened, and what nobody wrote is refused in words."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cohort_records import Records, Row, write_database, write_folder

import cereblon as cb
from cereblon.cohort.engine import engine_for
from cereblon.cohort.source import open_source
from cereblon.core.errors import InputError
from cereblon.core.sealed_json import sealed, unsealed

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


def _description(built: Path) -> dict[str, Any]:
    return unsealed((built / "cohort.json").read_bytes())


def _describe(built: Path, content: Mapping[str, Any]) -> None:
    """Describe a cohort as somebody does who knows how to make a checksum."""
    (built / "cohort.json").write_bytes(sealed(content))


def test_a_bit_of_the_description_that_fell_over_is_noticed(built: Path) -> None:
    """A count of patients that changed by a bit was read as it stood."""
    whole = (built / "cohort.json").read_bytes()
    cb.cohort.why(built, "1")
    for place in range(0, len(whole), len(whole) // 60):
        (built / "cohort.json").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(InputError, match=r"cohort\.json"):
            cb.cohort.why(built, "1")


@pytest.mark.parametrize("site", ["", " ", "A\u202eB", "x" * 201, "\u200b"])
def test_the_name_of_a_site_passes_the_gate_of_names(built: Path, tmp_path: Path, site: str) -> None:
    with pytest.raises(InputError, match="site "):
        cb.cohort.report(built).share(tmp_path / "shared.json", site=site)
    assert not (tmp_path / "shared.json").exists()


def test_a_cohort_that_nobody_built_is_refused(built: Path) -> None:
    content = _description(built)
    for name, wrong in (
        ("counts", 5),
        ("source", []),
        ("remarks", "one"),
        ("remarks", [1]),
        ("remarks", None),
        ("definition", "x"),
    ):
        _describe(built, content | {name: wrong})
        with pytest.raises(InputError, match=name):
            cb.cohort.why(built, "1")
    for text in ("[]", "5"):
        (built / "cohort.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="no description of a cohort"):
            cb.cohort.why(built, "1")


def test_a_table_of_a_cohort_that_was_changed_or_is_a_pipe_is_refused(built: Path) -> None:
    place = built / "persons.parquet"
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    with pytest.raises(InputError, match=r"persons\.parquet: is not what was written, by its checksum"):
        cb.cohort.why(built, "1")
    names = pq.read_schema(built / "lines.parquet").names
    pq.write_table(pa.table({name: ["x"] for name in names}), built / "lines.parquet")
    told = _description(built)
    told["tables"] = {one.name: sha256(one.read_bytes()).hexdigest() for one in built.glob("*.parquet")}
    _describe(built, told)
    with pytest.raises(InputError, match=r"\.parquet: "):  # made by somebody who knows how to make a checksum
        cb.cohort.why(built, "1")
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(InputError, match="a pipe"):
        cb.cohort.why(built, "1")


@pytest.mark.parametrize("name", ["persons", "lines", "responses", "progression"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: [*rows, rows[0]], "1.* stands twice"),
        (
            lambda rows: [{**rows[0], "person_id": None}, *rows[1:]],
            "cannot be read as Parquet .*person_id. with null values",
        ),
    ],
)
def test_rows_that_no_cohort_has_are_refused_whatever_their_checksum(
    built: Path, name: str, change: Callable[[list[Row]], list[Row]], said: str
) -> None:
    """Two rows of one patient made joins that grew with the square of their number."""
    place = built / f"{name}.parquet"
    table = pq.read_table(place)
    loose = pa.schema([field.with_nullable(True) for field in table.schema])
    pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), loose), place)
    told = _description(built)
    told["tables"][place.name] = sha256(place.read_bytes()).hexdigest()
    _describe(built, told)
    with pytest.raises(InputError, match=rf"{name}\.parquet: {said}"):
        cb.cohort.why(built, "1")


def test_a_response_that_is_none_is_refused(built: Path) -> None:
    place = built / "responses.parquet"
    rows = [{**row, "best_response": "a\u202eb"} for row in pq.read_table(place).to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(place)), place)
    told = _description(built)
    told["tables"][place.name] = sha256(place.read_bytes()).hexdigest()
    _describe(built, told)
    with pytest.raises(InputError, match=r"responses\.parquet: .* is no response"):
        cb.cohort.report(built)


def test_a_cohort_for_which_the_disk_is_full_leaves_the_former_one(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {one.name: one.read_bytes() for one in built.iterdir()}
    waits = os.fsync

    def fail(descriptor: int) -> None:
        if any(one.name.startswith(".eras.parquet") for one in built.iterdir()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        waits(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match="nor was any of the 4 files that belong to it written"):
        cb.cohort.build(tmp_path / "omop", out=built, definition="newly_diagnosed", progress=False)
    assert {one.name: one.read_bytes() for one in built.iterdir()} == before


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


@pytest.mark.parametrize("body", ["range(1000000000000)", "read_csv('/etc/passwd')", '"{schema}"."GONE"'])
def test_a_view_is_refused_before_it_is_read(body: str, three_patients: Records, tmp_path: Path) -> None:
    """A database of a stranger can say that a table is anything: a file of this machine, or rows without end."""
    import duckdb

    place = write_database(three_patients.tables, tmp_path / "cdm.duckdb")
    with duckdb.connect(str(place)) as opened:
        (found,) = opened.execute(
            "select table_schema from information_schema.tables where table_name = 'PERSON'"
        ).fetchall()
        opened.execute(f'alter table "{found[0]}"."PERSON" rename to "GONE"')
        opened.execute(f'create view "{found[0]}"."PERSON" as select * from {body.format(schema=found[0])}')
    for ask in (cb.cohort.check, lambda source: cb.cohort.build(source, progress=False)):
        with pytest.raises(InputError, match="PERSON is a view; stored tables are read"):
            ask(place)


def test_nothing_outside_a_database_is_read_or_written(three_patients: Records, tmp_path: Path) -> None:
    import duckdb

    place = write_database(three_patients.tables, tmp_path / "cdm.duckdb")
    with engine_for(place) as engine:
        backend = open_source(place, engine=engine).backend
        for asked in (
            f"select * from read_csv('{place.parent / 'x.csv'}')",
            f"attach '{tmp_path / 'other.duckdb'}'",
            f"copy (select 1) to '{tmp_path / 'out.csv'}'",
            "set enable_external_access = true",
            "set memory_limit = '900GB'",
            "install httpfs",
        ):
            with pytest.raises(duckdb.Error):
                backend.raw_sql(asked)
        waits = backend.raw_sql("select current_setting('temp_directory')").fetchall()[0][0]
    assert not Path(waits).exists(), "what waited on the disk is gone with the source"
    assert [one.name for one in tmp_path.iterdir()] == ["cdm.duckdb"]


def test_a_source_that_takes_too_long_is_stopped_in_words(three_patients: Records, tmp_path: Path) -> None:
    place = write_database(three_patients.tables, tmp_path / "cdm.duckdb")
    began = time.monotonic()
    with (
        pytest.raises(InputError, match=r"took more than 0\.02 minutes, and was stopped") as told,
        engine_for(place, 0.02) as engine,
    ):
        backend = open_source(place, engine=engine).backend
        backend.raw_sql(
            "select count(*) from range(1000000) a, range(1000000) b where a.range + b.range = 7"
        ).fetchall()
    assert "--minutes" in str(told.value)
    assert time.monotonic() - began < 60
    with pytest.raises(InputError, match="minutes 0 is outside"):
        cb.cohort.check(place, minutes=0)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (b"\xff\xfe\n", "line 60014: byte 0xff is not UTF-8 text"),
        (b"1,\x1b[31m\n", r"line 60014: holds the control character U\+001B"),
        (b"1,\xc2\x85\n", r"line 60014: holds the control character U\+0085"),
        (b"1,a\0b\n", "line 60014: holds bytes of value 0"),
        (b"a,b,c\n", "line 60014: Expected Number of Columns"),
        (b'1,"never ends\n2,3\n', "line 60014: Value with unterminated quote"),
        (b'"' + b"x" * 3_000_000, "has a line of more than 1,000,000 bytes, at or after line 60014"),
    ],
)
def test_damage_far_down_in_a_table_is_told_with_its_line(
    damage: bytes, said: str, three_patients: Records, tmp_path: Path
) -> None:
    folder = write_folder(three_patients.tables, tmp_path / "omop", csv=True)
    place = folder / "DRUG_EXPOSURE.csv"
    lines = place.read_bytes().splitlines(keepends=True)
    place.write_bytes(b"".join([lines[0], *[lines[1]] * 60_012, damage]))
    for ask in (cb.cohort.check, lambda source: cb.cohort.build(source, progress=False)):
        with pytest.raises(InputError, match=said) as told:
            ask(folder)
        assert "DRUG_EXPOSURE.csv" in str(told.value)
        assert len(str(told.value)) < 1000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("person_id,year_of_birth\n1,1950\n".encode("utf-16"), "is text in UTF-16"),
        (b"PK\x03\x04", "an Excel workbook"),
        (b"", "line 1: names no column"),
        (b"person_id,PERSON_ID\n1,1\n", "names the column PERSON_ID twice"),
        (b'person_id,"year\n1,1950\n', "names no columns"),
        (b"x," * 6000 + b"\n", "columns; at most 5,000"),
    ],
)
def test_a_table_whose_beginning_is_none_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_bytes(content)
    with pytest.raises(InputError, match=said):
        cb.cohort.check(tmp_path)


def test_a_table_separated_by_semicolons_with_quotes_in_it_is_read(three_patients: Records, tmp_path: Path) -> None:
    folder = write_folder(three_patients.tables, tmp_path / "omop", csv=True)
    (folder / "PERSON.csv").write_bytes(
        b'\xef\xbb\xbf"person_id";it\'s [odd];"year_of_birth"\r\n"1";"a "";"" b";1950\r\n2;;1950\r\n3;;\r\n'
    )
    assert "person: 3 rows of 3 patients" in str(cb.cohort.check(folder))


def _one_of(table: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pa.array(["a\x1b[31m"] * 2), r"drug_source_value.*holds the control character U\+001B"),
        (pa.array(["a\0b", "c"]), r"drug_source_value.*holds the control character U\+0000"),
        (pa.array([b"\xff", b"a"]), "numbers, words and dates are read, not drug_source_value of binary"),
        (pa.array([["a"], []]), "numbers, words and dates are read, not drug_source_value of list"),
        (pa.array(["x" * 2_000_000, "a"]), "bytes in a cell; at most 1,000,000"),
    ],
)
def test_words_of_a_parquet_table_pass_the_same_gate(
    column: pa.Array, said: str, three_patients: Records, tmp_path: Path
) -> None:
    folder = write_folder(three_patients.tables, tmp_path / "omop")
    place = folder / "drug_exposure.parquet"
    pq.write_table(_one_of(pq.read_table(place).slice(0, 2), drug_source_value=column), place)
    with pytest.raises(InputError, match=said):
        cb.cohort.check(folder)


def test_a_broken_page_of_a_parquet_table_is_met_by_the_check(three_patients: Records, tmp_path: Path) -> None:
    """Counting rows reads no page of words: what is broken there would show in the middle of the build."""
    folder = write_folder(three_patients.tables, tmp_path / "omop")
    place = folder / "drug_exposure.parquet"
    for checksums in (False, True):
        pq.write_table(
            pq.read_table(folder / "drug_exposure.parquet"),
            place,
            write_page_checksum=checksums,
            compression="zstd",
            use_dictionary=False,
        )
        chunk = pq.ParquetFile(place).metadata.row_group(0)
        named = {chunk.column(one).path_in_schema: chunk.column(one) for one in range(chunk.num_columns)}
        whole = place.read_bytes()
        damaged = bytearray(whole)
        first = named["drug_source_value"].data_page_offset
        damaged[first + named["drug_source_value"].total_compressed_size - 3] ^= 0x10
        place.write_bytes(damaged)
        with pytest.raises(InputError, match=r"drug_exposure\.parquet: cannot be read as Parquet"):
            cb.cohort.check(folder)
        place.write_bytes(whole)


def test_words_of_a_database_pass_the_same_gate(three_patients: Records, tmp_path: Path) -> None:
    three_patients.tables["drug_exposure"][3]["drug_source_value"] = "a\x1b[31m"
    place = write_database(three_patients.tables, tmp_path / "cdm.duckdb")
    with pytest.raises(InputError, match="drug_exposure, drug_source_value: 1 rows hold control characters"):
        cb.cohort.check(place)


def test_days_are_written_in_json(built: Path) -> None:
    rows = json.loads(cb.cohort.why(built, "1").to_json())
    assert any(row["date"] == "2015-01-01" for row in rows), rows[:2]
    checked = json.loads(cb.cohort.check(built.parent / "omop").to_json())
    assert "2015-01-01" in [row["first"] for row in checked]


@pytest.mark.parametrize(
    ("table", "columns", "missing"),
    [("drugs", "start: S", "drug"), ("procedures", "date: D", "procedure"), ("laboratory", "test: T", "value")],
)
def test_a_table_of_a_hospital_without_what_it_is_about_is_refused(
    table: str, columns: str, missing: str, tmp_path: Path
) -> None:
    described = f"  {table}: {{file: x.csv, columns: {{patient: P, {columns}}}}}\n"
    (tmp_path / "mapping.yaml").write_text(f"name: ours\ntables:\n{described}", encoding="utf-8")
    (tmp_path / "x.csv").write_text("P,S,D,T\n1,2,3,4\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"{table}, columns: there is none of the {missing}"):
        cb.cohort.check(tmp_path / "mapping.yaml")


_AS_NUMBER = "values cannot be read as a"


@pytest.mark.parametrize(
    ("table", "column", "values", "said"),
    [
        ("person", "year_of_birth", pa.array(["nineteen"] * 3), f"year_of_birth: 3 {_AS_NUMBER} whole number"),
        ("measurement", "value_as_number", pa.array(["3,4"] * 13), f"value_as_number: 13 {_AS_NUMBER} number"),
        ("person", "year_of_birth", pa.array([1950.0, float("nan"), 1950.0]), ""),
        ("person", "person_id", pa.array([1.0, 2.0, 3.0]), ""),
        ("death", "death_date", pa.array([20160205]), ""),
    ],
)
def test_values_of_another_type_are_read_or_counted(
    table: str, column: str, values: pa.Array, said: str, three_patients: Records, tmp_path: Path
) -> None:
    """Names of patients as numbers with a point and days as whole numbers mean what they say; NaN is nothing."""
    folder = write_folder(three_patients.tables, tmp_path / "cdm")
    rows = pq.read_table(folder / f"{table}.parquet")
    place = rows.schema.get_field_index(column)
    pq.write_table(rows.set_column(place, column, values), folder / f"{table}.parquet")
    notes = cb.cohort.build(folder, progress=False).notes
    assert said in " ".join(notes) and any("cannot be read" in note for note in notes) == bool(said)


def test_what_is_dated_after_today_is_left_out_and_an_observation_without_end_ends_with_the_records(
    three_patients: Records, tmp_path: Path
) -> None:
    """9999-12-31 is how many databases write that something goes on; a death then is none."""
    never, tables = date(9999, 12, 31), three_patients.tables
    tables["observation_period"][0]["observation_period_end_date"] = never
    tables["death"][0]["death_date"] = never
    tables["measurement"][0]["measurement_date"] = never
    tables["drug_exposure"][0]["drug_exposure_end_date"] = never
    answer = cb.cohort.build(write_folder(tables, tmp_path / "cdm"), progress=False)
    for said in (
        "observation_period: 1 rows end after today; the last row of the patient stands for their end",
        "death: 1 rows dated after today are left out",
        "measurement: 1 rows dated after today are left out",
        "drug records: 1 with an end after today, and more than 365 days after the start: it counts as unknown",
    ):
        assert said in answer.notes
    people = answer.built.frame("persons").sort("person_id")
    assert people["death_date"].to_list() == [None, None]
    last = max(row["drug_exposure_start_date"] for row in tables["drug_exposure"] if row["person_id"] == 1)
    assert people["last_date"][0] == last + timedelta(days=27)
