"""Sources of studies as references, and references as the source entries of a study file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cereblon.evidence.citations.reference import Kind, Reference
from cereblon.evidence.placeholder import TO_COMPLETE
from cereblon.evidence.study import Source, Study

_CITATION = re.compile(
    r"(?P<author>[^\W\d_][\w'’ -]*?) (?P<year>(?:19|20)\d\d), (?P<journal>[^\W\d][^,():]*?)"
    r"(?: (?P<volume>\d+[A-Za-z]?)(?:\((?P<issue>[\w-]+)\))?:(?P<pages>[\w-]+))?(?: \((?P<remark>[^()]*)\))?"
)


def reference_of(source: Source, key: str, *, study: str = "") -> Reference:
    """Give a source as a reference.

    Studies cite in short form (`Moreau 2016, N Engl J Med`) and record no title of an article, so the title is
    supplied in square brackets, as libraries mark what a document does not say. The identifier leads to the rest.

    Parameters
    ----------
    source
        From a study.
    key
        Its key there.
    study
        Id of the study; it starts the key of the reference, since keys are unique only within a study.
    """
    citation = source.citation or source.doi or source.pmid or source.address or key
    found = _CITATION.fullmatch(citation)
    parts = {name: text or "" for name, text in found.groupdict().items()} if found else {}
    remark = parts.pop("remark", "")
    author = parts.pop("author", "")
    kind: Kind = "article" if found or source.doi or source.pmid else "web" if source.address else "other"
    note = "; ".join(
        part
        for part in (remark, source.note, "a digest of the source" if source.quality == "secondary" else "")
        if part
    )
    return Reference(
        key=f"{study}-{key}" if study else key,
        kind=kind,
        authors=(f"{author},",) if author else (),
        title=f"[{citation}]",
        doi=source.doi or "",
        pmid=source.pmid or "",
        address=source.address or "",
        note=note,
        **parts,
    )


def references_of(studies: Iterable[Study]) -> tuple[Reference, ...]:
    """Give every document of some studies once, named by the first study that cites it."""
    seen: set[str] = set()
    references = []
    for study in studies:
        for key, source in study.sources.items():
            document = source.doi or source.pmid or source.address or source.citation or key
            if document.lower() not in seen:
                seen.add(document.lower())
                references.append(reference_of(source, key, study=study.id))
    return tuple(references)


def source_entries(references: Sequence[Reference]) -> dict[str, dict[str, str]]:
    """Give references as the `sources` of a study file, by key.

    Whether a document is primary, or a digest of another, no reference manager knows: `quality` is left for a person.

    Parameters
    ----------
    references
        From `parse_ris` or `parse_bibtex`.
    """
    entries: dict[str, dict[str, str]] = {}
    for reference in references:
        entry = {"citation": short_citation(reference)}
        for name, text in (("doi", reference.doi), ("pmid", reference.pmid), ("address", reference.address)):
            if text and not (name == "address" and (reference.doi or reference.pmid)):
                entry[name] = text
        entry["quality"] = TO_COMPLETE
        entries[_free_key(reference, entries)] = entry
    return entries


def short_citation(reference: Reference) -> str:
    """Write a reference as studies cite: `Moreau 2016, N Engl J Med 374:1621-1634`."""
    family = reference.authors[0].partition(",")[0].strip() if reference.authors else ""
    start = " ".join(part for part in (family, reference.year) if part)
    place = ":".join(part for part in (reference.volume, reference.pages) if part)
    venue = " ".join(part for part in (reference.journal, place) if part)
    title = reference.title.removeprefix("[").removesuffix("]")  # brackets mark a title that was supplied
    return ", ".join(part for part in (start, venue) if part) or title or reference.key or "untitled"


def _free_key(reference: Reference, taken: dict[str, dict[str, str]]) -> str:
    family = reference.authors[0].partition(",")[0] if reference.authors else ""
    text = f"{family} {reference.year}" if family and reference.year else reference.key or reference.title
    key = "-".join(re.findall(r"[a-z0-9]+", _ascii(text).lower())[:6]) or "source"
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    return free


def _ascii(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
