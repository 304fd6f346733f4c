"""The page of the command line, from the help of every command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from unittest import mock

import typer

from cereblon.cli.main import COMMANDS, app
from scripts.reference_pages.markdown import NOTICE

WIDTH = 88
_INTRODUCTION = f"""# Command line
{NOTICE}
Data goes to standard output, everything else to standard error. Exit code 0 means done, 1 an error with a message, 2
wrong usage. `--json` and `--csv`, where offered, print for machines.

`cereblon --install-completion` teaches bash, zsh, fish or PowerShell to complete commands and options, in terminals
opened after it. `--show-completion` prints what would be installed.
"""


def commands_page() -> str:
    """Make the page."""
    parts = [_INTRODUCTION]
    for path, _, text in command_tree():
        parts.append(f"##{'#' * (len(path) > 2)} {' '.join(path)}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def command_tree() -> Iterator[tuple[tuple[str, ...], Any, str]]:
    """Give every command: its words, the command itself and its help."""
    with mock.patch.object(sys, "argv", ["cereblon"]):  # the overview does not import the commands
        root = typer.main.get_command(app)
        yield ("cereblon",), root, _help(root, "cereblon")
    for name, (module, _) in COMMANDS.items():
        command: Any = typer.main.get_command(import_module(module).app)
        command.name = name
        yield from _below(command, ("cereblon", name))


def _below(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, str]]:
    yield path, command, _help(command, " ".join(path))
    for name, child in getattr(command, "commands", {}).items():
        yield from _below(child, (*path, name))


def _help(command: Any, name: str) -> str:
    settings = {"help_option_names": ["-h", "--help"]}
    context = command.make_context(
        name, [], resilient_parsing=True, terminal_width=WIDTH, max_content_width=WIDTH, **settings
    )
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
