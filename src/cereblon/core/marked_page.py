"""Pages of the documentation in which a program keeps one part, between two markers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cereblon.core.errors import InputError
from cereblon.core.output_files import write_text


@dataclass(frozen=True, slots=True)
class Markers:
    """The lines around the part that a program writes."""

    start: str
    end: str

    def fill(self, page: str, text: str, *, where: str) -> str:
        """Put text between the markers of a page.

        Raises
        ------
        InputError
            If the page lacks a marker.
        """
        if self.start not in page or self.end not in page:
            raise InputError(f"{where}: no lines {self.start} and {self.end}", hint="the table goes between them")
        before, after = page.split(self.start)[0], page.split(self.end)[1]
        return f"{before}{self.start}\n\n{text.rstrip()}\n\n{self.end}{after}"

    def write(self, path: Path, text: str) -> None:
        """Put text between the markers of a file; refusals as in `fill`."""
        write_text(path, self.fill(path.read_text(encoding="utf-8"), text, where=str(path)))
