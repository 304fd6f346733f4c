"""BibTeX: entries of fields in braces or quotes, with `@string` names and `#` between pieces.

Ours rather than bibtexparser: its release 2.1.0 keeps one of two entries with the same key, while exports repeat keys
for different documents, and leaves `jan # 2003` as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cereblon.core.errors import InputError
from cereblon.evidence.citations.latex import from_latex, to_latex
from cereblon.evidence.citations.reference import (
    LONGEST_TEXT,
    NOTHING_NAMED,
    Kind,
    Reading,
    Reference,
    Unread,
    enter_year,
    keep_identifiers,
    unread_lines,
)

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
    "unpublished": "other",
    "phdthesis": "other",
    "thesis": "other",
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
    "issue": "issue",
    "pages": "pages",
    "publisher": "publisher",
    "institution": "publisher",
    "organization": "publisher",
    "pmid": "pmid",
    "note": "note",
}
_RAW = {"doi": "doi", "url": "address"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MOST_UNREADABLE = 100
HINT = "an entry is @article{key, field = {text}, ...}; every brace that opens closes again"


_SIGN = re.compile(r"[\\{}\")]")


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
        while (found := _SIGN.search(self.text, self.at)) is not None:
            if found.start() - start > LONGEST_TEXT:
                raise self.fail(f"a value opens here and has more than {LONGEST_TEXT:,} characters", at=start)
            sign = found[0]
            self.at = found.end() + (sign == "\\")  # what a backslash escapes is passed over
            if sign == closing and depth == 0:
                return self.text[start + 1 : found.start()]
            depth += (sign == "{") - (sign == "}")
            if depth < 0:
                raise self.fail("a brace closes that never opened")
        self.at = len(self.text)
        raise self.fail("a value opens here and does not end", at=start)


_ENTRY = re.compile(r"@\s*([A-Za-z]+)\s*(?=[{(])")
_NEXT_ENTRY = re.compile(r"^[ \t]*@\s*[A-Za-z]+\s*[{(]", re.MULTILINE)
_KEY = re.compile(r"\s*([^,={}\"]*?)\s*(?=[,})])")
Fields = list[tuple[str, str]]


def parse_bibtex(text: str, *, where: str) -> Reading:
    """Read references from BibTeX.

    Text between entries and `@comment` is passed over, as BibTeX does. An entry that cannot be read is left out with
    its line and the reason. Fields that a reference has no place for are listed as unread, and so are names that no
    `@string` defines and LaTeX commands that are not known.

    Parameters
    ----------
    text
        The content of the file.
    where
        Its name, for messages.

    Raises
    ------
    InputError
        If no entry can be read, with the reason of each.
    """
    source = _Text(text.lstrip("\ufeff"), where)
    strings = {month: month for month in _MONTHS}
    references: list[Reference] = []
    unread: list[Unread] = []
    left_out: list[str] = []
    keys: dict[str, int] = {}
    while (entry := _ENTRY.search(source.text, source.at)) is not None:
        source.at = entry.end()
        try:
            read = _entry(source, entry[1].lower(), strings)
        except InputError as error:
            left_out.append(error.message)
            if len(left_out) > _MOST_UNREADABLE:
                raise InputError(
                    f"{error.message}\n{where}: more entries than {_MOST_UNREADABLE} cannot be read", hint=HINT
                ) from error
            following = _NEXT_ENTRY.search(source.text, entry.end())
            source.at = following.start() if following else len(source.text)
            continue
        if read is None:
            continue
        key, fields, undefined = read
        keys[key] = keys.get(key, 0) + 1
        name = key or f"entry {len(references) + 1}"
        if keys[key] > 1 and key:
            name = f"{key} (number {keys[key]})"
            unread.append(Unread(name, "key", key, "the key stands more than once in the file"))
        reference, left = _reference(entry[1].lower(), key, name, fields)
        if not reference.identifies:
            left_out.append(f"{where}, {name}: {NOTHING_NAMED}")
            continue
        references.append(reference)
        unread += [*left, *(Unread(name, field, word, "no @string defines it") for field, word in undefined)]
    if not references:
        raise InputError("\n".join([*left_out, f"{where}: holds no reference"]), hint=HINT)
    return Reading(tuple(references), unread_lines(unread), tuple(left_out))


def _entry(source: _Text, kind: str, strings: dict[str, str]) -> tuple[str, Fields, Fields] | None:
    """Read one entry; None for a comment or a definition."""
    closing = "}" if source.peek() == "{" else ")"
    if kind in ("comment", "preamble"):
        source.group(closing)
        return None
    source.at += 1
    key = ""
    if kind != "string" and (found := _KEY.match(source.text, source.at)) is not None:
        key, source.at = found[1], found.end()
    fields, undefined = _fields(source, closing, strings)
    if kind == "string":
        strings.update(fields)
        return None
    return key, fields, undefined


def _fields(source: _Text, closing: str, strings: dict[str, str]) -> tuple[Fields, Fields]:
    """Read the fields of an entry, and those whose value is a name that nothing defines."""
    fields: Fields = []
    undefined: Fields = []
    is_first = True
    while True:
        if source.peek() == ",":
            source.at += 1
        elif not is_first and source.peek() != closing:
            raise source.fail(f"got {source.text[source.at : source.at + 20]!r}; a comma or the end is needed")
        is_first = False
        if source.peek() == closing:
            source.at += 1
            return fields, undefined
        if source.peek() == ",":
            continue
        name = source.match(r"[^\s=,{}()\"#%']+", "the name of a field").lower()
        source.match("=", "=")
        value, unknown = _value(source, strings)
        undefined += [(name, word) for word in unknown]
        if not unknown:
            fields.append((name, value))


def _value(source: _Text, strings: dict[str, str]) -> tuple[str, list[str]]:
    pieces: list[str] = []
    unknown: list[str] = []
    while True:
        sign = source.peek()
        if sign in ("{", '"'):
            pieces.append(source.group("}" if sign == "{" else '"'))
        else:
            name = source.match(r"[^\s=,{}()\"#%']+", "a value in braces or quotes, or a number")
            if not name.isdigit() and name.lower() not in strings:
                unknown.append(name)
            pieces.append(strings.get(name.lower(), name))
        if sum(map(len, pieces)) > LONGEST_TEXT:
            raise source.fail(f"the pieces of a value have more than {LONGEST_TEXT:,} characters together")
        if source.peek() != "#":
            return "".join(pieces), unknown
        source.at += 1


def _reference(kind: str, key: str, name: str, fields: Sequence[tuple[str, str]]) -> tuple[Reference, list[Unread]]:
    found: dict[str, str] = {}
    authors: list[str] = []
    given = dict(reversed(fields))
    unread = [] if kind in KINDS else [Unread(name, "type", kind, "is kept as other")]
    for field, raw in fields:
        text, unknown = from_latex(raw)
        unread += [Unread(name, field, command, "the command is not known") for command in unknown]
        if field == "author" and not authors:
            parts = _split_authors(raw)
            authors = [_author(part) for part in parts if part != "others"]
            if "others" in parts:
                unread.append(Unread(name, field, "and others", "authors whom the file does not name"))
        elif field in ("year", "date"):
            unread += enter_year(found, field, text, name)
        elif field in _RAW and _RAW[field] not in found:
            # An address may hold ~ and %, which are signs here and no commands; only escapes are undone.
            found[_RAW[field]] = re.sub(r"\\([&%$#_{}])", r"\1", raw.strip())
        elif field in _FIELDS and _FIELDS[field] not in found:
            found[_FIELDS[field]] = text
        elif field == "eprint" and given.get("eprinttype", "").lower() == "pubmed" and "pmid" not in found:
            found["pmid"] = text
        elif field != "eprinttype" and text and text != found.get(_FIELDS.get(field, "")):
            unread.append(Unread(name, field, text))
    found["pages"] = re.sub(r"\s*[-–—]+\s*", "-", found.get("pages", ""))
    unread += keep_identifiers(found, name)
    return Reference(key=key, kind=KINDS.get(kind, "other"), authors=tuple(authors), **found), unread


def _split_authors(raw: str) -> list[str]:
    """Split at the word `and` outside braces."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"\\.|[{}]|(?<!\s)\s+and(?=\s)", raw):
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
    words = text.split(" ")
    # A family name begins at its first word in lower case (van de Donk), else it is the last word.
    start = next((place for place, word in enumerate(words[:-1]) if place and word[0].islower()), len(words) - 1)
    return f"{' '.join(words[start:])}, {' '.join(words[:start])}"


def _closes_last(raw: str) -> bool:
    depth = 0
    for match in re.finditer(r"\\.|[{}]", raw):
        depth += (match[0] == "{") - (match[0] == "}")
        if depth == 0 and match.end() < len(raw):
            return False
    return True


def write_bibtex(references: Iterable[Reference]) -> str:
    """Write references as BibTeX in UTF-8, each with a key of its own."""
    return "\n".join(_written(reference, number) for number, reference in enumerate(references, start=1))


def _written(reference: Reference, number: int) -> str:
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
