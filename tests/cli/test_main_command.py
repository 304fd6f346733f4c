"""What all commands share: exit codes, streams, help, light start, readers that go away."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from cli_calls import Call, call_main, call_process, is_one_paragraph

from cereblon import __version__
from cereblon.cli.main import COMMANDS

HEAVY = {
    *("jax", "jaxlib", "numpy", "scipy", "polars", "pandas", "pyarrow", "pydantic", "pydantic_core"),
    *("lifelines", "altair", "vl_convert", "pint", "yaml", "jinja2", "rich"),
}


def commands() -> Iterator[tuple[str, Any]]:
    """Walk every command with its full name, those of groups too."""
    for name, (module, _) in COMMANDS.items():
        command = typer.main.get_command(import_module(module).app)
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {sub}", one) for sub, one in inner.items())


ALL = dict(commands())
every_command = pytest.mark.parametrize("name", list(ALL))


def example(name: str) -> str:
    """Give the last line of a command's help."""
    return [line.strip() for line in str(ALL[name].help).splitlines() if line.strip()][-1]


# Help.


def test_help_starts_without_any_heavy_package() -> None:
    code = "import sys; sys.argv = ['cereblon', '--help']\nfrom cereblon.cli.main import main\n"
    code += "try:\n    main()\nexcept SystemExit:\n    print('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {module.partition(".")[0] for module in done.stderr.split()}
    assert "typer" in loaded
    assert loaded & HEAVY == set()
    assert "Replicate a published trial" in done.stdout


def test_help_names_every_command(call: Call) -> None:
    answer = call("--help")
    assert (answer.code, answer.err) == (0, "")
    shown = answer.out.split("Run a trial:")[1].splitlines()
    assert [line.split()[0] for line in shown if line.startswith("  ") and line[2] != " "] == list(COMMANDS)
    assert not any(line.endswith("...") for line in shown)
    assert "Example: cereblon compare swog-s0777" in answer.out
    assert "not for deciding the treatment of a patient" in answer.out


@every_command
def test_the_help_of_every_command_ends_in_an_example(name: str, call: Call) -> None:
    assert example(name).startswith("Example: ")
    assert f"cereblon {name}" in example(name)
    answer = call(*name.split(), "--help")
    assert (answer.code, answer.err) == (0, "")
    assert "Example: cereblon" in answer.out


@every_command
def test_help_says_kinds_and_ranges_of_values_in_words(name: str, call: Call) -> None:
    shown = call(*name.split(), "--help").out
    assert "[str]" not in shown and "<str>" not in shown and "<int" not in shown and "<=x" not in shown


@pytest.mark.parametrize("group", ["cohort", "evidence", "population", "regimen"])
def test_the_overview_of_a_group_gives_whole_sentences(group: str, call: Call) -> None:
    shown = call(group, "--help").out.split("Commands:")[1]
    assert not any(line.endswith("...") for line in shown.splitlines())
    assert shown.rstrip().endswith(".")


@every_command
def test_every_example_is_right_usage(name: str) -> None:
    """Arguments and options are read as click reads them; the command is not carried out."""
    words = shlex.split(example(name).rpartition("cereblon ")[2])  # behind a pipe, the last command
    ALL[name].make_context(name, words[len(name.split()) :])


@pytest.mark.parametrize("name", ["parameters", "regimen list", "population list", "evidence list"])
def test_a_quick_example_works(name: str, call: Call) -> None:
    answer = call(*shlex.split(example(name).removeprefix("Example: cereblon ")))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out


def test_the_version_is_the_package_s(call: Call) -> None:
    assert call("--version").out == f"cereblon {__version__}\n"


# Wrong usage is 2.


@pytest.mark.parametrize(
    "line",
    [
        "",
        "compar",
        "compare",
        "compare swog-s0777 maia",
        "compare swog-s0777 --sead 1",
        "compare swog-s0777 --seed one",
        "compare swog-s0777 --seed -1",
        "compare swog-s0777 --seed 4294967296",
        "compare swog-s0777 --replicates 0",
        "compare swog-s0777 --replicates 10001",
        "compare swog-s0777 --json --csv",
        "simulate",
        "simulate a.yaml --json --csv",
        "simulate a.yaml --replicates 2.5",
        "report",
        "report a b",
        "parameters --json --csv",
        "parameters a b",
        "regimen frobnicate",
    ],
)
def test_wrong_usage_is_2_and_says_how_it_goes(line: str, call: Call) -> None:
    answer = call(*line.split())
    assert answer.code == 2
    assert "Usage: cereblon" in answer.out + answer.err
    assert "Traceback" not in answer.err


# Our errors are 1.


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("compare swog-s777", "did you mean swog-s0777"),
        ("compare rcd-vs-icd-china", "study 'rcd-vs-icd-china' cannot be simulated"),
        ("simulate nowhere.yaml", "nowhere.yaml: no such file"),
        ("simulate .", "is a folder, a file is needed"),
        ("report nowhere", "no run folder"),
        ("parameters clone", "did you mean clones"),
        ("parameters --basis guess", "basis 'guess' is not known"),
        ("evidence show swog-s777", "did you mean"),
        ("regimen show rd81", "did you mean"),
        ("population show ndm", "did you mean"),
    ],
)
def test_an_error_of_ours_is_1_and_one_paragraph_on_stderr(
    line: str, told: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call(*line.split())
    assert (answer.code, answer.out) == (1, "")
    assert is_one_paragraph(answer.err)
    assert told in answer.err
    assert list(tmp_path.iterdir()) == []


def test_the_exit_code_of_a_process_is_that_of_the_command() -> None:
    answer = call_process("compare", "swog-s777")
    assert (answer.code, answer.out) == (1, "")
    assert is_one_paragraph(answer.err)


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(_: str) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("cereblon.questions.compare.load_trial", bug)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        call_main(("compare", "swog-s0777"))


# Readers that go away, as `head` does.


@pytest.mark.parametrize("options", [[], ["--csv"], ["--json"]])
def test_a_reader_that_goes_away_sees_no_traceback(options: list[str]) -> None:
    """All parameters are far more than a pipe holds, so the writer meets the closed pipe while it writes."""
    command = [sys.executable, "-c", "from cereblon.cli.main import main; main()", "parameters", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.parametrize("options", [["--csv"], ["--json"]])
def test_a_reader_that_never_came_sees_no_traceback(options: list[str]) -> None:
    """A few lines stay in the buffer until the end, when nobody would catch the error any more."""
    line = shlex.join([sys.executable, "-c", "from cereblon.cli.main import main; main()", "parameters", "effects"])
    done = subprocess.run(
        ["bash", "-c", f"{line} {shlex.join(options)} | true"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


# A shell that completes words.


def _completed(line: str, word: int, tmp_path: Path) -> list[str]:
    """Ask as bash does: the words of the line, and the place of the one that is written."""
    done = subprocess.run(
        [sys.executable, "-c", "from cereblon.cli.main import main; main()"],
        env=os.environ | {"_CEREBLON_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(word)},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_a_shell_completes_commands(tmp_path: Path) -> None:
    assert _completed("cereblon co", 1, tmp_path) == ["compare", "cohort"]


def test_a_shell_completes_the_options_of_a_command(tmp_path: Path) -> None:
    assert _completed("cereblon compare --repl", 2, tmp_path) == ["--replicates"]


def test_a_shell_completes_what_a_group_holds(tmp_path: Path) -> None:
    assert _completed("cereblon evidence le", 2, tmp_path) == ["league"]


def test_the_compiler_does_not_speak_of_itself(call: Call) -> None:
    """Its library reads the level when it is loaded; 3 keeps what ends the process."""
    call("--version")
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] in ("1", "2", "3")


# The same words everywhere.


@pytest.mark.parametrize("command", ["evidence forest --endpoint pfs_hr", "evidence table --endpoint pfs_hr"])
@pytest.mark.parametrize(("written", "meant"), [("relapsed", "rrmm"), ("TE-NDMM", "ndmm-te"), ("frontline", "ndmm")])
def test_every_command_takes_the_same_names_of_settings(command: str, written: str, meant: str, call: Call) -> None:
    answer = call(*command.split(), "--setting", written)
    assert answer.code == 0
    assert f"setting {written} is read as {meant}" in answer.err + answer.out
