"""The package's populations, one YAML file each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.validation import validate
from cereblon.core.yaml_files import read_yaml
from cereblon.model.patients.population import Population

_SETTINGS = {
    "ndmm": "ndmm",
    "ndmm-te": "ndmm-te",
    "ndmm-tie": "ndmm-tie",
    "rrmm": "rrmm-1-3",
    "maintenance-post-asct": "maintenance-post-asct",
}


def _folder() -> Path:
    return Path(str(files("cereblon.model.patients") / "populations"))


def population_names() -> list[str]:
    """Name the populations of the package."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


@cache
def load_population(name: str) -> Population:
    """Load one of the package's populations, for example `ndmm-tie`.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    """
    if name not in population_names():
        raise unknown_name("population", name, population_names())
    return read_population(_folder() / f"{name}.yaml")


def find_population(name_or_path: str | Path) -> Population:
    """Load a population of the package by its name, or read a file: what ends in .yaml or .yml, or holds a slash.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    InputError
        Listing every problem of the file.
    """
    text = str(name_or_path)
    is_path = isinstance(name_or_path, Path) or text.endswith((".yaml", ".yml")) or "/" in text
    return read_population(Path(text)) if is_path else load_population(text)


def read_population(path: Path) -> Population:
    """Read a population file.

    A file may say `extends:` with the name of a population of the package; it then states only the blocks that
    differ, and each block it states replaces the whole block of that name.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    return validate(Population, _blocks(path), where=path.name)


def _blocks(path: Path, *, above: tuple[str, ...] = ()) -> dict[str, Any]:
    data = dict(read_yaml(path))
    base = data.pop("extends", None)
    if base is None:
        return data
    if base in above:
        raise InputError(f"{path.name}: extends {base!r}, which extends this file")
    if base not in population_names():
        raise unknown_name(f"{path.name}, extends: population", str(base), population_names())
    inherited = _blocks(_folder() / f"{base}.yaml", above=(*above, str(base)))
    inherited.pop("note", None)
    return {**inherited, **data}


def population_for_setting(setting: str) -> str:
    """Name the package's population for a setting of the evidence vocabulary.

    Raises
    ------
    UnknownNameError
        If no population stands for this setting.
    """
    if setting not in _SETTINGS:
        raise unknown_name("population for setting", setting, list(_SETTINGS))
    return _SETTINGS[setting]
