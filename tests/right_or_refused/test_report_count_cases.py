"""Counts of reports as people bring them: right, or refused with the reason. The files in `data` are invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.evidence import app
from cereblon.core.errors import InputError
from cereblon.synthesis.spontaneous_reports.report_counts import read_count_json, read_count_table

DATA = Path(__file__).parent / "data"

HEADER = "drug,event,reports,drug_reports,event_reports,all_reports\n"


def call(*words: object) -> tuple[str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def openfda(*options: object) -> tuple[str, str]:
    totals = ("--all-drugs", DATA / "openfda-all.json", "--drug-reports", 5000, "--all-reports", 900000)
    return call("import", DATA / "openfda-drug.json", "--drug", "Revlimid", *totals, *options)


def test_a_rare_term_is_left_out_and_named_in_text_and_json() -> None:
    """The reporting odds ratio of neutropenia by hand: 300 * 886300 / (4700 * 8700) = 6.503."""
    out, err = openfda("--json")
    answer = json.loads(out)
    assert [row["event"] for row in answer["ratios"]] == ["neutropenia", "rash"]
    assert answer["ratios"][0]["drug"] == "lenalidomide"
    assert answer["ratios"][0]["ror"] == pytest.approx(6.503, abs=5e-4)
    assert answer["left_out"][0].startswith("rare term: 4 reports, not counted in")
    assert "drug: 'Revlimid' was read as lenalidomide" in answer["notes"]
    assert "left out: rare term" in err


def test_a_table_of_counts_may_be_separated_by_semicolons_and_says_what_it_does_not_use() -> None:
    text = HEADER.replace(",", ";").replace("\n", ";region\n") + "REVLIMID;rash;20;100;120;10000;EU\n"
    reading = read_count_table(text, where="counts.csv")
    assert (reading.counts[0].drug, reading.counts[0].both) == ("lenalidomide", 20)
    assert "counts.csv: column region not used" in reading.remarks
    assert "counts.csv: columns are separated by semicolons" in reading.remarks


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,x,-1,3,9,100", "line 2: reports -1 is below 0"),
        ("a,x,10.5,30,90,100", "line 2: got reports 10.5"),
        ("a,x,5,3,9,100", "5 reports with drug and event are more than drug_reports 3"),
        ("a,x,nan,3,9,100", "line 2, reports: 'nan' is not a number"),
        ("a,x,1,2,3,9\nA,X,1,2,3,9", "line 3: A and X stand in line 2 already"),
        ("Revlimid,x,1,2,3,9\nlenalidomide,x,1,2,3,9", "line 3: lenalidomide and x stand in line 2 already"),
    ],
)
def test_counts_that_cannot_be_are_refused(row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_count_table(f"{HEADER}{row}\n", where="counts.csv")


ROWS = [f"{drug},{event},{n},50,60,1000" for n, (drug, event) in enumerate([("a", "x"), ("a", "y"), ("b", "x")], 1)]


@given(st.permutations(ROWS))
def test_the_order_of_rows_of_counts_means_nothing(rows: list[str]) -> None:
    def found(lines: list[str]) -> set[Any]:
        return set(read_count_table(HEADER + "\n".join(lines) + "\n", where="c.csv").counts)

    assert found(rows) == found(ROWS)


def report(case: str, version: str, product: str, event: str, **more: object) -> dict[str, Any]:
    drug = {"medicinalproduct": product, "drugcharacterization": "1", **more}
    patient = {"drug": [drug], "reaction": [{"reactionmeddrapt": event}]}
    return {"safetyreportid": case, "safetyreportversion": version, "patient": patient}


REPORTS = [
    report("1", "1", "REVLIMID", "Rash"),
    report("1", "2", "LENALIDOMIDE.", "Neutropenia"),
    report("2", "1", "DARZALEX FASPRO", "Rash"),
    report("3", "1", "DARATUMUMAB\\HYALURONIDASE-FIHJ", "Rash"),
    report("4", "1", "LENALIDOMIDE\\DEXAMETHASONE", "Rash"),
    report("5", "1", "BRAND OF A FAR LAND", "Rash", activesubstance={"activesubstancename": "BORTEZOMIB"}),
]


@given(st.permutations(REPORTS))
@settings(max_examples=20)
def test_brands_are_one_drug_and_the_latest_version_counts_in_any_order(reports: list[dict[str, Any]]) -> None:
    """Six reports of five cases: case 1 counts in version 2, and the combination of case 4 counts for both drugs."""
    reading = read_count_json(json.dumps({"results": reports}), where="faers.json")
    assert {(one.drug, one.event, one.both, one.all_reports) for one in reading.counts} == {
        ("lenalidomide", "neutropenia", 1, 5),
        ("lenalidomide", "rash", 1, 5),
        ("dexamethasone", "rash", 1, 5),
        ("daratumumab", "rash", 2, 5),
        ("bortezomib", "rash", 1, 5),
    }


def test_an_odd_report_is_named_and_the_rest_counted() -> None:
    twice = [report("9", "1", "A", "x"), report("9", "1", "B", "x")]
    reading = read_count_json(
        json.dumps([{"safetyreportid": "8", "patient": None}, *REPORTS, *twice]), where="f.json"
    )
    assert reading.counts[0].all_reports == 5
    assert reading.left_out == (
        "f.json, report 1: has no patient, so it is no report of FAERS",
        "f.json, case 9: stands 2 times with different content and no version",
    )


def test_an_error_message_of_openfda_is_said_to_be_one() -> None:
    with pytest.raises(InputError, match="is an error message of openFDA"):
        read_count_json('{"error": {"code": "NOT_FOUND"}}', where="drug.json")


@pytest.mark.parametrize("other", ["b,y,10,200,300,9000", "a,y,10,101,300,9000", "b,x,10,200,501,9000"])
def test_totals_of_one_thing_that_differ_are_refused(other: str) -> None:
    header = "drug,event,reports,drug_reports,event_reports,all_reports"
    with pytest.raises(InputError, match=r"line 3: \w+_reports is \d+, and \d+ in line 2; it is one number of"):
        read_count_table("\n".join([header, "a,x,10,100,500,10000", other]), where="f.csv")


@pytest.mark.parametrize("number", ["1e308", "1e15", "999999999999999999", "10.5", "inf"])
def test_a_count_that_no_database_has_is_refused(number: str, tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(
        f"drug,event,reports,drug_reports,event_reports,all_reports\nlenalidomide,Rash,30,1000,500,{number}\n"
    )
    with pytest.raises(InputError, match=r"whole number|is not a number"):
        cb.import_evidence(path)
