"""Let the interface pages show our docstrings as they are meant.

Types stand in the annotations, so what follows `Returns` is text; the reader of NumPy docstrings would take its first
line for a type. `Source` is a section of ours, and would become a heading of the page.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension

_TITLE = re.compile(r"^(Returns|Source)\n-+\n(.*?)(?=\n\n\S+\n-{3,}\n|\Z)", re.MULTILINE | re.DOTALL)


class OurSections(Extension):
    """Rewrite two sections of each docstring when it is loaded."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """Rewrite the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = _TITLE.sub(_rewritten, obj.docstring.value)


def _rewritten(found: re.Match[str]) -> str:
    lines = [line.strip() for line in found[2].strip().splitlines()]
    if found[1] == "Source":
        return "\n".join(["**Source:**", "", *lines])
    return "\n".join(["Returns", "-------", ":", *(f"    {line}" for line in lines)])
