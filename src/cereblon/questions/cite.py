"""The documents behind published numbers, for people and for reference managers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.rows import Row
from cereblon.evidence import Study, load_all, load_study
from cereblon.evidence.citations import references_of, write_bibtex, write_csl, write_ris
from cereblon.questions.result import Listing
from cereblon.report.document import Document, part

if TYPE_CHECKING:
    import altair as alt

_FIELDS = ("citation", "title", "doi", "pmid", "address", "quality", "note")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Citations(Listing):
    """The documents that some studies cite; one row for each document of a study.

    Parameters
    ----------
    studies
        Studies.
    """

    studies: Sequence[Study]

    @property
    def title(self) -> str:
        """What is listed."""
        return "Sources"

    def text(self) -> str:
        """Give one line for each document of a study."""
        return "\n".join(f"{one.id}: {source.reference}" for one in self.studies for source in one.sources.values())

    def ris(self) -> str:
        """Write the documents as RIS."""
        return write_ris(references_of(self.studies))

    def bibtex(self) -> str:
        """Write the documents as BibTeX."""
        return write_bibtex(references_of(self.studies))

    def csl(self) -> str:
        """Write the documents as CSL-JSON."""
        return write_csl(references_of(self.studies))

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give one row for each document of a study."""
        rows = [
            {
                **{"study": one.id, "source": key, "authors": "; ".join(source.authors) or None},
                **{field: getattr(source, field) for field in _FIELDS},
            }
            for one in self.studies
            for key, source in one.sources.items()
        ]
        return {"sources": rows}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the documents by the year that their citation names first; nothing if there is none."""
        from cereblon.report.documents import documents_chart

        found = {source.reference: source for study in self.studies for source in study.sources.values()}
        years = [
            (re.search(r"\b(?:19|20)\d\d\b", source.citation or ""), source.quality) for source in found.values()
        ]
        rows = [{"year": year[0] if year else "", "grade": grade} for year, grade in years]
        return {"documents": documents_chart(rows)} if rows else {}

    def document(self) -> Document:
        """Give the documents with links as a document."""
        rows = [
            {
                "study": one.name,
                "document": source.citation or source.link,
                "address": source.link,
                "grade": source.quality,
            }
            for one in self.studies
            for source in one.sources.values()
        ]
        picture = next(iter(self.charts().values()), None)
        panel = part("Studies and what they cite", chart=picture, rows=rows)
        return Document(title=self.title, lead=["Documents by the year that their citation names."], sections=[panel])

    def save(self, path: Path | str, name: str | None = None) -> Path:
        """Write the documents to a file; .ris and .bib are for reference managers, else as every answer.

        Raises
        ------
        InputError
            If the ending is unknown, or the file cannot be written.
        """
        from cereblon.core.output_files import write_text

        writers = {".ris": self.ris, ".bib": self.bibtex}
        kind = Path(path).suffix.lower()
        if kind not in writers:
            return super().save(path, name)
        write_text(Path(path), writers[kind]())
        return Path(path)


def cite(study: str | Path | Sequence[str | Path] = "all") -> Citations:
    """List the documents that studies cite.

    Where a study records no title, formats of reference managers get one in square brackets; the identifier leads to
    the rest.

    Parameters
    ----------
    study
        Id of a study, path of a study file, several of them, or all.

    Raises
    ------
    UnknownNameError
        If there is no such study.
    InputError
        If a study file cannot be read.

    Examples
    --------
    >>> import cereblon as cb
    >>> "10.1056/NEJMoa1607751" in cb.cite("pollux").bibtex()
    True
    """
    if isinstance(study, str | Path):
        return Citations(studies=load_all() if study == "all" else (load_study(study),))
    return Citations(studies=tuple(load_study(one) for one in study))
