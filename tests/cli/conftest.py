"""Commands called in this process, and the small trial's run to call them on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli_calls import Answer, Answers, Call, call_main, call_recorded, stand_for_small

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
    return _keep_pages(monkeypatch)


def _keep_pages(monkeypatch: pytest.MonkeyPatch) -> list[ReportData]:
    made: list[ReportData] = []

    def write(data: ReportData, renderer: Renderer) -> str:
        made.append(data)
        return "a page"

    monkeypatch.setattr("cereblon.report.trial_report.report_page", write)
    return made


@pytest.fixture(scope="session")
def answers_of(small_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Answers]:
    """Ask a command once in each form; `out` is a copy of the small trial's run, not to be written to."""

    def ask(*arguments: str) -> Answers:
        run = tmp_path_factory.mktemp("asked") / "finished"
        shutil.copytree(small_run.path, run)
        with pytest.MonkeyPatch.context() as patch:
            made = _keep_pages(patch)
            told = [
                call_recorded(*arguments, "--out", str(run), "--draws", "1", *form)
                for form in ((), ("--json",), ("--csv",))
            ]
        return Answers(run, *told, made[-1])

    return ask


@pytest.fixture
def small_study(small_plan: TrialPlan, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], TrialPlan]:
    """Let `compare small` stand for a published trial."""
    return stand_for_small(small_plan, monkeypatch)
