"""Commands called in this process, and the small trial's run to call them on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli_calls import Answer, Call, call_main

if TYPE_CHECKING:
    from cereblon.report import ReportData
    from cereblon.report.renderer import Renderer
    from cereblon.trials.folder import RunFolder
    from cereblon.trials.trial import TrialPlan


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Call a command; the answer holds its exit code and what it wrote."""

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = call_main(arguments)
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def finished(small_run: RunFolder, tmp_path: Path) -> Path:
    """A copy of the small trial's run, whole, without a report."""
    path = tmp_path / "finished"
    shutil.copytree(small_run.path, path)
    return path


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[ReportData]:
    """What reports are made of, instead of pages: a page takes seconds and has tests of its own."""
    made: list[ReportData] = []

    def write(data: ReportData, renderer: Renderer) -> str:
        made.append(data)
        return "a page"

    monkeypatch.setattr("cereblon.report.trial_report.report_page", write)
    return made


@pytest.fixture
def small_study(small_plan: TrialPlan, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], TrialPlan]:
    """Let `compare small` stand for a published trial."""
    import cereblon.questions.compare as question

    library = question.load_trial

    def load(study: str) -> TrialPlan:
        return small_plan if study == "small" else library(study)

    monkeypatch.setattr(question, "load_trial", load)
    return load
