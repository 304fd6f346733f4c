"""What a name may be: of a study, an arm, a treatment, a trial, a regimen, an event."""

from __future__ import annotations

from cereblon.core.control_characters import unseen_character, visible

LONGEST_NAME = 200
"""Characters. Registries give the title of an arm 100, the longest label of the library has 87. A longer one is a
paragraph in the wrong column, no picture has room for it, and a page with three of 5,000 took 12 s to draw.
"""

_SHOWN = 60


def find_name_problem(name: str) -> str | None:
    """Say why a text is no name, or None: it is too long, or shows something else than it holds.

    Parameters
    ----------
    name
        As read; control characters are refused by the reader of its file.
    """
    if code := unseen_character(name):
        return f"{shortened(visible(name))!r} holds {code}, which cannot be seen and shows a name as another"
    if len(name) <= LONGEST_NAME:
        return None
    return f"{shortened(name)!r} is a name of {len(name):,} characters; a name has at most {LONGEST_NAME}"


def find_needed_name_problem(name: str) -> str | None:
    """Say why a text is no name where one is needed, or None: as `find_name_problem`, or it is empty."""
    return find_name_problem(name) or (None if name.strip() else "is empty; a name is needed")


def shortened(text: str, most: int = _SHOWN) -> str:
    """Give a text, or its beginning where it is longer than messages show."""
    return text if len(text) <= most else f"{text[: most - 3]}..."
