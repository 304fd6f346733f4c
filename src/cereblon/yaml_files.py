"""Read YAML with errors that name file, line and column; nothing is guessed."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from cereblon.errors import InputError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_Loader):  # type: ignore[misc]
    """A safe loader that refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if isinstance(key, Hashable):
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"key {key!r} is written twice", key_node.start_mark
                    )
                seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


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
        If the text is not YAML, has a key twice or is not a mapping.
    """
    try:
        data = yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError(
            f"{where}{place}: {error.problem or 'not valid YAML'}",
            hint="check indentation, brackets and quotes around the place named",
        ) from error
    except yaml.YAMLError as error:
        raise InputError(f"{where}: not valid YAML ({error})") from error
    if not isinstance(data, dict):
        kind = "nothing" if data is None else type(data).__name__
        raise InputError(f"{where}: holds {kind}, a mapping of keys to values is needed")
    return data


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML mapping from a file.

    Raises
    ------
    InputError
        If the file is missing, unreadable or not a YAML mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file", hint="check the path and the spelling") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    return parse_yaml(text, where=str(path))
