"""`cereblon simulate` as a user meets it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from cli_calls import Answers, Call, is_one_paragraph

import cereblon as cb

if TYPE_CHECKING:
    from cereblon.report import ReportData

pytestmark = pytest.mark.usefixtures("pages", "compiled_programs")


def strict(text: str) -> Any:
    """Read JSON that has neither NaN nor Infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def typed(text: str) -> io.TextIOWrapper:
    """Standard input that holds a text."""
    return io.TextIOWrapper(io.BytesIO(text.encode()))


@pytest.fixture(scope="module")
def answers(small_file: Path, answers_of: Callable[..., Answers]) -> Answers:
    return answers_of("simulate", str(small_file))


def test_json_has_trial_seed_and_rows(answers: Answers) -> None:
    assert answers.json.code == 0
    content = strict(answers.json.out)
    assert list(content) == ["trial", "seed", "rows", "notes"]
    assert (content["trial"], content["seed"]) == ("small", 3)
    fields = ("endpoint", "arm", "versus", "grade", "month", "unit", "low", "centre", "high", "level", "replicates")
    fields = (*fields, "sd_parameter", "sd_trial", "sd_sampling", "sd_assumed", "predicted")
    assert all(tuple(row) == fields for row in content["rows"])
    orr = {row["arm"]: row for row in content["rows"] if row["endpoint"] == "orr"}
    assert set(orr) == {"dex", "rd"}
    assert all(0 <= row["low"] <= row["centre"] <= row["high"] <= 100 for row in orr.values())
    assert {row["replicates"] for row in orr.values()} == {60}


def test_the_command_prints_what_the_call_gives(answers: Answers, small_file: Path) -> None:
    simulation = cb.simulate(small_file, out=answers.run, draws=1)
    assert answers.json.out == f"{simulation.to_json()}\n"
    assert answers.people.out.startswith(simulation.text())


def test_csv_has_the_rows_of_the_json(answers: Answers) -> None:
    rows = list(csv.DictReader(io.StringIO(answers.csv.out)))
    expected = strict(answers.json.out)["rows"]
    assert [row["endpoint"] for row in rows] == [row["endpoint"] for row in expected]
    centres = ["" if row["centre"] is None else repr(row["centre"]) for row in expected]
    assert [row["centre"] for row in rows] == centres


def test_people_get_the_main_outcomes_and_the_path_of_the_report(answers: Answers) -> None:
    told = answers.people
    assert told.code == 0
    assert "hazard ratio for progression or death" in told.out
    assert "dexamethasone v rd" in told.out
    assert "Neutropenia" in told.out
    assert "Baseline" not in told.out
    assert told.out.splitlines()[-1] == f"report: {answers.run / 'report.html'}"
    assert told.err.startswith("seed 3, 60 trials of 20 subjects\n")


def test_the_outcomes_are_kept_beside_the_report(answers: Answers) -> None:
    rows = pl.read_parquet(answers.run / "outcomes.parquet")
    assert {"orr", "pfs_median", "os_hr", "ae_neutropenia"} <= set(rows["endpoint"].cast(pl.String))


def test_a_trial_can_come_from_standard_input_and_its_run_stands_in_runs_under_its_id(
    call: Call, small_file: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", typed(small_file.read_text(encoding="utf-8")))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    shutil.move(finished, tmp_path / "runs" / "small")
    answer = call("simulate", "-", "--draws", "1", "--json")
    assert answer.code == 0
    assert strict(answer.out)["trial"] == "small"
    assert answer.err.splitlines()[-1] == "report: runs/small/report.html"


def test_problems_of_standard_input_are_named_after_it(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", typed("id: mine\ntitel: A trial\n"))
    answer = call("simulate", "-")
    assert answer.code == 1
    assert "standard input, title: is missing" in answer.err
    assert "standard input, titel: is not a known field; did you mean title?" in answer.err


def test_a_trial_of_ones_own_has_nothing_published_beside_it(
    call: Call, small_file: Path, tmp_path: Path, pages: list[ReportData]
) -> None:
    """Without labels arms are named by their keys."""
    import yaml

    plan = yaml.safe_load(small_file.read_text(encoding="utf-8"))
    plan |= {"id": "mine", "study": None, "study_arms": {}, "replicates": 2}
    plan["arms"]["dex"].pop("label")
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(plan), encoding="utf-8")
    answer = call("simulate", str(tmp_path / "mine.yaml"), "--out", str(tmp_path / "run"), "--json")
    assert answer.code == 0
    assert {row["versus"] for row in strict(answer.out)["rows"]} == {"", "rd"}
    (data,) = pages
    assert data.comparison == [] and data.verdict == []
    assert [arm["label"] for arm in data.arms] == ["dex", "rd"]
    assert data.command == f"cereblon simulate {tmp_path / 'mine.yaml'}"


def test_replicates_and_seed_can_be_given_for_once(
    call: Call, small_file: Path, tmp_path: Path, pages: list[ReportData]
) -> None:
    out = str(tmp_path / "run")
    answer = call("simulate", str(small_file), "--out", out, "--replicates", "2", "--seed", "0", "--json")
    assert strict(answer.out)["seed"] == 0
    assert pages[0].command == f"cereblon simulate {small_file} --replicates 2 --seed 0"


# Checking alone.


def test_check_says_that_a_trial_can_be_simulated_and_writes_nothing(
    call: Call, small_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("simulate", str(small_file), "--check")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"{small_file}: can be simulated, 60 trials of 20 subjects\n"
    one = call("simulate", str(small_file), "--check", "--replicates", "1")
    assert one.out.endswith("1 trial of 20 subjects\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [["--check"], []])
def test_a_trial_that_cannot_be_simulated_is_refused_before_anything_is_written(
    options: list[str], call: Call, small_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = small_file.read_text(encoding="utf-8").replace("rd18", "rd81").replace("{base: ndmm}", "{base: ndm}")
    monkeypatch.setattr("sys.stdin", typed(text))
    answer = call("simulate", "-", *options)
    assert (answer.code, answer.out) == (1, "")
    error = answer.err[answer.err.index("error: ") :]
    assert is_one_paragraph(error)
    assert error.splitlines() == [
        "error: small, population: population 'ndm' is not known (did you mean ndmm or ndmm-te or ndmm-tie?)",
        error.splitlines()[1],
    ]
    assert "rd81" in error.splitlines()[1]
    assert list(tmp_path.iterdir()) == []


def test_more_subjects_than_can_be_told_apart_are_refused_and_not_a_traceback(
    call: Call, small_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = small_file.read_text(encoding="utf-8").replace("size: 12", "size: 1000000")
    monkeypatch.setattr("sys.stdin", typed(text))
    answer = call("simulate", "-", "--replicates", "9999")
    assert (answer.code, answer.out) == (1, "")
    assert is_one_paragraph(answer.err)
    assert "9999079992 subjects in all replicates; at most 4294967295" in answer.err
