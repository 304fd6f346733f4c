"""What was left out, converted or understood when a table was made; kept with the table."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pyarrow as pa

_REMARKS = b"remarks"


def with_remarks(table: pa.Table, remarks: Iterable[str]) -> pa.Table:
    """Give the table with further remarks; one that is there already is not repeated."""
    said = list(dict.fromkeys([*remarks_of(table), *remarks]))
    if not said:
        return table
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _REMARKS: json.dumps(said).encode()})


def remarks_of(table: pa.Table) -> tuple[str, ...]:
    """Read the remarks on a table: what was left out or understood in making it, with counts."""
    said = (table.schema.metadata or {}).get(_REMARKS)
    return () if said is None else tuple(json.loads(said))
