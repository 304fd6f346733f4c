"""What every public function gives back: a frozen answer that can be read, asked, drawn and saved."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cereblon.core.errors import ArgumentError, InputError, unknown_name
from cereblon.core.output import csv_text, json_text
from cereblon.core.rows import Row
from cereblon.core.units import shown_units
from cereblon.report.document import Document, part

if TYPE_CHECKING:
    import altair as alt
    import polars as pl
    import pyarrow as pa

    from cereblon.report.narrow import NarrowLine

Found = TypeVar("Found")

_SHOWN_LINES = 50
"""Of an answer that nobody asked to print."""


class MadeWhenAsked(Mapping[str, Found]):
    """Named tables or pictures, each made when it is asked for: some take long, and some a given answer may lack."""

    def __init__(self, makers: Mapping[str, Callable[[], Found]]) -> None:
        self._makers = dict(makers)

    def __getitem__(self, name: str) -> Found:
        return self._makers[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Result(ABC):
    """An answer; its tables, charts and pages are made when asked for, from the values it was computed from.

    A kind of answer is a frozen dataclass that says what its tables, charts, text and page are; how they are written
    is the same for all.
    """

    @property
    def notes(self) -> tuple[str, ...]:
        """What was converted, assumed, not used or left out, in sentences."""
        return ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the answer doubtful, in sentences; an answer that can have any gives them in its content too."""
        return ()

    @property
    def sentence(self) -> str:
        """The answer in a sentence or two; empty where it takes more."""
        return ""

    @property
    def known_misses(self) -> tuple[str, ...]:
        """What was observed and is known not to come out of the model, in sentences."""
        return ()

    @abstractmethod
    def text(self) -> str:
        """Give the answer in words and numbers, as the command line prints it, without its notes."""

    def answer(self) -> str:
        """Give the answer in a few sentences, for a notebook; all of the text where that is short."""
        return self.text()

    @abstractmethod
    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give the tables of the answer by name, the main one first."""

    @abstractmethod
    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the pictures of the answer by name, the main one first."""

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give pictures as lists, by the name of the picture, where a narrow window has no room for the picture."""
        return {}

    @abstractmethod
    def content(self) -> Mapping[str, object]:
        """Give all of the answer as plain values, for JSON."""

    @abstractmethod
    def document(self) -> Document:
        """Give the answer as a document, of which the page is made."""

    def page(self) -> str:
        """Write the answer as one HTML page that works offline."""
        from cereblon.report.page import page_text

        return page_text(self.document())

    def table(self, name: str | None = None) -> pl.DataFrame:
        """Give a table of the answer.

        Parameters
        ----------
        name
            Which; the main one if None.

        Raises
        ------
        UnknownNameError
            If the answer has no table of this name.
        """
        import polars as pl

        from cereblon.tables.answers import arrow_table

        return pl.DataFrame(pl.from_arrow(arrow_table(*self._rows_and_schema(name))))

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Name the columns of tables that may be without a row; those of others are told by their rows."""
        return {}

    def schema(self, name: str | None = None) -> pa.Schema:
        """Give the columns of a table: type, and in the metadata meaning, unit and bounds; see `table` for `name`.

        Raises
        ------
        UnknownNameError
            If the answer has no table of this name.
        """
        return self._rows_and_schema(name)[1]

    def _rows_and_schema(self, name: str | None) -> tuple[Sequence[Row], pa.Schema]:
        from cereblon.tables.answers import schema_of

        called, rows = _found(self.tables(), name, "table")
        return rows, schema_of(rows, self.columns().get(called, ()), table=called)

    def chart(self, name: str | None = None) -> alt.TopLevelMixin:
        """Draw a picture of the answer; see `table` for `name`.

        Raises
        ------
        UnknownNameError
            If the answer has no picture of this name.
        """
        return _found(self.charts(), name, "chart")[1]

    def to_json(self) -> str:
        """Write the answer as JSON; a number that is not finite becomes null."""
        return json_text({**self.content(), "notes": list(self.notes)})

    def to_csv(self, name: str | None = None) -> str:
        """Write a table of the answer as CSV; see `table` for `name`.

        Raises
        ------
        UnknownNameError
            If the answer has no table of this name.
        """
        called, rows = _found(self.tables(), name, "table")
        return csv_text(rows, self.columns().get(called, ()))

    def save(self, path: Path | str, name: str | None = None) -> Path:
        """Write the answer to a file: a page, all values (.json), a table (.csv, .parquet) or a picture.

        Parameters
        ----------
        path
            Its ending says what is written; .html and .pdf (with the extra `pdf`) are pages, .png and .svg pictures.
            The folder must exist.
        name
            Which table or picture; the main one if None. A page and all values hold everything.

        Raises
        ------
        UnknownNameError
            If the answer has no table or picture of this name.
        InputError
            If the ending is none of these, the file cannot be written, or the printer of PDF is not installed.
        """
        from cereblon.core.output_files import write_file, write_text
        from cereblon.report.page import write_pdf
        from cereblon.report.static import save_picture

        if not isinstance(path, (str, PathLike)):
            raise ArgumentError(f"path is {path!r}; the name of a file is needed")
        path = Path(path)
        kind = path.suffix.lower()
        if kind in (".png", ".svg"):
            return save_picture(self.chart(name), path)
        if kind == ".parquet":
            import io

            buffer = io.BytesIO()
            self.table(name).write_parquet(buffer)
            write_file(path, buffer.getvalue())
            return path
        if kind == ".pdf":
            return write_pdf(self.page(), path)
        if kind == ".html":
            written = self.page()
        elif kind == ".json":
            written = self.to_json()
        elif kind == ".csv":
            written = self.to_csv(name)
        else:
            raise InputError(
                f"{path}: what to write is told by the ending, and {kind or 'none'} is unknown",
                hint="end the name in .html, .pdf, .json, .csv, .parquet, .png or .svg",
            )
        write_text(path, written)
        return path

    def __str__(self) -> str:
        """Give the answer in words, with units as people read them."""
        return shown_units(self.text())

    def __repr__(self) -> str:
        """Give the answer in a few sentences, as an interactive session shows it; of a long list the first lines."""
        return _first_lines(shown_units(self.answer()))

    def _repr_html_(self) -> str:
        """Show the answer in a notebook: in words first, then the main picture and what has to be known."""
        from cereblon.report.notebook import notebook_html

        said = [*(("warning", text) for text in self.warnings), *(("note", text) for text in self.notes)]
        return notebook_html(_first_lines(self.answer()), next(iter(self.charts().items()), None), said)


class Listing(Result):
    """Rows of one table, nothing drawn; its JSON is the list of them."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What is listed."""

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Give none: a list has no picture."""
        return {}

    def content(self) -> Mapping[str, object]:
        """Give the rows under the name of the table."""
        return {name: list(rows) for name, rows in self.tables().items()}

    def to_json(self) -> str:
        """Write the rows as a JSON list; a number that is not finite becomes null."""
        return json_text(list(next(iter(self.tables().values()))))

    def document(self) -> Document:
        """Give the rows as a document."""
        panels = [part(title=name.replace("_", " "), rows=rows) for name, rows in self.tables().items()]
        return Document(title=self.title, lead=self.notes, sections=panels)


def _first_lines(text: str) -> str:
    """Cut a long list as data frames are cut where they are shown, and say where all of it is."""
    lines = text.split("\n")
    left = len(lines) - _SHOWN_LINES
    if left <= 0:
        return text
    more = f"and {left:,} more lines: print() shows all, .table() gives them as a data frame"
    return "\n".join([*lines[:_SHOWN_LINES], "", more])


def _found(offered: Mapping[str, Found], name: str | None, kind: str) -> tuple[str, Found]:
    """Find one by its name, or the first, and give its name with it."""
    if not offered:
        raise InputError(f"this answer has no {kind}")
    name = next(iter(offered)) if name is None else name
    if name not in offered:
        raise unknown_name(kind, name, list(offered))
    return name, offered[name]
