"""One column of a table as Arrow: what is read as the wanted type, and what is refused with its row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def is_scalar(value: Any) -> bool:
    """Say whether a value stands for every row of a column."""
    return isinstance(value, (str, int, float, bool, np.generic, pa.Scalar)) or value is None


def as_column(value: Any, field: pa.Field, rows: int, name: str, problems: list[str]) -> pa.Array:
    """Give a column in the type of its field; what cannot be read is added to `problems`.

    Parameters
    ----------
    value
        Array, sequence or scalar.
    field
        Of the schema.
    rows
        Of the table, for a scalar.
    name
        Of the table, for messages.
    problems
        Gains a line for what is refused; the column is then all null.
    """
    where = f"{name}, {field.name}"
    try:
        if isinstance(value, str) and pa.types.is_dictionary(field.type):
            return _same_word(value, rows).cast(field.type)
        array = _array(value, rows)
        if pa.types.is_dictionary(field.type):
            return _words(array, field.type)
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        found = _refused_type(array, field.type)
        if found is None:
            return _numbers(array, field, where, problems)
        problems.append(f"{where}: cannot be read as {field.type}: {found}")
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        problems.append(f"{where}: cannot be read as {field.type} ({reason})")
    return pa.nulls(rows, field.type)


def _array(value: Any, rows: int) -> pa.Array:
    if isinstance(value, pa.Scalar):
        value = value.as_py()
    if value is None:
        return pa.nulls(rows)
    if is_scalar(value):
        return pa.repeat(pa.scalar(value, from_pandas=True), rows)
    array = value if isinstance(value, (pa.Array, pa.ChunkedArray)) else pa.array(value, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _same_word(word: str, rows: int) -> pa.DictionaryArray:
    """Write one word in every row; in a table without rows no word is there."""
    words = pa.array([word] if rows else [], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), words)


def dictionary_of(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Give a text column as one dictionary that names each word once."""
    array = column.combine_chunks()
    array = array if isinstance(array, pa.Array) else pa.array([], pa.string())
    return _words(array, pa.dictionary(pa.int32(), pa.string()))


def _words(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Encode words; a dictionary that names a word twice, or holds a null, is made anew."""
    if pa.types.is_dictionary(array.type):
        values = array.dictionary.to_pylist()
        if len(set(values)) == len(values) and None not in values:
            return array.cast(kind)
        array = array.dictionary_decode()
    return pc.dictionary_encode(array.cast(pa.string())).cast(kind)


def _refused_type(array: pa.Array, wanted: pa.DataType) -> str | None:
    """Say why an array's type cannot be meant, where a cast would go through all the same."""
    if pa.types.is_temporal(array.type):
        return "dates and times; days since day 0 are needed"
    if pa.types.is_boolean(array.type) and not pa.types.is_boolean(wanted):
        return "true and false, a number is needed"
    if pa.types.is_boolean(wanted) and not (pa.types.is_boolean(array.type) or pa.types.is_null(array.type)):
        if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
            return f"{array.type}, true or false is needed"
        if not pc.all(pc.or_kleene(pc.equal(array, 0), pc.equal(array, 1)), min_count=0).as_py():
            return "numbers other than 0 and 1"
    return None


def _numbers(array: pa.Array, field: pa.Field, where: str, problems: list[str]) -> pa.Array:
    """Cast numbers; NaN becomes null, infinity and broken whole numbers are refused with their first row."""
    if pa.types.is_floating(array.type):
        values = array.to_numpy(zero_copy_only=False)
        refused = np.isinf(values)
        reason = "is not finite"
        if pa.types.is_integer(field.type) and not refused.any():
            refused = np.isfinite(values) & (values != np.floor(values))
            reason = "is no whole number"
        if refused.any():
            row = int(np.argmax(refused))
            problems.append(f"{where}: cannot be read as {field.type} (row {row + 1}: {values[row]:g} {reason})")
            return pa.nulls(len(array), field.type)
        if np.isnan(values).any():
            array = pa.array(values, mask=np.isnan(values))
    return array.cast(field.type)
