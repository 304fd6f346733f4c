"""The one check of subject tables: columns, types, closed words and possible numbers, or a refusal of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.errors import InputError
from cereblon.core.problems import refuse_problems
from cereblon.tables.checks import check_causes, check_names, check_numbers, check_subject_keys, check_words
from cereblon.tables.columns import as_column, is_scalar
from cereblon.tables.fields import said
from cereblon.tables.lab_units import in_house_units

_SYNONYM_HINT = (
    "cereblon.tables.read_subject_tables reads synonyms, codes of CDISC and text, and says what it made of them"
)


def conform(
    columns: pa.Table | Mapping[str, Any], schema: pa.Schema, *, name: str, allow_implausible: bool = False
) -> pa.Table:
    """Bring columns into a schema.

    A scalar stands for the same value in every row. Column order is the schema's; further columns are refused, and a
    few columns may be missing, which are then null. Words
    must be those of the column's vocabulary, exactly; laboratory values are converted from their unit to the house
    unit of their test. Whether a number is possible is checked for people, not for what a model computed.

    Parameters
    ----------
    columns
        A table (Arrow, or a data frame that gives itself as Arrow), or a mapping of column name to array or scalar.
    schema
        One of `cereblon.tables.schemas`.
    name
        Name of the table, for messages.
    allow_implausible
        Accept numbers outside what their quantity can be, unless nobody can mean them.

    Raises
    ------
    InputError
        If a column is missing, unknown or there twice, cannot be read as its type, holds a null where none is
        allowed, an infinite number, a word outside its vocabulary or an impossible number, or a subject is there
        twice.
    """
    given = _given(columns, name)
    given |= {field.name: None for field in schema if field.name not in given and said(field, "lack")}
    problems = [f"{name}: column {field.name!r} is missing" for field in schema if field.name not in given]
    problems += [f"{name}: column {key!r} is not part of the table" for key in given if key not in schema.names]
    refuse_problems(problems)
    lengths = {key: _length(value, f"{name}, {key}") for key, value in given.items() if not is_scalar(value)}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{key} {length}" for key, length in lengths.items())
        raise InputError(f"{name}: columns have different lengths {sorted(set(lengths.values()))} ({listed})")
    rows = next(iter(lengths.values()), 1)
    arrays = {field.name: as_column(given[field.name], field, rows, name, problems) for field in schema}
    refuse_problems(problems)
    for field in schema:
        nulls = arrays[field.name].null_count
        if nulls and not field.nullable:
            first = int(np.flatnonzero(pc.is_null(arrays[field.name]).to_numpy(zero_copy_only=False))[0]) + 1
            problems.append(f"{name}, {field.name}: {nulls} of {rows} values are null, the first in row {first}")
    refuse_problems(problems)
    for field in schema:
        check_words(arrays[field.name], field, name, problems)
    check_names(arrays, name, problems)
    check_causes(arrays, name, problems)
    if problems:
        refuse_problems(problems, hint=_SYNONYM_HINT)
    simulated = arrays["origin"].dictionary.to_pylist() == ["simulated"] if "origin" in arrays else False
    if "test" in arrays:
        lifted = None if simulated else allow_implausible
        arrays |= in_house_units(arrays, name, problems, allow_implausible=lifted)
    if not simulated:
        check_numbers(arrays, schema, name, problems, allow_implausible=allow_implausible)
    refuse_problems(problems, hint="check the unit; allow_implausible=True accepts an unusual number")
    check_subject_keys(arrays, name, problems)
    refuse_problems(problems)
    return pa.Table.from_arrays([arrays[column] for column in schema.names], schema=schema)


def accepted_numbers(table: pa.Table, name: str) -> list[str]:
    """Say which numbers of a table were accepted although they are outside what their quantity can be."""
    arrays = {field.name: table[field.name].combine_chunks() for field in table.schema}
    found: list[str] = []
    if "test" in arrays:
        in_house_units(arrays, name, found, allow_implausible=False)
    check_numbers(arrays, table.schema, name, found, allow_implausible=False)
    return [f"{one}; accepted by allow_implausible" for one in found]


def _given(columns: Any, name: str) -> dict[str, Any]:
    if isinstance(columns, Mapping):
        return dict(columns)
    if not isinstance(columns, pa.Table):
        if not hasattr(columns, "__arrow_c_stream__"):
            raise InputError(f"{name}: {type(columns).__name__} is no table, nor a mapping of columns")
        columns = pa.table(columns)
    twice = sorted({key for key in columns.column_names if columns.column_names.count(key) > 1})
    if twice:
        raise InputError("\n".join(f"{name}: column {key!r} is there twice" for key in twice))
    return dict(zip(columns.column_names, columns.columns, strict=True))


def _length(value: Any, where: str) -> int:
    try:
        return len(value)
    except TypeError as error:
        raise InputError(f"{where}: {type(value).__name__} is no column") from error
