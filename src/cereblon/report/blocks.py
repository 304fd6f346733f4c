"""What a page is made of: sections that hold figures, tables and sentences; the template turns them into HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import altair as alt

Cites: TypeAlias = Sequence[tuple[int, bool]]  # number of the reference, and whether it is a secondary source
Tone = Literal["", "good", "bad", "quiet", "head", "number", "tag"]


@dataclass(frozen=True, slots=True)
class Said:
    """Words with the references behind them, or with an address of their own."""

    words: str
    cites: Cites = ()
    tone: Tone = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its title, a description for those who cannot see it, and where its numbers come from."""

    key: str
    title: str
    chart: alt.TopLevelMixin
    description: str
    origin: Said

    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: heading, rows of cells, and where its numbers come from; `folded` keeps it shut until asked for."""

    key: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Said]]
    origin: Said
    widths: Sequence[str] = ()
    folded: bool = False
    filtered: bool = False

    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two; `big` for the headline of the verdict."""

    words: str
    big: bool = False
    tone: Tone = ""

    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]

    kind: str = "bullets"


@dataclass(frozen=True, slots=True)
class Tallies:
    """Counts side by side: name, count inside, count judged."""

    counts: Sequence[tuple[str, int, int]]

    kind: str = "tallies"


@dataclass(frozen=True, slots=True)
class Code:
    """Text to copy into a terminal."""

    words: str

    kind: str = "code"


Block: TypeAlias = Figure | Table | Paragraph | Bullets | Tallies | Code


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the page with what stands below it."""

    key: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
