"""Tables as the bytes of Parquet files: equal rows give equal bytes."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq


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
    return whole.cast(column.type.value_type).dictionary_encode().cast(column.type)
