"""Every problem of a file in one refusal, the first ones shown and the rest counted."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.core.errors import InputError

_MOST_PROBLEMS = 25


def refuse_problems(problems: Sequence[str], *, hint: str | None = None) -> None:
    """Refuse a file with its problems, if there are any; the first ones are shown and the rest counted.

    Raises
    ------
    InputError
        If `problems` holds a line.
    """
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        shown = [*problems[:_MOST_PROBLEMS], *([f"and {more} more problems"] if more > 0 else [])]
        raise InputError("\n".join(shown), hint=hint)
