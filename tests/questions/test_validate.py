"""`validate` from Python, on a record made by hand: nothing is simulated."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

import cereblon as cb
from cereblon.calibration.coverage import Coverage, CoverageRow
from cereblon.calibration.prediction import Prediction, Sizes
from cereblon.calibration.predictive_record import SCORES, PredictiveRecord, score_set
from cereblon.core.errors import ArgumentError, InputError, UnknownNameError
from cereblon.questions import validate as question


def predicted(**given: object) -> Prediction:
    numbers = {"published": 80.0, "predicted": 84.0, "low": 70.0, "high": 92.0}
    unknown = dict.fromkeys(("month", "published_low", "published_high", "given", "given_low", "given_high"))
    words = {"study": "maia", "name": "MAIA", "role": "validation", "setting": "ndmm-tie", "endpoint": "orr"}
    words |= {"arm": "drd", "versus": "", "unit": "percent", "cut": "", "source": "doi:10.1000/1"}
    parts = {"practice": False, "sd_parameter": 0.2, "sd_trial": 0.3, "sd_sampling": 0.1, "n": 300}
    return Prediction(**{**words, **numbers, **unknown, **parts, **given})  # type: ignore[arg-type]


@pytest.fixture
def record() -> PredictiveRecord:
    rows = (predicted(), predicted(arm="rd", published=60.0, predicted=50.0, low=40.0, high=58.0))
    return PredictiveRecord(
        predictions=rows,
        not_simulated=(("eloquent1", "erd", "no regimen"),),
        notes={},
        scores={"validation": score_set([])},
        ensemble="point values",
    )


@pytest.fixture
def asked(record: PredictiveRecord, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What a record is made of, instead of five minutes of simulation."""
    given: dict[str, object] = {}

    def make(studies, ensemble, sizes, report, *, beside=()):  # type: ignore[no-untyped-def]
        given.update(studies=[study.id for study in studies], ensemble=ensemble, sizes=sizes, beside=len(beside))
        report("simulated")
        return record

    monkeypatch.setattr(question, "make_record", make)
    return given


def test_a_study_is_predicted_and_scored(asked: dict[str, object], record: PredictiveRecord) -> None:
    said: list[str] = []
    validation = cb.validate("pollux", draws=1, per_arm=32, seed=5, progress=said.append)
    assert asked["studies"] == ["pollux"]
    assert asked["ensemble"] is None
    assert asked["sizes"] == Sizes(per_arm=32, seed=5)
    assert said == ["seed 5", "simulated"]
    assert validation.record is record


def test_without_studies_those_of_a_role_are_predicted(asked: dict[str, object]) -> None:
    cb.validate(role="calibration", draws=1)
    assert {cb.load_study(str(one)).role for one in asked["studies"]} == {"calibration"}  # type: ignore[attr-defined]


def test_draws_that_belong_to_another_model_are_replaced_and_said(
    asked: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stale(_: Path | None = None) -> None:
        raise InputError("the package's ensemble belongs to another version of the model")

    monkeypatch.setattr(question, "load_ensemble", stale)
    assert "predicted with the point values" in cb.validate("pollux").notes[0]
    with pytest.raises(InputError, match="another version"):
        cb.validate("pollux", ensemble="runs/ensemble")


def test_the_answer_counts_and_the_text_lists(record: PredictiveRecord) -> None:
    validation = cb.Validation(record=record)
    assert validation.answer() == (
        "validation, population only: 1 of 2 published numbers lie inside the 90 % prediction interval"
    )
    assert validation.text().startswith(validation.answer())
    assert "outside" in validation.text()
    shown = validation.text().split("\n\n")[1].splitlines()
    assert shown[0].split() == ["arm", "endpoint", "published", "predicted", "90", "%", "interval", "verdict"]
    assert shown[1].startswith("D-Rd  Overall response (PR or")
    assert validation.notes == ("not simulated: eloquent1, elotuzumab-Rd: no regimen",)


def test_tables_json_and_picture(record: PredictiveRecord, tmp_path: Path) -> None:
    validation = cb.Validation(record=record)
    assert validation.table()["inside"].to_list() == [True, False]
    assert validation.table("scores").columns == ["set", *SCORES]
    assert validation.table("not_simulated").to_dicts() == [
        {"study": "eloquent1", "arm": "erd", "reason": "no regimen"}
    ]
    content = json.loads(validation.to_json())
    assert list(content) == ["scores", "rows", "not_simulated", "parameters", "coverage", "notes"]
    assert content["rows"][0]["study"] == "maia"
    assert list(validation.charts()) == ["predicted"]
    page = validation.save(tmp_path / "record.html").read_text(encoding="utf-8")
    assert "<summary>Published and predicted" in page
    assert all(line.endswith(".") for line in validation.document().lead)
    assert validation.save(tmp_path / "record.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "### MAIA" in validation.write_reference_page(tmp_path / "page.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("studies", "options", "says"),
    [
        ((), {"role": "best"}, "role best: all, validation or calibration"),
        (("pollux",), {"role": "validation"}, "role does not apply where studies are named"),
        ((), {"draws": 0}, "draws: 0 is outside 1 to 200"),
        ((), {"per_arm": 3}, "per_arm: 3 is outside 16 to 5000"),
        ((), {"seed": -1}, "seed: -1 is outside"),
    ],
)
def test_what_cannot_be_asked_is_refused(studies: tuple[str, ...], options: dict[str, object], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        cb.validate(*studies, **options)  # type: ignore[arg-type]


def test_an_unknown_study_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="polux"):
        cb.validate("polux")


def test_what_is_not_simulated_of_a_named_study_stands_on_the_first_line(asked: dict[str, object]) -> None:
    named = cb.validate("eloquent1", draws=1, progress=lambda _: None)
    assert named.answer().splitlines()[0] == "not simulated: eloquent1, elotuzumab-Rd: no regimen"
    assert not any("eloquent1" in note for note in named.notes)
    every = cb.validate(draws=1, progress=lambda _: None)
    assert "eloquent1" not in every.answer()
    assert "not simulated: eloquent1, elotuzumab-Rd: no regimen" in every.notes
    assert asked["beside"]


def test_a_folder_of_study_files_is_predicted_as_one_set(asked: dict[str, object], tmp_path: Path) -> None:
    for name in ("maia", "pollux"):
        packaged = files("cereblon.evidence") / "studies" / f"{name}.yaml"
        (tmp_path / f"{name}.yaml").write_text(packaged.read_text(encoding="utf-8"), encoding="utf-8")
    cb.validate(tmp_path, draws=1, progress=lambda _: None)
    assert asked["studies"] == ["maia", "pollux"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no study file"):
        cb.validate(tmp_path / "empty", draws=1)


def test_the_page_names_endpoints_and_writes_coverage_in_percent(record: PredictiveRecord, tmp_path: Path) -> None:
    found = Coverage(rows=(CoverageRow(kind="response", published=4, predicted=3),), left_out=())
    page = (
        cb.Validation(record=replace(record, coverage=found)).save(tmp_path / "page.html").read_text(encoding="utf-8")
    )
    assert "75 %" in page and "Overall response (PR or better)" in page and ">orr<" not in page


def test_the_page_names_sets_and_scores_in_words_with_their_digits(record: PredictiveRecord, tmp_path: Path) -> None:
    scores = {**dict.fromkeys(SCORES), "inside_90": 0.8485, "pfs_log_hr_median_abs_error": 0.08433, "n": 33.0}
    scored = replace(record, scores={"calibration_given_control": scores})
    page = cb.Validation(record=scored).save(tmp_path / "page.html").read_text(encoding="utf-8")
    cells = re.findall(r"<t[hd]\b[^>]*>(?:<span>)?(.*?)(?:</span>)?</t[hd]>", page)
    assert cells[:4] == ["set", "inside 90 % interval", "log PFS HR", "numbers"]
    assert cells[4:8] == ["calibration, given the control arm", "85 %", "0.08", "33"]
