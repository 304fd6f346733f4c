"""Nothing before day 0 or after the end of follow-up counts silently: it is refused, or cut and counted."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.outcomes import (
    assess,
    best_change,
    dose_intensity_by_month,
    relative_dose_intensity,
    summarise,
    time_to_event,
)
from cereblon.tables import remarks_of

SOMEONE = {"arm": "b", "subject_id": 3}  # progression in month 18, last contact in month 20
END = 20 * 365.25 / 12


def with_rows(trial: dict[str, pa.Table], table, name: str, *rows: dict[str, Any]) -> dict[str, pa.Table]:
    more = table(name, [SOMEONE | row for row in rows])
    return trial | {name: pa.concat_tables([trial[name], more]).unify_dictionaries() if name in trial else more}


LATE: list[tuple[str, dict[str, Any]]] = [
    ("events", {"event": "death", "cause": "myeloma"}),
    ("events", {"event": "progression", "line": 2}),
    ("events", {"event": "next_therapy", "line": 2}),
    ("events", {"event": "treatment_start", "line": 2}),
    ("events", {"event": "treatment_stopped", "cause": "toxicity"}),
    ("responses", {"category": "CR", "confirmed": "CR"}),
    ("adverse_events", {"event": "infection", "grade": 4}),
]


@pytest.mark.parametrize(("name", "row"), LATE, ids=[f"{name}-{row.get('event')}" for name, row in LATE])
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(after=st.floats(0.001, 3000))
def test_what_comes_after_the_end_is_cut_and_counted(
    name: str, row: dict[str, Any], after: float, trial: dict[str, pa.Table], table
) -> None:
    day = "start_day" if name == "adverse_events" else "day"
    more = with_rows(trial, table, name, row | {day: END + after})
    found = summarise(more, landmarks_months=[12, 60])
    assert found.to_pylist() == summarise(trial, landmarks_months=[12, 60]).to_pylist()
    said = f"{name}: 1 row after the end of follow-up (death or last contact) not counted; subject 3 of arm b"
    assert said in remarks_of(found)


REFUSED: list[tuple[list[dict[str, Any]], str]] = [
    ([{"event": "progression", "day": -5.0}], "progression before day 0"),
    ([{"event": "next_therapy", "day": -5.0, "line": 2}], "next_therapy before day 0"),
    ([{"event": "treatment_start", "day": -5.0, "line": 2}], "treatment_start of a later line before day 0"),
    ([{"event": "treatment_stopped", "day": -5.0}], "treatment_stopped before day 0"),
    ([{"event": "death", "day": -3.0, "cause": "other"}], "death before day 0"),
    ([{"event": "death", "day": 5.0, "cause": "other"}], "last contact alive .* after death"),
    ([{"event": "censored", "day": 30.0}], r"more than one last contact \(censored\)"),
    ([{"event": "death", "day": day, "cause": "other"} for day in (700.0, 701.0)], "more than one day of death"),
    (
        [{"event": "death", "day": 700.0, "cause": why} for why in ("other", "myeloma")],
        "more than one cause of death",
    ),
]


@pytest.mark.parametrize(("rows", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_contradicts_itself_is_refused_with_the_subject(
    rows: list[dict[str, Any]], message: str, trial: dict[str, pa.Table], table
) -> None:
    with pytest.raises(InputError, match=f"{message}; subject 3 of arm b"):
        summarise(with_rows(trial, table, "events", *rows))


def test_a_day_that_is_no_number_is_refused(trial: dict[str, pa.Table]) -> None:
    days = [*trial["events"]["day"].to_pylist()[:-1], float("inf")]
    place = trial["events"].schema.get_field_index("day")
    with pytest.raises(InputError, match="a day is not a number; subject 4 of arm b"):
        summarise(trial | {"events": trial["events"].set_column(place, trial["events"].schema.field(place), [days])})


def test_the_same_death_twice_is_one_death(trial: dict[str, pa.Table], table) -> None:
    death = {"arm": "a", "subject_id": 3, "event": "death", "day": 6 * 365.25 / 12, "cause": "toxicity"}
    assert summarise(with_rows(trial, table, "events", death)).to_pylist() == summarise(trial).to_pylist()


def test_treatment_under_way_at_day_0_is_history(trial: dict[str, pa.Table], table) -> None:
    """Treatment that began ten days before randomisation counts from day 0."""
    earlier = pc.if_else(pc.equal(trial["events"]["event"].cast(pa.string()), "treatment_start"), -10.0, 0.0)
    place = trial["events"].schema.get_field_index("day")
    first = pc.and_(pc.equal(trial["events"]["line"], 1), pc.equal(trial["events"]["day"], 0.0))
    day = pc.if_else(first, earlier, trial["events"]["day"])
    moved = trial | {"events": trial["events"].set_column(place, trial["events"].schema.field(place), day)}
    found = summarise(moved)
    assert found.to_pylist() == summarise(trial).to_pylist()
    assert remarks_of(found) == remarks_of(summarise(trial))


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("responses", {"category": "CR", "confirmed": "CR", "day": -1.0}),
        ("adverse_events", {"event": "infection", "grade": 4, "start_day": -1.0}),
    ],
)
def test_what_comes_before_day_0_is_cut_and_counted(
    name: str, row: dict[str, Any], trial: dict[str, pa.Table], table
) -> None:
    found = summarise(with_rows(trial, table, name, row))
    assert found.to_pylist() == summarise(trial).to_pylist()
    assert f"{name}: 1 row before day 0 not counted; subject 3 of arm b" in remarks_of(found)


def test_cycles_outside_follow_up_are_no_dose_intensity(trial: dict[str, pa.Table], table) -> None:
    counts = {"drug": "lenalidomide", "planned_doses": 21.0, "given_doses": 21.0, "planned_mg": 525.0}
    inside = SOMEONE | counts | {"cycle": 1, "day": 0.0, "given_mg": 525.0}
    outside = [SOMEONE | counts | {"cycle": 2, "day": day, "given_mg": 0.0} for day in (END + 1, -28.0)]
    alone, more = table("exposures", [inside]), table("exposures", [inside, *outside])
    for intensity in (relative_dose_intensity, dose_intensity_by_month):
        found = intensity(trial["subjects"], more, events=trial["events"])
        assert found.to_pylist() == intensity(trial["subjects"], alone, events=trial["events"]).to_pylist()
        assert sum(remark.startswith("exposures: 1 row") for remark in remarks_of(found)) == 2
    found = summarise(trial | {"exposures": more})
    assert found.to_pylist() == summarise(trial | {"exposures": alone}).to_pylist()


def test_laboratory_values_after_the_end_are_not_judged(trial: dict[str, pa.Table], table) -> None:
    def labs(*days: tuple[float, float]) -> pa.Table:
        rows = [SOMEONE | {"day": day, "test": "m_protein", "value": value, "unit": "g/L"} for day, value in days]
        return table("labs", rows)

    base = [(-7.0, 30.0), (28.0, 14.0), (56.0, 14.0)]
    alone = trial | {"labs": labs(*base)}
    more = trial | {"labs": labs(*base, (END + 1, 40.0), (END + 30, 41.0))}
    assert assess(more)["events"].to_pylist() == assess(alone)["events"].to_pylist()
    assert assess(more)["responses"].to_pylist() == assess(alone)["responses"].to_pylist()
    said = "labs: 2 rows after the end of follow-up (death or last contact) not counted; subject 3 of arm b"
    assert said in remarks_of(assess(more)["responses"])
    assert said in remarks_of(summarise(assess(more)))
    found = best_change(assess(more))
    assert found["change"].to_pylist() == best_change(assess(alone))["change"].to_pylist()
    assert said in remarks_of(found)


def test_a_test_with_two_values_on_one_day_is_refused(trial: dict[str, pa.Table], table) -> None:
    rows = [SOMEONE | {"day": 28.0, "test": "m_protein", "value": value, "unit": "g/L"} for value in (14.0, 20.0)]
    with pytest.raises(InputError, match="subject 3, day 28: m_protein has the values 14, 20"):
        assess(trial | {"labs": table("labs", rows)})


def test_who_has_no_end_is_named(trial: dict[str, pa.Table]) -> None:
    others = trial["events"].filter(pc.invert(pc.equal(trial["events"]["event"].cast(pa.string()), "censored")))
    found = time_to_event(trial["subjects"], others, trial["responses"], "os")
    assert (
        "subjects: 5 with neither death nor last contact (censored) are followed to the last thing known; "
        "subjects 1, 4 of arm a; 1, 3, 4 of arm b"
    ) in remarks_of(found)


def test_a_response_after_progression_has_no_duration(trial: dict[str, pa.Table], table) -> None:
    """Subject 1 of arm b progressed in month 6; a response noted in month 8 is left out and named."""
    late = {"arm": "b", "subject_id": 1, "day": 8 * 365.25 / 12, "category": "PR", "confirmed": "PR"}
    found = time_to_event(
        trial["subjects"], trial["events"], with_rows(trial, table, "responses", late)["responses"], "dor"
    )
    assert ("b", 1) not in set(zip(found["arm"].to_pylist(), found["subject_id"].to_pylist(), strict=True))
    assert "dor: 1 left out, as it would begin after its end; subject 1 of arm b" in remarks_of(found)
