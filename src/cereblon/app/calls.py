"""A call of a public function, made and written: as Python, and as the command that gives the same."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import cereblon as cb
from cereblon.questions.result import Result


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a tab asks.

    Parameters
    ----------
    function
        Name of the public function.
    command
        Words of the command, without `cereblon` and options.
    arguments
        By position, in both.
    options
        By name, in both; a name with an underscore is an option with a hyphen.
    python_only, command_only
        Written in one of the two only.
    kept
        Gives the same without asking, where the answer was made before.
    written
        Python and command, where they are more than one call.
    """

    function: str
    command: tuple[str, ...]
    arguments: Sequence[Any] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    python_only: Mapping[str, Any] = field(default_factory=dict)
    command_only: Sequence[str] = ()
    kept: Callable[[], Result] | None = None
    written: tuple[str, str] | None = None

    def __call__(self) -> Result:
        """Ask."""
        if self.kept is not None:
            return self.kept()
        found: Any = cb
        for name in self.function.split("."):
            found = getattr(found, name)
        asked: Callable[..., Result] = found
        return asked(*self.arguments, **self.options, **self.python_only)

    @property
    def python(self) -> str:
        """The call in Python."""
        if self.written is not None:
            return self.written[0]
        words = [_python(one) for one in self.arguments]
        words += [f"{name}={_python(value)}" for name, value in {**self.options, **self.python_only}.items()]
        return f"cb.{self.function}({', '.join(words)})"

    @property
    def line(self) -> str:
        """The call in a terminal."""
        if self.written is not None:
            return self.written[1]
        words = ["cereblon", *self.command, *(str(one) for one in self.arguments)]
        for name, value in self.options.items():
            option = f"--{name.replace('_', '-')}"
            if value is True:
                words.append(option)
            elif isinstance(value, (list, tuple)):
                words += [word for one in value for word in (option, str(one))]
            elif value is not False and value is not None:
                words += [option, f"{value:g}" if isinstance(value, float) else str(value)]
        return shlex.join([*words, *self.command_only])


def _python(value: object) -> str:
    """Write a value; of options in a class those that are not as usual."""
    if not is_dataclass(value) or isinstance(value, type):
        return repr(value)
    stated = [
        (one.name, getattr(value, one.name)) for one in fields(value) if getattr(value, one.name) != one.default
    ]
    return f"cb.{type(value).__name__}({', '.join(f'{name}={said!r}' for name, said in stated)})"
