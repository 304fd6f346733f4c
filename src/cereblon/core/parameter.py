"""Numbers with a source: the parameter and its file format."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.yaml_files import parse_yaml

Basis = Literal["published", "derived", "fitted", "assumed"]
BASES: tuple[Basis, ...] = ("published", "derived", "fitted", "assumed")
_USUAL_FACTOR = 1.5
_FIELDS = {"value", "unit", "meaning", "source", "basis", "lower", "upper", "sd_log", "sd", "factor", "note"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One number of the model with its unit, meaning and origin.

    Parameters
    ----------
    name
        Unique within its file; the file's stem is its group.
    value
        In `unit`.
    unit
        As pint reads it; `1` for none.
    meaning
        One sentence.
    source
        DOI, address or study key; for `derived` formula and inputs; for `fitted` how; for `assumed` who judged
        and what would change it.
    basis
        published, derived, fitted or assumed.
    lower, upper
        What is possible, not what we like.
    sd_log
        Between-subject standard deviation on the log scale, 0 for none.
    sd
        Between-subject standard deviation on the natural scale, 0 for none.
    factor
        Of an assumed number: 90 % likely within this factor of its value, 1.5 if None.

    Raises
    ------
    InputError
        If the source is empty, the basis unknown, the value outside its bounds, the factor not above 1 or that of a
        number that is not assumed.
    """

    name: str
    value: float
    unit: str
    meaning: str
    source: str
    basis: Basis
    lower: float = -math.inf
    upper: float = math.inf
    sd_log: float = 0.0
    sd: float = 0.0
    factor: float | None = None
    note: str = ""

    @property
    def likely_within(self) -> float:
        """The factor of an assumed number, stated or usual."""
        return _USUAL_FACTOR if self.factor is None else self.factor

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise InputError(f"{self.name}: no source", hint="cite it, or set basis: assumed and say why")
        if self.basis not in BASES:
            raise InputError(f"{self.name}: basis {self.basis!r} is not one of {', '.join(BASES)}")
        if not self.meaning.strip():
            raise InputError(f"{self.name}: no meaning")
        if not (self.lower <= self.value <= self.upper):
            raise InputError(
                f"{self.name}: {self.value} {self.unit} is outside {self.lower} to {self.upper} {self.unit}"
            )
        if self.sd_log < 0 or self.sd < 0:
            raise InputError(f"{self.name}: a standard deviation is negative")
        if self.factor is not None and self.basis != "assumed":
            raise InputError(
                f"{self.name}: factor is {self.factor:g}, but it is {self.basis}",
                hint="a factor says how far an assumed number may be off; of others sd_log or the draws say it",
            )
        if self.factor is not None and not self.factor > 1.0:
            raise InputError(f"{self.name}: factor is {self.factor:g}, a number above 1 is needed")


def parse_parameters(text: str, *, where: str) -> dict[str, Parameter]:
    """Read a parameter file: a mapping `parameters:` from name to fields.

    Raises
    ------
    InputError
        Listing every number that lacks a field, has an unknown one or is out of bounds.
    """
    data = parse_yaml(text, where=where)
    entries = data.get("parameters")
    if not isinstance(entries, dict):
        raise InputError(f"{where}: no mapping 'parameters'")
    loaded: dict[str, Parameter] = {}
    problems: list[str] = []
    for name, fields in entries.items():
        try:
            loaded[name] = _parameter(str(name), fields)
        except InputError as error:
            problems.append(f"{where}, {error.message}")
    if problems:
        raise InputError("\n".join(problems))
    return loaded


def _parameter(name: str, fields: Any) -> Parameter:
    if not isinstance(fields, dict):
        raise InputError(f"{name}: needs the fields value, unit, meaning, source, basis")
    missing = {"value", "unit", "meaning", "source", "basis"} - set(fields)
    if missing:
        raise InputError(f"{name}: lacks {', '.join(sorted(missing))}")
    unknown = set(fields) - _FIELDS
    if unknown:
        raise InputError(f"{name}: unknown field {', '.join(sorted(map(str, unknown)))}")
    numbers = {}
    for key in ("value", "lower", "upper", "sd_log", "sd", "factor"):
        if key in fields:
            number = fields[key]
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise InputError(f"{name}: {key} is {number!r}, a number is needed")
            numbers[key] = float(number)
    return Parameter(
        name=name,
        unit=str(fields["unit"]),
        meaning=str(fields["meaning"]),
        source=str(fields["source"] or ""),
        basis=fields["basis"],
        note=str(fields.get("note", "")),
        **numbers,
    )


@cache
def _groups() -> dict[str, Path]:
    root = Path(str(files("cereblon")))
    return {path.stem: path for path in sorted(root.glob("**/parameters/*.yaml"))}


@cache
def load_parameters(group: str) -> dict[str, Parameter]:
    """Load one of the package's parameter files by its stem, for example `lenalidomide`.

    Raises
    ------
    UnknownNameError
        If there is no such file.
    """
    groups = _groups()
    if group not in groups:
        raise unknown_name("parameter file", group, list(groups))
    path = groups[group]
    return parse_parameters(path.read_text(encoding="utf-8"), where=path.name)


def all_parameters() -> dict[str, dict[str, Parameter]]:
    """Load every parameter file of the package, by group."""
    return {group: load_parameters(group) for group in _groups()}


def meaning_of(label: str) -> str:
    """Say what a number of the model means, or the spread between subjects that it has.

    Parameters
    ----------
    label
        As `clones.growth`, or `clones.growth_sd` for its spread.

    Returns
    -------
    str
        The meaning in its parameter file; empty where no file has it.
    """
    group, _, name = label.partition(".")
    known = load_parameters(group) if group in _groups() else {}
    if name in known:
        return known[name].meaning
    spread = known.get(name.removesuffix("_sd"))
    return f"spread between subjects: {spread.meaning}" if spread else ""


def values(group: str) -> dict[str, float]:
    """Give the bare values of a parameter file, for compiled code."""
    return {name: parameter.value for name, parameter in load_parameters(group).items()}
