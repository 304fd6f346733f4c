"""The command line called as a user does, in this process or in one of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cereblon.cli.main import main

if TYPE_CHECKING:
    from cereblon.report import ReportData
    from cereblon.trials.trial import TrialPlan


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Answers:
    """What one command said of one finished run in each form, and what its last report was made of."""

    run: Path
    people: Answer
    json: Answer
    csv: Answer
    data: ReportData


Call = Callable[..., Answer]


def call_main(arguments: tuple[str, ...]) -> int:
    """Run the command line in this process and give its exit code."""
    kept, sys.argv = sys.argv, ["cereblon", *arguments]
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    finally:
        sys.argv = kept
    return 0


def call_recorded(*arguments: str) -> Answer:
    """Run the command line in this process, where no test is there yet that captures what it writes."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = call_main(arguments)
    return Answer(code, out.getvalue(), err.getvalue())


def call_process(*arguments: str) -> Answer:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-c", "from cereblon.cli.main import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def is_one_paragraph(text: str) -> bool:
    """Tell whether an error is one message, perhaps with a hint, and no traceback."""
    message, _, hint = text.strip().partition("\n\n")
    return (
        message.startswith("error: ")
        and "Traceback" not in text
        and (not hint or (hint.startswith("hint: ") and "\n\n" not in hint))
    )


def stand_for_small(small_plan: TrialPlan, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], TrialPlan]:
    """Let `compare small` stand for a published trial."""
    import cereblon.questions.compare as question

    library = question.load_trial

    def load(study: str) -> TrialPlan:
        return small_plan if study == "small" else library(study)

    monkeypatch.setattr(question, "load_trial", load)
    return load
