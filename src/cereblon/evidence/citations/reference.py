"""One document as reference managers exchange it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

Kind = Literal["article", "chapter", "book", "conference", "report", "web", "other"]

NOTHING_NAMED = "names no title, author, DOI, PMID or address of the web"
LONGEST_TEXT = 100_000
"""Characters of one field; the longest abstracts have about 5,000."""
_MOST_SHOWN = 3


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

    @property
    def identifies(self) -> bool:
        """Whether it says enough to find a document by."""
        return any((self.title, self.authors, self.doi, self.pmid, self.address))

    @property
    def link(self) -> str:
        """The address to open, by DOI, PMID or the address that is given; always of the web."""
        if self.doi:
            return f"https://doi.org/{quote(self.doi, safe='/:;().,-_')}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else self.address


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file of references gave.

    Parameters
    ----------
    references
        The documents.
    unread
        In words, what the references say beyond what a reference has a place for.
    left_out
        Records that are no usable reference, each with its place and the reason.
    remarks
        What was passed over or understood in a way that a reader should know.
    """

    references: tuple[Reference, ...]
    unread: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A text of a reference that has no place: its reference, its tag or field, and the reason if there is one."""

    reference: str
    field: str
    text: str
    reason: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        shown = self.text if len(self.text) <= 60 else f"{self.text[:57]}..."
        return f"{self.reference}: {self.field} {shown!r}{f' ({self.reason})' if self.reason else ''}"


def unread_lines(unread: Sequence[Unread]) -> tuple[str, ...]:
    """Say what has no place: each text where a field has few of them, else their number and the first."""
    by_field: dict[tuple[str, str], list[Unread]] = {}
    for one in unread:
        by_field.setdefault((one.field, one.reason), []).append(one)
    lines: list[str] = []
    for (field, _), found in by_field.items():
        if len(found) <= _MOST_SHOWN:
            lines += map(str, found)
        else:
            several = len({one.reference for one in found})
            references = f"{several} references" if several > 1 else "one reference"
            lines.append(f"{field}: {len(found)} times in {references}, the first is {found[0]}")
    return tuple(lines)


def plain_doi(text: str) -> str:
    """Take the address or the word before a DOI away."""
    return re.sub(r"(?i)^(https?://(dx\.)?doi\.org/|doi:\s*)", "", text.strip())


def enter_year(found: dict[str, str], field: str, text: str, name: str) -> list[Unread]:
    """Enter the year of a date; give what it says beyond the year, or a second year, as unread."""
    year = re.search(r"(?<!\d)\d{4}(?!\d)", text)
    if year is None or found.setdefault("year", year[0]) != year[0]:
        return [Unread(name, field, text)]
    more = re.sub(r"[\W_]", "", text.replace(year[0], "", 1))
    return [Unread(name, field, text, "of a date the year is kept")] if more else []


def shortens(name: str, full: str) -> bool:
    """Tell whether a name of a journal is the other one, or its words shortened, as N Engl J Med is."""
    words = iter(re.findall(r"\w+", full.casefold()))
    return all(any(word.startswith(part) for word in words) for part in re.findall(r"\w+", name.casefold()))


def keep_identifiers(found: dict[str, str], name: str) -> list[Unread]:
    """Keep the DOI, PMID, address and year of a reference that are what they say; give the others as unread.

    Only addresses of the web are kept, so that no file can bring a link of another kind into a page.
    """
    found["doi"] = plain_doi(found.get("doi", ""))
    if not found["doi"] and re.match(r"(?i)https?://(dx\.)?doi\.org/10\.", found.get("address", "")):
        found["doi"] = plain_doi(found["address"])
    rules = (
        ("doi", r"10\.\d{4,9}/\S+", "a DOI starts with 10. and four digits"),
        ("pmid", r"\d{1,8}", "a PMID has up to eight digits"),
        ("address", r"(?i:https?)://[^\s\"<>\\^`{|}]+", "only http and https addresses are kept"),
        ("year", r"(1[89]|20)\d\d", "a year is from 1800 to 2099"),
    )
    left = []
    for field, pattern, reason in rules:
        text = found.get(field, "")
        if text and not re.fullmatch(pattern, text):
            left.append(Unread(name, field, text, reason))
            found[field] = ""
    return left
