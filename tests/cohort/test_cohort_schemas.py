"""The tables of a cohort: every column has a meaning, and the parts name patients and lines alike."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cereblon.cohort.schemas import EXAMPLE_TABLES, FOLDER_TABLES
from cereblon.tables.fields import said

TABLES = FOLDER_TABLES | EXAMPLE_TABLES


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_a_meaning(name: str) -> None:
    assert all(said(column, "meaning") for column in TABLES[name])


def test_patients_and_lines_are_named_alike_in_all_tables() -> None:
    for schema in TABLES.values():
        for key, kind in (("person_id", pa.string()), ("line", pa.int64())):
            if key in schema.names:
                assert (schema.field(key).type, schema.field(key).nullable) == (kind, False)
