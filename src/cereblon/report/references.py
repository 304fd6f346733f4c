"""Numbered references: each source of a published value is listed once and cited by number."""

from __future__ import annotations

from dataclasses import dataclass, field

from cereblon.core.rows import Row, Rows, text
from cereblon.report.document import is_link

_SECONDARY = "secondary"


@dataclass(frozen=True, slots=True)
class ListedReference:
    """One entry of the list of sources."""

    number: int
    label: str
    href: str | None


def address(source: str) -> str | None:
    """Give the web address of a source, or None when it is words only."""
    if source.startswith("doi:"):
        return f"https://doi.org/{source.removeprefix('doi:').strip()}"
    if source.startswith("pmid:"):
        return f"https://pubmed.ncbi.nlm.nih.gov/{source.removeprefix('pmid:').strip()}"
    return source if is_link(source) else None


@dataclass(slots=True)
class References:
    """The sources met so far, numbered in order of appearance."""

    _numbers: dict[str, int] = field(default_factory=dict)

    def cite(self, row: Row) -> list[tuple[int, bool]]:
        """Give the number of a row's source and whether it is a secondary one; empty without a source."""
        source = text(row, "source").strip()
        if not source:
            return []
        number = self._numbers.setdefault(source, len(self._numbers) + 1)
        return [(number, text(row, "source_quality") == _SECONDARY)]

    def cite_all(self, rows: Rows) -> list[tuple[int, bool]]:
        """Give the distinct citations of many rows, by number."""
        found: dict[int, bool] = {}
        for row in rows:
            for number, secondary in self.cite(row):
                found[number] = found.get(number, False) or secondary
        return sorted(found.items())

    def entries(self) -> list[ListedReference]:
        """List what was cited, in order."""
        return [ListedReference(number, source, address(source)) for source, number in self._numbers.items()]
