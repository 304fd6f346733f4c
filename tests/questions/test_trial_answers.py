"""`compare`, `simulate` and `read_run` from Python, on the small trial: its run is read, not simulated again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

import cereblon as cb
from cereblon.core.errors import InputError, RunFolderError, UnknownNameError

if TYPE_CHECKING:
    from cereblon.questions.compare import Comparison
    from cereblon.questions.simulate import Simulation
    from cereblon.trials.folder import RunFolder
    from cereblon.trials.trial import TrialPlan


@pytest.fixture(scope="module")
def finished(small_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("answers") / "run"
    shutil.copytree(small_run.path, path)
    return path


@pytest.fixture(scope="module")
def comparison(small_file: Path, finished: Path) -> Comparison:
    return cb.compare(small_file, out=finished, draws=1)


@pytest.fixture(scope="module")
def said() -> list[str]:
    """Lines that the simulation gave to a function."""
    return []


@pytest.fixture(scope="module")
def simulation(
    small_plan: TrialPlan, small_run: RunFolder, said: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Simulation:
    """Of a copy of the run; the page, of which the comparison has one, is left out."""
    path = tmp_path_factory.mktemp("simulated") / "run"
    shutil.copytree(small_run.path, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cereblon.report.trial_report.report_page", lambda *_: "")
        return cb.simulate(small_plan, out=path, draws=1, progress=said.append)


def test_a_damaged_block_is_said_without_progress_and_over_the_same_bytes(
    small_plan: TrialPlan, small_run: RunFolder, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block comes from the whole run: what is asked is that the caller hears of it."""
    shutil.copytree(finished, tmp_path / "run")
    (tmp_path / "run/blocks/00001/labs.parquet").write_bytes(b"damaged")
    monkeypatch.setattr("cereblon.trials.engines.simulate_block", lambda *_, **__: small_run.block_tables(1))
    monkeypatch.setattr("cereblon.report.trial_report.report_page", lambda *_: "")
    with pytest.warns(cb.CereblonWarning, match="block 1 is damaged .* and is simulated again") as told:
        cb.simulate(small_plan, out=tmp_path / "run", draws=1, progress=False)
    assert len(told) == 1


# Compare.


def test_the_table_has_a_row_for_each_published_value(comparison: Comparison) -> None:
    """MM-009 and MM-010 together: overall response 60.6 % with lenalidomide, 21.9 % with dexamethasone alone."""
    table = comparison.table()
    assert table.height == len(comparison.rows) > 20
    orr = table.filter(pl.col("endpoint") == "orr").select("arm", "published").rows()
    assert set(orr) == {("rd", 60.6), ("dex", 21.9)}
    judged = table.filter(pl.col("inside").is_not_null() & pl.col("published").is_not_null())
    within = judged["published"].is_between(
        judged["predicted_interval_low"], judged["predicted_interval_high"].fill_null(float("inf"))
    )
    assert within.to_list() == judged["inside"].to_list()


def test_the_text_answers_first(comparison: Comparison) -> None:
    """The verdict counts the rows of the table; then come ratios, medians and response, predicted and published."""
    lines = comparison.text().splitlines()
    inside = [row.inside for row in comparison.rows if row.inside is not None]
    assert lines[0] == "Dexamethasone against Rd in a small trial"
    assert lines[1].startswith(f"{sum(inside)} of {len(inside)} published values lie inside")
    orr = next(line for line in lines if line.startswith("Overall response (PR or better), rd, %"))
    row = next(row for row in comparison.rows if (row.endpoint, row.arm) == ("orr", "rd"))
    assert f"predicted {row.predicted:.1f} (" in orr
    assert "published 60.6" in orr
    assert lines.index(orr) < next(i for i, line in enumerate(lines) if "data cut" in line)


def test_the_answer_alone_is_short(comparison: Comparison) -> None:
    assert comparison.text().startswith(comparison.answer())
    assert repr(comparison) == comparison.answer()
    assert len(comparison.answer().splitlines()) < 12


def test_curves_and_the_forest_are_charts(comparison: Comparison) -> None:
    names = list(comparison.charts())
    assert names[:3] == ["pfs", "os", "forest"]
    assert {"response", "adverse_events", "waterfall", "swimmer", "dose_intensity"} <= set(names)
    assert "months from randomisation" in json.dumps(comparison.chart("pfs").to_dict())
    with pytest.raises(UnknownNameError, match="chart 'pfss' is not known"):
        comparison.chart("pfss")


def test_the_page_is_the_report_of_the_run(comparison: Comparison, tmp_path: Path) -> None:
    saved = comparison.save(tmp_path / "small.html").read_text(encoding="utf-8")
    assert saved == (comparison.run / "report.html").read_text(encoding="utf-8")
    assert "published values lie inside" in saved
    assert "http://" not in saved.split("<main")[0]


def test_a_notebook_shows_answer_and_curve(comparison: Comparison) -> None:
    shown = comparison._repr_html_()
    assert "published values lie inside" in shown
    assert '<img alt="pfs"' in shown
    assert "data cut" not in shown
    assert "not for deciding the treatment of a patient" in shown


def test_json_and_csv_hold_the_rows(comparison: Comparison, tmp_path: Path) -> None:
    content = json.loads(comparison.save(tmp_path / "small.json").read_text(encoding="utf-8"))
    assert list(content) == ["study", "seed", "rows", "notes"]
    assert len(content["rows"]) == len(comparison.rows)
    frame = pl.read_csv(comparison.save(tmp_path / "small.csv"), infer_schema_length=None)
    assert frame.columns == comparison.table().columns


def test_every_outcome_and_every_subject_can_be_asked_for(comparison: Comparison) -> None:
    outcomes = comparison.table("outcomes")
    assert {"endpoint", "arm", "low", "centre", "high"} <= set(outcomes.columns)
    assert comparison.table("subjects").height == 1200
    assert comparison.table("events").schema["event"] == pl.String
    with pytest.raises(UnknownNameError, match="table 'patients' is not known"):
        comparison.table("patients")


def test_a_trial_without_a_study_has_nothing_to_be_compared_with(small_plan: TrialPlan) -> None:
    plan = small_plan.model_copy(update={"study": None, "study_arms": {}})
    with pytest.raises(InputError, match="small: names no study"):
        cb.compare(plan)


def test_arms_without_a_comparator_are_set_beside_no_publication(small_plan: TrialPlan) -> None:
    with pytest.raises(InputError, match="the arms are dex, rd, and none is named as the comparator"):
        cb.compare(small_plan.model_copy(update={"comparator": None}))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("mai", "study 'mai' is not known"),
        ("rcd-vs-icd-china", "study 'rcd-vs-icd-china' cannot be simulated"),
        ("nowhere/mine.yaml", "nowhere/mine.yaml"),
        (7, "a study key, a path or the fields of a trial are needed, got a number"),
    ],
)
def test_what_is_neither_a_study_nor_a_file_nor_a_trial_is_refused(given: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        cb.compare(given)


def test_an_unknown_study_names_near_ones_and_files() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean maia.*\? Or give the path of a trial file"):
        cb.load_trial("mai")


@pytest.mark.parametrize("numbers", [{"draws": 0}, {"replicates": 0}, {"seed": -1}])
def test_numbers_that_mean_nothing_are_refused(
    numbers: dict[str, int], small_plan: TrialPlan, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=next(iter(numbers))):
        cb.compare(small_plan, out=tmp_path / "run", **numbers)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


# Simulate.


def test_a_simulation_gives_outcomes_subjects_and_its_folder(simulation: Simulation) -> None:
    assert (simulation.run / "outcomes.parquet").is_file()
    assert simulation.plan.id == "small"
    table = simulation.table()
    assert {"pfs_hr", "orr", "os_median"} <= set(table["endpoint"])
    assert set(table.filter(pl.col("endpoint") == "orr")["replicates"]) == {60}
    assert simulation.table("labs").height > 10_000
    assert "pfs" in simulation.charts()


def test_the_answer_of_a_simulation_says_ratio_response_and_harm(simulation: Simulation) -> None:
    values = simulation.summary.predictions.values
    ratio = values["pfs_hr", "dex", "rd", "", None]
    answer = simulation.answer()
    assert f"hazard ratio for progression or death {ratio:.2f} (90 % of trials " in answer
    assert f"{values['orr', 'rd', '', '', None]:.0f} with " in answer
    assert "Adverse events of grade 3 or 4, of 100 patients. " in answer


def test_the_table_of_a_simulation_is_short_unless_all_is_asked_for(simulation: Simulation) -> None:
    short, every = simulation.outcomes(), simulation.outcomes(is_short=False)
    assert "lines of therapy" in every and "lines of therapy, lines" not in every
    assert simulation.text().endswith(short)
    assert "Neutropenia" in short
    assert len(short.splitlines()) < 60 < len(every.splitlines())
    assert "Baseline" not in short


def test_the_fields_of_a_trial_are_a_trial(small_plan: TrialPlan) -> None:
    assert cb.load_trial(small_plan.model_dump()) == small_plan
    with pytest.raises(InputError, match="trial, title: is missing"):
        cb.load_trial({"id": "mine"})


def test_the_run_stands_in_runs_under_the_id_and_nothing_is_said_where_nobody_watches(
    small_plan: TrialPlan,
    small_run: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(small_run.path, tmp_path / "runs" / "small")
    monkeypatch.setattr("cereblon.report.trial_report.report_page", lambda *_: "")
    capsys.readouterr()
    assert cb.simulate(small_plan, draws=1).run == Path("runs/small")
    assert capsys.readouterr() == ("", "")


# A finished run.


def test_a_finished_run_gives_the_same_answer(
    comparison: Comparison, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cereblon.trials.engines.simulate_block", lambda *_, **__: pytest.fail("simulated"))
    again = cb.read_run(str(finished))
    assert type(again) is type(comparison)
    assert again.to_json() == comparison.to_json()
    assert again.summary.data.command == f"cereblon report {finished}"


def test_comparison_report_and_review_say_one_number_of_one_run(comparison: Comparison, finished: Path) -> None:
    """Each prediction is the same in the table, in what the report shows, in the file beside it and in the review."""
    from cereblon.report.review.predictions import read_run

    assert read_run(finished).rows == comparison.rows
    shown = comparison.summary.data
    assert [row["predicted"] for row in shown.comparison] == [row.predicted for row in comparison.rows]
    bars = {
        (row["category"], row["arm"]): row["percent"] for row in shown.response_bars if row["origin"] == "simulated"
    }
    table = pl.read_parquet(finished / "outcomes.parquet").filter(
        pl.col("versus").is_null() | (pl.col("versus") == "")
    )
    beside = {
        (row["endpoint"], row["arm"]): row["value"] for row in table.iter_rows(named=True) if row["month"] is None
    }
    for row in comparison.rows:
        if (row.endpoint, row.arm) in bars:
            assert bars[row.endpoint, row.arm] == row.predicted == beside[row.endpoint, row.arm]
    assert len(bars) >= 6


@pytest.mark.parametrize("given", ["nowhere", Path("/")])
def test_a_folder_that_is_no_run_is_refused(given: Path | str) -> None:
    with pytest.raises(RunFolderError, match="no run folder"):
        cb.read_run(given)


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(InputError, match="the path of a run folder is needed, got a number"):
        cb.read_run(3)  # type: ignore[arg-type]


# What the shells share.


def test_reports_name_the_command_or_the_folder_that_makes_them_again(
    comparison: Comparison, simulation: Simulation, small_file: Path
) -> None:
    """A trial that stands in no file can be shown again from its run folder alone."""
    assert comparison.summary.data.command == f"cereblon compare {small_file} --draws 1"
    assert simulation.summary.data.command == f"cereblon report {simulation.run}"


@pytest.mark.usefixtures("simulation")
def test_lines_are_given_to_a_function(said: list[str]) -> None:
    assert said == ["seed 3, 60 trials of 20 subjects", "writing the report"]
