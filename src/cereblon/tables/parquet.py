"""Tables as Parquet files: equal rows are written as equal bytes, and what strangers wrote is read within bounds."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cereblon.core.delimited_text import MOST_CELLS, MOST_COLUMNS, MOST_LINES, refuse_more
from cereblon.core.errors import InputError
from cereblon.core.text_files import ordinary_status, read_bytes

MOST_UNPACKED = 2**28
"""Bytes that a file holds when unpacked; the rows of the largest text file that is read take as many."""


def read_parquet(path: Path) -> pa.Table:
    """Read a Parquet file of numbers, words and dates that a user brings.

    Raises
    ------
    InputError
        If it is no ordinary file, no Parquet, damaged, larger than a table may be, or has a column of lists or bytes.
    """
    raw = read_bytes(path)
    try:
        schema = pq.read_schema(pa.BufferReader(raw))
        _refuse_strange(schema, path)
        words = [field.name for field in schema if _is_text(field.type)]
        file = pq.ParquetFile(pa.BufferReader(raw), read_dictionary=words)
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        for count, most, what in (
            (rows, MOST_LINES, "rows"),
            (columns, MOST_COLUMNS, "columns"),
            (rows * columns, MOST_CELLS, "cells"),
        ):
            refuse_more(count, most, what, str(path))
        groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        unpacked = sum(group.column(place).total_uncompressed_size for group in groups for place in range(columns))
        refuse_more(unpacked, MOST_UNPACKED, "bytes when unpacked", str(path))
        table = file.read(use_threads=False)
        table.validate(full=True)  # words that are no UTF-8 among them
        refuse_more(_characters(table), MOST_UNPACKED, "bytes of words", str(path))
    except InputError:
        raise
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{path}: cannot be read as Parquet ({reason})", hint="write the file again") from error
    return table


def _refuse_strange(schema: pa.Schema, path: Path) -> None:
    """Refuse columns of lists or bytes before they are unpacked."""
    strange = [field for field in schema if pa.types.is_nested(field.type) or _is_bytes(field.type)]
    if strange:
        named = ", ".join(f"{field.name} of {field.type}" for field in strange[:5])
        raise InputError(f"{path}: numbers, words and dates are read, not {named}", hint="leave the column out")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _characters(table: pa.Table) -> int:
    """Count the bytes of all words, each as often as it stands in a row: one of a megabyte takes few in a file."""
    total = 0
    for column in table.columns:
        for chunk in column.chunks if pa.types.is_dictionary(column.type) else ():
            if _is_text(chunk.type.value_type):
                lengths = pc.cast(pc.binary_length(chunk.dictionary), pa.int64())
                total += pc.sum(lengths.take(chunk.indices)).as_py() or 0
    return total


def read_own_parquet(path: Path, schema: pa.Schema) -> pa.Table:
    """Read a Parquet file that we wrote, of any size.

    Raises
    ------
    InputError
        If it is missing, damaged, or has other columns than those of the schema.
    """
    ordinary_status(path)
    try:
        table = pq.read_table(path, use_threads=False)
        if table.schema.names == schema.names:
            table = table.cast(schema)
            table.validate(full=True)  # words that are no UTF-8 among them
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{path}: cannot be read as Parquet ({reason})", hint="make the folder again") from error
    if table.schema.names != schema.names:
        raise InputError(f"{path}: has the columns {', '.join(table.schema.names)}", hint="make the folder again")
    return table


def _is_bytes(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(is_it(kind) for is_it in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary))


def parquet_bytes(table: pa.Table) -> bytes:
    """Write a table as the bytes of a Parquet file, which depend on rows and schema alone.

    The dictionary of a column of words has each word that a row uses once, in the order of their first rows. A
    dictionary with a word twice would not only differ between equal tables: Arrow sizes its page for all words and
    writes each once, so that the rest of the page is whatever stood in the memory of the process.

    Parameters
    ----------
    table
        Any table; the chunks of its columns do not count.
    """
    columns = [_each_word_once(column) for column in table.columns]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(columns, schema=table.schema), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _each_word_once(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if not pa.types.is_dictionary(column.type):
        return whole
    words = whole.dictionary.to_pylist()
    if len(set(words)) < len(words) or None in words:
        return whole.cast(column.type.value_type).dictionary_encode().cast(column.type)
    used = whole.indices.dictionary_encode()  # numbers of words instead of words: half the time
    return pa.DictionaryArray.from_arrays(used.indices, whole.dictionary.take(used.dictionary)).cast(column.type)
