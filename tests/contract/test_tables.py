"""The contract of the subject tables: the gate that every producer passes, and what a simulation puts through it."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from cereblon.errors import InputError
from cereblon.outcomes import CATEGORIES
from cereblon.pharmacology import DRUGS
from cereblon.tables import conform
from cereblon.tables.schemas import EVENT_NAMES, OUTCOMES, SUBJECT_TABLES, TESTS
from cereblon.trials.run import Prepared

SCHEMA = pa.schema(
    [
        pa.field("arm", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("subject_id", pa.int64(), nullable=False),
        pa.field("day", pa.float64(), nullable=False),
        pa.field("end_day", pa.float64(), nullable=True),
    ]
)
ROWS = {"arm": ["rd", "vrd"], "subject_id": [0, 1], "day": [0.0, 7.0], "end_day": [None, 14.0]}

every_table = pytest.mark.parametrize("name", list(SUBJECT_TABLES))


# The gate.


def test_columns_come_out_in_the_schema_and_its_order() -> None:
    table = conform(dict(reversed(ROWS.items())), SCHEMA, name="visits")
    assert table.schema.equals(SCHEMA)
    assert table.to_pylist() == [
        {"arm": "rd", "subject_id": 0, "day": 0.0, "end_day": None},
        {"arm": "vrd", "subject_id": 1, "day": 7.0, "end_day": 14.0},
    ]


def test_a_scalar_stands_in_every_row() -> None:
    table = conform(ROWS | {"arm": "rd", "day": 3}, SCHEMA, name="visits")
    assert table["arm"].to_pylist() == ["rd", "rd"]
    assert table["day"].to_pylist() == [3.0, 3.0]


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_any_number_of_rows_conforms(rows: int) -> None:
    columns = {"arm": "rd", "subject_id": np.arange(rows), "day": np.zeros(rows), "end_day": None}
    assert conform(columns, SCHEMA, name="visits").num_rows == rows


def test_codes_and_words_give_the_same_column() -> None:
    codes = pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.int32()), pa.array(["vrd", "rd"]))
    coded = conform(ROWS | {"arm": codes}, SCHEMA, name="visits")
    assert coded["arm"].to_pylist() == conform(ROWS, SCHEMA, name="visits")["arm"].to_pylist()


def test_a_table_that_conformed_conforms_again() -> None:
    table = conform(ROWS, SCHEMA, name="visits")
    assert conform(table, SCHEMA, name="visits").equals(table)
    chunked = pa.concat_tables([table, table]).unify_dictionaries()
    assert conform(chunked, SCHEMA, name="visits").num_rows == 4


def test_missing_and_unknown_columns_are_all_named() -> None:
    with pytest.raises(InputError) as error:
        conform({"arm": ["rd"], "dose": [1.0], "end_day": [1.0]}, SCHEMA, name="visits")
    assert error.value.message.splitlines() == [
        "visits: column 'subject_id' is missing",
        "visits: column 'day' is missing",
        "visits: column 'dose' is not part of the table",
    ]


@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_value_that_is_missing_where_none_may_be_is_counted(missing: float | None) -> None:
    with pytest.raises(InputError, match="visits, day: 1 of 2 values are null"):
        conform(ROWS | {"day": [missing, 1.0]}, SCHEMA, name="visits")


def test_a_value_may_be_missing_where_the_schema_allows_it() -> None:
    """Not a number is missing, and never a number in a table."""
    table = conform(ROWS | {"end_day": np.array([math.nan, 2.0])}, SCHEMA, name="visits")
    assert table["end_day"].to_pylist() == [None, 2.0]


def test_a_column_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(InputError, match="visits, day: cannot be read as double"):
        conform(ROWS | {"day": ["Monday", "Tuesday"]}, SCHEMA, name="visits")
    with pytest.raises(InputError, match="visits, subject_id: cannot be read as int64"):
        conform(ROWS | {"subject_id": [0.5, 1.0]}, SCHEMA, name="visits")


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(InputError, match=r"visits: columns have different lengths \[2, 3\]"):
        conform(ROWS | {"day": [1.0, 2.0, 3.0]}, SCHEMA, name="visits")


@pytest.mark.parametrize("schema", [*SUBJECT_TABLES.values(), OUTCOMES])
def test_every_column_says_what_it_means(schema: pa.Schema) -> None:
    assert [field.name for field in schema if not (field.metadata or {}).get(b"meaning")] == []


# What a simulation puts through it.


@every_table
def test_simulated_tables_have_the_schema(name: str, small_tables: dict[str, pa.Table]) -> None:
    assert small_tables[name].schema.equals(SUBJECT_TABLES[name])
    assert small_tables[name].num_rows > 0
    assert conform(small_tables[name], SUBJECT_TABLES[name], name=name).equals(small_tables[name].combine_chunks())


@every_table
def test_no_number_in_a_simulated_table_is_not_finite(name: str, small_frames: dict[str, pl.DataFrame]) -> None:
    numbers = small_frames[name].select(pl.col(pl.Float64).is_finite().all())
    assert all(numbers.row(0))


@every_table
def test_every_row_says_where_it_comes_from(
    name: str, small_frames: dict[str, pl.DataFrame], small_prepared: Prepared
) -> None:
    frame = small_frames[name]
    assert frame["origin"].unique().to_list() == ["simulated"]
    (run,) = frame["source_id"].unique().to_list()
    assert run.startswith("small-")
    assert set(frame["arm"].unique()) <= {"dex", "rd"}


@every_table
def test_a_subject_is_in_one_arm_in_all_tables(name: str, small_frames: dict[str, pl.DataFrame]) -> None:
    key = small_frames["subjects"].select("subject_id", place="arm")
    rows = small_frames[name].join(key, on="subject_id", how="left")
    assert (rows["arm"] == rows["place"]).all()


@every_table
def test_rows_are_ordered_by_subject_and_day(name: str, small_frames: dict[str, pl.DataFrame]) -> None:
    frame = small_frames[name]
    order = ["subject_id", *(column for column in ("day", "start_day") if column in frame.columns)]
    assert frame.select(order).equals(frame.select(order).sort(order))


def test_words_are_those_of_the_contract(small_frames: dict[str, pl.DataFrame]) -> None:
    def words(table: str, column: str) -> set[str]:
        return set(small_frames[table][column].unique())

    assert words("events", "event") <= set(EVENT_NAMES)
    assert words("exposures", "drug") <= set(DRUGS)
    assert words("responses", "category") <= set(CATEGORIES)
    assert words("responses", "confirmed") <= set(CATEGORIES)
    assert words("adverse_events", "action") <= {"none", "held", "reduced", "stopped"}
    assert words("subjects", "sex") == {"female", "male"}
    assert words("subjects", "isotype") == {"IgG", "IgA", "light_chain"}
    assert words("subjects", "frailty") <= {"fit", "intermediate", "frail"}


def test_every_test_has_its_unit(small_frames: dict[str, pl.DataFrame]) -> None:
    found = dict(small_frames["labs"].select("test", "unit").unique().iter_rows())
    assert len(found) == 10
    assert {test: TESTS[test] for test in found} == found


def test_events_of_one_day_stand_in_the_order_of_the_contract(small_frames: dict[str, pl.DataFrame]) -> None:
    place = pl.col("event").replace_strict({name: place for place, name in enumerate(EVENT_NAMES)})
    events = small_frames["events"].select("subject_id", "day", place=place)
    assert events.equals(events.sort("subject_id", "day", "place"))
    assert (events.group_by("subject_id", "day").len()["len"] > 1).any()


def test_every_subject_of_every_table_is_one_of_the_subjects(small_frames: dict[str, pl.DataFrame]) -> None:
    known = set(small_frames["subjects"]["subject_id"])
    assert known == set(range(1200))
    assert [name for name, frame in small_frames.items() if not set(frame["subject_id"]) <= known] == []
