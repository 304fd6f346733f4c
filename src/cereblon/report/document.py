"""What every page is made of: sections that hold figures, tables and sentences; `page` turns them into HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from cereblon.core.rows import Row
from cereblon.report.narrow import NarrowLine

if TYPE_CHECKING:
    import altair as alt

RESEARCH = "A research tool: not for deciding the treatment of a patient."

Cites: TypeAlias = Sequence[tuple[int, bool]]  # number of the reference, and whether it is a secondary source
Tone = Literal["", "good", "bad", "quiet", "head", "number", "tag"]

_NUMBER = re.compile(r"-?\d+(\.\d+)?")

# Words everywhere may be markupsafe.Markup, which is shown as it is; plain text is escaped.


def is_link(address: str | None) -> bool:
    """Say whether a page may link to an address: one of the web, or a place of its own; no other scheme."""
    return address is not None and re.match(r"(?i:https?)://[^\s\"'<>\\]+$|#[\w.:-]+$", address) is not None


@dataclass(frozen=True, slots=True)
class Said:
    """Words with the references behind them, or with an address of their own."""

    words: str
    cites: Cites = ()
    tone: Tone = ""
    href: str | None = None


NOTHING_SAID = Said("")


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its caption, a description for those who cannot see it, and where its numbers come from."""

    chart: alt.TopLevelMixin
    caption: str = ""
    description: str = ""  # the caption unless given
    title: str = ""
    key: str = ""
    origin: Said = NOTHING_SAID
    lines: Sequence[NarrowLine] = ()  # in place of the chart where the window is too narrow for it

    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of ours that answers to the mouse, as SVG."""

    svg: str
    lines: Sequence[NarrowLine] = ()  # in place of the drawing where the window is too narrow for it

    kind: str = "drawing"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: heading, rows of cells, and where its numbers come from; `folded` keeps it shut until asked for."""

    head: Sequence[str]
    rows: Sequence[Sequence[Said | str]]
    title: str = ""
    key: str = ""
    origin: Said = NOTHING_SAID
    widths: Sequence[str] = ()
    folded: bool = False
    filtered: bool = False

    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or several; `verdict` for a headline, `caution` for what limits a claim."""

    words: str
    tone: Literal["", "verdict", "caution"] = ""

    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences that stand alone."""

    items: Sequence[str]

    kind: str = "bullets"


@dataclass(frozen=True, slots=True)
class Entry:
    """What links of the page lead to: its anchor, a name if it has one, and what is said of it."""

    key: str
    said: Said
    name: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """A list that links of the page lead to; `numbered` for references, in the order of their numbers."""

    entries: Sequence[Entry]
    numbered: bool = False

    kind: str = "entries"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was done, side by side: name, value and a remark below it; a value with an address is a link."""

    facts: Sequence[tuple[str, Said, str]]

    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Alert:
    """What puts everything below in doubt: a headline, what follows from it, and its reasons."""

    headline: str
    words: str
    reasons: Sequence[str] = ()

    kind: str = "alert"


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


Block: TypeAlias = Figure | Drawing | Table | Paragraph | Bullets | Entries | Facts | Alert | Tallies | Code


def anchor(text: str) -> str:
    """Make an anchor of a text: lower-case letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it, also sections; `key` is its anchor, made of the title if none.

    `folded` keeps a section within another shut until asked for; one that is not `printed` is for the screen alone.
    """

    title: str
    blocks: Sequence[Block | Section] = ()
    key: str = ""
    folded: bool = False
    printed: bool = True

    kind: str = "section"

    @property
    def place(self) -> str:
        """Its anchor on the page."""
        return self.key or anchor(self.title)

    @property
    def sections(self) -> list[Section]:
        """The sections in it."""
        return [block for block in self.blocks if isinstance(block, Section)]

    @property
    def has_folds(self) -> bool:
        """Whether something in it is shut until asked for."""
        return any(
            block.folded or (isinstance(block, Section) and block.has_folds)
            for block in self.blocks
            if isinstance(block, (Section, Table))
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A page.

    Parameters
    ----------
    title
        Heading.
    sections
        In order; they may be built while the pictures of the ones before are drawn.
    kind
        What sort of page it is, in a few words above the heading.
    lead
        Opening paragraphs.
    notice
        What it is not for.
    head
        What stands above the list of contents.
    footer
        What stands at the end.
    is_live
        Whether charts can be moved and zoomed, which takes a megabyte of script; else they are still pictures.
    """

    title: str
    sections: Iterable[Section]
    kind: str = ""
    lead: Sequence[str] = ()
    notice: str = RESEARCH
    head: Sequence[Block] = ()
    footer: str = ""
    is_live: bool = False


def part(
    title: str,
    chart: alt.TopLevelMixin | None = None,
    rows: Sequence[Row] = (),
    sentences: Sequence[str] = (),
    lines: Sequence[NarrowLine] = (),
    *,
    folded: str = "",
) -> Section:
    """Make a section of sentences, a chart and a table.

    Parameters
    ----------
    title
        Heading; it describes the chart.
    chart
        Picture, or None.
    rows
        Table, or empty; the columns are those of the first row.
    sentences
        Paragraphs under the heading.
    lines
        The picture as a list, for narrow windows.
    folded
        Name of the table, which then is shut until asked for; open and without a name if empty.
    """
    blocks: list[Block] = [Paragraph(text) for text in sentences]
    if chart is not None:
        blocks.append(Figure(chart, description=title, lines=lines))
    if rows:
        blocks.append(table_of(rows, folded=folded))
    return Section(title, blocks)


def notes_sections(notes: Sequence[str]) -> list[Section]:
    """Make the section of what else has to be known, which stands last; none without a note."""
    return [Section("Notes", [Bullets(notes)])] if notes else []


def table_of(rows: Sequence[Row], *, folded: str = "") -> Table:
    """Make a table of rows with headings of its schema; columns of the first row that hold something.

    With a name in `folded` it has that name and is shut until asked for.
    """
    from cereblon.report.cells import written

    head, cells = written(rows)
    return Table(head, [[_cell(words) for words in row] for row in cells], title=folded, folded=bool(folded))


def _cell(words: str) -> Said | str:
    if _NUMBER.fullmatch(words):
        return Said(words, tone="number")
    return Said(words, href=words) if is_link(words) else words
