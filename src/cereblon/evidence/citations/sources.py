"""Sources of studies as references, and references as the source entries of a study file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence

from cereblon.evidence.citations.reference import Kind, Reference, Unread, unread_lines
from cereblon.evidence.placeholder import TO_COMPLETE
from cereblon.evidence.study import Source, Study

_CITATION = re.compile(
    r"(?P<author>[^\W\d_][\w'’ -]*?) (?P<year>(?:19|20)\d\d)[a-z]?, (?P<journal>[^\W\d][^,():]*?)"
    r"(?: (?P<volume>\d+[A-Za-z]?)(?:\((?P<issue>[\w-]+)\))?:(?P<pages>[\w-]+))?(?: \((?P<remark>[^()]*)\))?"
)


def reference_of(source: Source, key: str, *, study: str = "") -> Reference:
    """Give a source as a reference.

    Studies cite in short form (`Moreau 2016, N Engl J Med`). Where a source records no title, its citation is
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
        for part in (remark, source.note, "read in a secondary source" if source.quality == "secondary" else "")
        if part
    )
    return Reference(
        key=f"{study}-{key}" if study else key,
        kind=kind,
        authors=source.authors or ((f"{author},",) if author else ()),
        title=source.title or f"[{citation}]",
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
            if source.document not in seen:
                seen.add(source.document)
                references.append(reference_of(source, key, study=study.id))
    return tuple(references)


def source_entries(references: Sequence[Reference]) -> dict[str, dict[str, str | list[str]]]:
    """Give references as the `sources` of a study file, by key.

    Whether a document is primary, or a digest of another, no reference manager knows: `quality` is left for a person.
    Documents that would be cited alike are told apart by a letter behind the year.

    Parameters
    ----------
    references
        From `parse_tagged` or `parse_bibtex`.
    """
    entries: dict[str, dict[str, str | list[str]]] = {}
    numbers = Counter[str]()
    for reference, citation in zip(references, _citations(references), strict=True):
        entry: dict[str, str | list[str]] = {"citation": citation}
        # In brackets stands a title that was supplied, not printed.
        title = "" if re.fullmatch(r"\[.*\]", reference.title) else reference.title
        texts = {"title": title, "doi": reference.doi, "pmid": reference.pmid, "address": reference.address}
        entry |= {name: text for name, text in texts.items() if text}
        if reference.authors:
            entry["authors"] = [author.removesuffix(",") for author in reference.authors]
        if reference.note:
            entry["note"] = reference.note
        entry["quality"] = TO_COMPLETE
        entries[_free_key(reference, entries, numbers)] = entry
    return entries


def _citations(references: Sequence[Reference]) -> list[str]:
    """Cite each reference; where several would read alike, and are not one document, by years with letters."""
    short = [short_citation(reference) for reference in references]
    times, before, found = Counter(short), Counter[str](), list[str]()
    for reference, citation in zip(references, short, strict=True):
        number = before[citation]
        before[citation] += 1
        if times[citation] > 1 and reference.year and number < 26:
            citation = citation.replace(reference.year, f"{reference.year}{chr(ord('a') + number)}", 1)
        found.append(citation)
    return found


def without_place(references: Sequence[Reference]) -> tuple[str, ...]:
    """Say what of some references the sources of a study file have no place for."""
    kept = ("article", "web", "other")
    left = []
    for number, reference in enumerate(references, start=1):
        name = reference.key or f"reference {number}"
        if reference.kind not in kept:
            left.append(Unread(name, "kind", reference.kind))
        if reference.publisher and reference.journal:
            left.append(Unread(name, "publisher", reference.publisher))
        if not reference.volume:
            left += [Unread(name, field, text) for field in ("issue", "pages") if (text := getattr(reference, field))]
    return unread_lines(left)


def short_citation(reference: Reference) -> str:
    """Write a reference as studies cite: `Moreau 2016, N Engl J Med 374(17):1621-1634`."""
    family = reference.authors[0].partition(",")[0].strip() if reference.authors else ""
    start = " ".join(part for part in (family, reference.year) if part)
    volume = reference.volume and f"{reference.volume}{f'({reference.issue})' if reference.issue else ''}"
    place = ":".join(part for part in (volume, reference.pages if volume else "") if part)
    venue = " ".join(part for part in (reference.journal or reference.publisher, place) if part)
    title = reference.title.removeprefix("[").removesuffix("]")  # brackets mark a title that was supplied
    named = venue or ("" if family else title)  # a year alone names no document
    return ", ".join(part for part in (start, named) if part) or title or reference.key or "untitled"


def _free_key(reference: Reference, taken: Container[str], numbers: Counter[str]) -> str:
    """Name a reference; of several that would have one name, each gets the next number that is free."""
    family = reference.authors[0].partition(",")[0] if reference.authors else ""
    text = f"{family} {reference.year}" if family and reference.year else reference.key or reference.title
    key = "-".join(re.findall(r"[a-z0-9]+", _ascii(text).lower())[:6]) or "source"
    free = key
    while free in taken:
        numbers[key] += 1
        free = f"{key}-{numbers[key] + 1}"
    return free


def _ascii(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
