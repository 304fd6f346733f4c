"""Data as they were on a calendar day, by date or by number of events."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from tests.outcomes.outcome_tables import build
from tests.plain_tables import plain

from cereblon.core.errors import InputError
from cereblon.outcomes import assess, time_to_event
from cereblon.outcomes.data_cut import cut, follow_until

ENROLLED = {1: 0.0, 2: 100.0, 3: 200.0}


def three_patients() -> dict[str, pa.Table]:
    """Patient 1 progresses on day 84 (seen again on 112), 2 dies on day 150, 3 lives until day 400."""
    labs: list[dict[str, Any]] = [
        {"subject_id": who, "day": float(day), "test": "m_protein", "value": value, "unit": "g/L"}
        for who, values in {1: (30, 10, 10, 20, 22), 2: (30, 20, 15, 15, 15), 3: (30, 10, 5, 5, 5)}.items()
        for day, value in zip(range(0, 140, 28), values, strict=True)
    ]
    events = [
        {"subject_id": who, "arm": "a", "event": event, "day": float(day), "cause": cause}
        for who, event, day, cause in (
            (1, "treatment_start", 0, ""),
            (2, "treatment_start", 0, ""),
            (3, "treatment_start", 0, ""),
            (1, "censored", 400, ""),
            (2, "death", 150, "other"),
            (3, "censored", 400, ""),
        )
    ]
    subjects = [{"subject_id": who, "arm": "a", "enrolment_day": day} for who, day in ENROLLED.items()]
    tables = {
        "subjects": build("subjects", subjects),
        "labs": build("labs", [{**row, "arm": "a"} for row in labs]),
        "events": build("events", events),
    }
    return assess(tables)


def pfs(tables: dict[str, pa.Table]) -> dict[int, tuple[float, bool]]:
    times = time_to_event(tables["subjects"], tables["events"], tables["responses"], "pfs")
    rows = plain(times).select("subject_id", "day", "observed").iter_rows()
    return {subject: (day, observed) for subject, day, observed in rows}


def test_the_whole_trial_has_a_progression_and_a_death() -> None:
    assert pfs(three_patients()) == {1: (84.0, True), 2: (150.0, True), 3: (112.0, False)}


def test_followed_for_less_each_subject_has_what_happened_by_then() -> None:
    """Patient 1 leaves before the progression of day 84 is seen again, 2 before its death; 3 has nothing later."""
    found = follow_until(three_patients(), np.array([90.0, 120.0, np.inf]))
    assert pfs(found) == {1: (84.0, False), 2: (112.0, False), 3: (112.0, False)}
    assert found["subjects"]["subject_id"].to_pylist() == [1, 2, 3]


def test_who_is_not_enrolled_yet_is_not_in_the_cut() -> None:
    found = cut(three_patients(), day=199.0)
    assert found["subjects"]["subject_id"].to_pylist() == [1, 2]


def test_a_progression_waits_for_its_confirmation() -> None:
    """It is measured on day 84 and confirmed on day 112 of patient 1, who was enrolled on the first day."""
    assert pfs(cut(three_patients(), day=111.0))[1] == (84.0, False)
    assert pfs(cut(three_patients(), day=112.0))[1] == (84.0, True)


def test_a_death_after_the_cut_is_a_patient_alive() -> None:
    """Patient 2 dies on day 250 of the trial; before it the last assessment was on its day 112."""
    early, late = cut(three_patients(), day=249.0), cut(three_patients(), day=250.0)
    assert pfs(early)[2] == (112.0, False)
    assert pfs(late)[2] == (150.0, True)
    last = plain(early["events"]).filter((pl.col("subject_id") == 2) & (pl.col("event") == "censored"))
    assert last["day"].to_list() == [149.0]


def test_a_cut_after_everything_changes_nothing() -> None:
    whole = three_patients()
    found = cut(whole, day=1e4)
    assert pfs(found) == pfs(whole)
    assert plain(found["events"]).equals(plain(whole["events"]))


def test_a_number_of_events_finds_its_day() -> None:
    """The first event is known on day 112 of the trial, the second on day 250."""
    first, second = (cut(three_patients(), events=count, endpoint="pfs") for count in (1, 2))
    assert sum(seen for _, seen in pfs(first).values()) == 1
    assert pfs(first)[2] == (0.0, False)
    assert sum(seen for _, seen in pfs(second).values()) == 2


def test_an_adverse_event_under_way_at_the_cut_has_no_end_yet() -> None:
    tables = three_patients()
    episode = {"subject_id": 1, "arm": "a", "event": "neutropenia", "grade": 3, "start_day": 20.0, "end_day": 60.0}
    tables["adverse_events"] = build("adverse_events", [episode, {**episode, "start_day": 90.0, "end_day": 95.0}])
    found = plain(cut(tables, day=50.0)["adverse_events"])
    assert found.select("start_day", "end_day").rows() == [(20.0, None)]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"events": 3}, "3 asked for; replicate trial 0 has 2 of pfs"),
        ({}, "either a day or a number of events"),
        ({"day": 1.0, "events": 1}, "either a day or a number of events"),
        ({"day": -1.0}, "nobody is enrolled by day -1"),
    ],
)
def test_impossible_cuts_are_refused(asked: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        cut(three_patients(), **asked)


def test_a_table_without_enrolment_days_has_no_calendar() -> None:
    tables = three_patients()
    tables["subjects"] = build("subjects", [{"subject_id": 1, "arm": "a", "enrolment_day": None}])
    with pytest.raises(InputError, match="enrolment_day: is not known"):
        cut(tables, day=10.0)


def test_each_replicate_trial_has_a_calendar_of_its_own() -> None:
    one = three_patients()
    shift = {
        name: table.set_column(
            table.schema.get_field_index("subject_id"),
            table.schema.field("subject_id"),
            pa.array(table["subject_id"].to_numpy() + 10),
        )
        for name, table in one.items()
    }
    place = one["subjects"].schema.get_field_index("replicate")
    shift["subjects"] = shift["subjects"].set_column(
        place, one["subjects"].schema.field(place), pa.array(np.ones(3, np.int32))
    )
    both = {name: pa.concat_tables([one[name], shift[name]]).unify_dictionaries() for name in one}
    found = pfs(cut(both, events=1, endpoint="pfs"))
    assert {who - 10: kept for who, kept in found.items() if who > 10} == {
        who: kept for who, kept in found.items() if who < 10
    }
