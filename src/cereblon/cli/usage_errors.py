"""What is said of a command line that cannot be understood: the option, what was given and what is allowed."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

import typer

from cereblon.core.control_characters import visible
from cereblon.core.plain_text import fit_terminal

UsageError: Any = typer.BadParameter.__mro__[1]
"""What typer raises where the line cannot be understood; it has no public name."""
_WHOLE, _NUMBER = "is not a whole number", "is not a number"
_NOT = {
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "has too many digits",
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
}
"""What a value is not, by what pydantic calls the refusal."""
_BEYOND = {
    "greater_than_equal": ("ge", "is less than"),
    "greater_than": ("gt", "is not above"),
    "less_than_equal": ("le", "is more than"),
    "less_than": ("lt", "is not below"),
}


def tell_usage_error(error: Any) -> None:
    """Print usage, help and the fault on stderr, within the width of the terminal."""
    with suppress(OSError):  # where stderr cannot be written, the code of the command says it
        typer.echo(fit_terminal(visible(usage_error_text(error)), sys.stderr), err=True)


def usage_error_text(error: Any) -> str:
    """Give what is said of a usage error.

    Parameters
    ----------
    error
        As typer raises it.

    Returns
    -------
    str
        The usage of the command, where its help is, and what is wrong.
    """
    context = error.ctx
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.format_message())
    if context is None:
        return f"Error: {_fault(error)}"
    usage = context.get_usage()
    return f"{usage}\nTry '{context.command_path} {context.help_option_names[0]}' for help.\n\nError: {_fault(error)}"


def _fault(error: Any) -> str:
    refused = getattr(error.__cause__, "errors", None)
    if callable(refused) and error.param is not None:
        return "; ".join(_of_value(_name(error.param), one) for one in refused(include_url=False))
    said = str(error.format_message())
    if (unknown := re.fullmatch(r"No such command '(.*)'\.", said, re.DOTALL)) and error.ctx is not None:
        near = get_close_matches(unknown[1], error.ctx.command.list_commands(error.ctx), n=1)
        return f"{said} Did you mean '{near[0]}'?" if near else said
    if missing := re.fullmatch(r"Option '(.*)' requires an argument\.", said):
        return f"{missing[1]} needs a value"
    if extra := re.fullmatch(r"Got unexpected extra argument\(?s?\)? \((.*)\)", said, re.DOTALL):
        return f"not expected here: {extra[1]}"
    return said.removeprefix("Invalid value: ")


def _of_value(name: str, problem: Any) -> str:
    """Say what is wrong with the value of an option or argument."""
    value, kind = str(problem["input"]), problem["type"]
    if kind in _NOT:
        return f"{name} {value!r} {_NOT[kind]}"
    if kind in _BEYOND:
        limit, words = _BEYOND[kind]
        return f"{name} {value} {words} {problem['ctx'][limit]:,}"
    if kind in ("enum", "literal_error"):
        return f"{name} {value!r} is none of {problem['ctx']['expected']}"
    return f"{name} {value!r}: {str(problem['msg']).removeprefix('Value error, ').removeprefix('Input ')}"


def _name(parameter: Any) -> str:
    return max(parameter.opts, key=len) if parameter.param_type_name == "option" else str(parameter.name)
