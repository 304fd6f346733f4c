"""Read YAML with errors that name file, line and column; nothing is guessed, and no document can do harm.

Words mean what they do in YAML 1.2: `true` and `false` are the only booleans; `yes`, `no`, `off` and dates are
text; `1e9` is a number; `010`, `1_000` and `1:30` are text, so that no field for a number takes them.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from cereblon.core.control_characters import refuse_control_characters
from cereblon.core.errors import InputError
from cereblon.core.kinds import kind_of
from cereblon.core.names import shortened
from cereblon.core.text_files import read_standard_input, read_text

MOST_CHARACTERS = 4 * 2**20  # the largest study file of the library has 0.1 million
DEEPEST = 40  # a rule set or regimen nests to about 10
MOST_VALUES = 200_000  # with each alias counted as often as it stands for something
MOST_DIGITS = 18  # a whole number with more is exact neither in JSON nor as a float

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_PLAIN = {f"{_TAG}{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map")}
_HINT = "check indentation, brackets and quotes around the place named"


class _PlainLoader(_Loader):  # type: ignore[misc]
    """A safe loader of plain values that refuses a key written twice, tags, and numbers with too many digits."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node.tag not in _PLAIN:
            what = "merge keys (<<) are" if node.tag == f"{_TAG}merge" else f"the tag {node.tag} is"
            raise yaml.constructor.ConstructorError(None, None, f"{what} not accepted here", node.start_mark)
        if node.tag == f"{_TAG}int" and len(node.value) > MOST_DIGITS + 1:
            problem = f"a whole number of {len(node.value)} digits; at most {MOST_DIGITS} are read"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            kind = node.tag.removeprefix(_TAG)
            problem = f"{str(node.value)[:40]!r} cannot be read as {kind}"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        if not isinstance(node, yaml.MappingNode):  # a tag says so of something else
            raise yaml.constructor.ConstructorError(None, None, "is no mapping of keys to values", node.start_mark)
        seen = set[str]()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            found = None if isinstance(key, str) else f"the key {shortened(repr(key))} is no text; put it in quotes"
            found = f"key {shortened(key)!r} is written twice" if found is None and key in seen else found
            if found:
                raise yaml.constructor.ConstructorError(None, None, found, key_node.start_mark)
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


for _kind, _pattern, _starts in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+."),
    ("merge", r"<<", "<"),
):
    _PlainLoader.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(rf"^(?:{_pattern})$"), list(_starts))


_CONSTRUCTOR = yaml.constructor.SafeConstructor()


def parse_yaml(text: str, *, where: str) -> dict[str, Any]:
    """Parse one YAML mapping.

    Parameters
    ----------
    text
        The document.
    where
        Name of the file, for messages.

    Raises
    ------
    InputError
        If the text is not YAML, has a key twice or one that is no text, nests or repeats itself without end, or is
        not a mapping.
    """
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{where}: has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read")
    try:
        _check_extent(text, where)
        data = yaml.load(text, Loader=_PlainLoader)
    except yaml.MarkedYAMLError as error:
        place = _place(where, error.problem_mark)
        raise InputError(f"{place}: {error.problem or 'not valid YAML'}", hint=_HINT) from error
    except yaml.YAMLError as error:
        raise InputError(f"{where}: not valid YAML ({error})") from error
    if not isinstance(data, dict):
        raise InputError(f"{where}: holds {kind_of(data)}; a mapping of keys to values is needed")
    return data


def plain_value(text: str) -> Any:
    """Read one scalar that stands without quotes, as `parse_yaml` does.

    Parameters
    ----------
    text
        As written.

    Returns
    -------
        A number, true or false, None, or the text.
    """
    found = _PlainLoader.yaml_implicit_resolvers.get(text[:1], [])
    tag = next((tag for tag, pattern in found if pattern.match(text)), f"{_TAG}str")
    return yaml.SafeLoader.yaml_constructors[tag](_CONSTRUCTOR, yaml.ScalarNode(tag, text))


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML mapping from a file.

    Raises
    ------
    InputError
        If the file is missing, unreadable or not a YAML mapping.
    """
    return parse_yaml(read_text(path), where=str(path))


def read_yaml_input() -> dict[str, Any]:
    """Read one YAML mapping from standard input.

    Raises
    ------
    InputError
        If it is not a YAML mapping.
    """
    return parse_yaml(read_standard_input(), where="standard input")


def _check_extent(text: str, where: str) -> None:
    """Refuse a document that nests too deep, or grows too large by its aliases, before it is built."""
    sizes: dict[str, int] = {}
    inside: list[tuple[str | None, int]] = []  # anchor of each open list or mapping, and the values before it
    count = 0
    for event in yaml.parse(text, Loader=_PlainLoader):
        place = _place(where, event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            if any(event.anchor == anchor for anchor, _ in inside):
                raise InputError(f"{place}: *{event.anchor} stands for what it is part of, which never ends")
            count += sizes.get(str(event.anchor), 0)
        elif isinstance(event, yaml.CollectionStartEvent):
            inside.append((event.anchor, count))
            count += 1
            if len(inside) > DEEPEST:
                raise InputError(f"{place}: lists and mappings are nested more than {DEEPEST} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = inside.pop()
            if anchor:
                sizes[anchor] = count - before
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            refuse_control_characters(event.value, where=place)
            if event.anchor:
                sizes[event.anchor] = 1
        if count > MOST_VALUES:
            raise InputError(f"{place}: more than {MOST_VALUES:,} values, aliases counted; that is no file of ours")


def _place(where: str, mark: Any) -> str:
    return f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
