"""How the help of a command reads: kinds of values in words, and the line of each command whole."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperGroup

_KINDS = {
    "str": "text",
    "text": "text",
    "int": "number",
    "integer": "number",
    "float": "number",
    "path": "path",
    "file": "path",
    "directory": "path",
}
"""What Python calls a kind of value, and what a reader types."""


def write_values(command: Any, ctx: Any, formatter: Any) -> None:
    """Write arguments and options of a command, each with the kind and the range of its value in words."""
    titles = {"argument": "Arguments", "option": "Options"}
    for kind, title in titles.items():
        records = [one.get_help_record(ctx) for one in command.get_params(ctx) if one.param_type_name == kind]
        rows = [(in_words(names), in_words(said)) for names, said in filter(None, records)]
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def in_words(text: str) -> str:
    """Say `<list[str]>` as `<text>`, and `[1<=x<=500]` as `[1 to 500]`."""
    text = re.sub(r"<(?:list\[)?(\w+)\]?(?: range)?>", lambda found: f"<{_kind(found[1])}>", text)
    text = re.sub(r"(\[|; )([\d.]+)<=x<=([\d.]+)", r"\1\2 to \3", text)
    return re.sub(r"(\[|; )x>=([\d.]+)", r"\1\2 or more", text)


def _kind(name: str) -> str:
    return _KINDS.get(name.lower(), name)


class WholeLines(TyperGroup):
    """A group whose overview gives the first paragraph of each command whole, however narrow the terminal."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, one below the other."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        width = max(map(len, commands))
        with formatter.section("Commands"):
            formatter.write_dl([(name.ljust(width), _first_paragraph(one)) for name, one in commands.items()])


def command_group(**settings: Any) -> typer.Typer:
    """Make a group of commands, as `cereblon evidence` is one."""
    return typer.Typer(
        cls=WholeLines,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        no_args_is_help=True,
        **settings,
    )


def _first_paragraph(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())
