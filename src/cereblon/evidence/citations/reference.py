"""One document as reference managers exchange it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["article", "chapter", "book", "conference", "report", "web", "other"]

FIELDS: tuple[str, ...] = (
    "title",
    "journal",
    "volume",
    "issue",
    "pages",
    "publisher",
    "doi",
    "pmid",
    "address",
    "note",
)
"""The texts of a reference that appear once, in the order in which files show them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One document.

    Parameters
    ----------
    key
        Name of the entry in its file; empty where the file gives none.
    kind
        What it is; `other` for a type that has no counterpart here.
    authors
        Each as `Family, Given`; a body as one text.
    year
        Four digits, or empty.
    title, journal, volume, issue, pages, publisher, doi, pmid, address, note
        As printed; empty where unknown. `pages` is `first-last`.
    """

    key: str = ""
    kind: Kind = "article"
    authors: tuple[str, ...] = ()
    year: str = ""
    title: str = ""
    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    publisher: str = ""
    doi: str = ""
    pmid: str = ""
    address: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file of references gave: the references, and in words what in it was not taken over."""

    references: tuple[Reference, ...]
    unread: tuple[str, ...]
