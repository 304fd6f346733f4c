"""One subject's failure is a value: it has a code, leaves nothing else, is counted, and stops the report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from cereblon.cli.main import main
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.parameters import Drawn
from cereblon.model.engine.simulation import Results, Simulator
from cereblon.outcomes import summarise
from cereblon.trials.folder import RunFolder, open_run
from cereblon.trials.run import Prepared, simulate_block
from cereblon.trials.running import run_trial
from plain_tables import plain

FAILED = {7: 1, 8: 2, 600: 3}  # subject and code


def broken(values: np.ndarray, subject: int, week: int) -> np.ndarray:
    changed = values.copy()
    changed[subject, week] = np.nan
    return changed


@pytest.fixture(scope="module")
def failing(small_prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The small run, in which numbers of three subjects ceased to be finite.

    Subject 7 has a code of the engine's own; in subjects 8 and 600 it is a value that the engine does not watch.
    """

    def simulate(simulator: Simulator, subjects: Subject, n_weeks: int, drawn: Drawn | None = None) -> Results:
        found = whole(simulator, subjects, n_weeks, drawn)
        ids = np.asarray(subjects.subject_id)
        weeks, codes = found.weeks, found.result_code.copy()
        for place, subject in enumerate(ids):
            if subject == 7:
                codes[place] = 1
                weeks = weeks._replace(m_protein=broken(weeks.m_protein, place, 4))
            if subject == 8:
                weeks = weeks._replace(haemoglobin=broken(weeks.haemoglobin, place, 9))
            if subject == 600:
                weeks = weeks._replace(given_mg=broken(weeks.given_mg, place, 0))
        return found._replace(weeks=weeks, result_code=codes)

    whole = Simulator.simulate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Simulator, "simulate", simulate)
        return run_trial(small_prepared, tmp_path_factory.mktemp("failing") / "run", block_size=512)


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["cereblon", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


def test_failed_subjects_have_their_code_and_no_row_elsewhere(
    failing: RunFolder, small_frames: dict[str, pl.DataFrame]
) -> None:
    tables = {name: plain(table) for name, table in failing.tables().items()}
    subjects = tables.pop("subjects")
    codes = subjects.filter(pl.col("result_code") != 0).select("subject_id", "result_code")
    assert dict(codes.iter_rows()) == FAILED
    assert len(subjects) == 1200
    for name, frame in tables.items():
        whole = small_frames[name].filter(~pl.col("subject_id").is_in(list(FAILED)))
        assert frame.equals(whole), name


def test_failed_subjects_are_left_out_of_every_outcome(failing: RunFolder, small_tables: dict[str, pa.Table]) -> None:
    import pyarrow.compute as pc

    def without(table: pa.Table) -> pa.Table:
        return table.filter(pc.invert(pc.is_in(table["subject_id"], pa.array(list(FAILED), pa.int64()))))

    pair = [("dex", "rd")]
    left = summarise({name: without(table) for name, table in small_tables.items()}, comparisons=pair)
    found = summarise(failing.tables(), comparisons=pair)
    sizes = ("orr", "pfs_median", "os_median", "pfs_hr")
    chosen = plain(found).filter(pl.col("endpoint").is_in(sizes))
    expected = plain(left).filter(pl.col("endpoint").is_in(sizes))
    assert chosen["value"].to_list() == pytest.approx(expected["value"].to_list())
    assert len(chosen) == 7


def test_no_report_is_made_and_the_failed_are_counted(
    failing: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "report", str(failing.path)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: " in err
    assert "3 of 1200 subjects could not be simulated, so no report is made" in err
    assert f"cereblon report {failing.path} --with-failures" in err
    assert not (failing.path / "report.html").exists()


def test_simulate_refuses_the_report_too_and_keeps_the_run(
    failing: RunFolder, small_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "simulate", str(small_file), "--out", str(failing.path), "--draws", "1") == 1
    assert "3 of 1200 subjects could not be simulated" in capsys.readouterr().err
    assert len(open_run(failing.path).table("subjects")) == 1200


def test_with_failures_the_report_is_made_and_says_why_they_failed(
    failing: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "report", str(failing.path), "--with-failures") == 0
    assert capsys.readouterr().out == f"report: {failing.path / 'report.html'}\n"
    page = (failing.path / "report.html").read_text(encoding="utf-8")
    for reason in (
        "the tumour burden is not a finite number",
        "a blood count is not a finite number",
        "a drug amount is not a finite number",
    ):
        assert reason in page


def test_a_block_in_which_everybody_failed_is_a_block(
    small_prepared: Prepared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def simulate(*arguments: Any) -> Results:
        found = whole(*arguments)
        return found._replace(result_code=np.ones_like(found.result_code))

    whole = Simulator.simulate
    monkeypatch.setattr(Simulator, "simulate", simulate)
    tables = simulate_block(small_prepared, 1024, 1200, source_id="failed")
    assert {name: len(table) for name, table in tables.items()} == {
        "subjects": 176,
        "exposures": 0,
        "labs": 0,
        "events": 0,
        "adverse_events": 0,
        "grades": 0,
        "decisions": 0,
        "responses": 0,
    }
