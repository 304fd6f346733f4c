"""What a chapter is made of; the words are markup whose numbers are traced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from markupsafe import Markup

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or several; `is_caution` for what limits a claim."""

    words: Markup
    is_caution: bool = False

    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences that stand alone."""

    items: Sequence[Markup]

    kind: str = "bullets"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first cell names the row."""

    head: Sequence[str]
    rows: Sequence[Sequence[Markup]]
    caption: Markup | str = ""

    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its caption, and a description for those who cannot see it."""

    chart: alt.TopLevelMixin
    caption: Markup
    description: str

    kind: str = "picture"


Block: TypeAlias = Paragraph | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a chapter under its heading."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter; `key` is its anchor."""

    key: str
    title: str
    sections: Sequence[Section] = field(default_factory=tuple)


def text(words: str) -> Markup:
    """Escape words without numbers of their own."""
    return Markup("{}").format(words)


def joined(parts: Sequence[Markup | str], between: str = ", ") -> Markup:
    """Join markup; plain text in it is escaped."""
    return Markup(between).join(parts)
