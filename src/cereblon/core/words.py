"""Closed lists of words: what a cell may say, which synonyms are taken for it, and how a refusal reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

MISSING = frozenset({"", ".", "na", "n/a", "nan", "null", "none", "<na>"})
"""Cells, in lower case, that say that a value is missing."""

_MOST_SHOWN = 20


def is_missing(cell: object) -> bool:
    """Say whether a cell of a user's table stands for a missing value."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return cell.strip().lower() in MISSING
    try:
        return bool(cell != cell)  # NaN of any width, and NaT of pandas
    except (TypeError, ValueError):
        return type(cell).__name__ == "NAType"  # NA of pandas, of which nothing is true


def plain(text: str) -> str:
    """Give a word without the differences that mean nothing: case, and spaces, hyphens or underscores."""
    return re.sub(r"[\s_\-]+", " ", text.strip()).casefold()


def same_but_written_otherwise(labels: Iterable[object]) -> tuple[object, object] | None:
    """Give the first two labels that differ in nothing but capitals, spaces or being text, if there are two."""
    seen: dict[str, object] = {}
    for label in labels:
        other = seen.setdefault(" ".join(str(label).split()).casefold(), label)
        if other is not label:
            return other, label
    return None


@dataclass(frozen=True, slots=True)
class Words:
    """A vocabulary of which a user's word must be one.

    Parameters
    ----------
    kind
        What the words name, for messages, for example `isotype`.
    allowed
        The words themselves.
    synonyms
        Other ways to write one of them; case, spaces, hyphens and underscores make no difference.
    """

    kind: str
    allowed: tuple[str, ...]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    _by_plain: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table = {plain(written): word for written, word in self.synonyms.items()}
        table |= {plain(word): word for word in self.allowed}
        unknown = sorted(set(self.synonyms.values()) - set(self.allowed))
        if unknown:
            raise ValueError(f"{self.kind}: synonyms of {unknown}, which are no allowed words")
        object.__setattr__(self, "_by_plain", table)

    def find(self, text: str) -> str | None:
        """Give the word of the vocabulary that a text stands for, or None."""
        return text if text in self.allowed else self._by_plain.get(plain(text))

    def refusal(self, text: object) -> str:
        """Say that a text is no word of the vocabulary, which are, and which is nearest."""
        listed = ", ".join(word or "empty" for word in self.allowed[:_MOST_SHOWN]) + (
            ", ..." if len(self.allowed) > _MOST_SHOWN else ""
        )
        near = get_close_matches(plain(str(text)), list(self._by_plain), n=1, cutoff=0.75)
        meant = f"; did you mean {self._by_plain[near[0]]}?" if near else ""
        return f"{text!r} is no {self.kind}; allowed: {listed}{meant}"

    def read(
        self,
        values: Sequence[object],
        place: Callable[[int], str],
        problems: list[str],
        remarks: list[str],
        *,
        may_miss: bool = False,
    ) -> list[str | None]:
        """Read a column of words.

        Parameters
        ----------
        values
            Cells.
        place
            Name of the place of a cell by its position, for messages: `labs.csv, line 4, test`.
        problems
            Gains a line for each cell that is no word.
        remarks
            Gains a line for each synonym that was taken, with the number of cells.
        may_miss
            Whether a missing cell is allowed; it becomes None.

        Returns
        -------
            The word of each cell; None where it is missing or refused.
        """
        known: dict[object, str | None] = {}
        taken: dict[tuple[str, str], int] = {}
        found: list[str | None] = []
        for position, value in enumerate(values):
            if is_missing(value) and self.find(str(value)) is None:
                if not may_miss:
                    problems.append(f"{place(position)}: is missing; a {self.kind} is needed")
                found.append(None)
                continue
            if value not in known:
                known[value] = self.find(str(value))
            word = known[value]
            if word is None:
                problems.append(f"{place(position)}: {self.refusal(value)}")
            elif word != str(value):
                taken[str(value), word] = taken.get((str(value), word), 0) + 1
            found.append(word)
        remarks += [
            f"{self.kind}: {written!r} was read as {word} in {count} row{'s' if count > 1 else ''}"
            for (written, word), count in sorted(taken.items())
        ]
        return found
