"""The page of tables: columns with type, unit and meaning, from the schemas."""

from __future__ import annotations

import pyarrow as pa

from cereblon.tables import schemas
from scripts.reference_pages.markdown import NOTICE, cell, table

_INTRODUCTION = f"""# Tables
{NOTICE}
A run writes six subject tables. Observed and reconstructed subjects use the same ones, so no reader asks who made a
table. Published results are rows of the outcome table, in the columns that our own outcome functions write.

Days count from randomisation or the index date, which is day 0. A column that may be empty says so; everything else
has a value in every row.
"""
_ABOUT = {
    "subjects": "One row per subject: covariates at day 0.",
    "exposures": "One row per subject, cycle and drug: what was ordered and what was given.",
    "labs": "One row per measurement.",
    "responses": "One row per response assessment, computed from the measurements.",
    "events": "One row per dated event.",
    "adverse_events": "One row per episode.",
    "grades": "One row per change of a grade that the clinic sees: what dose rules read.",
    "decisions": "One row per action of a dose rule; `cereblon replay` derives them again.",
}


def tables_page() -> str:
    """Make the page."""
    parts = [_INTRODUCTION]
    for name, schema in schemas.SUBJECT_TABLES.items():
        parts.append(f"## {name}\n\n{_ABOUT[name]}\n\n{_columns(schema)}")
        if name == "labs":
            rows = [[f"`{test}`", cell(unit)] for test, unit in schemas.TESTS.items()]
            parts.append(f"Tests:\n\n{table(['test', 'unit'], rows)}")
        if name == "events":
            parts.append("Events: " + ", ".join(f"`{event}`" for event in schemas.EVENT_NAMES) + ".\n")
    parts.append(
        "## outcomes\n\nOne row per estimate: what `cereblon.outcomes.summarise` returns, and what "
        f"`cereblon.evidence.reported_outcomes` makes of a publication.\n\n{_columns(schemas.OUTCOMES)}"
    )
    return "\n".join(parts)


def _columns(schema: pa.Schema) -> str:
    rows = []
    for field in schema:
        meaning = field.metadata[b"meaning"].decode()
        rows.append([f"`{field.name}`", _type(field.type), "may be empty" if field.nullable else "", cell(meaning)])
    return table(["column", "type", "", "meaning"], rows)


def _type(kind: pa.DataType) -> str:
    return "text" if pa.types.is_dictionary(kind) else {"double": "float64"}.get(str(kind), str(kind))
