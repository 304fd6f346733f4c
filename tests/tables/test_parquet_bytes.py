"""Equal tables are equal files: no byte depends on how a table came to be, or on the memory of the process."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cereblon.tables.parquet import parquet_bytes
from cereblon.tables.schemas import SUBJECT_TABLES

WORDS = ["thrombosis", "neutropenia", "thrombosis", None, "infection"]


def table(indices: list[int | None], dictionary: list[str]) -> pa.Table:
    words = pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(dictionary))
    return pa.table({"event": words, "day": pa.array([1.0, 2.0, 3.0, 4.0, 5.0])})


ONCE = table([0, 1, 0, None, 2], ["thrombosis", "neutropenia", "infection"])


@pytest.mark.parametrize(
    "same",
    [
        table([2, 0, 2, None, 1], ["neutropenia", "infection", "thrombosis"]),
        table([0, 1, 0, None, 2], ["thrombosis", "neutropenia", "infection", "never used"]),
        table([0, 1, 2, None, 3], ["thrombosis", "neutropenia", "thrombosis", "infection"]),
        pa.concat_tables([ONCE[:2], table([2, 0, 2, None, 1], ["neutropenia", "infection", "thrombosis"])[2:]]),
        pa.concat_tables([ONCE[:0], ONCE]),
    ],
    ids=["another order", "an unused word", "a word twice", "two dictionaries", "an empty chunk"],
)
def test_equal_words_are_equal_bytes(same: pa.Table) -> None:
    assert same["event"].to_pylist() == WORDS
    assert parquet_bytes(same) == parquet_bytes(ONCE)


def test_other_rows_are_other_bytes() -> None:
    assert parquet_bytes(ONCE[:4]) != parquet_bytes(ONCE)


def test_rows_and_schema_are_read_again_as_they_were() -> None:
    read = pq.read_table(pa.BufferReader(parquet_bytes(ONCE)))
    assert read.schema == ONCE.schema
    assert read.to_pylist() == ONCE.to_pylist()


@pytest.mark.parametrize("name", SUBJECT_TABLES)
def test_an_empty_subject_table_keeps_its_schema(name: str) -> None:
    read = pq.read_table(pa.BufferReader(parquet_bytes(SUBJECT_TABLES[name].empty_table())))
    assert read.schema.equals(SUBJECT_TABLES[name], check_metadata=True)
