"""Tables as Parquet files: equal rows are written as equal bytes, and what strangers wrote is read within bounds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cereblon.core.control_characters import CONTROL_PATTERN, refuse_control_characters
from cereblon.core.delimited_text import MOST_CELLS, MOST_COLUMNS, MOST_LINES, refuse_more
from cereblon.core.errors import InputError
from cereblon.core.text_files import LONGEST_LINE, ordinary_status, read_bytes

MOST_UNPACKED = 2**28
"""Bytes that a file holds when unpacked; the rows of the largest text file that is read take as many."""


_LOOKED_AT = 4096
_MOST_LONG_ROWS = 2_000_000_000
_LARGEST_CHUNK = 2**30
_FIRST_DAY, _LAST_DAY = ((year - date(1970, 1, 1)).days for year in (date(1800, 1, 1), date(2300, 1, 1)))


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


def check_long_parquet(path: Path, wanted: Collection[str], each_part: Callable[[], None] = lambda: None) -> None:
    """Read columns of a Parquet file of any size from end to end, in parts that are forgotten.

    What other readers pass over until they need it shows here: pages that are damaged or whose checksum is wrong,
    words in no encoding of text, control characters.

    Parameters
    ----------
    path
        An ordinary file, which a library reads by its name afterwards.
    wanted
        Names of columns in lower case; those that are not there are not missed.
    each_part
        Is called after each part; may refuse to go on.

    Raises
    ------
    InputError
        If it is no Parquet, is damaged in these columns, or one of them holds lists, bytes or control characters.
    """
    try:
        schema = pq.read_schema(path)
        fields = [field for field in schema if field.name.lower() in wanted]
        _refuse_strange(fields, path)
        names = [field.name for field in fields]
        words = [field.name for field in fields if _is_text(field.type)]
        file = pq.ParquetFile(path, read_dictionary=words, page_checksum_verification=True, pre_buffer=False)
        refuse_more(file.metadata.num_rows, _MOST_LONG_ROWS, "rows", str(path))
        groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        for group in groups:
            largest = max((group.column(one).total_uncompressed_size for one in range(group.num_columns)), default=0)
            refuse_more(largest, _LARGEST_CHUNK, "bytes in a column of a row group", str(path))
        row = 0
        for batch in file.iter_batches(2**16, columns=names, use_threads=False) if names else ():
            batch.validate(full=True)  # words that are no UTF-8 among them
            for name in words:
                _check_words(pc.unique(batch.column(name).dictionary), f"{path}, {name}, rows from {row + 1:,} on")
            row += batch.num_rows
            each_part()
    except InputError:
        raise
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{path}: cannot be read as Parquet ({reason})", hint="write the file again") from error


def _check_words(words: pa.Array, where: str) -> None:
    """Refuse a word with a control character in it, or one that is as long as a book."""
    longest = pc.max(pc.binary_length(words)).as_py() or 0
    refuse_more(longest, LONGEST_LINE, "bytes in a cell", where)
    is_strange = pc.match_substring_regex(words, CONTROL_PATTERN)
    for word in words.filter(is_strange).to_pylist()[:1]:
        refuse_control_characters(word.replace("\n", " "), where=where)


def _refuse_strange(schema: Iterable[pa.Field], path: Path) -> None:
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
        If it is missing, damaged, has other columns than those of the schema, misses a value that must be there, or
        holds a day that no calendar has.
    """
    ordinary_status(path)
    return own_table(path, schema, where=str(path))


def own_table(content: Path | pa.NativeFile, schema: pa.Schema, *, where: str) -> pa.Table:
    """Read a Parquet file that we wrote, or its bytes; errors as of `read_own_parquet`, which name `where`."""
    try:
        table = pq.read_table(content, use_threads=False)
        if table.schema.names == schema.names:
            table = table.cast(schema)
            table.validate(full=True)  # words that are no UTF-8 among them
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{where}: cannot be read as Parquet ({reason})", hint="make the folder again") from error
    if table.schema.names != schema.names:
        raise InputError(f"{where}: has the columns {', '.join(table.schema.names)}", hint="make the folder again")
    for field in schema:
        column = table[field.name]
        if pa.types.is_date32(field.type) and len(column) > column.null_count:
            first, last = (pc.min_max(column.cast(pa.int32()))[end].as_py() for end in ("min", "max"))
            if first < _FIRST_DAY or last > _LAST_DAY:
                raise InputError(f"{where}: {field.name} holds a day that no calendar has", hint="make it again")
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
    repeated = [name for name, column in zip(table.column_names, columns, strict=True) if not _is_varied(column)]
    sink = pa.BufferOutputStream()
    whole = pa.Table.from_arrays(columns, schema=table.schema)
    # A block is read as a whole, so that nobody asks for the least and the largest word of a column.
    pq.write_table(whole, sink, compression="zstd", use_dictionary=repeated, write_statistics=False)
    return bytes(sink.getvalue().to_pybytes())


def _is_varied(column: pa.Array) -> bool:
    """Tell columns of measured numbers, by their first rows: a dictionary of them is long, and given up when full."""
    first = column[:_LOOKED_AT]
    return bool(pa.types.is_floating(column.type)) and pc.count_distinct(first).as_py() > len(first) // 2


def _each_word_once(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if not pa.types.is_dictionary(column.type):
        return whole
    words = whole.dictionary.to_pylist()
    if len(words) == 1 and None not in words and len(whole) and not whole.null_count:
        return whole
    if len(set(words)) < len(words) or None in words:
        return whole.cast(column.type.value_type).dictionary_encode().cast(column.type)
    first = _first_words(whole)
    if first is None:
        used = whole.indices.dictionary_encode()  # numbers of words instead of words: half the time
        return pa.DictionaryArray.from_arrays(used.indices, whole.dictionary.take(used.dictionary)).cast(column.type)
    if first == list(range(len(words))):
        return whole
    new = np.zeros(len(words), np.int32)
    new[first] = np.arange(len(first))
    kept = pa.array([words[code] for code in first])
    return pa.DictionaryArray.from_arrays(pa.array(new[_codes(whole)]), kept).cast(column.type)


def _codes(array: pa.DictionaryArray) -> np.ndarray:
    return np.asarray(array.indices.to_numpy(zero_copy_only=False))


def _first_words(array: pa.DictionaryArray) -> list[int] | None:
    """Give the words that are used in the order of their first rows; None if the beginning does not show all."""
    if array.null_count or not len(array):
        return None
    codes = _codes(array)
    first = list(dict.fromkeys(codes[:_LOOKED_AT].tolist()))
    return first if len(first) == np.count_nonzero(np.bincount(codes)) else None
