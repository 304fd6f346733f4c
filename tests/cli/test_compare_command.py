"""`cereblon compare` as a user meets it, on a small trial that stands for a published one."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cli_calls import Answer, Answers, Call, is_one_paragraph, stand_for_small

import cereblon as cb
from cereblon.trials.trial import TrialPlan

if TYPE_CHECKING:
    from cereblon.report import ReportData

pytestmark = pytest.mark.usefixtures("small_study", "pages")

FIELDS = {
    *("endpoint", "arm", "versus", "month", "unit", "published", "published_interval", "predicted"),
    *("predicted_interval", "inside", "grade", "cut", "published_status", "predicted_level", "source"),
    *("source_quality", "note", "sd_parameter", "sd_trial", "sd_sampling", "sd_assumed"),
}


def strict(text: str) -> Any:
    """Read JSON that has neither NaN nor Infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def compare(call: Call, finished: Path, *options: str) -> Answer:
    return call("compare", "small", "--out", str(finished), "--draws", "1", *options)


@pytest.fixture(scope="module")
def answers(small_plan: TrialPlan, answers_of: Callable[..., Answers]) -> Answers:
    with pytest.MonkeyPatch.context() as patch:
        stand_for_small(small_plan, patch)
        return answers_of("compare", "small")


def test_json_has_exactly_study_seed_and_rows(answers: Answers) -> None:
    assert answers.json.code == 0
    content = strict(answers.json.out)
    assert list(content) == ["study", "seed", "rows", "notes"]
    assert (content["study"], content["seed"]) == ("mm009-mm010-pooled", 3)
    assert len(content["rows"]) > 20
    assert all(set(row) == FIELDS for row in content["rows"])


def test_the_command_prints_what_the_call_gives(answers: Answers) -> None:
    comparison = cb.compare("small", out=answers.run, draws=1)
    assert answers.json.out == f"{comparison.to_json()}\n"
    assert answers.csv.out == comparison.to_csv()
    assert answers.people.out.startswith(comparison.text())


def test_rows_hold_published_and_predicted_side_by_side(answers: Answers) -> None:
    """MM-009 and MM-010 together: overall response 60.6 % with lenalidomide, 21.9 % with dexamethasone alone."""
    rows = strict(answers.json.out)["rows"]
    found = {(row["arm"], row["published"]) for row in rows if row["endpoint"] == "orr"}
    assert found == {("rd", 60.6), ("dex", 21.9)}
    for row in rows:
        if row["inside"] is not None:
            low, high = row["predicted_interval"]
            value = row["published"]
            assert row["inside"] is ((value is None and high is None) or between(low, value, high))
            assert row["predicted_level"] == 0.9
    assert {True, None} <= {row["inside"] for row in rows}


def between(low: float | None, value: float | None, high: float | None) -> bool:
    ends = (float("inf") if end is None else end for end in (low, value, high))
    low, value, high = ends
    return value != float("inf") and low <= value <= high


def test_what_is_not_simulated_says_so(answers: Answers) -> None:
    rows = strict(answers.json.out)["rows"]
    silent = [row for row in rows if row["note"].startswith("not simulated")]
    assert silent
    assert all(row["predicted"] is None and row["inside"] is None for row in silent)


def test_standard_output_is_data_alone(answers: Answers) -> None:
    told = answers.json.err.splitlines()
    assert told[0] == "seed 3, 60 trials of 20 subjects"
    assert "writing the report" in told
    assert re.fullmatch(r"\d+ of \d+ published values lie inside the 90 % prediction interval\.", told[-2])
    assert told[-1] == f"report: {answers.run / 'report.html'}"
    assert "seed 3," not in answers.json.out


def test_csv_has_the_rows_of_the_json(answers: Answers) -> None:
    rows = list(csv.DictReader(io.StringIO(answers.csv.out)))
    expected = strict(answers.json.out)["rows"]
    assert len(rows) == len(expected)
    ends = {f"{name}_{end}" for name in ("published_interval", "predicted_interval") for end in ("low", "high")}
    assert set(rows[0]) == (FIELDS - {"published_interval", "predicted_interval"}) | ends
    for row, one in zip(rows, expected, strict=True):
        assert (row["endpoint"], row["arm"], row["cut"]) == (one["endpoint"], one["arm"], one["cut"])
        assert row["predicted"] == ("" if one["predicted"] is None else repr(one["predicted"]))
        low = (one["predicted_interval"] or (None, None))[0]
        assert row["predicted_interval_low"] == ("" if low is None else repr(low))


def test_people_get_a_table_and_the_path_of_the_report(answers: Answers) -> None:
    assert answers.people.code == 0
    lines = answers.people.out.splitlines()
    assert any("overall response" in line.lower() or "orr" in line for line in lines)
    assert lines[-1] == f"report: {answers.run / 'report.html'}"
    assert "published values lie inside the 90 % prediction interval." in lines[1]
    assert "seed 3, 60 trials of 20 subjects" in answers.people.err


def test_the_verdict_at_the_end_counts_the_rows(answers: Answers) -> None:
    judged = [row["inside"] for row in strict(answers.json.out)["rows"] if row["inside"] is not None]
    assert f"{judged.count(True)} of {len(judged)} published values lie inside" in answers.json.err


def test_the_report_gets_the_command_that_repeats_it(call: Call, tmp_path: Path, pages: list[ReportData]) -> None:
    answer = call("compare", "small", "--out", str(tmp_path / "run"), "--replicates", "2", "--seed", "7")
    assert answer.code == 0
    (data,) = pages
    assert data.command == "cereblon compare small --replicates 2 --seed 7"
    assert (data.seed, data.replicates) == (7, 2)
    assert answer.err.startswith("seed 7, 2 trials of 20 subjects\n")
    assert sorted(entry.name for entry in (tmp_path / "run").iterdir()) == [
        "blocks",
        "files.json",
        "outcomes.parquet",
        "report.html",
        "run.json",
    ]


def test_the_subjects_that_are_followed_day_by_day_have_their_counts(answers: Answers) -> None:
    """Summaries do not read blood counts, of which there are too many; this figure shows one subject's."""
    kinds = {str(row["kind"]) for row in answers.data.followed}
    assert {"count", "dose", "event"} <= kinds


def test_one_trial_is_predicted_without_an_interval_and_not_judged(
    call: Call, tmp_path: Path, pages: list[ReportData]
) -> None:
    answer = call("compare", "small", "--out", str(tmp_path / "run"), "--replicates", "1", "--json")
    rows = strict(answer.out)["rows"]
    assert {row["inside"] for row in rows} == {None}
    assert [row for row in rows if row["endpoint"] == "orr" and row["predicted"] is not None]
    assert "No published value is judged" in answer.err
    assert pages[0].km_band == "90% confidence interval of the one trial simulated"


def test_the_run_stands_in_runs_under_the_study_unless_said_otherwise(
    call: Call, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    shutil.move(finished, tmp_path / "runs" / "small")
    answer = call("compare", "small", "--draws", "1", "--csv")
    assert answer.err.splitlines()[-1] == "report: runs/small/report.html"


def test_another_run_in_the_folder_is_refused(call: Call, finished: Path) -> None:
    answer = compare(call, finished, "--seed", "4", "--json")
    assert (answer.code, answer.out) == (1, "")
    assert "holds another run (its plan has seed 3, not 4)" in answer.err
    assert is_one_paragraph(answer.err[answer.err.index("error: ") :])


def test_a_disk_that_fills_at_the_report_is_told_and_nothing_is_half_written(
    call: Call, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    answer = compare(call, finished, "--json")
    assert (answer.code, answer.out) == (1, "")
    assert "the disk is full; what was finished is kept" in answer.err
    assert sorted(entry.name for entry in finished.iterdir()) == ["blocks", "run.json"]


def test_a_study_that_is_not_there_suggests_near_ones(call: Call, small_study: Callable[[str], TrialPlan]) -> None:
    answer = call("compare", "mai")
    assert answer.code == 1
    assert answer.err.startswith("error: study 'mai' is not known\n\nhint: did you mean maia")


def test_a_study_of_which_no_arm_can_be_simulated_says_why(
    call: Call, small_study: Callable[[str], TrialPlan]
) -> None:
    answer = call("compare", "rcd-vs-icd-china")
    assert answer.code == 1
    assert "study 'rcd-vs-icd-china' cannot be simulated\narm rcd: not in the model: cyclophosphamide" in answer.err
    assert "cereblon evidence regimen rcd-vs-icd-china" in answer.err
