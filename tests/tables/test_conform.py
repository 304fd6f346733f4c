"""The check of subject tables: what it accepts, and what it says when it refuses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from cereblon.core.errors import InputError
from cereblon.tables import conform
from cereblon.tables.schemas import EVENT_NAMES, EVENTS, OUTCOMES, SUBJECT_TABLES, TESTS

WORDS = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        pa.field("arm", WORDS, nullable=False),
        pa.field("subject_id", pa.int64(), nullable=False),
        pa.field("day", pa.float64(), nullable=False),
        pa.field("grade", pa.int8(), nullable=True),
    ]
)
GOOD = {"arm": ["a", "b"], "subject_id": [1, 2], "day": [0.0, 7.0], "grade": [3, None]}


def test_columns_take_order_and_kind_of_the_schema() -> None:
    shuffled = {name: GOOD[name] for name in ("grade", "day", "subject_id", "arm")}
    table = conform(shuffled, SCHEMA, name="events")
    assert table.schema.equals(SCHEMA)
    assert table.to_pydict() == GOOD


def test_a_scalar_stands_for_every_row() -> None:
    table = conform(GOOD | {"arm": "both", "day": 3, "grade": None}, SCHEMA, name="events")
    assert table["arm"].to_pylist() == ["both", "both"]
    assert table["day"].to_pylist() == [3.0, 3.0]
    assert table["grade"].to_pylist() == [None, None]


def test_arrow_tables_chunks_and_numpy_arrays_are_taken() -> None:
    chunked = pa.table({name: pa.chunked_array([values[:1], values[1:]]) for name, values in GOOD.items()})
    assert conform(chunked, SCHEMA, name="events").to_pydict() == GOOD
    arrays = GOOD | {"subject_id": np.array([1, 2], np.int32), "day": np.array([0.0, 7.0], np.float32)}
    assert conform(arrays, SCHEMA, name="events").to_pydict() == GOOD


def test_a_number_that_is_not_a_number_is_a_null() -> None:
    table = conform(GOOD | {"grade": np.array([3.0, np.nan])}, SCHEMA, name="events")
    assert table["grade"].to_pylist() == [3, None]


def test_no_rows_are_a_table_too() -> None:
    table = conform({name: [] for name in GOOD}, SCHEMA, name="events")
    assert table.num_rows == 0
    assert table.schema.equals(SCHEMA)


def test_missing_and_unknown_columns_are_all_named() -> None:
    with pytest.raises(InputError) as refusal:
        conform({"arm": ["a"], "day": [1.0], "colour": ["red"]}, SCHEMA, name="events")
    assert refusal.value.message.splitlines() == [
        "events: column 'subject_id' is missing",
        "events: column 'grade' is missing",
        "events: column 'colour' is not part of the table",
    ]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"day": [1.0]}, r"events: columns have different lengths \[1, 2\]"),
        ({"day": [1.0, None]}, "events, day: 1 of 2 values are null"),
        ({"day": None}, "events, day: 2 of 2 values are null"),
        ({"arm": [None, "b"]}, "events, arm: 1 of 2 values are null"),
        ({"day": ["soon", "later"]}, "events, day: cannot be read as double"),
        ({"subject_id": [1.5, 2.0]}, "events, subject_id: cannot be read as int64"),
        ({"grade": [300, 1]}, "events, grade: cannot be read as int8"),
    ],
)
def test_what_does_not_fit_is_refused(column: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        conform(GOOD | column, SCHEMA, name="events")


@pytest.mark.parametrize("name", list(SUBJECT_TABLES))
def test_every_subject_table_says_whose_row_it_is(name: str) -> None:
    schema = SUBJECT_TABLES[name]
    assert schema.names[:4] == ["origin", "source_id", "arm", "subject_id"]
    assert not any(schema.field(key).nullable for key in schema.names[:4])


@pytest.mark.parametrize("schema", [*SUBJECT_TABLES.values(), OUTCOMES], ids=[*SUBJECT_TABLES, "outcomes"])
def test_every_column_has_a_meaning(schema: pa.Schema) -> None:
    assert all((field.metadata or {}).get(b"meaning") for field in schema)
    assert len(set(schema.names)) == len(schema.names)


def test_names_of_events_and_tests_are_unique_words() -> None:
    assert len(set(EVENT_NAMES)) == len(EVENT_NAMES)
    assert all(word.replace("_", "").isalnum() for word in (*EVENT_NAMES, *TESTS))
    assert EVENTS.field("cause").type == WORDS
