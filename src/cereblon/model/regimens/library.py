"""The regimens that come with the package, and files of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cereblon.core.errors import InputError, UnknownNameError, unknown_name
from cereblon.core.yaml_files import read_yaml
from cereblon.model.regimens.reading import parse_regimen, parse_strategy
from cereblon.model.regimens.regimen import Regimen
from cereblon.model.regimens.strategy import Strategy
from cereblon.vocabulary.drugs import find_regimen


@cache
def _paths() -> dict[str, Path]:
    root = Path(str(files("cereblon.model.regimens"))) / "library"
    return {path.stem: path for path in sorted(root.glob("*.yaml"), key=lambda path: path.stem)}


def regimen_names() -> tuple[str, ...]:
    """Name the regimens of the library."""
    return tuple(_paths())


def is_file_name(name: str) -> bool:
    """Say whether a text names a file rather than an entry of the library."""
    return name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name


def load_regimen(name_or_path: str | Path) -> Regimen:
    """Load a regimen by its name in the library, or from a YAML file.

    Raises
    ------
    UnknownNameError
        If the library has no such name.
    InputError
        If the file cannot be read or is not a valid regimen; every problem is listed.
    """
    if isinstance(name_or_path, Path) or is_file_name(name_or_path):
        path = Path(name_or_path)
        return parse_regimen(read_yaml(path), where=str(name_or_path))
    return _library_regimen(name_or_path.lower())


@cache
def _library_regimen(name: str) -> Regimen:
    if name not in regimen_names():
        raise unknown_regimen("regimen", name, regimen_names())
    path = _paths()[name]
    regimen = parse_regimen(read_yaml(path), where=f"regimens/{path.name}")
    if regimen.id != name:
        raise InputError(f"{path.name}: the id is {regimen.id!r}; it must equal the file's name")
    return regimen


def unknown_regimen(kind: str, name: str, known: Sequence[str]) -> UnknownNameError:
    """Build the error for a name that the library has not; letters of a publication lead to those of its drugs."""
    meant = find_regimen(name)
    same = [one for one in regimen_names() if meant and meant.drugs == set(load_regimen(one).drugs)]
    if meant is None or not same:
        return unknown_name(kind, name, known)
    return UnknownNameError(
        f"{kind} {name!r} is not known",
        hint=f"of {', '.join(sorted(meant.drugs))} the library has {', '.join(same)}; give one of these names",
    )


def parse_entry(data: dict[Any, Any], *, where: str) -> Regimen | Strategy:
    """Build a regimen from parsed data, or a strategy if there are lines in it.

    Raises
    ------
    InputError
        Listing every problem.
    """
    if "lines" not in data:
        return parse_regimen(data, where=where)
    return read_strategy(data, where=where)


def read_strategy(data: dict[Any, Any], *, where: str) -> Strategy:
    """Build a strategy from parsed data, whose lines are regimens of the library or written out.

    Raises
    ------
    InputError
        Listing every problem.
    """
    strategy = parse_strategy(data, where=where)
    _check_lines(strategy, where)
    return strategy


def resolve_lines(strategy: Strategy) -> tuple[Regimen, ...]:
    """Give the regimens of a strategy, first line first.

    Raises
    ------
    UnknownNameError
        If a line names a regimen that the library does not have.
    """
    return tuple(load_regimen(line) if isinstance(line, str) else line for line in strategy.lines)


def _check_lines(strategy: Strategy, where: str) -> None:
    known = regimen_names()
    problems = []
    for number, line in enumerate(strategy.lines, start=1):
        if isinstance(line, str) and line not in known:
            error = unknown_name("regimen", line, known)
            problems.append(f"{where}, line {number}: {error.message} ({error.hint})")
    if problems:
        raise InputError("\n".join(problems))
