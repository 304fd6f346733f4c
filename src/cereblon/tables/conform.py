"""The one gate to the subject tables: select, cast, count nulls, and refuse with the name of what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cereblon.errors import InputError


def conform(columns: pa.Table | Mapping[str, Any], schema: pa.Schema, *, name: str) -> pa.Table:
    """Bring columns into a schema.

    A scalar stands for the same value in every row. Column order is the schema's; further columns are refused.

    Parameters
    ----------
    columns
        An Arrow table, or a mapping of column name to array or scalar.
    schema
        One of `cereblon.tables.schemas`.
    name
        Name of the table, for messages.

    Raises
    ------
    InputError
        If a column is missing or unknown, cannot be cast, or holds a null where none is allowed.
    """
    given = (
        dict(zip(columns.column_names, columns.columns, strict=True)) if isinstance(columns, pa.Table) else columns
    )
    problems = [f"{name}: column {field.name!r} is missing" for field in schema if field.name not in given]
    problems += [f"{name}: column {key!r} is not part of the table" for key in given if key not in schema.names]
    if problems:
        raise InputError("\n".join(problems))
    lengths = {len(value) for value in given.values() if not _is_scalar(value)}
    if len(lengths) > 1:
        raise InputError(f"{name}: columns have different lengths {sorted(lengths)}")
    rows = lengths.pop() if lengths else 1
    arrays = []
    for field in schema:
        array = _column(given[field.name], field, rows, name)
        if not field.nullable and array.null_count:
            problems.append(f"{name}, {field.name}: {array.null_count} of {rows} values are null")
        arrays.append(array)
    if problems:
        raise InputError("\n".join(problems))
    return pa.Table.from_arrays(arrays, schema=schema)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool)) or value is None


def _column(value: Any, field: pa.Field, rows: int, name: str) -> pa.Array:
    try:
        if value is None:
            return pa.nulls(rows, field.type)
        if _is_scalar(value) and pa.types.is_dictionary(field.type):
            indices = pa.repeat(pa.scalar(0, type=field.type.index_type), rows)
            return pa.DictionaryArray.from_arrays(indices, pa.array([value], type=field.type.value_type))
        if _is_scalar(value):
            return pa.repeat(pa.scalar(value, type=field.type), rows)
        array = value if isinstance(value, (pa.Array, pa.ChunkedArray)) else pa.array(value, from_pandas=True)
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if pa.types.is_dictionary(field.type):
            if not pa.types.is_dictionary(array.type):
                array = pc.dictionary_encode(array.cast(pa.string()))
            return array.cast(field.type)
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        return array.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InputError(f"{name}, {field.name}: cannot be read as {field.type} ({error})") from error
