"""Published beside predicted: which values lie inside, which are not judged, and how they are counted."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from cereblon.evidence import load_study, study_ids
from cereblon.outcomes import summarise
from cereblon.trials.comparison import (
    LEVEL,
    ComparisonRow,
    Key,
    Predictions,
    as_json,
    compare,
    predict,
    verdict,
)
from cereblon.trials.library import load_trial
from cereblon.trials.response_ascertainment import on_record, record_of
from cereblon.trials.run_counts import count_tables
from cereblon.trials.trial import TrialPlan, change_trial, parse_trial
from cereblon.vocabulary.endpoints import simulated_endpoints
from plain_tables import plain

Interval = tuple[float | None, float | None]
NOTHING = pa.table({})
NO_PREDICTIONS = Predictions(values={}, intervals={}, rows=NOTHING, spread=NOTHING)
ORR: Key = ("orr", "vrd", "", "", None)
OS: Key = ("os_median", "vrd", "", "", None)


def judged(key: Key, predicted: float | None, interval: Interval) -> dict[str, ComparisonRow]:
    """Compare SWOG S0777 with one prediction; the rows of that endpoint and arm by data cut."""
    predictions = Predictions(values={key: predicted}, intervals={key: interval}, rows=NOTHING, spread=NOTHING)
    rows = compare(load_trial("swog-s0777"), predictions)
    return {row.cut: row for row in rows if (row.endpoint, row.arm, row.versus, row.grade, row.month) == key}


@pytest.mark.parametrize(
    ("interval", "inside"),
    [
        ((80.0, 90.0), True),
        ((81.5, 90.0), True),
        ((80.0, 81.5), True),
        ((81.6, 90.0), False),
        ((70.0, 81.4), False),
    ],
)
def test_a_published_value_is_inside_up_to_the_ends_of_the_interval(interval: Interval, inside: bool) -> None:
    """SWOG S0777 published an overall response of 81.5 % with VRd."""
    row = judged(ORR, 84.0, interval)["2017 primary"]
    assert row.published == 81.5
    assert (row.predicted, row.predicted_interval, row.predicted_level) == (84.0, interval, LEVEL)
    assert row.inside is inside


@pytest.mark.parametrize(
    ("interval", "reached_75", "not_reached"),
    [
        ((70.0, 80.0), True, False),
        ((70.0, None), True, True),  # some replicate trials did not reach their median
        ((None, None), False, True),  # hardly one did
        ((76.0, None), False, True),
        ((60.0, 70.0), False, False),
    ],
)
def test_a_median_that_was_not_reached_is_later_than_any_other(
    interval: Interval, reached_75: bool, not_reached: bool
) -> None:
    """SWOG S0777: median survival with VRd 75 months in 2017, not reached in 2020."""
    rows = judged(OS, 72.0, interval)
    assert (rows["2017 primary"].published, rows["2017 primary"].published_status) == (75.0, "reported")
    assert (rows["2020 update"].published, rows["2020 update"].published_status) == (None, "not_reached")
    assert rows["2017 primary"].inside is reached_75
    assert rows["2020 update"].inside is not_reached


def test_a_time_beyond_the_simulated_follow_up_is_not_judged() -> None:
    """TOURMALINE-MM1: median survival 53.6 months with IRd, after 85 months; simulated are 33.5 at most."""
    plan = load_trial("tourmaline-mm1")
    assert plan.longest_follow_up_months == 33.5
    keys: list[Key] = [("os_median", "ird", "", "", None), ("pfs_median", "ird", "", "", None)]
    open_ends = dict.fromkeys(keys, (None, None))
    predictions = Predictions(values=dict.fromkeys(keys), intervals=open_ends, rows=NOTHING, spread=NOTHING)
    rows = {(row.endpoint, row.published): row for row in compare(plan, predictions) if row.arm == "ird"}
    late, early = rows["os_median", 53.6], rows["pfs_median", 20.6]
    assert late.inside is None and "33.5 months" in late.note
    assert early.inside is False and not early.note


def test_a_published_value_without_a_number_is_not_judged() -> None:
    """In a phase 2 study of renal function the exposure of its Rd arm deviated by less than 25 %."""
    arms = {"rd": {"regimen": "rd", "size": 1}}
    data = {"id": "t", "title": "t", "study": "len-renal-pk-phase2", "population": {"base": "ndmm"}, "arms": arms}
    plan = parse_trial({**data, "follow_up_months": 12}, where="test")
    key: Key = ("pk_auc_deviation", "rd", "", "", None)
    predictions = Predictions(values={key: 10.0}, intervals={key: (5.0, None)}, rows=NOTHING, spread=NOTHING)
    (row,) = [row for row in compare(plan, predictions) if row.endpoint == "pk_auc_deviation"]
    assert (row.published, row.published_status, row.inside) == (None, "below", None)
    assert row.note.startswith("printed as below 25")


def test_an_endpoint_that_is_not_simulated_is_shown_and_not_judged() -> None:
    rows = compare(load_trial("swog-s0777"), NO_PREDICTIONS)
    assert rows
    assert {(row.predicted, row.predicted_interval, row.predicted_level, row.inside) for row in rows} == {
        (None, None, None, None)
    }
    assert all(row.note.startswith("not simulated") for row in rows)


def test_a_prediction_that_no_replicate_gave_is_not_one() -> None:
    """The ratio of two arms without an event is null in the summary and has no interval either."""
    key: Key = ("pfs_hr", "vrd", "rd", "", None)
    predictions = Predictions(values={key: None}, intervals={}, rows=NOTHING, spread=NOTHING)
    rows = [row for row in compare(load_trial("swog-s0777"), predictions) if row.endpoint == "pfs_hr"]
    assert {(row.predicted, row.inside) for row in rows} == {(None, None)}


def test_published_intervals_statuses_and_sources_are_carried_over() -> None:
    """SWOG S0777 update of 2020: hazard ratio of progression-free survival 0.742 (0.594 to 0.928)."""
    rows = judged(("pfs_hr", "vrd", "rd", "", None), 0.8, (0.6, 1.0))
    update = rows["2020 update"]
    assert (update.published, update.published_interval) == (0.742, (0.594, 0.928))
    assert update.source == "doi:10.1038/s41408-020-0311-8"
    assert (update.unit, update.versus, update.inside) == ("ratio", "rd", True)


@pytest.mark.parametrize("study", study_ids())
def test_every_study_can_be_compared(study: str) -> None:
    """Without simulation: each fact finds its row, and what is printed is JSON."""
    arms = {arm: {"regimen": "rd", "size": 1} for arm in list(load_study(study).arms)[:6]}
    data = {"id": "t", "title": "t", "study": study, "population": {"base": "ndmm"}, "arms": arms}
    plan = parse_trial({**data, "follow_up_months": 12}, where="test")
    rows = compare(plan, NO_PREDICTIONS)
    text = json.dumps(as_json(plan, rows), allow_nan=False)
    assert set(json.loads(text)) == {"study", "seed", "rows", "notes"}
    assert not [row for row in rows if row.published is None and row.published_status == "reported"]


def test_a_trial_without_a_study_has_nothing_to_compare(small_plan: TrialPlan) -> None:
    plan = small_plan.model_copy(update={"study": None, "study_arms": {}})
    assert compare(plan, NO_PREDICTIONS) == []
    assert verdict([]) == [{"group": "all", "inside": 0, "outside": 0, "not_judged": 0}]


def test_two_arms_that_stand_for_one_published_arm_are_both_compared() -> None:
    arms = {key: {"regimen": "rd", "size": 1} for key in ("low", "high", "rd")}
    data = {"id": "t", "title": "t", "study": "swog-s0777", "population": {"base": "ndmm"}, "arms": arms}
    mapping = {"low": "vrd", "high": "vrd"}
    plan = parse_trial({**data, "study_arms": mapping, "follow_up_months": 12}, where="test")
    rows = compare(plan, NO_PREDICTIONS)
    by_arm = {
        arm: [(row.endpoint, row.published, row.cut) for row in rows if row.arm == arm] for arm in ("low", "high")
    }
    assert by_arm["low"] == by_arm["high"] != []
    assert {row.versus for row in rows} == {"", "rd"}


# Counts.


def counted(*inside: bool | None) -> dict[str, Any]:
    rows = compare(load_trial("swog-s0777"), NO_PREDICTIONS)
    fields = {name: getattr(rows[0], name) for name in ComparisonRow.__dataclass_fields__}
    endpoints = ("orr", "pfs_median", "pfs_hr", "ae_neutropenia")
    made = [
        ComparisonRow(**fields | {"endpoint": endpoints[place % 4], "inside": one})
        for place, one in enumerate(inside)
    ]
    return {str(group["group"]): group for group in verdict(made)}


def test_the_verdict_counts_all_and_by_group() -> None:
    found = counted(True, False, None, True, True, True)
    assert found["all"] == {"group": "all", "inside": 4, "outside": 1, "not_judged": 1}
    assert found["response"] == {"group": "response", "inside": 2, "outside": 0, "not_judged": 0}
    assert found["time to event"] == {"group": "time to event", "inside": 1, "outside": 1, "not_judged": 0}
    assert found["comparisons between arms"]["not_judged"] == 1
    assert found["safety"]["inside"] == 1
    assert "treatment" not in found


def test_the_groups_of_the_verdict_add_up_to_all(small_tables: dict[str, pa.Table], small_plan: TrialPlan) -> None:
    predictions = predict(count_tables(small_tables, small_plan, load_study("mm009-mm010-pooled")), small_plan)
    whole, *groups = verdict(compare(small_plan, predictions))
    for column in ("inside", "outside", "not_judged"):
        assert sum(int(group[column]) for group in groups) == whole[column]
    assert int(whole["inside"]) + int(whole["outside"]) > 0


# Predictions of a run.


def test_predictions_pool_all_replicates_and_intervals_come_from_their_spread(
    small_tables: dict[str, pa.Table], small_plan: TrialPlan
) -> None:
    predictions = predict(count_tables(small_tables, small_plan, load_study("mm009-mm010-pooled")), small_plan)
    responses = plain(small_tables["responses"]).filter((pl.col("arm") == "rd") & (pl.col("line") == 1))
    best = responses.filter(pl.col("confirmed").is_in(["sCR", "CR", "VGPR", "PR"]))["subject_id"].n_unique()
    key: Key = ("orr", "rd", "", "", None)
    assert predictions.values[key] == pytest.approx(100 * best / 480)
    low, high = predictions.intervals[key]
    assert low is not None and high is not None
    assert low < predictions.values[key] < high  # type: ignore[operator]
    shares = pl.DataFrame(pl.from_arrow(small_tables["subjects"])).filter(pl.col("arm") == "rd")
    per_trial = shares.group_by("replicate").agg(
        share=100 * pl.col("subject_id").is_in(best_subjects(responses)).mean()
    )["share"]
    assert low == pytest.approx(per_trial.quantile(0.05, "nearest"))
    assert high == pytest.approx(per_trial.quantile(0.95, "nearest"))


def best_subjects(responses: pl.DataFrame) -> list[int]:
    return responses.filter(pl.col("confirmed").is_in(["sCR", "CR", "VGPR", "PR"]))["subject_id"].unique().to_list()


def test_landmarks_are_yearly_and_those_of_the_study_within_follow_up(
    small_tables: dict[str, pa.Table], small_plan: TrialPlan
) -> None:
    study = load_study("mm009-mm010-pooled")
    with_study = predict(count_tables(small_tables, small_plan, study), small_plan)
    months = {key[4] for key in with_study.values if key[0] == "os_rate"}
    printed = {fact.month for fact in study.facts if fact.month is not None and fact.month <= 17}
    assert months == {12.0} | printed
    without = predict(count_tables(small_tables, small_plan, None), small_plan)
    assert {key[4] for key in without.values if key[0] == "os_rate"} == {12.0}


def test_every_endpoint_called_simulated_is_predicted(
    small_tables: dict[str, pa.Table], small_plan: TrialPlan
) -> None:
    found = {key[0] for key in predict(count_tables(small_tables, small_plan, None), small_plan).values}
    assert set(simulated_endpoints()) <= found


def test_each_arm_is_compared_with_the_comparator(small_tables: dict[str, pa.Table], small_plan: TrialPlan) -> None:
    predictions = predict(count_tables(small_tables, small_plan, None), small_plan)
    assert {(key[1], key[2]) for key in predictions.values if key[2]} == {("dex", "rd")}
    again = summarise(small_tables, landmarks_months=[12.0], comparisons=[("dex", "rd")])
    confirmed = on_record(again, dict.fromkeys(small_plan.arms, record_of(small_plan)))
    assert plain(predictions.rows).equals(plain(confirmed))
    assert not plain(confirmed).equals(plain(again))


def test_arms_without_a_comparator_are_not_compared(small_tables: dict[str, pa.Table], small_plan: TrialPlan) -> None:
    plan = small_plan.model_copy(update={"comparator": None})
    predictions = predict(count_tables(small_tables, plan, None), plan)
    assert {key[2] for key in predictions.values} == {""}
    assert {key[1] for key in predictions.values if key[0] == "os_median"} == {"dex", "rd"}
    assert "small: the arms are dex, rd, and none is named as the comparator" in " ".join(predictions.notes)


def test_one_replicate_gives_values_and_no_interval(small_tables: dict[str, pa.Table], small_plan: TrialPlan) -> None:
    import pyarrow.compute as pc

    ids = pa.array(range(20), pa.int64())
    single = {name: table.filter(pc.is_in(table["subject_id"], ids)) for name, table in small_tables.items()}
    plan = change_trial(small_plan, replicates=1)
    predictions = predict(count_tables(single, plan, load_study("mm009-mm010-pooled")), plan)
    assert predictions.intervals == {}
    rows = compare(plan, predictions)
    assert {row.inside for row in rows} == {None}
    assert [row for row in rows if row.endpoint == "orr" and row.predicted is not None]
