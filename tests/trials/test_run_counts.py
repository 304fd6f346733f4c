"""A run is reported from counts of its blocks, which are those of the whole tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from cereblon import outcomes
from cereblon.evidence import PublishedCurve, load_study
from cereblon.tables import remarks_of
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.trials import run_counts
from cereblon.trials.comparison import LEVEL, predict
from cereblon.trials.folder import RunFolder
from cereblon.trials.report_data import report_data
from cereblon.trials.response_ascertainment import on_record, record_of
from cereblon.trials.run import Prepared
from cereblon.trials.run_counts import RunCounting, count_run, count_tables
from cereblon.trials.single_subjects import pictures_of
from cereblon.trials.summary import summarise_run
from cereblon.trials.trial import TrialPlan


def test_counts_of_blocks_predict_what_the_whole_tables_do(
    small_run: RunFolder, small_plan: TrialPlan, small_tables: dict[str, pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    """60 trials of 20 subjects lie in three blocks of 512, so that two trials lie in two blocks each."""
    monkeypatch.setattr(run_counts, "_AT_ONCE", 1)
    told: list[tuple[int, int]] = []
    found = count_run(small_run, small_plan, None, progress=lambda done, of: told.append((done, of)))
    assert told == [(512, 1200), (1024, 1200), (1200, 1200)]
    at_once = count_tables(small_tables, small_plan, None)
    assert found.results == at_once.results == {0: 1200}
    in_blocks, whole = predict(found, small_plan), predict(at_once, small_plan)
    assert in_blocks.rows.equals(whole.rows) and in_blocks.spread.equals(whole.spread)
    assert in_blocks.values == whole.values and in_blocks.intervals == whole.intervals


def test_what_a_run_predicts_is_what_functions_of_tables_give(
    small_run: RunFolder, small_plan: TrialPlan, small_tables: dict[str, pa.Table]
) -> None:
    found = count_run(small_run, small_plan, None)
    asked: dict[str, Any] = {"landmarks_months": [12.0], "comparisons": [("dex", "rd")]}
    records = dict.fromkeys(small_plan.arms, record_of(small_plan))
    rows = on_record(outcomes.summarise(small_tables, **asked), records)
    predicted = predict(found, small_plan)
    assert predicted.rows.to_pylist() == rows.to_pylist()
    said = [one for one in remarks_of(predicted.rows) if not one.startswith("complete response or better: ")]
    assert tuple(said) == remarks_of(rows) and len(remarks_of(predicted.rows)) == len(said) + 1
    each = on_record(outcomes.summarise_replicates(small_tables, **asked), records)
    spread = outcomes.prediction_intervals(each, level=LEVEL)
    key = ("endpoint", "arm", "versus", "grade", "month")

    def in_order(table: pa.Table) -> list[dict[str, Any]]:
        return sorted(table.to_pylist(), key=lambda row: [str(row[name]) for name in key])

    assert in_order(predicted.spread) == in_order(spread)


def test_single_subjects_are_those_of_the_whole_tables(
    small_run: RunFolder, small_plan: TrialPlan, small_tables: dict[str, pa.Table]
) -> None:
    found = count_run(small_run, small_plan, None, pictured=1200)
    assert found.rankings is not None
    pictures = pictures_of(small_run, found.rankings)
    assert pictures.waterfall.to_pylist() == outcomes.best_change(small_tables, sample=150).to_pylist()
    assert pictures.spaghetti.to_pylist() == outcomes.m_protein_courses(small_tables, per_group=16).to_pylist()
    assert pictures.swimmer.to_pylist() == outcomes.swimmer_lanes(small_tables, per_group=18).to_pylist()
    assert pictures.swimmer_events.to_pylist() == outcomes.swimmer_events(small_tables, per_group=18).to_pylist()


def test_a_report_reads_no_whole_table(
    small_run: RunFolder, small_prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the first block, followed subjects need everything; of the others what is counted is read, block by block;
    beyond the pictured subjects no course of a laboratory value."""
    read: list[tuple[int, tuple[str, ...], tuple[str, ...] | None]] = []
    block_tables = RunFolder.block_tables

    def noted(
        self: RunFolder, number: int, names: Sequence[str] = tuple(SUBJECT_TABLES), **chosen: Any
    ) -> dict[str, pa.Table]:
        if chosen.get("subjects") is None:
            read.append((number, tuple(names), chosen.get("tests")))
        return block_tables(self, number, names, **chosen)

    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("a report read a table of the whole run")

    monkeypatch.setattr(RunFolder, "table", refused)
    monkeypatch.setattr(RunFolder, "tables", refused)
    monkeypatch.setattr(RunFolder, "block_tables", noted)
    monkeypatch.setattr("cereblon.trials.summary.PICTURED", 512)
    summarise_run(small_run, small_prepared, command="cereblon report small")
    counted = ("subjects", "events", "responses", "exposures", "adverse_events", "labs")
    shown = ("m_protein", "involved_flc", "uninvolved_flc", "mrd")
    assert sorted(read[:3]) == [(0, counted, shown), (1, counted, ("mrd",)), (2, counted, ("mrd",))]
    assert read[3:] == [(0, tuple(SUBJECT_TABLES), None)]


def test_a_report_says_among_whom_single_subjects_are_chosen(
    small_run: RunFolder, small_prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cereblon.trials.report_data.PICTURED", 512)
    data = summarise_run(small_run, small_prepared, command="cereblon report small").data
    assert "Pictures of single subjects choose among the first 512 of 1,200 subjects." in data.limits


def test_points_of_a_printed_curve_stand_in_the_report_under_the_arm_of_the_trial(
    small_run: RunFolder, small_prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = load_study("mm009-mm010-pooled")
    points = ((0.0, 100.0), (11.0, 50.0))
    curve = PublishedCurve(arm="rd-highdex", endpoint="pfs", source=study.publications[0], points=points)
    monkeypatch.setattr("cereblon.trials.report_data.load_study", lambda _: replace(study, curves=(curve,)))
    data = summarise_run(small_run, small_prepared, command="cereblon report small").data
    printed = [row for row in data.km_published if row["kind"] == "curve"]
    assert [(row["arm"], row["month"], row["percent"]) for row in printed] == [("rd", *point) for point in points]


def test_a_report_needs_the_subjects_that_it_shows(
    small_run: RunFolder, small_prepared: Prepared, small_plan: TrialPlan
) -> None:
    found = count_run(small_run, small_plan, None)
    with pytest.raises(ValueError, match="pictured subjects"):
        report_data(small_run, small_prepared, found, predict(found, small_plan), [], command="", created=None)  # type: ignore[arg-type]


def test_blocks_counted_while_others_are_simulated_give_the_same_in_any_order(
    small_run: RunFolder, small_plan: TrialPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_counts, "_AT_ONCE", 1)
    with RunCounting(small_plan, None, pictured=1200) as counting:
        for number in (2, 0):
            alone = counting.alone(counting.add(small_run, number))
            assert sum(alone.results.values()) == len(small_run.block_tables(number, ["subjects"])["subjects"])
        some = predict(counting.found(small_run), small_plan)
    at_once = predict(count_run(small_run, small_plan, None, pictured=1200), small_plan)
    assert some.rows.equals(at_once.rows) and some.spread.equals(at_once.spread)
