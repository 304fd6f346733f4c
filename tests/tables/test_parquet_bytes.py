"""Equal tables are equal files: no byte depends on how a table came to be, or on the memory of the process."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cereblon.core.errors import InputError
from cereblon.tables.parquet import parquet_bytes, read_parquet
from cereblon.tables.schemas import SUBJECT_TABLES

WORDS = ["thrombosis", "neutropenia", "thrombosis", None, "infection"]


def table(indices: list[int | None], dictionary: list[str | None]) -> pa.Table:
    words = pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(dictionary))
    return pa.table({"event": words, "day": pa.array([6.0 - len(indices) + day for day in range(len(indices))])})


ONCE = table([0, 1, 0, None, 2], ["thrombosis", "neutropenia", "infection"])


@pytest.mark.parametrize(
    "same",
    [
        table([2, 0, 2, None, 1], ["neutropenia", "infection", "thrombosis"]),
        table([0, 1, 0, None, 2], ["thrombosis", "neutropenia", "infection", "never used"]),
        table([0, 1, 2, None, 3], ["thrombosis", "neutropenia", "thrombosis", "infection"]),
        pa.concat_tables([ONCE[:2], table([2, 0, 2, None, 1], ["neutropenia", "infection", "thrombosis"])[2:]]),
        pa.concat_tables([ONCE[:0], ONCE]),
        table([9, 0, 1, 0, None, 2], ["thrombosis", "neutropenia", "infection", *"3456789"])[1:],
        table([3, 1, 3, 0, 2], [None, "neutropenia", "infection", "thrombosis"]),
    ],
    ids=[
        "another order",
        "an unused word",
        "a word twice",
        "two dictionaries",
        "an empty chunk",
        "a slice",
        "a null",
    ],
)
def test_equal_words_are_equal_bytes(same: pa.Table) -> None:
    assert same["event"].to_pylist() == WORDS
    assert parquet_bytes(same) == parquet_bytes(ONCE)


def test_other_rows_are_other_bytes() -> None:
    assert parquet_bytes(ONCE[:4]) != parquet_bytes(ONCE)


def test_measured_numbers_are_stored_as_they_are_and_what_repeats_by_a_dictionary() -> None:
    numbers = pa.table({"value": [1.5 * row for row in range(100)], "day": [7.0 * (row // 10) for row in range(100)]})
    written = parquet_bytes(numbers)
    group = pq.ParquetFile(pa.BufferReader(written)).metadata.row_group(0)
    assert [group.column(place).has_dictionary_page for place in range(2)] == [False, True]
    assert pq.read_table(pa.BufferReader(written)).equals(numbers)


def test_rows_and_schema_are_read_again_as_they_were() -> None:
    read = pq.read_table(pa.BufferReader(parquet_bytes(ONCE)))
    assert read.schema == ONCE.schema
    assert read.to_pylist() == ONCE.to_pylist()


@pytest.mark.parametrize("name", SUBJECT_TABLES)
def test_an_empty_subject_table_keeps_its_schema(name: str) -> None:
    read = pq.read_table(pa.BufferReader(parquet_bytes(SUBJECT_TABLES[name].empty_table())))
    assert read.schema.equals(SUBJECT_TABLES[name], check_metadata=True)


def test_a_small_file_that_stands_for_gigabytes_is_refused_at_once(tmp_path: Path) -> None:
    """A word of a megabyte in each of 3,000 rows takes 47 kB in a file, and took three gigabytes to read."""
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 3000, pa.int32()), ["x" * 1_000_000])
    path = tmp_path / "labs.parquet"
    for keeps_schema in (True, False):
        pq.write_table(pa.table({"test": words}), path, store_schema=keeps_schema)
        assert path.stat().st_size < 100_000
        with pytest.raises(InputError, match=r"labs.parquet: has 3,000,000,000 bytes of words; at most"):
            read_parquet(path)


def test_words_are_read_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "labs.parquet"
    pq.write_table(pa.table({"a": ["x", None, "y", "x"], "b": [1, 2, 3, 4]}), path)
    assert read_parquet(path).to_pydict() == {"a": ["x", None, "y", "x"], "b": [1, 2, 3, 4]}
