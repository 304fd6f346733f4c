"""The one reader of JSON that users bring: bounded in size, depth and digits, with the place of what is wrong."""

from __future__ import annotations

import json
import math
from typing import Any

from cereblon.core.control_characters import refuse_control_characters
from cereblon.core.errors import InputError

MOST_CHARACTERS = 32 * 2**20  # a thousand reports of openFDA, the most that it gives at once, have about 10 million
DEEPEST = 60  # a record of ClinicalTrials.gov nests to about 15
MOST_DIGITS = 18  # a whole number with more is not exact as a float


def parse_json(text: str, *, where: str, hint: str | None = None) -> Any:
    """Parse JSON.

    Parameters
    ----------
    text
        The document.
    where
        Name of the file, for messages.
    hint
        What to do with a file that is something else.

    Raises
    ------
    InputError
        If it is no JSON, too large, nested too deep, has a key twice, a number that no float holds, or a control
        character in a text.
    """
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{where}: has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read", hint=hint)
    try:
        content = json.loads(
            text.lstrip("\ufeff"),
            object_pairs_hook=_object,
            parse_int=_whole_number,
            parse_float=_number,
            parse_constant=_no_number,
        )
    except json.JSONDecodeError as error:
        place = f"{where}, line {error.lineno}, column {error.colno}"
        raise InputError(f"{place}: not JSON ({error.msg})", hint=hint) from error
    except RecursionError as error:
        raise InputError(f"{where}: {_TOO_DEEP}", hint=hint) from error
    except ValueError as error:
        raise InputError(f"{where}: {error}", hint=hint) from error
    _check_values(content, where, hint)
    return content


_TOO_DEEP = f"lists and objects are nested more than {DEEPEST} deep"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise ValueError(f"the key {twice[:60]!r} is written twice in one object")
    return found


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS + 1:
        raise ValueError(f"a whole number of {len(digits)} digits; at most {MOST_DIGITS} are read")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:40]} is too large")
    return value


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON; null says that there is none")


def _check_values(content: object, where: str, hint: str | None) -> None:
    level: list[object] = [content]
    for _ in range(DEEPEST + 1):
        inner: list[object] = []
        for value in level:
            if isinstance(value, str):
                refuse_control_characters(value, where=where)
            elif isinstance(value, dict):
                inner += [*value, *value.values()]
            elif isinstance(value, list):
                inner += value
        if not inner:
            return
        level = inner
    raise InputError(f"{where}: {_TOO_DEEP}", hint=hint)
