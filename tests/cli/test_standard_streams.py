"""A command whose output cannot be written ends with code 1 and at most one line."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from cereblon.cli.standard_streams import run_command
from cereblon.core.errors import warn

COMMANDS = {
    "text": ("regimen", "list"),
    "table": ("evidence", "table", "--endpoint", "pfs_median"),
    "csv": ("evidence", "table", "--csv"),
    "json": ("evidence", "table", "--json"),
    "parameters": ("parameters",),
    "population": ("population", "show", "ndmm"),
    "dose": ("dose", "rd"),
    "help": ("--help",),
    "version": ("--version",),
}


def _run(redirection: str, arguments: tuple[str, ...]) -> tuple[int, str, str]:
    program = f'"{sys.executable}" -c "from cereblon.cli.main import main; main()"'
    line = f"set -o pipefail; {program} {' '.join(arguments)} {redirection}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_full_standard_output_gives_one_line(arguments: tuple[str, ...]) -> None:
    code, _, told = _run("> /dev/full", arguments)
    assert code == 1
    errors = [line for line in told.splitlines() if not line.startswith(("note: ", "warning: "))]
    assert errors == ["error: standard output: cannot be written or read (No space left on device)"]


@pytest.mark.parametrize("arguments", [COMMANDS["text"], COMMANDS["json"]], ids=["text", "json"])
def test_a_closed_standard_output_gives_one_line(arguments: tuple[str, ...]) -> None:
    code, _, told = _run(">&-", arguments)
    assert (code, "Traceback" in told) == (1, False)
    assert "error: standard output: cannot be written or read (Bad file descriptor)" in told


@pytest.mark.parametrize(
    "arguments", [COMMANDS["csv"], COMMANDS["json"], COMMANDS["text"]], ids=["csv", "json", "text"]
)
def test_a_reader_that_has_gone_ends_a_command_quietly(arguments: tuple[str, ...]) -> None:
    code, _, told = _run("| true", arguments)
    assert code in (0, 1)  # 0 where all was written before the reader went
    assert [line for line in told.splitlines() if not line.startswith(("note: ", "warning: "))] == []


def test_a_closed_or_full_stderr_does_not_stop_an_answer() -> None:
    for redirection in ("2>&-", "2>/dev/full"):
        code, printed, _ = _run(redirection, COMMANDS["text"])
        assert (code, "rd" in printed) == (0, True)


def test_a_warning_of_ours_is_one_line_once_and_no_line_of_code(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        warn("no compiled programs are kept\x1b[31m")
        warn("no compiled programs are kept\x1b[31m")

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert run_command(command) == 0
    assert capsys.readouterr().err == "warning: no compiled programs are kept\\x1b[31m\n"
