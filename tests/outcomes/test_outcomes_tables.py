"""Tables behind pictures, dose intensity, shares with intervals, and the joining of tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from cereblon.core.errors import InputError
from cereblon.outcomes import (
    assess_responses,
    at_risk_table,
    best_change,
    dose_intensity_by_month,
    km_bands,
    km_curves,
    m_protein_courses,
    relative_dose_intensity,
    response_distribution,
    swimmer_events,
    swimmer_lanes,
)
from cereblon.outcomes.subject_index import index_subjects
from cereblon.statistics.proportions import proportion_interval

MONTH = 365.25 / 12


def labs(table, values: dict[tuple[str, int], dict[float, float]], test: str = "m_protein") -> pa.Table:
    return table(
        "labs",
        [
            {"arm": arm, "subject_id": subject, "day": day, "test": test, "value": value, "unit": "g/L"}
            for (arm, subject), series in values.items()
            for day, value in series.items()
        ],
    )


def test_curves_begin_at_one_and_step_at_events(trial: dict[str, pa.Table]) -> None:
    rows = [row for row in km_curves(trial, endpoints=["pfs"]).to_pylist() if row["arm"] == "b"]
    assert [round(row["month"], 6) for row in rows] == [0, 6, 12, 18, 24]
    assert [row["survival"] for row in rows] == pytest.approx([1, 0.75, 0.5, 0.25, 0.25])
    assert [row["at_risk"] for row in rows] == [4, 4, 3, 2, 1]


def test_a_long_curve_is_thinned_and_keeps_its_ends(trial: dict[str, pa.Table]) -> None:
    rows = km_curves(trial, endpoints=["pfs"], most_points=2).to_pylist()
    assert [round(row["month"]) for row in rows if row["arm"] == "b"] == [0, 6, 18, 24]


def test_numbers_at_risk(trial: dict[str, pa.Table]) -> None:
    rows = at_risk_table(trial, months=[0, 7, 24, 25], endpoints=["pfs"]).to_pylist()
    assert [row["at_risk"] for row in rows if row["arm"] == "b"] == [4, 3, 1, 0]


def test_bands_are_as_wide_as_the_replicates_differ(trial: dict[str, pa.Table]) -> None:
    copies = pa.array([0, 0, 0, 0, 0, 0, 1, 1], pa.int32())
    field = trial["subjects"].schema.field("replicate")
    split = trial | {"subjects": trial["subjects"].set_column(4, field, copies)}
    rows = km_bands(split, months=[0, 12], endpoints=["pfs"], level=0.999999).to_pylist()
    at_12 = next(row for row in rows if row["arm"] == "b" and row["month"] == 12)
    # replicate 0 holds the subjects who progress at 6 and 12, replicate 1 those of 18 and later
    assert (at_12["survival"], at_12["at_risk"]) == (pytest.approx(0.5), 2)
    assert (at_12["low"], at_12["high"]) == pytest.approx((0, 1), abs=1e-5)


def test_best_responses_add_up(trial: dict[str, pa.Table]) -> None:
    rows = [row for row in response_distribution(trial).to_pylist() if row["arm"] == "a"]
    assert {row["category"]: row["n"] for row in rows if row["n"]} == {"CR": 1, "PR": 1, "SD": 1, "NE": 1}
    assert sum(row["percent"] for row in rows) == pytest.approx(100)


def test_best_change_is_the_lowest_value_of_line_1(trial: dict[str, pa.Table], table) -> None:
    """Baselines of 30 g/L; subject 2 of arm a falls further only in its second line, which begins at month 12."""
    measured = labs(
        table,
        {
            ("a", 1): {0: 30, 28: 15, 56: 3, 84: 6},
            ("a", 2): {28: 24, 13 * MONTH: 3},
            ("a", 3): {28: 33},
        },
    )
    rows = best_change(trial | {"labs": measured}).to_pylist()
    assert [(row["subject"], round(row["change"])) for row in rows] == [(3, 10), (2, -20), (1, -90)]
    assert [row["response"] for row in rows] == ["SD", "PR", "CR"]
    sampled = best_change(trial | {"labs": measured}, sample=2).to_pylist()
    assert [row["subject"] for row in sampled] == [3, 1]


def test_swimmer_lanes_follow_the_lines(trial: dict[str, pa.Table]) -> None:
    rows = swimmer_lanes(trial).to_pylist()
    second = [
        (row["line"], round(row["start"]), round(row["end"]))
        for row in rows
        if (row["arm"], row["subject"]) == ("a", 2)
    ]
    assert second == [(1, 0, 12), (2, 12, 36)]
    third = [
        (row["line"], round(row["start"]), round(row["end"]))
        for row in rows
        if (row["arm"], row["subject"]) == ("a", 3)
    ]
    assert third == [(1, 0, 5), (0, 5, 6)]


def test_swimmer_lanes_begin_at_randomisation_though_treatment_began_before(trial: dict[str, pa.Table]) -> None:
    events = trial["events"].to_pylist()
    for event in events:
        if event["event"] == "treatment_start" and event["line"] == 1:
            event["day"] = -224.0
    lanes = swimmer_lanes(trial | {"events": pa.Table.from_pylist(events, schema=trial["events"].schema)})
    assert lanes.to_pylist() == swimmer_lanes(trial).to_pylist()


def test_swimmer_events_name_response_and_cause(trial: dict[str, pa.Table]) -> None:
    rows = swimmer_events(trial).to_pylist()
    second = [
        (row["event"], round(row["month"]), row["detail"]) for row in rows if (row["arm"], row["subject"]) == ("a", 2)
    ]
    assert second == [
        ("response", 1, "PR"),
        ("progression", 12, "serum M-protein"),
        ("progression", 24, "serum M-protein"),
        ("death", 36, "myeloma"),
    ]


def test_a_sample_of_lanes_spans_short_and_long_follow_up(trial: dict[str, pa.Table]) -> None:
    rows = swimmer_lanes(trial, per_group=2).to_pylist()
    assert {row["subject"] for row in rows if row["arm"] == "b"} == {2, 3}  # 40 and 20 months


def test_m_protein_courses_hold_what_was_measured(trial: dict[str, pa.Table], table) -> None:
    measured = labs(table, {("a", 1): {-5: 31, 0: 30, 28: 15}, ("b", 1): {28: 12}})
    rows = m_protein_courses(trial | {"labs": measured}).to_pylist()
    assert [(row["arm"], row["m_protein"]) for row in rows] == [("a", 30), ("a", 15), ("b", 12)]


@pytest.fixture
def exposures(table) -> pa.Table:
    def dose(
        subject: int, cycle: int, planned: float, given: float, drug: str = "lenalidomide", line: int = 1
    ) -> dict:
        return {
            "arm": "a",
            "subject_id": subject,
            "line": line,
            "cycle": cycle,
            "day": 28.0 * (cycle - 1),
            "drug": drug,
            "planned_doses": 21.0,
            "given_doses": 21.0 if given else 0.0,
            "planned_mg": planned,
            "given_mg": given,
        }

    return table(
        "exposures",
        [
            dose(1, 1, 525, 525),
            dose(1, 2, 525, 315),
            dose(2, 1, 525, 525),
            dose(2, 2, 525, 0),
            dose(2, 3, 525, 105, line=2),
            dose(3, 1, 210, 210),
            dose(1, 1, 160, 80, drug="dexamethasone"),
        ],
    )


def test_relative_dose_intensity_is_given_over_planned(trial: dict[str, pa.Table], exposures: pa.Table) -> None:
    """Lenalidomide of line 1: 840/1050, 525/1050 and 210/210, so 80, 50 and 100 percent."""
    rows = {row["drug"]: row for row in relative_dose_intensity(trial["subjects"], exposures).to_pylist()}
    found = rows["lenalidomide"]
    assert (found["n"], found["median"], found["mean"]) == (3, pytest.approx(80), pytest.approx(230 / 3))
    assert (found["low_quartile"], found["high_quartile"]) == (pytest.approx(65), pytest.approx(90))
    assert rows["dexamethasone"]["median"] == 50


def test_relative_dose_intensity_by_cycle(trial: dict[str, pa.Table], exposures: pa.Table) -> None:
    rows = relative_dose_intensity(trial["subjects"], exposures, by_cycle=True).to_pylist()
    found = {row["cycle"]: (row["n"], row["mean"]) for row in rows if row["drug"] == "lenalidomide"}
    assert found == {1: (3, pytest.approx(100)), 2: (2, pytest.approx(30))}


def test_dose_intensity_over_time(trial: dict[str, pa.Table], exposures: pa.Table) -> None:
    """Both cycles begin within the first month (days 0 and 28): 1575 of 2310 mg, three of four subjects treated."""
    rows = dose_intensity_by_month(trial["subjects"], exposures).to_pylist()
    found = next(row for row in rows if row["drug"] == "lenalidomide")
    assert (found["month"], found["on_treatment"]) == (0, 75)
    assert found["relative_dose_intensity"] == pytest.approx(100 * 1575 / 2310)


def test_exact_interval_of_a_share() -> None:
    """7 of 20: R 4.2.2 binom.test(7, 20)$conf.int; none of 10: 0 to 1 - 0.025^(1/10)."""
    low, high = proportion_interval([7, 0, 10], [20, 10, 10])
    assert low == pytest.approx([0.1539092048, 0, 0.025**0.1], abs=1e-9)
    assert high == pytest.approx([0.5921885345, 1 - 0.025**0.1, 1], abs=1e-9)


def test_score_interval_of_a_share() -> None:
    """81 of 263: R 4.2.2 prop.test(81, 263, correct = FALSE)$conf.int."""
    low, high = proportion_interval([81], [263], method="wilson")
    assert (low[0], high[0]) == pytest.approx((0.2552885199, 0.3662095770), abs=1e-9)


def test_a_share_of_nobody_has_no_interval() -> None:
    low, _ = proportion_interval([0], [0])
    assert np.isnan(low).all()


def test_a_subject_listed_twice_is_refused(table) -> None:
    with pytest.raises(InputError, match="1 rows repeat a source_id, arm and subject_id"):
        index_subjects(table("subjects", [{"arm": "a", "subject_id": 1}] * 2))


def test_the_same_number_in_two_arms_is_two_subjects(trial: dict[str, pa.Table], table) -> None:
    measured = labs(table, {("a", 1): {0: 30, 28: 10, 56: 10}, ("b", 1): {0: 30, 28: 29, 56: 29}})
    found = assess_responses(measured, trial["subjects"], trial["events"]).to_pydict()
    assert found["arm"] == ["a", "a", "b", "b"]
    assert found["category"] == ["PR", "PR", "SD", "SD"]


def test_labs_may_come_in_any_order_and_on_fractions_of_a_day(trial: dict[str, pa.Table], table) -> None:
    series = {0.25: 30.0, 28.5: 16.0, 56.75: 15.0, 84.0: 15.0}
    rows = labs(table, {("a", 1): series})
    found = [
        assess_responses(one, trial["subjects"], trial["events"])["category"].to_pylist()
        for one in (rows, rows.take([3, 1, 0, 2]))
    ]
    assert found[0] == found[1] == ["SD", "MR", "PR", "PR"]


def test_large_and_scattered_numbers_find_their_subjects(table) -> None:
    """Ids far apart make the lookup table too large; the sorted search must give the same rows."""
    ids = [10**12, 5, 7 * 10**9]
    index = index_subjects(table("subjects", [{"arm": "a", "subject_id": number} for number in ids]))
    events = table(
        "events", [{"arm": "a", "subject_id": number, "event": "death", "day": 1.0} for number in (5, 10**12, 5)]
    )
    assert index.rows(events, name="events").tolist() == [1, 0, 1]
    with pytest.raises(InputError, match="subject 6 is not in the subjects table"):
        index.rows(table("events", [{"arm": "a", "subject_id": 6, "event": "death", "day": 1.0}]), name="events")


def test_mixed_origins_are_refused(table) -> None:
    mixed = table("subjects", [{"arm": "a", "subject_id": 1}, {"arm": "a", "subject_id": 2, "origin": "simulated"}])
    with pytest.raises(InputError, match="rows of origin observed, simulated are mixed"):
        index_subjects(mixed)


def test_nobody_was_tested(trial: dict[str, pa.Table], table) -> None:
    assert assess_responses(table("labs", []), trial["subjects"], trial["events"]).num_rows == 0
