"""Check a study file and name everything that is wrong with it at once.

The shapes are those of the dataclasses in `study`, checked by pydantic piece by piece, so that one bad fact does not
hide the next; what the numbers must obey is in `rules`. Packaged studies skip this at run time: a test checks them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cereblon.core.errors import InputError
from cereblon.core.yaml_files import parse_yaml, read_yaml
from cereblon.evidence import rules
from cereblon.evidence.placeholder import TO_COMPLETE
from cereblon.evidence.study import SIMULATION_BLOCKS, Arm, Fact, PublishedCurve, Source, Study, build_study

HINT = "the fields are explained in the reference page on evidence; `cereblon evidence endpoints` lists the endpoints"
_PIECES: dict[str, type] = {"sources": Source, "arms": Arm, "facts": Fact, "curves": PublishedCurve}
_LISTS = {"facts": "fact", "curves": "curve"}


def read_study(path: Path) -> Study:
    """Load and check one study file; its name must be its id.

    Raises
    ------
    InputError
        If the file cannot be read, or listing every problem in it.
    """
    data = read_yaml(path)
    return _study(data, file_problems(data, path))


def file_problems(data: Mapping[str, Any], path: Path) -> list[str]:
    """List what is wrong with the parsed content of a study file, and with its name.

    Parameters
    ----------
    data
        The mapping that the file holds.
    path
        Of the file; starts each line.
    """
    problems = find_problems(data, where=str(path))
    if "id" in data and data["id"] != path.stem:
        problems.append(f"{path}, id: got {data['id']!r}; the name of the file says {path.stem!r}")
    return problems


def parse_study(text: str, *, where: str) -> Study:
    """Load and check a study from text.

    Raises
    ------
    InputError
        Listing every problem.
    """
    data = parse_yaml(text, where=where)
    return _study(data, find_problems(data, where=where))


def _study(data: Mapping[str, Any], problems: Sequence[str]) -> Study:
    refuse(problems)
    return build_study(data)


def refuse(problems: Sequence[str]) -> None:
    """Raise the problems of a study file as one error, if there are any.

    Raises
    ------
    InputError
        With a line for each.
    """
    if problems:
        count = "" if len(problems) == 1 else f"{len(problems)} problems\n"
        raise InputError(count + "\n".join(problems), hint=HINT)


def find_problems(data: Mapping[str, Any], *, where: str) -> list[str]:
    """List what is wrong with the parsed content of a study file, one line each; empty if nothing is.

    Parameters
    ----------
    data
        The mapping that the file holds.
    where
        Name of the file, which starts each line.
    """
    header = {key: value for key, value in data.items() if key not in (*_PIECES, "simulation")}
    found = _shape(Study, {**header, "sources": {}, "arms": {}, "facts": ()}, place="")
    pieces: dict[str, dict[str, Any]] = {}
    for name, kind in _PIECES.items():
        entries, problems = _entries(name, data)
        found += problems
        pieces[name] = {}
        for label, entry in entries.items():
            problems = _shape(kind, entry, place=f"{label}, ")
            found += problems
            if not problems:
                pieces[name][label] = entry
    found += _rules(header, data, pieces)
    found += _simulation(data.get("simulation", {}))
    return [f"{where}, {problem}" for problem in found]


def _rules(header: Mapping[str, Any], data: Mapping[str, Any], pieces: Mapping[str, dict[str, Any]]) -> list[str]:
    """Apply the rules to every piece whose shape is right; names are looked up in the file as written."""
    sound = {
        "sources": {label.removeprefix("source "): entry for label, entry in pieces["sources"].items()},
        "arms": {label.removeprefix("arm "): entry for label, entry in pieces["arms"].items()},
        **{name: list(pieces[name].values()) for name in _LISTS},
    }
    names = {key: list(data[key]) if isinstance(data.get(key), dict) else [] for key in ("sources", "arms")}
    publications = header.get("publications")
    listed = [key for key in publications if isinstance(key, str)] if isinstance(publications, list) else []
    built = build_study(
        {
            **dict.fromkeys(("id", "name", "kind", "setting", "population", "role", "role_reason"), ""),
            **sound,
            "publications": listed,
        }
    )
    labels = {name: list(pieces[name]) for name in _LISTS}
    return rules.check(built, labels=labels, sources=names["sources"], arms=names["arms"], whole=data)


def _simulation(block: object) -> list[str]:
    """Check which blocks there are; what stands in each is checked by those who read it."""
    if not isinstance(block, dict):
        return [f"simulation: got {_shown(block)}; a mapping is needed, of {', '.join(SIMULATION_BLOCKS)}"]
    problems = []
    for name, part in block.items():
        if name not in SIMULATION_BLOCKS:
            problems.append(f"simulation.{name}: is not a block; allowed: {', '.join(SIMULATION_BLOCKS)}")
        elif not isinstance(part, dict):
            problems.append(f"simulation.{name}: got {_shown(part)}; a mapping of fields is needed")
    return problems


def _entries(name: str, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Give the entries of sources, arms, facts or curves, each under the words that messages use for it."""
    if name not in data:
        return {}, [] if name == "curves" else [f"{name}: is missing"]
    found = data[name]
    if name in _LISTS:
        if not isinstance(found, list):
            return {}, [f"{name}: got {_shown(found)}; a list is needed, empty if nothing was read"]
        return {_label(_LISTS[name], number, one): one for number, one in enumerate(found, start=1)}, []
    if not isinstance(found, dict) or not found:
        return {}, [f"{name}: got {_shown(found)}; a mapping of keys to entries is needed"]
    return {f"{name.removesuffix('s')} {key}": entry for key, entry in found.items()}, []


def _label(kind: str, number: int, entry: Any) -> str:
    if not isinstance(entry, dict):
        return f"{kind} {number}"
    names = ", ".join(str(entry[key]) for key in ("arm", "endpoint") if key in entry)
    return f"{kind} {number} ({names})" if names else f"{kind} {number}"


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _shape(kind: type, entry: Any, *, place: str) -> list[str]:
    """List fields that are missing, unknown, empty or of the wrong type; JSON mode is strict but takes mappings."""
    problems = _leaves(entry, place)
    try:
        _adapter(kind).validate_json(json.dumps(entry, default=str))
    except ValidationError as error:
        known = [field.name for field in fields(kind)]
        found = [_sentence(dict(problem), place, known) for problem in error.errors(include_url=False)]
        problems += [text for text in found if not any(text.startswith(f"{seen}:") for seen in _places(problems))]
    return problems


def _places(problems: Sequence[str]) -> list[str]:
    return [problem.partition(": ")[0] for problem in problems]


def _sentence(problem: dict[str, Any], place: str, known: Sequence[str]) -> str:
    path = [str(part) for part in problem["loc"]]
    start = place + (".".join(path) + ": " if path else "")
    got = _shown(problem["input"])
    if problem["type"].startswith("missing"):
        remedy = "; every number needs one" if path[-1] == "source" else ""
        return f"{start}is missing{remedy}"
    if problem["type"] == "unexpected_keyword_argument":
        near = get_close_matches(path[-1], known, n=1) if len(path) == 1 else []
        return f"{start}is not a field" + (f"; did you mean {near[0]}?" if near else "")
    if problem["type"] == "literal_error":
        return f"{start}got {got}; allowed: {problem['ctx']['expected']}"
    if problem["type"].startswith(("dataclass", "dict")):
        return f"{start.removesuffix(', ').removesuffix(': ')}: got {got}; a mapping of fields is needed"
    wanted = problem["msg"].removeprefix("Input should be a ").removeprefix("Input should be an ")
    return f"{start}got {got}; needed: {wanted.removeprefix('valid ')}"


def _leaves(entry: Any, place: str, path: str = "") -> list[str]:
    """List values that are neither text nor number: what is not known is left out, and no field is a yes or no."""
    if isinstance(entry, dict):
        return [text for key, value in entry.items() for text in _leaves(value, place, f"{path}.{key}")]
    if isinstance(entry, (list, tuple)):
        return [text for index, value in enumerate(entry) for text in _leaves(value, place, f"{path}.{index}")]
    start = f"{place}{path.removeprefix('.')}"
    if entry is None or (isinstance(entry, str) and not entry.strip()):
        return [f"{start}: is empty; leave it out, or write status: not_reached for a median"]
    if isinstance(entry, str) and TO_COMPLETE in entry:
        return [f"{start}: is still {TO_COMPLETE}; the comment beside it in the draft says what a person must decide"]
    if isinstance(entry, bool) or not isinstance(entry, (str, int, float)):
        return [f"{start}: got {entry}; text or a number is needed, a date or a yes in quotes"]
    return []


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        return "a list" if isinstance(value, (list, tuple)) else "a mapping"
    return repr(value)
