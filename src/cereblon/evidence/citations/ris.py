"""References written as RIS."""

from __future__ import annotations

from collections.abc import Iterable

from cereblon.evidence.citations.reference import Kind, Reference

_TYPES: dict[Kind, str] = {
    "article": "JOUR",
    "conference": "CPAPER",
    "book": "BOOK",
    "chapter": "CHAP",
    "report": "RPRT",
    "web": "ELEC",
    "other": "GEN",
}
_WRITTEN = (("ID", "key"), ("TI", "title"), ("T2", "journal"), ("VL", "volume"), ("IS", "issue"))
_WRITTEN_LATE = (("PB", "publisher"), ("DO", "doi"), ("AN", "pmid"), ("UR", "address"), ("N1", "note"))


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
