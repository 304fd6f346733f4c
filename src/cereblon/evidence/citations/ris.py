"""RIS: one tag a line, `TY` opens and `ER` closes a reference.

Strict about the frame, open about the tags: a tag that says nothing a source entry holds is listed as unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cereblon.errors import InputError
from cereblon.evidence.citations.reference import Kind, Reading, Reference

KINDS: dict[str, Kind] = {
    "JOUR": "article",
    "JFULL": "article",
    "MGZN": "article",
    "EJOUR": "article",
    "ABST": "conference",
    "CONF": "conference",
    "CPAPER": "conference",
    "BOOK": "book",
    "CHAP": "chapter",
    "RPRT": "report",
    "ELEC": "web",
    "GEN": "other",
}
_TYPES: dict[Kind, str] = {
    "article": "JOUR",
    "conference": "CPAPER",
    "book": "BOOK",
    "chapter": "CHAP",
    "report": "RPRT",
    "web": "ELEC",
    "other": "GEN",
}
_ONCE: dict[str, str] = {
    "ID": "key",
    "TI": "title",
    "T1": "title",
    "T2": "journal",
    "JO": "journal",
    "JF": "journal",
    "JA": "journal",
    "J2": "journal",
    "VL": "volume",
    "IS": "issue",
    "PB": "publisher",
    "DO": "doi",
    "AN": "pmid",
    "UR": "address",
    "N1": "note",
}
_AUTHORS = ("AU", "A1")
_YEARS = ("PY", "Y1", "DA")
_WRITTEN = (("ID", "key"), ("TI", "title"), ("T2", "journal"), ("VL", "volume"), ("IS", "issue"))
_WRITTEN_LATE = (("PB", "publisher"), ("DO", "doi"), ("AN", "pmid"), ("UR", "address"), ("N1", "note"))
_LINE = re.compile(r"([A-Z][A-Z0-9])  -(?: (.*))?$")
HINT = "a RIS line is a tag of two signs, two spaces, a hyphen and the text, as in `TY  - JOUR`"


def parse_ris(text: str, *, where: str) -> Reading:
    """Read references from RIS.

    A line without a tag continues the one before it. Of the journal's names the longest is kept; a number in `AN` is
    taken for a PMID only where the record names PubMed (`DB`) or says `PMID:`.

    Parameters
    ----------
    text
        The content of the file.
    where
        Its name, for messages.

    Raises
    ------
    InputError
        If a reference does not open with a type or is not closed, with the line.
    """
    references: list[Reference] = []
    unread: list[str] = []
    lines: list[tuple[str, str]] = []
    opened = 0
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        if not line.strip():
            continue
        match = _LINE.match(line.rstrip())
        place = f"{where}, line {number}"
        if match is None:
            if not lines:
                raise InputError(f"{place}: got {line.strip()[:60]!r}; a tag is needed", hint=HINT)
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line.strip()}".strip())
            continue
        tag, content = match[1], (match[2] or "").strip()
        if tag == "TY":
            if opened:
                raise InputError(
                    f"{place}: a reference opens before the one of line {opened} is closed by ER", hint=HINT
                )
            opened = number
        elif not opened:
            raise InputError(f"{place}: got {tag} outside a reference; TY opens one", hint=HINT)
        if tag == "ER":
            reference, left = _reference(lines, name=f"reference {len(references) + 1}")
            references.append(reference)
            unread += left
            lines, opened = [], 0
        else:
            lines.append((tag, content))
    if opened:
        raise InputError(f"{where}: the reference of line {opened} is not closed by ER", hint=HINT)
    if not references:
        raise InputError(f"{where}: holds no reference", hint=HINT)
    return Reading(tuple(references), tuple(unread))


def _reference(lines: Sequence[tuple[str, str]], *, name: str) -> tuple[Reference, list[str]]:
    found: dict[str, str] = {}
    authors: list[str] = []
    pages: dict[str, str] = {}
    unread: list[str] = []
    known = {tag: text for tag, text in lines}
    from_pubmed = "pubmed" in known.get("DB", "").lower() or known.get("AN", "").upper().startswith("PMID")
    kind = known["TY"].upper()
    if kind not in KINDS:
        unread.append(f"{name}: type {known['TY']!r} is kept as other")
    for tag, text in lines:
        field = _ONCE.get(tag)
        if tag == "TY" or not text:
            continue
        if tag in _AUTHORS:
            authors.append(text)
        elif tag in ("SP", "EP"):
            pages[tag] = text
        elif tag in _YEARS and (year := re.match(r"\d{4}", text)):
            found.setdefault("year", year[0])
        elif field == "pmid" and not from_pubmed:
            unread.append(f"{name}: {tag} {text!r}")
        elif field == "journal":
            found[field] = max(found.get(field, ""), text, key=len)
        elif field == "pmid":
            found[field] = re.sub(r"(?i)^pmid:?\s*", "", text)
        elif field and field not in found:
            found[field] = text
        elif tag != "DB":
            unread.append(f"{name}: {tag} {_short(text)!r}")
    found["doi"] = plain_doi(found.get("doi", ""))
    span = "-".join(pages[tag] for tag in ("SP", "EP") if tag in pages)
    return Reference(kind=KINDS.get(kind, "other"), authors=tuple(authors), pages=span, **found), unread


def plain_doi(text: str) -> str:
    """Take the address or the word before a DOI away."""
    return re.sub(r"(?i)^(https?://(dx\.)?doi\.org/|doi:\s*)", "", text.strip())


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def write_ris(references: Iterable[Reference]) -> str:
    """Write references as RIS; line breaks within a text become spaces, which is all that RIS can say."""
    return "".join(_record(reference) for reference in references)


def _record(reference: Reference) -> str:
    first, _, last = reference.pages.partition("-")
    pairs = [("TY", _TYPES[reference.kind])]
    pairs += [(tag, getattr(reference, field)) for tag, field in _WRITTEN]
    pairs += [("AU", author) for author in reference.authors]
    pairs += [("PY", reference.year), ("SP", first), ("EP", last)]
    pairs += [(tag, getattr(reference, field)) for tag, field in _WRITTEN_LATE]
    if reference.pmid:
        pairs.append(("DB", "PubMed"))
    lines = [f"{tag}  - {' '.join(text.split())}" for tag, text in pairs if text]
    return "\n".join([*lines, "ER  - ", "", ""])
