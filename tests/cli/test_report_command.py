"""`cereblon report` as a user meets it: the page of a finished run once more, from its tables alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli_calls import Call, is_one_paragraph

from run_headers import rewrite

if TYPE_CHECKING:
    from cereblon.report import ReportData

pytestmark = pytest.mark.usefixtures("compiled_programs")


def test_the_report_is_written_without_simulating(
    call: Call, finished: Path, pages: list[ReportData], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cereblon.trials.engines.simulate_block", lambda *_, **__: pytest.fail("simulated"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    answer = call("report", str(finished))
    assert (answer.code, answer.out) == (0, f"report: {finished / 'report.html'}\n")
    notes, last = answer.err.splitlines()[:-1], answer.err.splitlines()[-1]
    assert last == "writing the report"
    assert all(note.startswith("note: ") for note in notes)
    (data,) = pages
    assert data.created == "1970-01-02"
    assert data.command == f"cereblon report {finished}"
    assert (data.failures, data.replicates, data.seed) == (0, 60, 3)
    assert (finished / "outcomes.parquet").exists()


def test_two_reports_of_one_run_are_made_of_the_same(call: Call, finished: Path, pages: list[ReportData]) -> None:
    call("report", str(finished))
    call("report", str(finished))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("name", ["parameters", "population"])
def test_a_run_of_other_inputs_is_refused(name: str, call: Call, finished: Path) -> None:
    """The page would show today's numbers as those of the run."""
    checksums = json.loads((finished / "run.json").read_text(encoding="utf-8"))["checksums"]
    rewrite(finished, checksums=checksums | {name: "older"})
    answer = call("report", str(finished))
    assert (answer.code, answer.out) == (1, "")
    assert is_one_paragraph(answer.err)
    assert f"the {name} of this version differ from those of the run" in answer.err


def test_a_run_that_is_not_finished_is_refused(call: Call, finished: Path) -> None:
    shutil.rmtree(finished / "blocks/00002")
    answer = call("report", str(finished))
    assert answer.code == 1
    assert "1 of 3 blocks are not there yet" in answer.err
    assert "continue the run with the same command" in answer.err
    assert not (finished / "report.html").exists()


def test_a_run_with_a_damaged_plan_is_refused(call: Call, finished: Path) -> None:
    plan = json.loads((finished / "run.json").read_text(encoding="utf-8"))["plan"]
    rewrite(finished, plan=plan | {"seed": "three", "arms": {}})
    answer = call("report", str(finished))
    assert answer.code == 1
    assert is_one_paragraph(answer.err)
    assert "run.json, seed: " in answer.err
    assert "run.json, arms: " in answer.err


def test_a_folder_that_is_no_run_is_refused(call: Call, tmp_path: Path) -> None:
    answer = call("report", str(tmp_path))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"error: {tmp_path}: no run folder, run.json is missing")
