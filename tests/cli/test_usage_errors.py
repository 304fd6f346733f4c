"""What is said of a command line that cannot be understood."""

from __future__ import annotations

import io

import pytest
import typer
from cli_calls import Call

from cereblon.cli.usage_errors import tell_usage_error


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("compare swog-s0777 --seed one", "Error: --seed 'one' is not a whole number"),
        ("compare swog-s0777 --seed -1", "Error: --seed -1 is less than 0"),
        ("compare swog-s0777 --replicates 10001", "Error: --replicates 10001 is more than 10,000"),
        ("simulate a.yaml --replicates 2.5", "Error: --replicates '2.5' is not a whole number"),
        ("population draw ndmm --n x", "Error: --n 'x' is not a whole number"),
        ("compare swog-s0777 maia", "Error: not expected here: maia"),
        ("compare swog-s0777 --seed", "Error: --seed needs a value"),
        ("compar", "Error: No such command 'compar'. Did you mean 'compare'?"),
        ("evidence fores", "Error: No such command 'fores'. Did you mean 'forest'?"),
        ("dose rd --anc a", "Error: --anc 'a' is not a number"),
    ],
)
def test_a_usage_error_is_said_in_words(line: str, said: str, call: Call) -> None:
    answer = call(*line.split())
    assert answer.code == 2
    assert said in answer.err.splitlines()
    assert "valid integer" not in answer.err


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_usage_error_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stderr", terminal := _Terminal())
    tell_usage_error(typer.BadParameter("--dose is " + ", ".join(["one of many choices"] * 12)))
    lines = terminal.getvalue().splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 80
