"""References of one tag a line, as exporters write them: with sentences between them and odd ones among them.

Ours rather than rispy: its release 0.10.0 drops, without a word, a last reference that lacks its `ER`, and the second
of two between which it is missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cereblon.core.errors import InputError
from cereblon.evidence.citations.layouts import LAYOUTS, MEDLINE, RIS, WEB_OF_SCIENCE, ReferenceLayout, layout_of
from cereblon.evidence.citations.reference import (
    LONGEST_TEXT,
    NOTHING_NAMED,
    Kind,
    Reading,
    Reference,
    Unread,
    enter_year,
    keep_identifiers,
    shortens,
    unread_lines,
)

_INITIALS = re.compile(r"(?P<family>.+?),? (?P<initials>(?:[A-Z]\.?[ -]?){1,4})")
_PARTICLE = re.compile(r"(?:(?:van|von|de|der|den|di|da|del|la|le|ten|ter|el|al) )*\S+", re.IGNORECASE)


@dataclass(slots=True)
class _Record:
    """The tagged lines of one reference, and the line of the file that it opens on."""

    line: int
    pairs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Lines:
    """What the lines of a file are: records, records without a beginning, and what stands between."""

    layout: ReferenceLayout
    where: str
    records: list[_Record] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    between: list[tuple[int, str]] = field(default_factory=list)
    untagged: list[tuple[int, str]] = field(default_factory=list)
    _open: _Record | None = None
    _headless: int = 0

    def take(self, number: int, line: str) -> None:
        """Take the next line that is not blank."""
        match = self.layout.line.match(line.rstrip())
        tag, text = (match[1], (match[2] or "").strip()) if match else ("", line.strip())
        if tag == self.layout.opens:
            self._end(number)
            self._open = _Record(number, [(tag, text)])
        elif tag and tag == self.layout.closes:
            self._close(number)
        elif tag in self.layout.frame:
            return
        elif self._open is None:
            self._outside(number, tag, line)
        elif tag:
            self._open.pairs.append((tag, text))
        else:
            self._continue(number, line)

    def _end(self, number: int) -> None:
        """Close the open record where its own end is missing."""
        if self._open is not None:
            if self.layout.closes:
                self.remarks.append(
                    f"{self.where}: the reference of line {self._open.line} has no {self.layout.closes}; it was taken"
                    f" to end before line {number}"
                )
            self.records.append(self._open)
        self._open = None
        if self._headless:
            self._refuse_headless(number - 1)

    def _close(self, number: int) -> None:
        if self._open is not None:
            self.records.append(self._open)
        elif self._headless:
            self._refuse_headless(number)
        else:
            self.between.append((number, self.layout.closes))
        self._open = None

    def _refuse_headless(self, last: int) -> None:
        self.left_out.append(
            f"{self.where}, lines {self._headless} to {last}: a reference that {self.layout.opens} does not open"
        )
        self._headless = 0

    def _outside(self, number: int, tag: str, line: str) -> None:
        if tag in self.layout.telling and not self._headless:
            self._headless = number
        if not self._headless:
            self.between.append((number, line.strip()))

    def _continue(self, number: int, line: str) -> None:
        assert self._open is not None
        tag, before = self._open.pairs[-1]
        indented = line.startswith("   ")
        if self.layout is WEB_OF_SCIENCE and indented and tag in {"AU", "AF", "CA"}:
            self._open.pairs.append((tag, line.strip()))  # one author a line
        elif indented or self.layout.continued is None or tag in self.layout.continued:
            if len(before) > LONGEST_TEXT:
                raise InputError(
                    f"{self.where}, line {number}: the text of {tag} has more than {LONGEST_TEXT:,} characters",
                    hint=self.layout.hint,
                )
            self._open.pairs[-1] = (tag, f"{before} {line.strip()}".strip())
        else:
            self.untagged.append((number, line.strip()))

    def finish(self, last: int) -> None:
        """Close what is open at the end of the file."""
        self._end(last + 1)
        for lines, what in ((self.between, "between references"), (self.untagged, "without a tag within references")):
            if lines:
                number, first = lines[0]
                plural = "s" if len(lines) > 1 else ""
                told = f"passed over {len(lines)} line{plural} {what}; the first, line {number}: {first[:60]!r}"
                self.remarks.append(f"{self.where}: {told}")


def parse_ris(text: str, *, where: str) -> Reading:
    """Read references from RIS; see `parse_tagged`."""
    return parse_tagged(text, where=where, form="ris")


def parse_tagged(text: str, *, where: str, form: str | None = None) -> Reading:
    """Read references of one tag a line, in any of `LAYOUTS`.

    Lines between references (numbers, the provider, a search strategy) are passed over and counted. A reference that
    lacks its end is read up to the next one, and said; one that lacks its beginning, or names nothing that identifies
    a document, is left out with its place. Of the names of a journal the longest is kept; one that
    does not shorten it is named.

    Parameters
    ----------
    text
        The content of the file.
    where
        Its name, for messages.
    form
        A word of `LAYOUTS`; told from the text if None.

    Raises
    ------
    InputError
        If the file holds no reference, or is of another form than the one named.
    """
    own = layout_of(text)
    if own is not None and form is not None and own != form:
        raise InputError(f"{where}: is {LAYOUTS[own].name}, not {LAYOUTS[form].name}", hint=f"give --as {own}")
    layout = LAYOUTS[form or own or "ris"]
    lines = _Lines(layout, where)
    numbered = [(number, line) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1)]
    for number, line in numbered:
        if line.strip():
            lines.take(number, line)
    lines.finish(len(numbered))
    references: list[Reference] = []
    unread: list[Unread] = []
    for record in lines.records:
        name = f"reference {len(references) + 1}"
        reference, left = _reference(record.pairs, layout, name)
        if not reference.identifies:
            lines.left_out.append(f"{where}, line {record.line}: {NOTHING_NAMED}")
            continue
        references.append(reference)
        unread += left
    if not references:
        raise InputError("\n".join([f"{where}: holds no reference", *lines.left_out]), hint=layout.hint)
    return Reading(tuple(references), unread_lines(unread), tuple(lines.left_out), tuple(lines.remarks))


def _reference(
    pairs: Sequence[tuple[str, str]], layout: ReferenceLayout, name: str
) -> tuple[Reference, list[Unread]]:
    found: dict[str, str] = {}
    unread: list[Unread] = []
    pages: dict[str, str] = {}
    said = [(tag, text) for tag, text in pairs if text]
    by_tag = dict(said)
    given = set(by_tag)
    author_tags = next((group for group in layout.authors if given & set(group)), ())
    others = {tag for group in layout.authors for tag in group} - set(author_tags)
    years = [(tag, text) for wanted in layout.years for tag, text in said if tag == wanted]
    for tag, text in said:
        if tag in layout.kind_tags or tag in (*author_tags, *layout.bodies, *others, *layout.years):
            continue
        if tag in layout.pages:
            pages[tag] = text
        elif tag in layout.once:
            unread += _enter(found, layout.once[tag], tag, text, name, layout, by_tag)
        elif tag != "DB" or layout is not RIS:
            unread.append(Unread(name, tag, text))
    for tag, text in years:
        unread += enter_year(found, tag, text, name)
    span = "-".join(pages[tag] for tag in layout.pages if tag in pages)
    if span:
        found["pages"] = span
    authors = [one for tag, text in said if tag in author_tags for one in _authors(text, layout)]
    authors += [text for tag, text in said if tag in layout.bodies]
    kind = _kind(said, layout, name, unread)
    unread += keep_identifiers(found, name)
    return Reference(kind=kind, authors=tuple(authors), **found), unread


def _enter(
    found: dict[str, str], wanted: str, tag: str, text: str, name: str, layout: ReferenceLayout, said: dict[str, str]
) -> list[Unread]:
    """Enter the text of a tag under its field, or give it as unread."""
    if wanted == "journal":
        shorter, found[wanted] = sorted((found.get(wanted, ""), text), key=len)
        if shortens(shorter, found[wanted]):
            return []
        own = next((one for one, other in said.items() if other == shorter), tag)
        return [Unread(name, own, shorter, "another name of the journal")]
    if layout is MEDLINE and wanted == "doi":
        doi = re.fullmatch(r"(10\.\S+) \[doi\]", text)
        if doi is None:
            return [Unread(name, tag, text)]
        text = doi[1]
    if wanted == "pmid":
        database = said.get("DB", "").lower()
        is_ours = layout in (MEDLINE, WEB_OF_SCIENCE) or "pubmed" in database or "medline" in database
        if not is_ours and not text.upper().startswith("PMID"):
            return [Unread(name, tag, text)]  # the number of another database
        text = re.sub(r"(?i)^pmid:?\s*", "", text)
    if found.setdefault(wanted, text) != text:
        return [Unread(name, tag, text)]
    return []


def _kind(said: Sequence[tuple[str, str]], layout: ReferenceLayout, name: str, unread: list[Unread]) -> Kind:
    """Give the kind of a document; a type that has no counterpart is kept as other, and said."""
    types = [(tag, text) for tag, text in said if tag in layout.kind_tags]
    known = [layout.kinds[text] for _, text in types if text in layout.kinds]
    known += [layout.kinds[text.upper()] for _, text in types if text.upper() in layout.kinds and not known]
    left = [(tag, text) for tag, text in types if text not in layout.kinds and text.upper() not in layout.kinds]
    if layout is MEDLINE:  # a list of types of publication, in which the study design stands too
        unread += [Unread(name, tag, text) for tag, text in left]
        return known[0] if known else "article"
    unread += [Unread(name, tag, text, "is kept as other") for tag, text in left]
    return known[0] if known else "other"


def _authors(text: str, layout: ReferenceLayout) -> list[str]:
    """Give the authors of one line as `Family, Given`; initials behind a name without a comma are given names."""
    found = []
    for part in re.split(r"; +", text):
        one = part.strip()
        match = None if "," in one else _INITIALS.fullmatch(one)
        if match and (layout is MEDLINE or "." in match["initials"] or _PARTICLE.fullmatch(match["family"])):
            one = f"{match['family']}, {match['initials'].strip()}"
        if one:
            found.append(one)
    return found
