"""Tables as a Word document, for a protocol or an analysis plan."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from cereblon.core.errors import InputError
from cereblon.core.output_files import write_file
from cereblon.core.rows import Row
from cereblon.tables.answers import schema_of
from cereblon.tables.fields import heading, shown


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


def write_word_tables(
    path: Path, *, title: str, tables: Mapping[str, Sequence[Row]], sentences: Sequence[str] = ()
) -> Path:
    """Write tables into a Word document, each below its heading.

    Parameters
    ----------
    path
        Of the document; ends in .docx.
    title
        Heading of the document.
    tables
        Rows by heading; one without rows is left out.
    sentences
        Paragraphs above the tables.

    Raises
    ------
    InputError
        If python-docx is not installed, or the file cannot be written.
    """
    check_word()
    from docx import Document as WordDocument

    document = WordDocument()
    document.add_heading(title, level=1)
    for sentence in sentences:
        document.add_paragraph(sentence)
    for name, rows in tables.items():
        if not rows:
            continue
        columns = list(schema_of(rows, list(rows[0])))
        document.add_heading(name, level=2)
        table = document.add_table(rows=1, cols=len(columns))
        table.style = "Table Grid"
        for cell, column in zip(table.rows[0].cells, columns, strict=True):
            cell.text = heading(column)
        for row in rows:
            for cell, column in zip(table.add_row().cells, columns, strict=True):
                cell.text = shown(row.get(column.name), column)
    buffer = io.BytesIO()
    document.save(buffer)
    write_file(path, buffer.getvalue())
    return path
