"""Tables as a Word document, for a protocol or an analysis plan."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cereblon.core.errors import InputError
from cereblon.core.output_files import write_file
from cereblon.report.document import Table

_MARGIN_CM = 1.5
_POINTS, _SMALL_POINTS, _FEW_COLUMNS = 10, 8, 6  # thirteen columns of a look fit across a page in small print


def check_word() -> None:
    """Refuse early if no Word document can be written.

    Raises
    ------
    InputError
        If python-docx is not installed, with the remedy.
    """
    try:
        import docx  # noqa: F401
    except ImportError as error:
        raise InputError(
            "python-docx, which writes Word documents, is not installed", hint='pip install "cereblon[docx]"'
        ) from error


def write_word_tables(path: Path, *, title: str, tables: Mapping[str, Table], sentences: Sequence[str] = ()) -> Path:
    """Write tables into a Word document of broad pages, each below its heading.

    Parameters
    ----------
    path
        Of the document; ends in .docx.
    title
        Heading of the document.
    tables
        By heading; one without rows is left out. Their cells are texts.
    sentences
        Paragraphs above the tables.

    Raises
    ------
    InputError
        If python-docx is not installed, or the file cannot be written.
    """
    check_word()
    from docx import Document as WordDocument
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    document = WordDocument()
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, page.page_height, page.page_width
    page.left_margin = page.right_margin = Cm(_MARGIN_CM)
    document.add_heading(title, level=1)
    for sentence in sentences:
        document.add_paragraph(sentence)
    for name, one in tables.items():
        if not one.rows:
            continue
        document.add_heading(name, level=2)
        _add_table(document, one)
    buffer = io.BytesIO()
    document.save(buffer)
    write_file(path, buffer.getvalue())
    return path


def _add_table(document: Any, one: Table) -> None:
    """Add a table in small print, its head bold and repeated on every page."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    table = document.add_table(rows=1, cols=len(one.head))
    table.style = "Table Grid"
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cells, words in ((table.rows[0].cells, one.head), *((table.add_row().cells, row) for row in one.rows)):
        for cell, word in zip(cells, words, strict=True):
            run = cell.paragraphs[0].add_run(str(word))
            run.font.size = Pt(_POINTS if len(one.head) <= _FEW_COLUMNS else _SMALL_POINTS)
            run.bold = words is one.head
