"""The schema of a table of an answer, and the rows as an Arrow table of it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from cereblon.core.rows import Row
from cereblon.tables.answers.cohorts import COHORTS
from cereblon.tables.answers.design import DESIGN
from cereblon.tables.answers.evidence import EVIDENCE
from cereblon.tables.answers.model import MODEL
from cereblon.tables.fields import NUMBER, TEXT, TRUTH, WHOLE, field
from cereblon.tables.schemas import SUBJECT_TABLES

COLUMNS: dict[str, pa.Field] = {column.name: column for column in (*EVIDENCE, *MODEL, *DESIGN, *COHORTS)}
"""By name; a name means one thing in all tables but for those in `OWN`."""

OWN: dict[str, tuple[pa.Field, ...]] = {
    "individuals": (field("event", TRUTH, "whether the event was seen, else the last contact", null=True),),
    "stated": (field("value", TEXT, "as the population file states it", null=True),),
    "watched": (field("number", TEXT, "what was published", null=True),),
}
"""By table: columns whose name means something else there."""

_SUBJECT_COLUMNS = {column.name: column for schema in SUBJECT_TABLES.values() for column in schema}


def columns_of(rows: Sequence[Row]) -> list[str]:
    """Name the columns of rows, each once, in order of appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def schema_of(rows: Sequence[Row], columns: Sequence[str] = (), *, table: str = "") -> pa.Schema:
    """Give the schema of a table of an answer.

    Parameters
    ----------
    rows
        Of the table.
    columns
        Their names; those of the rows if empty.
    table
        Name of the table.

    Returns
    -------
        A field per column. One that is named after what is asked about (a treatment, a marker) has the type of its
        cells and no meaning.
    """
    own = {column.name: column for column in OWN.get(table, ())}
    return pa.schema([own.get(name) or _field(name, rows) for name in (columns or columns_of(rows))])


def _field(name: str, rows: Sequence[Row]) -> pa.Field:
    if name in COLUMNS:
        return COLUMNS[name]
    if name in _SUBJECT_COLUMNS:
        column = _SUBJECT_COLUMNS[name]
        plain = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        return column.with_type(plain).with_nullable(True)
    kinds = {type(cell) for row in rows if (cell := row.get(name)) is not None}
    kind = WHOLE if kinds == {int} else TRUTH if kinds == {bool} else NUMBER if kinds <= {int, float} else TEXT
    return pa.field(name, kind)


def arrow_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Give rows as an Arrow table; a column of text takes numbers as they are written."""
    columns = {column.name: [row.get(column.name) for row in rows] for column in schema}
    for column in schema:
        if column.type == TEXT:
            cells = columns[column.name]
            columns[column.name] = [cell if cell is None or isinstance(cell, str) else str(cell) for cell in cells]
    return pa.table(
        {name: pa.array(cells, schema.field(name).type) for name, cells in columns.items()}, schema=schema
    )
