"""BibTeX: entries of fields in braces or quotes, with `@string` names and `#` between pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cereblon.errors import InputError
from cereblon.evidence.citations.latex import from_latex, to_latex
from cereblon.evidence.citations.reference import Kind, Reading, Reference
from cereblon.evidence.citations.ris import plain_doi

KINDS: dict[str, Kind] = {
    "article": "article",
    "inproceedings": "conference",
    "conference": "conference",
    "proceedings": "conference",
    "book": "book",
    "incollection": "chapter",
    "inbook": "chapter",
    "techreport": "report",
    "report": "report",
    "online": "web",
    "electronic": "web",
    "misc": "other",
}
_TYPES: dict[Kind, str] = {
    "article": "article",
    "conference": "inproceedings",
    "book": "book",
    "chapter": "incollection",
    "report": "techreport",
    "web": "online",
    "other": "misc",
}
_FIELDS = {
    "title": "title",
    "journal": "journal",
    "journaltitle": "journal",
    "booktitle": "journal",
    "volume": "volume",
    "number": "issue",
    "pages": "pages",
    "publisher": "publisher",
    "institution": "publisher",
    "pmid": "pmid",
    "note": "note",
}
_RAW = {"doi": "doi", "url": "address"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
HINT = "an entry is @article{key, field = {text}, ...}; every brace that opens closes again"


class _Text:
    """The text of a file and the place of reading in it."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where, self.at = text, where, 0

    def fail(self, problem: str, at: int | None = None) -> InputError:
        line = self.text.count("\n", 0, self.at if at is None else at) + 1
        return InputError(f"{self.where}, line {line}: {problem}", hint=HINT)

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def peek(self) -> str:
        self.skip()
        return self.text[self.at : self.at + 1]

    def match(self, pattern: str, needed: str) -> str:
        self.skip()
        found = re.compile(pattern).match(self.text, self.at)
        if found is None:
            raise self.fail(f"got {self.text[self.at : self.at + 20]!r}; {needed} is needed")
        self.at = found.end()
        return found[0]

    def group(self, closing: str) -> str:
        """Read up to the sign that closes a value, braces inside it in pairs; the opening sign is at the place."""
        start, depth = self.at, 0
        self.at += 1
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == "\\":
                self.at += 2
                continue
            if sign == closing and depth == 0:
                self.at += 1
                return self.text[start + 1 : self.at - 1]
            depth += (sign == "{") - (sign == "}")
            if depth < 0:
                raise self.fail("a brace closes that never opened")
            self.at += 1
        raise self.fail("a value opens here and does not end", at=start)


def parse_bibtex(text: str, *, where: str) -> Reading:
    """Read references from BibTeX.

    Text between entries and `@comment` is skipped, as BibTeX does; fields that a reference has no place for are
    listed as unread, and so are LaTeX commands that are not known.

    Parameters
    ----------
    text
        The content of the file.
    where
        Its name, for messages.

    Raises
    ------
    InputError
        If braces do not match, a field has no value, or a name was not defined; with the line.
    """
    source = _Text(text.lstrip("\ufeff"), where)
    strings = {month: month for month in _MONTHS}
    references: list[Reference] = []
    unread: list[str] = []
    seen: set[str] = set()
    while (start := source.text.find("@", source.at)) >= 0:
        source.at = start + 1
        kind = source.match(r"[A-Za-z]+", "the type of an entry").lower()
        if source.peek() not in ("{", "("):
            raise source.fail(f"got {source.peek()!r} after @{kind}; a brace is needed")
        closing = "}" if source.peek() == "{" else ")"
        if kind in ("comment", "preamble"):
            source.group(closing)
            continue
        source.at += 1
        key = "" if kind == "string" else source.match(r"[^\s,{}]*", "a key").strip()
        fields = _fields(source, closing, strings, first=kind == "string")
        if kind == "string":
            strings.update(fields)
            continue
        if key in seen:
            raise source.fail(f"the key {key!r} stands twice", at=start)
        seen.add(key)
        reference, left = _reference(kind, key, fields)
        references.append(reference)
        unread += left
    if not references:
        raise InputError(f"{where}: holds no reference", hint=HINT)
    return Reading(tuple(references), tuple(unread))


def _fields(source: _Text, closing: str, strings: dict[str, str], *, first: bool) -> dict[str, str]:
    fields: dict[str, str] = {}
    while True:
        if not first:
            if source.peek() == ",":
                source.at += 1
            elif source.peek() != closing:
                raise source.fail(f"got {source.text[source.at : source.at + 20]!r}; a comma or the end is needed")
        first = False
        if source.peek() == closing:
            source.at += 1
            return fields
        name = source.match(r"[^\s=,{}()\"#%']+", "the name of a field").lower()
        source.match("=", "=")
        if name in fields:
            raise source.fail(f"the field {name!r} stands twice")
        fields[name] = _value(source, strings)


def _value(source: _Text, strings: dict[str, str]) -> str:
    pieces: list[str] = []
    while True:
        sign = source.peek()
        if sign in ("{", '"'):
            pieces.append(source.group("}" if sign == "{" else '"'))
        else:
            name = source.match(r"[^\s=,{}()\"#%']+", "a value in braces or quotes, or a number")
            if not name.isdigit() and name.lower() not in strings:
                raise source.fail(f"the name {name!r} is not defined by @string")
            pieces.append(name if name.isdigit() else strings[name.lower()])
        if source.peek() != "#":
            return "".join(pieces)
        source.at += 1


def _reference(kind: str, key: str, fields: dict[str, str]) -> tuple[Reference, list[str]]:
    found: dict[str, str] = {}
    authors: tuple[str, ...] = ()
    unread = [] if kind in KINDS else [f"{key}: type {kind!r} is kept as other"]
    for name, raw in fields.items():
        text, unknown = from_latex(raw)
        unread += [f"{key}: the command {command} in {name} is not known" for command in unknown]
        if name == "author":
            authors = tuple(_author(part) for part in _split_authors(raw))
        elif name in ("year", "date"):
            year = re.search(r"\d{4}", text)
            if year:
                found.setdefault("year", year[0])
            else:
                unread.append(f"{key}: {name} {text!r}")
        elif name in _RAW:
            # An address may hold ~ and %, which are signs here and no commands; only escapes are undone.
            found[_RAW[name]] = re.sub(r"\\([&%$#_{}])", r"\1", raw.strip())
        elif name in _FIELDS and _FIELDS[name] not in found:
            found[_FIELDS[name]] = text
        elif name == "eprint" and fields.get("eprinttype", "").lower() == "pubmed":
            found["pmid"] = text
        elif name != "eprinttype":
            unread.append(f"{key}: {name} {text[:57]!r}")
    found["doi"] = plain_doi(found.get("doi", ""))
    found["pages"] = re.sub(r"\s*[-–—]+\s*", "-", found.get("pages", ""))
    return Reference(key=key, kind=KINDS.get(kind, "other"), authors=authors, **found), unread


def _split_authors(raw: str) -> list[str]:
    """Split at the word `and` outside braces."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"\\.|[{}]|\s+and(?=\s)", raw):
        if match[0] in "{}":
            depth += 1 if match[0] == "{" else -1
        elif depth == 0 and not match[0].startswith("\\"):
            parts.append(raw[start : match.start()])
            start = match.end()
    return [part.strip() for part in (*parts, raw[start:]) if part.strip()]


def _author(raw: str) -> str:
    """Give `Family, Given`; a name in braces is a body and stays whole."""
    text, _ = from_latex(raw)
    if raw.startswith("{") and raw.endswith("}") and _closes_last(raw):
        return text
    if "," in text or " " not in text:
        return text
    given, _, family = text.rpartition(" ")
    return f"{family}, {given}"


def _closes_last(raw: str) -> bool:
    depth = 0
    for match in re.finditer(r"\\.|[{}]", raw):
        depth += (match[0] == "{") - (match[0] == "}")
        if depth == 0 and match.end() < len(raw):
            return False
    return True


def write_bibtex(references: Iterable[Reference]) -> str:
    """Write references as BibTeX in UTF-8, each with a key of its own."""
    return "\n".join(_entry(reference, number) for number, reference in enumerate(references, start=1))


def _entry(reference: Reference, number: int) -> str:
    key = re.sub(r"[^A-Za-z0-9:._-]+", "-", reference.key) or f"reference-{number}"
    venue = "booktitle" if reference.kind in ("conference", "chapter") else "journal"
    # Braces keep a name whole: without a comma BibTeX would take its last word for the family name.
    authors = " and ".join(
        to_latex(name) if "," in name and " and " not in name else f"{{{to_latex(name)}}}"
        for name in reference.authors
    )
    fields = {
        "author": authors,
        "title": to_latex(reference.title),
        venue: to_latex(reference.journal),
        "year": reference.year,
        "volume": to_latex(reference.volume),
        "number": to_latex(reference.issue),
        "pages": to_latex(reference.pages).replace("-", "--"),
        "publisher": to_latex(reference.publisher),
        "doi": _address(reference.doi),
        "pmid": to_latex(reference.pmid),
        "url": _address(reference.address),
        "note": to_latex(reference.note),
    }
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
    return "\n".join([f"@{_TYPES[reference.kind]}{{{key},", *lines, "}", ""])


def _address(text: str) -> str:
    return re.sub(r"([{}])", r"\\\1", text)
