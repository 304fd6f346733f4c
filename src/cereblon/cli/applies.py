"""Which options of a command apply when, and which go together: refused before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand

from cereblon.cli.help_text import write_values
from cereblon.core.errors import ArgumentError

Command = TypeVar("Command", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Applies:
    """A condition without which an option would change nothing, so that giving it is refused.

    Choices are written as on the command line: `--json` (given), `--no-simulation` (given so), `--method=stc` (has
    this value, also by default), or an argument by its name in capitals, `REGIMEN`.

    Parameters
    ----------
    option
        The option that has a condition, for example `--log`.
    with_any
        It applies only where one of these is chosen; empty for no such condition.
    without
        It does not apply where one of these is chosen.
    because
        Why, as the end of the sentence; empty where the names say it.
    """

    option: str
    with_any: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    because: str = ""


def applies(*conditions: Applies) -> Callable[[Command], Command]:
    """Declare the conditions of a command's options; stands below `@app.command(cls=CheckedCommand)`."""

    def declare(command: Command) -> Command:
        command.conditions = conditions  # type: ignore[attr-defined]
        return command

    return declare


class CheckedCommand(TyperCommand):
    """A command that refuses options which would change nothing beside the others, or name the same file as one."""

    @property
    def conditions(self) -> tuple[Applies, ...]:
        """What `applies` declared, and one format of output at a time."""
        declared: tuple[Applies, ...] = getattr(self.callback, "conditions", ())
        names = {name for parameter in self.params for name in parameter.opts}
        formats = (Applies("--csv", without=("--json",), because="one format can be printed at a time"),)
        return (*declared, *(formats if {"--json", "--csv"} <= names else ()))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options in words."""
        write_values(self, ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        """Run the command unless an option does not apply."""
        if twice := _named_twice(ctx, self.params):
            raise typer.BadParameter(twice, ctx=ctx)
        problems = [text for one in self.conditions if (text := _problem(one, ctx, self.params))]
        if problems:
            raise typer.BadParameter("\n".join(problems), ctx=ctx)
        try:
            return super().invoke(ctx)
        except ArgumentError as error:
            raise typer.BadParameter(str(error), ctx=ctx) from error


def _problem(condition: Applies, ctx: Any, parameters: Sequence[Any]) -> str | None:
    if not _is_chosen(condition.option, ctx, parameters):
        return None
    reason = f": {condition.because}" if condition.because else ""
    for other in condition.without:
        if _is_chosen(other, ctx, parameters):
            return f"{condition.option} does not apply with {_written(other)}{reason}"
    if condition.with_any and not any(_is_chosen(other, ctx, parameters) for other in condition.with_any):
        return f"{condition.option} applies only with {_listed(condition.with_any)}{reason}"
    return None


def _named_twice(ctx: Any, parameters: Sequence[Any]) -> str | None:
    """Say which two options name one file, which one of them would write over, by whatever names."""
    files: list[tuple[Any, str, tuple[int, int]]] = []
    for one in parameters:
        value = ctx.params.get(one.name)
        for word in value if isinstance(value, (list, tuple)) else (value,):
            with suppress(OSError, ValueError):  # a word that is no name of a file
                if isinstance(word, (str, Path)) and Path(word).is_file():
                    status = Path(word).stat()
                    files.append((one, str(word), (status.st_dev, status.st_ino)))
    for (one, word, number), (other, again, same) in combinations(files, 2):
        if one is not other and number == same:
            names = [
                each.name.upper() if each.param_type_name == "argument" else each.opts[0] for each in (one, other)
            ]
            return f"{again}: is the file of {names[0]} ({word}), which {names[1]} cannot name too"
    return None


def _is_chosen(choice: str, ctx: Any, parameters: Sequence[Any]) -> bool:
    """Say whether a choice was made on the command line; one with a value also by default."""
    name, has_value, wanted = choice.partition("=")
    parameter = next(one for one in parameters if name in (*one.opts, *one.secondary_opts, one.name.upper()))
    value = ctx.params[parameter.name]
    if has_value:
        return str(value) == wanted
    if ctx.get_parameter_source(parameter.name).name != "COMMANDLINE":
        return False
    return not value if name in parameter.secondary_opts else value is not False


def _written(choice: str) -> str:
    return choice.replace("=", " ")


def _listed(choices: Sequence[str]) -> str:
    written = [_written(choice) for choice in choices]
    return written[0] if len(written) == 1 else f"{', '.join(written[:-1])} or {written[-1]}"
