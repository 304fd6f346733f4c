"""Comparisons that come with the package: read whole, small, and known to be old when what decides them changed."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.questions.progress import Reporter
from cereblon.questions.trial_runs import _say_what_is_known
from cereblon.report.answers import inside_of, of_all, verdict
from cereblon.report.page import figures
from cereblon.report.provenance import Page
from cereblon.report.result_sections import curves_section
from cereblon.report.trial_report import report_document
from cereblon.trials import shipped_runs
from cereblon.trials.kept_report import KeptReport, read_kept_report, write_kept_report
from cereblon.trials.library import load_trial, trial_names
from cereblon.trials.report_data import DRAWN, LIMITS
from cereblon.trials.run import prepare
from cereblon.trials.shipped_runs import changed_since, differences, shipped_run, shipped_studies
from cereblon.trials.summary import parameter_draws
from cereblon.trials.trial import change_trial


@pytest.fixture
def kept() -> KeptReport:
    return shipped_run("swog-s0777")


def test_every_shipped_comparison_is_of_a_trial_and_is_read() -> None:
    assert "swog-s0777" in shipped_studies()
    for study in shipped_studies():
        found = shipped_run(study)
        assert study in trial_names()
        assert found.study == study
        assert {row["endpoint"] for row in found.data.km} == {"pfs", "os"}
        inside, judged = inside_of(of_all(found.data) or {})
        assert inside <= judged
        assert (judged > 0) == any(row["predicted"] is not None for row in found.data.comparison)


def test_a_trial_of_which_nothing_published_is_predicted_says_so() -> None:
    """As a trial that published depth after induction and after the transplantation, not over the whole trial."""
    data = shipped_run("gmmg-hd7").data
    said = verdict(replace(data, verdict=[], comparison=[{**row, "predicted": None} for row in data.comparison]))
    assert said == "No published value is judged: none is of a number that a virtual trial gives."


def test_limits_of_what_is_shipped_are_in_the_words_of_today() -> None:
    """They are no results, so that other words need no run: `ship` what was read with its limits replaced."""
    for study in shipped_studies():
        said = shipped_run(study).data.limits
        assert {*LIMITS, DRAWN} <= set(said) or not said, study


def test_each_takes_a_few_kilobytes_of_the_wheel() -> None:
    """All trials of the library would be half a megabyte."""
    files = list(shipped_runs._FOLDER.iterdir())
    assert len(files) == len(shipped_studies())
    assert max(path.stat().st_size for path in files) < 40e3


def test_every_published_median_and_landmark_is_on_its_curve() -> None:
    """What is compared with a curve is drawn on it, as a diamond at its month and height."""
    for study in shipped_studies():
        data = shipped_run(study).data
        marks = Counter((row["endpoint"], row["arm"], row["month"], row["percent"]) for row in data.km_published)
        for row in data.comparison:
            curve, _, kind = str(row["endpoint"]).partition("_")
            if curve not in ("pfs", "os") or kind not in ("median", "rate") or row["published"] is None:
                continue
            at = (row["published"], None) if kind == "median" else (row["month"], row["published"])
            assert marks[(curve, row["arm"], *at)] > 0
        for block in figures(curves_section(Page(data))):
            points = [row for rows in block.chart.to_dict()["datasets"].values() for row in rows if "month" in row]
            drawn = {row["month"] for row in points}
            assert {month for curve, _, month, _ in marks if block.key == f"curve-{curve}"} <= drawn


def test_a_report_is_made_of_what_was_kept(kept: KeptReport) -> None:
    """The list of parameters is left out; every picture is there."""
    sections = list(report_document(kept.data).sections)
    drawn = {figure.key for section in sections for figure in figures(section)}
    assert {"curve-pfs", "curve-os", "forest", "response-rates", "adverse-events", "waterfall"} <= drawn


def test_what_is_kept_is_read_as_it_was_written(kept: KeptReport, tmp_path: Path) -> None:
    path = write_kept_report(kept, tmp_path / "one.json.gz")
    again = read_kept_report(path)
    assert again == kept
    assert write_kept_report(again, tmp_path / "two.json.gz").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cut off"),
        (b"no gzip", "cannot be read"),
        (gzip.compress(b"{"), "not JSON"),
        (gzip.compress(b"[]"), "does not hold what a report shows"),
        (gzip.compress(b'{"format": 9}'), "has format 9; 2 is read"),
        (
            gzip.compress(b'{"format": 2, "data": {"km": {"columns": {"arm": ["a"], "month": []}}}}'),
            "does not hold what",
        ),
        (gzip.compress(b" " * (33 * 2**20)), "larger than"),
    ],
    ids=["empty", "no gzip", "no json", "a list", "another format", "columns of unequal length", "too large"],
)
def test_a_damaged_file_is_refused_in_words(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "damaged.json.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_kept_report(path)


def test_half_a_file_is_refused(kept: KeptReport, tmp_path: Path) -> None:
    path = write_kept_report(kept, tmp_path / "whole.json.gz")
    whole = path.read_bytes()
    (tmp_path / "half.json.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut off"):
        read_kept_report(tmp_path / "half.json.gz")


def test_what_changed_since_is_named(kept: KeptReport, monkeypatch: pytest.MonkeyPatch) -> None:
    changed_since.cache_clear()
    before = set(changed_since("swog-s0777"))
    old = replace(kept, checksums={**kept.checksums, "parameters": "of another day"})
    monkeypatch.setattr(shipped_runs, "shipped_run", lambda _: old)
    changed_since.cache_clear()
    assert set(changed_since("swog-s0777")) == before | {"parameters"}
    changed_since.cache_clear()


def test_a_study_without_shipped_comparison_is_unknown() -> None:
    with pytest.raises(UnknownNameError, match=r"shipped comparison .no-such-trial. is not known"):
        shipped_run("no-such-trial")


def test_a_new_run_says_at_once_what_the_package_has_of_the_same_plan_and_model(
    kept: KeptReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepare(load_trial("swog-s0777"), ensemble=parameter_draws(None))
    now = set(differences("swog-s0777", prepared))
    same = {name: checksum for name, checksum in kept.checksums.items() if name not in now}
    assert {"plan", "regimens", "population", "rules"} <= same.keys()
    said: list[str] = []
    monkeypatch.setattr(shipped_runs, "differences", lambda *_: ())
    _say_what_is_known(prepared, Reporter(said.append))
    (text,) = said
    assert text.startswith(
        "simulated before with the same plan and model, 10,500 virtual patients, as it comes with the package:\n"
    )
    assert verdict(kept.data) in text
    monkeypatch.setattr(shipped_runs, "differences", lambda *_: ("code",))
    _say_what_is_known(prepared, Reporter(said.append))
    other = prepare(change_trial(prepared.plan, seed=2), ensemble=parameter_draws(None))
    assert "plan" in differences("swog-s0777", other)
    assert said == [text], "nothing of another plan or model"
