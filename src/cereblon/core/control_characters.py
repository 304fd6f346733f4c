"""Characters that nobody can see: refused where text enters, written visibly where text leaves.

They steer terminals, end XML documents, and abort libraries that draw. Tabs and line ends are text.
"""

from __future__ import annotations

import re

from cereblon.core.errors import InputError

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""C0 and C1 but tab and line ends, halves of a surrogate pair, and what Unicode says is no character."""
CONTROL_PATTERN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{FFFE}\x{FFFF}]"
"""The same for engines that search whole columns (RE2), whose text holds no half of a pair."""
_TURNING = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"  # titles in Hebrew or Arabic hold them
_UNSEEN = re.compile(f"[{_TURNING}\u2028\u2029\u00ad\u200b\u2060-\u2064\ufeff]")
"""What has no place in a name: it shows a name as another, or makes two of one."""
_NOT_SHOWN = re.compile(f"{_CONTROL.pattern[:-1]}{_TURNING}\u2028\u2029]")
"""Also what makes a terminal show words in another order, or on another line, than they stand."""


def refuse_control_characters(text: str, *, where: str, first_line: int = 1) -> None:
    """Refuse text with a control character in it.

    Parameters
    ----------
    text
        One value, or the content of a file.
    where
        Its name, for messages; the line is added for text of several.
    first_line
        Number of the first line, of a part of a file.

    Raises
    ------
    InputError
        With the line and the code of the first one.
    """
    found = _CONTROL.search(text)
    if found is None:
        return
    line = f", line {text.count(chr(10), 0, found.start()) + first_line}" if "\n" in text else ""
    raise InputError(
        f"{where}{line}: holds the control character U+{ord(found[0]):04X}",
        hint="delete it, or replace it by what was meant; it cannot be seen in most editors",
    )


def unseen_character(name: str) -> str:
    """Give the code of the first character that shows a name as another, or is not seen; empty if none does."""
    found = _UNSEEN.search(name)
    return f"U+{ord(found[0]):04X}" if found else ""


def visible(text: str) -> str:
    r"""Write control characters, and those that turn words round, as their codes (`\x1b`), for a terminal."""
    return _NOT_SHOWN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
