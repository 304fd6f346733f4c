"""Named rule sets, rule files of one's own, and rules written inside a trial file."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.validation import validate
from cereblon.core.yaml_files import parse_yaml, read_yaml
from cereblon.model.dosing.checks import problems_of
from cereblon.model.dosing.rule_set import RuleSet


def _library() -> dict[str, Any]:
    folder = files("cereblon.model.dosing") / "rule_sets"
    return {
        entry.name.removesuffix(".yaml").replace("trial-", "trial:", 1): entry
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    }


def rule_set_names() -> list[str]:
    """Name the rule sets of the library."""
    return sorted(_library())


def parse_rule_set(data: Mapping[str, Any], *, where: str, unseen: Collection[str] = ()) -> RuleSet:
    """Build a rule set from parsed data; `extends` takes over a set of the library and changes it.

    Parameters
    ----------
    data
        As in a rule file. With `extends: NAME`, drugs and rules of the same name replace those of the set, other ones
        are added, and `without: [rule, ...]` leaves some out.
    where
        Name of the file, for messages.
    unseen
        Values that nobody measures; a rule written here (not one taken over) that reads one is refused.

    Raises
    ------
    InputError
        Listing every problem with file, rule and field.
    """
    _need_kinds(data, where)
    own = [rule for kind in ("start", "rules") for rule in data.get(kind) or [] if isinstance(rule, Mapping)]
    extended = _extended(dict(data), where=where)
    try:
        rules = validate(RuleSet, extended, where=where)
    except InputError as error:
        raise InputError(_by_name(error.message, extended), hint=error.hint) from error
    problems = problems_of(rules, unseen, written={str(rule.get("id")) for rule in own})
    if problems:
        raise InputError(
            "\n".join(f"{where}, {problem}" for problem in problems),
            hint="docs/how-to/write-dose-rules.md shows every form that a rule can take",
        )
    return rules


def _need_kinds(data: Mapping[str, Any], where: str) -> None:
    """Refuse what is no list or mapping where `extends` would join it to one of the library."""
    lists = {name: list for name in ("start", "rules", "without")}
    problems = [
        f"{where}, {name}: is {data[name]!r:.60}; a {'list' if kind is list else 'mapping'} is needed"
        for name, kind in {**lists, "drugs": Mapping, "sources": Mapping}.items()
        if data.get(name) is not None and not isinstance(data[name], kind)
    ]
    if problems:
        raise InputError("\n".join(problems))


def _by_name(message: str, data: Mapping[str, Any]) -> str:
    """Name rules where pydantic numbers them."""

    def named(found: re.Match[str]) -> str:
        kind, number = found[1], int(found[2])
        rule = data[kind][number]
        name = rule.get("id") if isinstance(rule, Mapping) else None
        return f", rule {name}, " if name else f", {kind}, number {number + 1}, "

    return re.sub(r", (start|rules)\.(\d+)[.:]", named, message)


def _extended(data: dict[str, Any], *, where: str) -> dict[str, Any]:
    base, without = data.pop("extends", None), data.pop("without", None) or []
    if base is None:
        if without:
            raise InputError(f"{where}, without: leaves out rules of a set that `extends` names; there is none")
        return data
    own = load_rule_set(str(base)).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    names = {str(rule["id"]) for kind in ("start", "rules") for rule in own.get(kind, [])}
    strangers = sorted(set(map(str, without)) - names)
    if strangers:
        raise InputError(f"{where}, without: {base} has no rule {', '.join(strangers)}")
    merged = {**own, **data}
    for kind in ("drugs", "sources"):
        merged[kind] = {**own.get(kind, {}), **(data.get(kind) or {})}
    for kind in ("start", "rules"):
        ours = data.get(kind) or []
        replaced = {str(rule.get("id")) for rule in ours if isinstance(rule, dict)} | set(map(str, without))
        kept = [rule for rule in own.get(kind, []) if str(rule["id"]) not in replaced]
        merged[kind] = [*kept, *ours]
    return merged


@cache
def load_rule_set(name: str) -> RuleSet:
    """Load a rule set of the library.

    It holds the label's rules on values that nobody measures, too; they never act.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    library = _library()
    if name not in library:
        raise unknown_name("rule set", name, list(library))
    entry = library[name]
    text = entry.read_text(encoding="utf-8")
    return parse_rule_set(parse_yaml(text, where=entry.name), where=entry.name)


def read_rule_set(path: Path, *, unseen: Collection[str] = ()) -> RuleSet:
    """Read a rule file.

    Raises
    ------
    InputError
        Listing every problem with file, rule and field.
    """
    return parse_rule_set(read_yaml(path), where=str(path), unseen=unseen)


def find_rule_set(given: str | Mapping[str, Any], *, where: str = "rules", unseen: Collection[str] = ()) -> RuleSet:
    """Give the rule set that a trial file or a command names: in the library, in a file, or written out."""
    if not isinstance(given, str):
        return parse_rule_set(given, where=where, unseen=unseen)
    if given.endswith((".yaml", ".yml")) or "/" in given:
        return read_rule_set(Path(given), unseen=unseen)
    return load_rule_set(given)
