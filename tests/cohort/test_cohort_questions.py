"""What the front door says of a cohort: sentences, tables, masked numbers, pages, and the commands over it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cohort_records import Records, day, write_folder
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.cohort import app
from cereblon.cohort.line_outcomes import masked
from cereblon.core.errors import InputError


@pytest.fixture
def folder(three_patients: Records, tmp_path: Path) -> Path:
    """Three patients and eight more on Rd, of whom six respond: one of the three has one code alone."""
    for person in range(10, 18):
        three_patients.patient(person, last=700)
        three_patients.fills(person, "lenalidomide", 0, 12, supply=21, quantity=21)
        three_patients.fills(person, "dexamethasone", 0, 12)
        for when, value in ((-5, 30.0), (80, 10.0 if person < 16 else 28.0), (140, 9.0 if person < 16 else 27.0)):
            three_patients.lab(person, "m_protein", when, value, "g/L")
    return write_folder(three_patients.tables, tmp_path / "cdm")


def test_outcomes_are_estimated_and_small_numbers_are_masked(folder: Path) -> None:
    """Ten index lines, of which 8 have a partial response or better; 2 without are too few to be shown."""
    answer = cb.cohort.build(folder, definition={"name": "a", "label": "A", "small_cell": 3}, progress=False)
    rows = {(row["endpoint"], row["arm"]): row for row in answer.tables()["outcomes"]}
    assert rows["orr", "all"]["value"] is None and rows["orr", "all"]["method"] == "fewer than 3, not shown"
    assert rows["evaluable", "all"]["value"] == 100
    shown = cb.cohort.build(folder, definition={"name": "a", "label": "A", "small_cell": 1}, progress=False)
    rows = {(row["endpoint"], row["arm"]): row for row in shown.tables()["outcomes"]}
    assert (rows["orr", "all"]["value"], rows["orr", "all"]["n"]) == (80, 10)
    assert {arm for _, arm in rows} == {"all", "Rd", "VRd"}
    assert {row["regimen"] for row in shown.tables()["regimens"]} == {"Rd", "VRd", "DPd"}
    # nine of ten would tell of the one on VRd
    assert answer.tables()["regimens"] == answer.tables()["pathways"] == []


def test_the_course_of_a_patient_begins_with_the_lines_of_therapy(built_once: Path) -> None:
    said = str(cb.cohort.why(built_once / "cohort", "1")).split("\n")
    assert said[:6] == [
        "Patient 1: 2 lines of therapy",
        "  2015-01-01  line 1, VRd, until 2017-02-28 (another line begins)",
        "  2015-08-19  line 1: maintenance begins",
        "  2017-06-19  line 2, DPd, until 2018-01-28 (stopped)",
        "",
        "Course",
    ]


def test_an_outcome_without_a_number_says_why(folder: Path) -> None:
    """Two lines of ten without response are too few to show, and fewer than half have died."""
    said = str(cb.cohort.build(folder, definition={"name": "a", "label": "A", "small_cell": 3}, progress=False))
    assert "\npartial response or better not shown (fewer than 3 with it or without it; n 10)" in said
    assert "\nmedian overall survival not reached (above 12.8 months; n 10)" in said
    assert "Rd:" not in said  # one patient had VRd, and nine of ten Rd, which would tell
    alone = str(cb.cohort.build(folder, definition={"name": "a", "label": "A", "small_cell": 1}, progress=False))
    assert "  Rd: median overall survival not reached (above 12.8 months; n 9)" in alone


def test_complete_response_by_the_criteria_needs_marrow(three_patients: Records, tmp_path: Path) -> None:
    """Eight have no M-protein left by blood and urine; without marrow after the first day that is no share of 0 %."""
    for person in range(10, 18):
        three_patients.patient(person, last=700)
        three_patients.fills(person, "lenalidomide", 0, 12, supply=21, quantity=21)
        for when, value in ((-5, 30.0), (80, 0.5), (140, 0.5)):
            three_patients.lab(person, "m_protein", when, value, "g/L")
        three_patients.lab(person, "marrow", 0, 60.0, "%", measurement_concept_id=3003879)
    answer = cb.cohort.build(write_folder(three_patients.tables, tmp_path / "cdm"), estimand="strict", progress=False)
    said = str(answer)
    assert "complete response or better cannot be judged: it asks for marrow" in said
    row = next(row for row in answer.tables()["outcomes"] if (row["endpoint"], row["arm"]) == ("cr_or_better", "all"))
    assert row["value"] is None and row["n"] >= 8
    relaxed = cb.cohort.build(tmp_path / "cdm", progress=False)
    assert "asks for marrow" not in str(relaxed)


def test_a_definition_with_a_regimen_that_is_none_is_refused(folder: Path) -> None:
    definition = {"name": "a", "label": "A", "index": {"regimens": ["Rdd"]}}
    with pytest.raises(InputError, match="regimen 'Rdd' is not known"):
        cb.cohort.build(folder, definition=definition, progress=False)


def test_years_of_observation_end_with_its_last_day(folder: Path) -> None:
    rows = {row["name"]: row for row in cb.cohort.check(folder).tables()["tables"]}
    assert rows["observation_period"]["last"] >= rows["measurement"]["last"]


def test_the_page_holds_attrition_lines_outcomes_and_courses(folder: Path, tmp_path: Path) -> None:
    answer = cb.cohort.build(folder, progress=False)
    page = answer.save(tmp_path / "cohort.html").read_text(encoding="utf-8")
    for title in (
        "Who is in the cohort",
        "Patients left by each criterion",
        "Lines of therapy",
        "Outcomes",
        "Courses",
    ):
        assert title in page


def test_a_timeline_names_each_decision_its_rule_and_its_rows(folder: Path, tmp_path: Path) -> None:
    cb.cohort.build(folder, out=tmp_path / "out", progress=False)
    said = str(cb.cohort.why(tmp_path / "out", "1"))
    assert f"{day(900)}  decision     line 2: daratumumab: opens a line  [progression]  (eras:" in said
    assert f"{day(830)}  progression  line 1, strict: serum M-protein" in said
    assert f"{day(830)}  progression  line 1, real-world: serum M-protein" in said
    assert f"{day(60)}  test         serum M-protein 10 g/L  (measurement:2)" in said
    assert "(another line begins)" in said and "_" not in re.sub(r"\(\w+:\d+\)", "", said)
    with pytest.raises(InputError, match=r"it has 10 patients: 1, .*, \.\.\.$"):
        cb.cohort.why(tmp_path / "out", "99")


def test_the_commands_build_check_report_and_explain(folder: Path, tmp_path: Path) -> None:
    def run(*arguments: object) -> str:
        done = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    out = tmp_path / "out"
    assert "drug_exposure:" in run("check", folder) and "two codes of myeloma" in run("check", folder)
    assert "10 patients with 11 lines of therapy" in run("build", folder, "--out", out)
    assert "10 patients with 11 lines of therapy" in run("report", out, "--estimand", "strict")
    assert run("report", out, "--csv").startswith("endpoint,arm,value")
    assert "line 1, VRd" in run("why", out, 1)


def test_an_estimand_that_is_none_and_a_folder_that_is_none_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="estimand 'loose' is not known"):
        cb.cohort.build(folder, estimand="loose")
    with pytest.raises(InputError, match="is no folder of a built cohort"):
        cb.cohort.report(folder)


def test_a_definition_names_the_kind_of_response_unless_another_is_asked_for(folder: Path, tmp_path: Path) -> None:
    definition = {"name": "strict", "label": "As written", "estimand": "strict"}
    assert cb.cohort.build(folder, definition=definition, out=tmp_path / "out", progress=False).estimand == "strict"
    assert cb.cohort.report(tmp_path / "out").estimand == "strict"
    assert cb.cohort.report(tmp_path / "out", estimand="real_world").estimand == "real_world"
    with pytest.raises(InputError, match="estimand"):
        cb.cohort.build(folder, definition=definition | {"estimand": "loose"}, progress=False)


def test_masking_hides_a_count_and_keeps_a_median_that_rests_on_many() -> None:
    median = {"unit": "months", "value": 9.8, "low": 8.0, "high": 12.0, "n": 120, "events": 118, "method": "curve"}
    share = {**median, "unit": "percent", "method": "exact"}
    shown, hidden = masked([median, share], 5)
    assert (shown["value"], shown["events"], shown["method"]) == (9.8, None, "curve")
    assert (hidden["value"], hidden["n"], hidden["method"]) == (None, 120, "fewer than 5, not shown")
    assert masked([{**median, "n": 4}], 5)[0]["value"] is None
