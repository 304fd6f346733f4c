"""Progress is shown where somebody watches, and says nothing elsewhere unless asked."""

from __future__ import annotations

import io
import sys
import types
from time import sleep

import pytest

from cereblon.core.errors import CereblonWarning
from cereblon.questions import progress
from cereblon.questions.progress import Reporter, is_watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(reporter: Reporter) -> None:
    reporter.say("seed 3")
    with reporter.count("simulating", 1200) as step:
        step(600, 1200)
        step(1200, 1200)


def test_a_terminal_gets_lines_and_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    work(Reporter())
    assert "seed 3\n" in terminal.getvalue()
    assert "simulating: 100 %" in terminal.getvalue()
    assert "1200 of 1200 subjects" in terminal.getvalue()


def test_a_pipe_gets_nothing_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    work(Reporter())
    assert capsys.readouterr() == ("", "")
    work(Reporter(True))
    answer = capsys.readouterr()
    assert answer.out == ""
    assert "seed 3\n" in answer.err and "1200 of 1200 subjects" in answer.err


def test_a_terminal_is_left_alone_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    work(Reporter(False))
    assert terminal.getvalue() == ""


def test_a_function_gets_the_lines_and_a_pipe_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    work(Reporter(said.append))
    assert said == ["seed 3"]
    assert capsys.readouterr() == ("", "")


def test_a_notebook_is_watched_although_its_stderr_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_watched()
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    assert is_watched()


def test_a_process_without_stderr_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert not is_watched()


def test_what_must_be_known_is_said_once_however_progress_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    Reporter(lines.append).warn("block 1 is damaged")
    assert lines == ["warning: block 1 is damaged"]
    Reporter(True).warn("block 1 is damaged")
    assert capsys.readouterr().err == "warning: block 1 is damaged\n"
    for silent in (False, None):
        with pytest.warns(CereblonWarning, match="^block 1 is damaged$") as told:
            Reporter(silent).warn("block 1 is damaged")
        assert len(told) == 1
        assert told[0].filename == __file__, "the line of the caller, not one of ours"
        assert capsys.readouterr().err == ""


def test_what_goes_on_before_anything_is_done_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE_S", 0.01)
    said: list[str] = []
    with Reporter(said.append).count("simulating", 2, before="compiling") as step:
        for _ in range(200):
            if said:
                break
            sleep(0.01)
        step(2, 2)
    assert said == ["compiling"]


def test_what_begins_at_once_was_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE_S", 0.2)
    said: list[str] = []
    with Reporter(said.append).count("simulating", 2, before="compiling") as step:
        step(1, 2)
        sleep(0.4)
    assert said == []
