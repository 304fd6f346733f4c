"""Statements of a generated kernel: each value is computed once, as far outside of loops as it can be."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_LANES = {"f": "F", "i": "I", "u": "U", "b": "M"}
_SHARED = {"f": "float", "i": "int32_t", "u": "uint32_t", "b": "bool"}


def kind_of(dtype: Any) -> str:
    """Give the letter of a kind of number: all whole numbers of a kind are computed with 32 bits."""
    name = np.dtype(dtype)
    if name == np.bool_:
        return "b"
    letter = {"f": "f", "i": "i", "u": "u"}.get(name.kind)
    if letter is None or name.itemsize > 4 or (letter == "f" and name.itemsize != 4):
        raise NotTranslatedError(f"numbers of kind {name}")
    return letter


class NotTranslatedError(Exception):
    """Something of which no kernel is made."""


@dataclass(frozen=True)
class Value:
    """One number of every subject of a block, or one that all share.

    Parameters
    ----------
    text
        Its name in the kernel.
    kind
        One of the letters f, i, u and b.
    shared
        Whether all subjects have the same.
    depth
        How many regions the one in which it is computed lies inside of.
    constant
        Known number, if it is known.
    table, place
        Where it stands in memory, if it is one of an array that all subjects share.
    """

    text: str
    kind: str
    shared: bool
    depth: int
    constant: Any = None
    table: str = ""
    place: int = 0


def constant(number: Any, kind: str) -> Value:
    """Give a known number."""
    if kind == "f":
        number = np.float32(number)
        special = {"inf": "INFINITY", "-inf": "(-INFINITY)", "nan": "NAN"}
        text = special.get(str(number)) or f"({float(number).hex()}f)"
        return Value(text, kind, True, 0, number)
    if kind == "b":
        return Value("true" if number else "false", kind, True, 0, np.bool_(number))
    if kind == "u":
        number = np.uint32(int(number) & 0xFFFFFFFF)
        return Value(f"{number}u", kind, True, 0, number)
    number = np.int32(number)
    return Value(f"({number})" if number > -(2**31) else "INT32_MIN", kind, True, 0, number)


def lanes(kind: str) -> str:
    """Name the type of sixteen numbers of a kind."""
    return _LANES[kind]


def lane_text(value: Value) -> str:
    """Write a value as one of every lane."""
    return f"B({value.text})" if value.shared else value.text


@dataclass
class _Region:
    lines: list[str] = field(default_factory=list)
    known: dict[Any, Value] = field(default_factory=dict)


class Writer:
    """Regions inside of each other, each with its statements; the first is the whole kernel."""

    def __init__(self) -> None:
        self._open = [_Region()]
        self._numbers = itertools.count()

    @property
    def depth(self) -> int:
        """Depth of the innermost region."""
        return len(self._open) - 1

    def name(self) -> str:
        """Give a name that nothing else has."""
        return f"x{next(self._numbers)}"

    def line(self, text: str) -> None:
        """Write a statement into the innermost region."""
        self._open[-1].lines.append(text)

    def value(self, kind: str, *, shared: bool, text: str, depth: int) -> Value:
        """Give what an expression yields that can be computed at some depth; the same one is written once."""
        for region in self._open[: depth + 1]:
            if text in region.known:
                return region.known[text]
        made = Value(self.name(), kind, shared, depth)
        self._open[depth].lines.append(f"const {(_SHARED if shared else _LANES)[kind]} {made.text} = {text};")
        self._open[depth].known[text] = made
        return made

    def variable(self, value: Value, *, shared: bool) -> Value:
        """Declare a variable that begins as some value, in the innermost region; give it as seen inside a loop."""
        name = self.name()
        text = value.text if shared else lane_text(value)
        self.line(f"{(_SHARED if shared else _LANES)[value.kind]} {name} = {text};")
        return Value(name, value.kind, shared, self.depth + 1)

    def array(self, values: Sequence[Value], *, shared: bool) -> str:
        """Put values into memory one after the other; give the name of the array."""
        key = ("array", shared, tuple(value.text for value in values))
        depth = max(value.depth for value in values)
        for region in self._open[: depth + 1]:
            if key in region.known:
                return region.known[key].text
        kind = values[0].kind
        name, stored = self.name(), "u" if kind == "b" else kind
        self._open[depth].lines.append(f"{(_SHARED if shared else _LANES)[stored]} {name}[{len(values)}];")
        for place, value in enumerate(values):
            text = value.text if shared else lane_text(value)
            self._open[depth].lines.append(f"{name}[{place}] = {f'to_u({text})' if kind == 'b' else text};")
        self._open[depth].known[key] = Value(name, kind, shared, depth)
        return name

    def carry_over(self, variables: Sequence[Value], found: Sequence[Value]) -> None:
        """Give variables their values of the next turn, all at once."""
        assigned = []
        for variable, value in zip(variables, found, strict=True):
            if value.text != variable.text:
                name = self.name()
                self.line(f"const auto {name} = {value.text if variable.shared else lane_text(value)};")
                assigned.append(f"{variable.text} = {name};")
        self._open[-1].lines.extend(assigned)

    @contextmanager
    def loop(self, head: str) -> Iterator[None]:
        """Write a loop; what is written meanwhile stands in it."""
        self._open.append(_Region())
        yield
        inside = self._open.pop()
        self.line(head + " {")
        self._open[-1].lines.extend(f"  {line}" for line in inside.lines)
        self.line("}")

    def tried(self, attempt: Callable[[], Any]) -> Any:
        """Give what an attempt gives, and forget what it wrote."""
        before = [(len(region.lines), dict(region.known)) for region in self._open]
        self._open.append(_Region())
        found = attempt()
        self._open.pop()
        for region, (length, known) in zip(self._open, before, strict=True):
            del region.lines[length:]
            region.known = known
        return found

    def text(self) -> str:
        """Give all statements."""
        return "\n".join(self._open[0].lines)
