"""A hospital's own tables by a mapping file: what was understood is said, what was not is counted."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import cereblon as cb
from cereblon.core.errors import InputError

MAPPING = """
name: our hospital
dates: day-month-year
tables:
  patients: {file: people.csv, columns: {patient: PATNR, birth_year: BORN, sex: SEX}, words: {W: female, M: male}}
  diagnoses: {file: codes.csv, columns: {patient: PATNR, date: DAY, code: ICD}}
  drugs:
    file: drugs.csv
    columns: {patient: PATNR, drug: DRUG, start: FROM, days: DAYS}
    words: {LEN 25: lenalidomide}
  procedures:
    file: ops.csv
    columns: {patient: PATNR, date: DAY, procedure: OP}
    words: {ASZT: autologous transplantation}
  laboratory:
    file: lab.csv
    columns: {patient: patnr, date: DAY, test: TEST, value: VALUE, unit: UNIT}
    words: {Paraprotein: m_protein}
"""
FILES = {
    "people.csv": "PATNR,BORN,SEX\nA1,1950,W\nA2,1960,M\n",
    "codes.csv": "PATNR,DAY,ICD\nA1,01.12.2014,C90.00\nA1,1.3.2015,C90.0\nA2,01.12.2014,I10\n",
    "drugs.csv": "PATNR,DRUG,FROM,DAYS\nA1,Len 25,01.03.2015,28\nA1,Velcade,01.03.2015,1\nA1,Aspirin,01.03.2015,1\n"
    "A1,Dexamethasone 40 mg,01.03.2015,1\n",
    "ops.csv": "PATNR,DAY,OP\nA1,01.04.2015,ASZT\nA1,02.04.2015,appendectomy\n",
    "lab.csv": 'PATNR,DAY,TEST,VALUE,UNIT\nA1,01.02.2015,Paraprotein,"30,5",g/L\nA1,30.04.2015,Paraprotein,<5,g/L\n'
    "A1,30.04.2015,718-7 haemoglobin,120,g/L\n",
}


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def test_a_mapping_is_understood_in_words_with_counts(mapping: Path) -> None:
    said = str(cb.cohort.check(mapping))
    for one in (
        "drugs: drugs.csv, PATNR is patient, DRUG is drug, FROM is start, DAYS is days",
        "drugs: 3 rows are read by the word or code for the drug",
        "drugs: 1 rows are not read: Aspirin (1)",
        "procedures: 1 rows are not read: appendectomy (1)",
        "laboratory: 3 rows are read by the word or code for the test",
        "measurement: 3 rows of 1 patients, 2015-02-01 to 2015-04-30",
    ):
        assert one in said, said


def test_a_cohort_is_built_from_a_mapping(mapping: Path) -> None:
    built = cb.cohort.build(mapping, progress=False).built
    (line,) = built.frame("lines").to_dicts()
    assert (line["person_id"], line["regimen"], str(line["transplant_date"])) == ("A1", "VRd", "2015-04-01")
    assert built.frame("persons")["sex"].to_list() == ["female"]
    labs = built.frame("labs").filter(pl.col("test") == "m_protein").select("value", "limit").rows()
    assert labs == [(30.5, ""), (5.0, "below")]


def test_wrong_tables_columns_words_and_files_are_named(mapping: Path, tmp_path: Path) -> None:
    wrong = MAPPING.replace("LEN 25: lenalidomide", "LEN 25: lenalidomid").replace("birth_year: BORN", "born: BORN")
    mapping.write_text(wrong, encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)born is none of patient.*lenalidomid, which is none of"):
        cb.cohort.check(mapping)
    mapping.write_text(MAPPING.replace("DRUG, start", "MEDICINE, start"), encoding="utf-8")
    with pytest.raises(InputError, match=r"drugs\.csv: has no column drug: MEDICINE; it has PATNR, DRUG"):
        cb.cohort.check(mapping)
    (tmp_path / "ops.csv").unlink()
    mapping.write_text(MAPPING, encoding="utf-8")
    with pytest.raises(InputError, match=r"ops\.csv: no such file"):
        cb.cohort.check(mapping)
