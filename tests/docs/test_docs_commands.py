"""Commands in the documentation and in help are commands that exist."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer
from docs_pages import ROOT, blocks
from scripts.reference_pages.commands import command_tree

_OTHERS = (  # commands of other programs that the pages may show
    r"make [a-z]+",
    r'pip install "cereblon\[(app|dask)\]"',
    r"dask scheduler --scheduler-file scheduler\.json &",
    r'sbatch --array=1-40 --mem=3G --time=4:00:00 --wrap "dask worker --scheduler-file scheduler\.json --nthreads 1"',
    r"source \.venv/bin/activate",
    r"\.venv/bin/python -m scripts\.reference_pages",
    r"\.venv/bin/python -m scripts\.page_size .*",
    r"\.venv/bin/pre-commit install",
    r"python3 -m venv /tmp/audit && /tmp/audit/bin/pip install pip-audit",
    r"/tmp/audit/bin/pip-audit --require-hashes --disable-pip -r requirements\.lock",
)


def _console_lines() -> Iterator[tuple[str, str]]:
    for name, text in blocks("console"):
        for line in text.splitlines():
            if line.startswith("$ "):
                yield name, line[2:].split("  #")[0].strip()


LINES = list(_console_lines())
OURS = [(name, line) for name, line in LINES if line.startswith("cereblon")]
EXAMPLES = [
    (" ".join(path), found[1].strip())
    for path, _, text in command_tree()
    if (found := re.search(r"^  Example: (.*(?:\n  \S.*)*)", text, re.MULTILINE))
]


@cache
def _commands() -> dict[tuple[str, ...], Any]:
    return {path: command for path, command, _ in command_tree()}


def _parse(line: str) -> None:
    """Parse a command line without running it; an unknown command, option or value raises."""
    words = shlex.split(re.split(r" [|>] ", line)[0])
    path = tuple(words)
    while path not in _commands():
        path = path[:-1]
    command, rest = _commands()[path], words[len(path) :]
    if hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        raise AssertionError(f"{' '.join(path)} has no command {rest[0]!r}")
    with contextlib.suppress(typer.Exit):  # --help and --version end here
        command.make_context(" ".join(path), rest, help_option_names=["-h", "--help"])


@pytest.mark.parametrize(("page", "line"), OURS, ids=[line for _, line in OURS])
def test_a_command_on_a_page_is_understood(page: str, line: str) -> None:
    _parse(line)


def test_a_command_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(AssertionError, match="has no command 'shwo'"):
        _parse("cereblon regimen shwo rd")
    with pytest.raises(Exception, match="--colour"):
        _parse("cereblon regimen show rd --colour")


def test_every_command_has_an_example() -> None:
    with_example = {name for name, _ in EXAMPLES}
    assert [" ".join(path) for path in _commands() if " ".join(path) not in with_example] == []


@pytest.mark.parametrize(("command", "line"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_the_example_in_help_is_understood(command: str, line: str) -> None:
    _parse(" ".join(line.split()))


def test_commands_of_other_programs_are_known() -> None:
    others = [line for _, line in LINES if not line.startswith("cereblon")]
    assert [line for line in others if not any(re.fullmatch(known, line) for known in _OTHERS)] == []


def test_make_targets_on_pages_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {line.split()[1] for _, line in LINES if line.startswith("make ")}
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_the_readme_begins_with_the_two_commands() -> None:
    """The two commands of a fresh machine stand in the first block of the README."""
    first = next(text for name, text in blocks("console") if name == "README.md:1")
    assert re.findall(r"^\$ (make \w+)", first, re.MULTILINE) == ["make trial", "make test"]


def test_the_tour_of_the_readme_has_five_commands() -> None:
    tour = next(text for name, text in blocks("console") if name == "README.md:2")
    assert len(re.findall(r"^\$ cereblon ", tour, re.MULTILINE)) == 5
