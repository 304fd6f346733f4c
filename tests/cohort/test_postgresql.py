"""A database on a PostgreSQL server gives the rows that a file gives, is only read, and its password stays unsaid."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cohort_records import Records, day, write_database
from postgres_server import SECRET, Server, programs, running_server

import cereblon as cb
from cereblon.cli.main import main
from cereblon.cohort.postgresql import is_server, server_name
from cereblon.core.errors import InputError

_PROGRAMS = programs()


def needs_server(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that needs the server, whose start and whose databases take seconds."""
    absent = pytest.mark.skipif(_PROGRAMS is None, reason="PostgreSQL is not installed (Debian: postgresql-15)")
    return pytest.mark.slow(absent(test))


@pytest.fixture(scope="module")
def whole_server() -> Iterator[Server]:
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    assert _PROGRAMS is not None
    with running_server(_PROGRAMS) as server:
        yield server


@pytest.fixture
def server(whole_server: Server) -> Iterator[Server]:
    """The server with an empty database."""
    yield whole_server
    whole_server.run("drop database cdm with (force)", "create database cdm", database="postgres")


def _with_a_stranger(records: Records) -> Records:
    """Add a patient without myeloma, and words that files of text must quote."""
    records._add("person", person_id=9, gender_concept_id=8507, year_of_birth=1960)
    records.exposure(9, "lenalidomide", 5, drug_source_value='len, "25"\nmg')
    records.exposure(2, "lenalidomide", 380, drug_source_value='len, "25"\nmg é')
    return records


@needs_server
def test_a_server_gives_the_same_cohort_as_a_file(server: Server, three_patients: Records, tmp_path: Path) -> None:
    tables = _with_a_stranger(three_patients).tables
    server.fill(tables)
    of_file = cb.cohort.build(write_database(tables, tmp_path / "cdm.duckdb"))
    of_server = cb.cohort.build(server.address(), out=tmp_path / "cohort")
    assert all(of_file.built.tables[name].equals(of_server.built.tables[name]) for name in of_file.built.tables)
    assert of_server.built.counts == of_file.built.counts
    assert of_server.built.source == {"kind": "PostgreSQL database", "where": "postgresql://reader@/cdm"}
    checked = cb.cohort.check(server.address())
    patients = {row["name"]: row["patients"] for row in checked.rows}
    assert patients["person"] == 4 and patients["drug_exposure"] == 3  # the stranger's drugs stay on the server
    assert any("patients with a code of myeloma were copied" in note for note in checked.notes)


@needs_server
def test_descendants_come_from_a_vocabulary_in_a_schema_of_its_own(server: Server, records: Records) -> None:
    records.patient(1)
    for row in records.tables["condition_occurrence"]:
        row |= {"condition_concept_id": 77, "condition_source_value": None}
    records.exposure(1, "lenalidomide", 3, drug_concept_id=88)
    event = {"person_id": 1, "condition_concept_id": 99, "condition_start_date": day(60)}
    records._add("condition_occurrence", **event, condition_source_value="")
    server.fill(records.tables)
    ancestors = [(437233, 77), (437233, 437233), (19026972, 88), (4090, 99), (1, 2)]
    rows = [{"ancestor_concept_id": above, "descendant_concept_id": below} for above, below in ancestors]
    server.fill({"concept_ancestor": rows}, schema="vocabulary")
    concepts = {"adverse_events": {"pe": {"concept_ids": [4090]}}}
    answer = cb.cohort.build(server.address(), definition={"name": "a", "label": "A", "concepts": concepts})
    assert answer.built.frame("lines")["drugs"].to_list() == [["lenalidomide"]]
    assert answer.built.frame("conditions")["event"].to_list() == ["pe"]
    assert "concept_ancestor: is that of schema vocabulary" in answer.notes


@needs_server
def test_nothing_is_ever_written_to_a_server(server: Server, three_patients: Records) -> None:
    """A view whose function writes is the only way to write by reading, and the transaction refuses it."""
    server.fill(three_patients.tables)
    before = server.log.stat().st_size
    cb.cohort.build(server.address())
    words = server.log.read_bytes()[before:].decode()
    asked = re.findall(r"statement: +(\w+)", words)
    assert {one.lower() for one in asked} <= {"begin", "set", "select", "copy"} and "READ ONLY" in words
    server.run(
        "create table cdm54.written (who int)",
        "create function cdm54.write() returns int language sql security definer as "
        "'insert into cdm54.written values (1) returning who'",
        "alter table cdm54.death rename to stored",
        "create view cdm54.death as select * from cdm54.stored where cdm54.write() = 1",
        "grant select on cdm54.death to reader",
    )
    with pytest.raises(InputError, match=r"cannot be read \(cannot execute INSERT in a read-only transaction\)"):
        cb.cohort.build(server.address())


@needs_server
def test_a_view_is_read_and_said(server: Server, three_patients: Records) -> None:
    server.fill(three_patients.tables)
    server.run(
        "alter table cdm54.death rename to stored",
        "create view cdm54.death as select * from cdm54.stored",
        "grant select on cdm54.death to reader",
    )
    answer = cb.cohort.build(server.address())
    assert "death: is a view; the rows that it gave were read" in answer.notes
    assert answer.built.frame("persons")["death_date"].to_list() == [None, day(400)]


@needs_server
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("revoke all on cdm54.person from reader", "schema cdm54: there is no permission to read person"),
        ("revoke usage on schema cdm54 from reader",
         "schema cdm54: there is no permission to read condition_occurrence, death, drug_exposure"),
        ('alter table cdm54."DRUG_EXPOSURE" rename to drugs', "has no tables person and drug_exposure"),
        ("alter table cdm54.person rename column person_id to patient", "person: has no column person_id"),
        ("create table cdm54.cdm_source as select '6.0' as cdm_version; grant select on cdm54.cdm_source to reader",
         "cdm_source: says version 6.0; versions 5.3 and 5.4 are read"),
        ("create schema other; create table other.person (a int); create table other.drug_exposure (a int)",
         "the schemas cdm54, other each hold the tables"),
        ("update cdm54.person set gender_source_value = e'\\u0007'", "person, line 2: holds the control character"),
    ],
)  # fmt: skip
def test_what_a_server_cannot_give_is_said(
    server: Server, three_patients: Records, statement: str, said: str
) -> None:
    for row in three_patients.tables["person"]:
        row["gender_source_value"] = "F"
    server.fill(three_patients.tables)
    server.run(statement)
    with pytest.raises(InputError) as refused:
        cb.cohort.build(server.address())
    assert said in refused.value.message
    assert "/tmp" not in refused.value.message  # where the copies were


@needs_server
def test_a_schema_is_named_in_the_address(server: Server, three_patients: Records) -> None:
    server.fill(three_patients.tables)
    server.fill(three_patients.tables, schema="copy_of_it")
    answer = cb.cohort.build(server.address(more="&options=-csearch_path%3Dcopy_of_it"))
    assert answer.built.tables["lines"].num_rows == 3


@needs_server
def test_a_password_is_printed_and_kept_nowhere(
    server: Server,
    three_patients: Records,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.fill(three_patients.tables)
    folder, page = tmp_path / "cohort", tmp_path / "page.html"
    right, wrong = server.address(), server.address(password=SECRET[::-1])
    for source, code in ((right, 0), (wrong, 1), (server.address("none"), 1)):
        command = ["cereblon", "cohort", "build", source, "--out", str(folder), "--html", str(page)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as stopped:
            main()
        assert (stopped.value.code or 0) == code
    shown = capsys.readouterr()
    assert "postgresql://reader@/cdm: cannot be read" in shown.err and 'database "none" does not exist' in shown.err
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    written += (shown.out + shown.err).encode()
    for one in (SECRET, SECRET[::-1]):
        assert one.encode() not in written and one[:8].encode() not in written


def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    with pytest.raises(InputError) as refused:
        cb.cohort.build(f"postgresql://me:{'word'}@/cdm?host={tmp_path}")
    assert refused.value.message.startswith("postgresql://me@/cdm: cannot be read (connection")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("postgresql://me:word@host:5433/cdm?sslmode=require", "postgresql://me@host:5433/cdm"),
        ("postgres://host/cdm", "postgresql://host/cdm"),
        ("postgresql://?service=omop&password=word", "postgresql://"),
        ("POSTGRESQL://me:w%40rd@[::1]/cdm", "postgresql://me@[::1]/cdm"),
    ],
)
def test_a_name_of_a_server_has_no_password(address: str, name: str) -> None:
    assert is_server(address) and server_name(address) == name


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:w/rd@host/cdm",
        "postgresql://me:w@rd@host/cdm",
        "postgresql://me:wo#rd@host/cdm",
        "postgresql://host/cdm?password=wo@rd",
        "postgresql:me:word",
        Path("postgresql://me:word@host/cdm"),
    ],
)
def test_an_address_that_might_show_its_password_is_not_repeated(address: str | Path) -> None:
    with pytest.raises(InputError, match="the address of the PostgreSQL database cannot be read") as refused:
        cb.cohort.check(address)
    assert "me:" not in str(refused.value) and "rd" not in str(refused.value).replace("password", "").replace(
        "word as %2F", ""
    )
