"""What the damage needs to know of a kind of file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cereblon.questions.result import Result


@dataclass(frozen=True)
class Format:
    """A kind of file.

    `kind` says how it is damaged. `use` reads a file and gives the answers that a user would save; `use_fully`, if
    there is one, does what takes longer, and is done in its place where pages are written.
    """

    name: str
    kind: str
    ending: str
    right: tuple[bytes, ...] | Callable[[], tuple[bytes, ...]]
    use: Callable[[Path], Sequence[Result]]
    use_fully: Callable[[Path], Sequence[Result]] | None = None

    @cached_property
    def seeds(self) -> tuple[bytes, ...]:
        """Files that are right; those that take a build are made when they are first asked for."""
        return self.right() if callable(self.right) else self.right
