"""References of a reference manager or a database as the sources of a study file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.rows import Row
from cereblon.evidence.citations import Reading, source_entries, without_place
from cereblon.evidence.citations.sources import short_citation
from cereblon.questions.result import Result
from cereblon.questions.study_draft import not_taken_over, write_new
from cereblon.report.document import Document, part

if TYPE_CHECKING:
    import altair as alt

_QUALITY = "# quality: primary for an article, abstract, label or sponsor page; secondary for a digest"
_COLUMNS = ("source", "citation", "title", "authors", "doi", "pmid", "address", "note", "quality")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SourceEntries(Result):
    """The documents of a file as sources; whether one is primary or a digest is left for a person.

    Parameters
    ----------
    reading
        References, and what of the file was not taken over.
    """

    reading: Reading

    @property
    def notes(self) -> tuple[str, ...]:
        """What was passed over, or understood in a way that a reader should know."""
        return self.reading.remarks

    @property
    def entries(self) -> dict[str, dict[str, str | list[str]]]:
        """Sources by key, as a study file has them."""
        return source_entries(self.reading.references)

    @property
    def unread(self) -> tuple[str, ...]:
        """What has no place in a source."""
        return (*self.reading.unread, *without_place(self.reading.references))

    def text(self) -> str:
        """Give the part `sources` of a study file."""
        import yaml

        lines = [
            "sources:  # quality: primary for an article, abstract, label or sponsor page; secondary for a digest"
        ]
        for key, entry in self.entries.items():
            shown = yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
            lines.append(f"  {key}: {shown.strip()}")
        return "\n".join(lines)

    def account(self) -> list[str]:
        """Say how many there are, and what was not taken over, line by line."""
        return [
            f"{len(self.entries)} sources; quality is left for a person (TO_COMPLETE)",
            *(f"left out: {line}" for line in self.reading.left_out),
            *(f"not taken over: {line}" for line in self.unread),
        ]

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give one row for each document."""
        rows = [
            {
                "source": key,
                **{name: text if isinstance(text, str) else "; ".join(text) for name, text in entry.items()},
            }
            for key, entry in self.entries.items()
        ]
        return {"sources": [{name: row.get(name) for name in _COLUMNS} for row in rows]}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the documents by year of publication; nothing if there is none."""
        from cereblon.report.documents import documents_chart

        years = [{"year": reference.year, "grade": "ungraded"} for reference in self.reading.references]
        return {"documents": documents_chart(years)} if years else {}

    def content(self) -> Mapping[str, object]:
        """Give the sources, and what was not taken over."""
        return {"sources": self.entries, "unread": self.unread, "left_out": self.reading.left_out}

    def document(self) -> Document:
        """Give the documents with links, and what was not taken over, as a document."""
        rows = [
            {
                "document": short_citation(reference),
                "title": reference.title.removeprefix("[").removesuffix("]"),
                "address": reference.link,
            }
            for reference in self.reading.references
        ]
        picture = next(iter(self.charts().values()), None)
        lines = (*self.reading.left_out, *self.reading.unread, *self.reading.remarks)
        return Document(
            title="References of a file",
            sections=[part("References", chart=picture, rows=rows), not_taken_over(lines)],
        )

    def save_yaml(self, path: Path | str) -> Path:
        """Write the part `sources` of a study file; a file that is there already is not replaced.

        Raises
        ------
        InputError
            If it is there, or cannot be written.
        """
        return write_new(path, f"{self.text()}\n")


def _cell(value: str | list[str] | None) -> str | None:
    return "; ".join(value) if isinstance(value, list) else value
