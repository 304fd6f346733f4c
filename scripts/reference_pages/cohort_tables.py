"""The page of the tables of a built cohort, and of an example whose truth is known, from their schemas."""

from __future__ import annotations

import pyarrow as pa

from cereblon.cohort.schemas import EXAMPLE_TABLES, FOLDER_TABLES
from cereblon.tables.fields import said
from scripts.reference_pages.markdown import NOTICE, cell, table

_INTRODUCTION = f"""# Tables of a cohort
{NOTICE}
A built cohort is a folder: one Parquet file per table, and `cohort.json` with definition, source, counts and remarks.
Dates are calendar days; laboratory values are in the units of the [subject tables](tables.md).
A row of the source is named as table and row, such as `measurement:1204`.
"""
_EXAMPLE = """## Truth of an example

An example database also holds what really happened, beside what was recorded.
"""
_ABOUT = {
    "persons": "One row per patient who is in the cohort.",
    "lines": "One row per line of therapy.",
    "decisions": "One row per decision of a rule about lines, in the order of days.",
    "eras": "One row per continuous period on one drug.",
    "labs": "One row per laboratory value that could be read.",
    "conditions": "Diagnoses that are adverse events, by the concepts of the definition; one of a kind a day.",
    "responses": "One row per line and kind of response.",
    "progression": "One row per line and kind of progression that was seen.",
    "attrition": "One row per step from everybody in the source to the cohort.",
    "truth": "One row per patient and line.",
    "truth_labs": "One row per laboratory value.",
}


def cohort_tables_page() -> str:
    """Make the page."""
    folder = [_section(name, schema) for name, schema in FOLDER_TABLES.items()]
    example = [_section(name, schema) for name, schema in EXAMPLE_TABLES.items()]
    return "\n".join([_INTRODUCTION, *folder, _EXAMPLE, *example])


def _section(name: str, schema: pa.Schema) -> str:
    rows = [
        [
            f"`{one.name}`",
            _type(one.type),
            said(one, "unit"),
            "may be empty" if one.nullable else "",
            cell(_meaning(one)),
        ]
        for one in schema
    ]
    return f"## {name}\n\n{_ABOUT[name]}\n\n{table(['column', 'type', 'unit', '', 'meaning'], rows)}"


def _meaning(one: pa.Field) -> str:
    return said(one, "meaning")


def _type(kind: pa.DataType) -> str:
    words = {"string": "text", "double": "number", "int64": "whole number", "bool": "true or false"}
    return (
        "list of text" if pa.types.is_list(kind) else words.get(str(kind), "date" if pa.types.is_date(kind) else "")
    )
