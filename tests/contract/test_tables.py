"""The contract of the subject tables, kept by what a simulation writes."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pytest

from cereblon.model.drugs import DRUGS
from cereblon.outcomes import CATEGORIES
from cereblon.tables import conform
from cereblon.tables.schemas import EVENT_NAMES, SUBJECT_TABLES, TESTS
from cereblon.trials.run import Prepared

every_table = pytest.mark.parametrize("name", list(SUBJECT_TABLES))


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
