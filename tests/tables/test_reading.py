"""Subject tables that users bring: what is understood and said, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cereblon.core.errors import InputError
from cereblon.outcomes import assess
from cereblon.tables import read_subject_tables

SUBJECTS = """USUBJID;TRT01P;SEX;ISOTYPE;AGE;SITE
01-001;Rd;F;IGA kappa;63,5;12
01-002;Rd;M;LIGHT CHAIN;70;12
"""
LABS = """usubjid,lbtestcd,lbdy,lbstresn,lbstresu
01-001,M-protein,-1,3,g/dL
01-001,MPROT,29,0.9,g/dL
01-001,m_protein,57,0.9,g/dL
01-001,SIFE,57,Positive,
01-002,ANC,29,1500,/uL
"""
EVENTS = """usubjid,event,day,line,cause
01-001,First dose,0,1,
01-002,First dose,0,1,
01-002,Death,200,1,Progressive disease
"""


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text)
    return path


def test_a_folder_as_trials_keep_it_is_read_and_said(tmp_path: Path) -> None:
    """30 g/L falls to 9 g/L: a partial response; study day 29 is day 28 from day 0."""
    read = read_subject_tables(folder(tmp_path, subjects=SUBJECTS, labs=LABS, events=EVENTS))
    people = read.tables["subjects"].to_pylist()
    assert [
        (p["subject_id"], p["arm"], p["sex"], p["isotype"], p["involved_light_chain"], p["age"]) for p in people
    ] == [
        (1, "Rd", "female", "IgA", "kappa", 63.5),
        (2, "Rd", "male", "light_chain", None, 70.0),
    ]
    assert read.subject_numbers == {"01-001": 1, "01-002": 2}
    rows = [(r["day"], r["test"], r["value"], r["unit"]) for r in read.tables["labs"].to_pylist()]
    assert rows == [
        (-1.0, "m_protein", 30.0, "g/L"),
        (28.0, "m_protein", 9.0, "g/L"),
        (56.0, "m_protein", 9.0, "g/L"),
        (56.0, "immunofixation_serum", 1.0, "1"),
        (28.0, "neutrophils", 1.5, "1e9/L"),
    ]
    assert [(e["event"], e["cause"]) for e in read.tables["events"].to_pylist()][-1] == ("death", "myeloma")
    assert assess(read.tables)["responses"]["category"].to_pylist() == ["PR", "PR"]
    said = "\n".join(read.remarks)
    for part in (
        "sex: 'F' was read as female",
        "event: 'Death' was read as death",
        "cause of death: 'Progressive disease' was read as myeloma",
        "3 values of m_protein were converted from g/dL to g/L",
        "study days, which count from 1, were read as days from 0",
        "not used: site",
        "there is no column arm; it was taken from subjects",
        "2 are named by text and were numbered",
        "1 isotypes name the involved light chain",
        "decimal comma",
    ):
        assert part in said


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, dict])
def test_data_frames_and_columns_are_read_alike(frame: Any) -> None:
    people = {
        "subject_id": [7, 8],
        "arm": ["a", "b"],
        "sex": ["M", "U"],
        "isotype": ["IgG", "IgD"],
        "ecog": [1, None],
    }
    read = read_subject_tables({"subjects": frame(people)})
    rows = read.tables["subjects"].to_pylist()
    assert [(r["subject_id"], r["sex"], r["isotype"], r["ecog"]) for r in rows] == [
        (7, "male", "IgG", 1),
        (8, "unknown", "IgD", None),
    ]


def test_everything_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    labs = "subject_id,arm,day,test,value,unit\n1,a,0,m_protein,<0.1,g/L\n1,a,1,m_spoke,3,g/L\n1,a,2,m_protein,3,\n"
    labs += "1,a,3,m_protein,3,mmol/L\n1,a,4,immunofixation_serum,perhaps,1\n1,a,5,m_protein,,g/L\n"
    with pytest.raises(InputError) as refusal:
        read_subject_tables(folder(tmp_path, labs=labs))
    lines = refusal.value.message
    assert "labs.csv, line 3, test: 'm_spoke' is no laboratory test" in lines
    assert "labs.csv, line 2, value: '<0.1' is a limit of the assay" in lines
    assert "labs.csv, line 4, unit: the unit of m_protein is missing" in lines
    assert "labs.csv, line 5, unit: unit 'mmol/L' is no unit" in lines
    assert "labs.csv, line 6, value: 'perhaps' is no result" in lines
    assert "labs.csv, line 7, value: is missing" in lines


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("events", "subject_id,arm,event,day,line\n1,a,2,0,1\n", "'2' is no event; allowed: treatment_start"),
        (
            "events",
            "subject_id,arm,event,day,line,cause\n1,a,death,0,1,rain\n",
            "cause: 'rain' is no cause of death",
        ),
        ("events", "arm,event,day,line\na,death,0,1\n", "there is no column of subjects"),
        (
            "events",
            "subject_id,event,day,line\n1,death,0,1\n",
            "there is no column arm; it may be called arm,",
        ),
        (
            "labs",
            "subject_id,arm,lbdy,test,value,unit\n1,a,0,calcium,2,mmol/L\n",
            "study days of CDISC have no day 0",
        ),
        ("subjects", "subject_id,arm,sex\n1,a,male\n1,a,male\n", "1 rows repeat a source_id, arm and subject_id"),
        ("subjects", "subject_id,arm,isotype,involved_light_chain\n1,a,IgG kappa,lambda\n", "contradicts lambda"),
        ("subjects", "subject_id,arm,age\n1,a,540\n", "540 years is outside what an age can be"),
        ("subjects", "subject_id,arm,cardiac_history\n1,a,often\n", "'often' is no yes or no"),
        (
            "responses",
            "subject_id,arm,line,day,category,confirmed\n1,a,1,28,nCR,PR\n",
            "'nCR' is no response",
        ),
    ],
)
def test_what_could_mean_something_else_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as refusal:
        read_subject_tables(folder(tmp_path, **{name: text}))
    assert message in str(refusal.value)


def test_actions_and_terms_of_cdisc_are_understood(tmp_path: Path) -> None:
    """Codes of the ACN codelist and preferred terms of MedDRA."""
    actions = {
        "DRUG WITHDRAWN": "stopped",
        "DOSE REDUCED": "reduced",
        "DOSE NOT CHANGED": "none",
        "DRUG INTERRUPTED": "held",
    }
    lines = [f"1,a,Neutrophil count decreased,3,5,1,{action}" for action in actions]
    text = "\n".join(["subject_id,arm,aedecod,aetoxgr,start_day,line,aeacn", *lines])
    table = read_subject_tables(folder(tmp_path, adverse_events=text)).tables["adverse_events"]
    assert table["action"].to_pylist() == list(actions.values())
    assert set(table["event"].to_pylist()) == {"neutropenia"}


def test_kappa_and_lambda_are_told_apart_and_said() -> None:
    labs: dict[str, Any] = {"subject_id": [1, 1], "arm": ["a", "a"], "day": [0, 0]}
    labs |= {"test": ["Kappa free light chain", "33944-0"], "value": [1.0, 90.0], "unit": ["mg/dL", "mg/L"]}
    read = read_subject_tables({"labs": labs, "subjects": {"subject_id": [1], "arm": ["a"]}})
    assert read.tables["labs"]["test"].to_pylist() == ["uninvolved_flc", "involved_flc"]
    assert read.tables["labs"]["value"].to_pylist() == [10.0, 90.0]
    assert read.tables["subjects"]["involved_light_chain"].to_pylist() == ["lambda"]
    assert any("shows it for subject 1 (lambda)" in remark for remark in read.remarks)


def test_a_table_of_another_name_is_refused() -> None:
    with pytest.raises(InputError, match="no subject table is called lab"):
        read_subject_tables({"lab": {"subject_id": [1]}})


def test_brands_are_the_drug_that_they_hold() -> None:
    doses = {"subject_id": [1, 1], "arm": ["a", "a"], "line": [1, 1], "cycle": [1, 2], "day": [0, 28]}
    doses |= {"planned_doses": [21, 21], "given_doses": [21, 21], "planned_mg": [525, 525], "given_mg": [525, 525]}
    read = read_subject_tables({"exposures": {**doses, "extrt": ["Revlimid", "my own drug"]}})
    assert read.tables["exposures"]["drug"].to_pylist() == ["lenalidomide", "my own drug"]
    assert "exposures, extrt: 'Revlimid' was read as lenalidomide" in read.remarks


# Parquet files of strangers.


def parquet(path: Path, table: pa.Table) -> Path:
    pq.write_table(table, path)
    return path


def test_a_parquet_file_gives_what_the_same_columns_give(tmp_path: Path) -> None:
    subjects = {"usubjid": ["a", "b"], "arm": ["Rd", "VRd"], "sex": ["F", "M"]}
    path = parquet(tmp_path / "subjects.parquet", pa.table(subjects))
    read, given = (read_subject_tables({"subjects": one}) for one in (path, subjects))
    assert read.tables["subjects"].equals(given.tables["subjects"])


@pytest.mark.parametrize("at", range(1, 12))
def test_a_damaged_parquet_file_is_refused_or_read(at: int, tmp_path: Path) -> None:
    """Words that are no UTF-8 were met outside Arrow, as an error of Python."""
    path = parquet(tmp_path / "subjects.parquet", pa.table({"usubjid": ["ab", "cd"], "arm": ["Rd", "VRd"]}))
    whole = path.read_bytes()
    for place in range(at, len(whole), 12):
        path.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        try:
            read_subject_tables({"subjects": path})
        except InputError as error:
            assert "subjects" in str(error)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (pa.table({"usubjid": [["a"], ["b"]]}), "not usubjid of list"),
        (pa.table({"usubjid": [b"a", b"b"]}), "not usubjid of binary"),
        (pa.table({"usubjid": ["a\x1b[31m"]}), "row 1, usubjid: holds the control character U\\+001B"),
        (pa.table({"usubjid\x07": ["a"]}), "the name of a column: holds the control character U\\+0007"),
        (pa.table({"usubjid": pa.repeat("a", 2_000_001)}), "has 2,000,001 rows; at most 2,000,000 are read"),
    ],
    ids=["lists", "bytes", "control character", "control character in a name", "too long"],
)
def test_a_parquet_file_of_something_else_is_refused(table: pa.Table, told: str, tmp_path: Path) -> None:
    path = parquet(tmp_path / "subjects.parquet", table)
    with pytest.raises(InputError, match=told):
        read_subject_tables({"subjects": path})


def test_a_pipe_or_a_folder_is_no_parquet_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.parquet")
    (tmp_path / "folder.parquet").mkdir()
    for name in ("pipe.parquet", "folder.parquet", "none.parquet"):
        with pytest.raises(InputError, match=name):
            read_subject_tables({"subjects": tmp_path / name})


@pytest.mark.parametrize("given", [{"usubjid": 5}, {"usubjid": None}, 5, None, [1]], ids=str)
def test_what_is_no_table_is_refused(given: object) -> None:
    with pytest.raises(InputError, match="subjects: "):
        read_subject_tables({"subjects": given})
