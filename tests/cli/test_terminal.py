"""Lines longer than the terminal are broken between words; a file or a pipe gets them whole."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from cereblon.core.plain_text import fit_terminal


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_a_long_cell_goes_on_under_its_column() -> None:
    line = "  lenalidomide   hold   " + "resume at neutrophils of one or more " * 4
    lines = fit_terminal(line, _Terminal()).split("\n")
    assert len(lines) > 1
    assert all(len(one) <= 80 for one in lines)
    assert all(one.startswith(" " * 24) and one[24] != " " for one in lines[1:])
    assert " ".join(" ".join(lines).split()) == " ".join(line.split())


def test_prose_goes_on_further_in_and_an_address_stays_whole() -> None:
    address = "https://example.org/" + "a" * 90
    lines = fit_terminal(
        f"  a source that is long to say and has an address of its own, {address} (read)", _Terminal()
    )
    assert lines.split("\n")[1] == f"    {address}"


def test_short_lines_and_what_goes_to_a_file_are_left_alone() -> None:
    table = "a   b\n1   2\n" + "x " * 100
    assert fit_terminal(table, io.StringIO()) == table
    assert fit_terminal("a   b\n\n1   2", _Terminal()) == "a   b\n\n1   2"


def test_the_answer_stands_before_its_notes() -> None:
    command = [sys.executable, "-m", "cereblon", "evidence", "practice", "vrd"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    assert "note: " in done.stdout
    assert not done.stdout.startswith("note: ")


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "cereblon", "-V"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cereblon ")
