"""CSL-JSON, which citation processors such as pandoc read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from cereblon.evidence.citations.reference import Kind, Reference

_TYPES: dict[Kind, str] = {
    "article": "article-journal",
    "conference": "paper-conference",
    "book": "book",
    "chapter": "chapter",
    "report": "report",
    "web": "webpage",
    "other": "document",
}
_NAMES = {
    "title": "title",
    "journal": "container-title",
    "volume": "volume",
    "issue": "issue",
    "pages": "page",
    "publisher": "publisher",
    "doi": "DOI",
    "pmid": "PMID",
    "address": "URL",
    "note": "note",
}


def write_csl(references: Iterable[Reference]) -> str:
    """Write references as CSL-JSON; a name without a comma is a body and stays whole."""
    items: list[dict[str, object]] = []
    for number, reference in enumerate(references, start=1):
        item: dict[str, object] = {"id": reference.key or f"reference-{number}", "type": _TYPES[reference.kind]}
        if reference.authors:
            item["author"] = [_name(author) for author in reference.authors]
        if reference.year:
            item["issued"] = {"date-parts": [[int(reference.year)]]}
        item.update({name: getattr(reference, field) for field, name in _NAMES.items() if getattr(reference, field)})
        items.append(item)
    return json.dumps(items, indent=1, ensure_ascii=False) + "\n"


def _name(author: str) -> dict[str, str]:
    family, comma, given = author.partition(",")
    if not comma:
        return {"literal": author}
    return {"family": family.strip(), "given": given.strip()} if given.strip() else {"family": family.strip()}
