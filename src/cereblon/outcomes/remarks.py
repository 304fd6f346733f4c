"""What was left out of an outcome: counted and named, so that the remarks on parts add up to those on the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_NAMED = 10

SubjectName = tuple[int, str, str]
"""Number, arm and source of a subject, in the order in which subjects stand."""


@dataclass(frozen=True, slots=True)
class NamedSubjects:
    """Some subjects, of whom the first ten are named.

    Parameters
    ----------
    first
        The first of them, in order.
    count
        How many there are.
    """

    first: tuple[SubjectName, ...] = ()
    count: int = 0

    def __add__(self, others: NamedSubjects) -> NamedSubjects:
        """Put two sets together that have nobody in common."""
        return NamedSubjects(tuple(sorted(self.first + others.first)[:MOST_NAMED]), self.count + others.count)

    def __str__(self) -> str:
        """Name them, as in `subjects 1, 5 of arm a; 2 of arm b and 3 more`."""
        named: dict[str, list[str]] = {}
        for number, arm, _ in self.first:
            named.setdefault(arm, []).append(str(number))
        more = f" and {self.count - len(self.first)} more" if self.count > len(self.first) else ""
        word = "subject " if self.count == 1 else "subjects "
        return word + "; ".join(f"{', '.join(ids)} of arm {arm}" for arm, ids in named.items()) + more


@dataclass(frozen=True, slots=True)
class Remark:
    """What was left out for one reason; nothing, where `count` is 0.

    Parameters
    ----------
    text
        With the places `{count}`, `{rows}` (the count with its noun) and `{subjects}`.
    count
        Of the rows or subjects left out.
    named
        Whose they are.
    """

    text: str
    count: int
    named: NamedSubjects

    def __add__(self, other: Remark) -> Remark:
        """Add what was left out of another part for the same reason."""
        return Remark(self.text, self.count + other.count, self.named + other.named)

    def __str__(self) -> str:
        """Say it."""
        rows = f"{self.count} row{'s' if self.count > 1 else ''}"
        return self.text.format(count=self.count, rows=rows, subjects=self.named)


@dataclass(slots=True)
class Remarks:
    """The remarks on some subjects, in the order in which their tables are read.

    A reason is noted for nobody too, so that the parts of a whole have the same reasons in the same order.

    Parameters
    ----------
    brought
        On the tables as they were given.
    noted
        What was left out since.
    """

    brought: tuple[str, ...] = ()
    noted: list[Remark] = field(default_factory=list)

    def note(self, text: str, count: int, named: NamedSubjects) -> None:
        """Note what was left out for one reason, be it nothing."""
        self.noted.append(Remark(text, count, named))

    def said(self, *, but: str = "") -> list[str]:
        """Give them as sentences, without what was left out of nobody, and without those of one text."""
        return [*self.brought, *(str(remark) for remark in self.noted if remark.count and remark.text != but)]


def added(parts: Sequence[Remarks]) -> Remarks:
    """Put the remarks on the parts of a whole together."""
    first, *others = parts
    noted = list(first.noted)
    for one in others:
        noted = [remark + other for remark, other in zip(noted, one.noted, strict=True)]
    return Remarks(tuple(dict.fromkeys(text for part in parts for text in part.brought)), noted)
