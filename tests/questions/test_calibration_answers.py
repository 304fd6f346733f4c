"""`calibrate`, `compare_structures` and `sensitivity` from Python, on the shipped draws and made-up scores."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

import cereblon as cb
from cereblon.calibration.evaluation import QUICK
from cereblon.calibration.scores import PredictionScores
from cereblon.calibration.sensitivity import ParameterEffect, Sensitivity
from cereblon.calibration.structure_table import SIZES, Scored
from cereblon.core.errors import ArgumentError
from cereblon.model.engine.ensemble import load_ensemble
from cereblon.questions import calibrate as calibrating
from cereblon.questions import compare_structures as structures
from cereblon.questions import sensitivity as ranking

# Calibrate.


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A fit gives the shipped draws; its settings are kept."""
    given: list[object] = []

    def pose(settings: object) -> SimpleNamespace:
        given.append(settings)
        return SimpleNamespace(targets=[1, 2], free=[1])

    monkeypatch.setattr(calibrating, "pose", pose)
    monkeypatch.setattr(calibrating, "Evaluations", lambda problem, folder: folder)
    monkeypatch.setattr(calibrating, "fit", lambda problem, runs, report: report("sampling"))
    monkeypatch.setattr(calibrating, "ensemble_of", lambda problem, fitted: load_ensemble())
    monkeypatch.setattr(calibrating, "_fit_stage", lambda stage, settings, start, work, reporter: start)
    monkeypatch.setattr(calibrating, "with_spread", lambda ensemble, report: ensemble)
    return given


def test_a_calibration_writes_its_draws_and_says_what_it_found(fitted: list[object], tmp_path: Path) -> None:
    said: list[str] = []
    calibration = cb.calibrate(quick=True, out=tmp_path / "ensemble", progress=said.append)
    assert fitted == [QUICK]
    assert said == [f"seed {QUICK.seed}", "2 targets, 1 free parameters", "sampling"]
    kept = load_ensemble(calibration.folder)
    assert kept.names == calibration.ensemble.names
    # Draws are written with six digits.
    assert kept.values == pytest.approx(calibration.ensemble.values, rel=1e-5)
    assert "published numbers of" in calibration.text().splitlines()[0]


def test_a_calibration_gives_parameters_and_left_out_numbers(fitted: list[object], tmp_path: Path) -> None:
    settings = cb.CalibrationSettings(members=8)
    calibration = cb.calibrate(settings, out=tmp_path / "ensemble")
    assert fitted == [settings]
    assert set(calibration.table()["parameter"]) == {".".join(name) for name in calibration.ensemble.names}
    made = calibration.ensemble.provenance
    assert calibration.table("left_out").height == made["targets"] + made["refractory"]["targets"]
    stage = made["refractory"]
    assert f"{stage['targets']} published numbers of {len(stage['studies'])} studies" in calibration.text()
    assert "prior" in json.dumps(calibration.chart().to_dict())
    content = json.loads(calibration.to_json())
    assert {"method", "studies", "parameters", "left_out", "notes"} <= set(content)
    assert "Kept of the prior" in calibration.save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<img alt="parameters"' in calibration._repr_html_()


def test_two_sizes_at_once_are_refused() -> None:
    with pytest.raises(ArgumentError, match="both say how large the fit is"):
        cb.calibrate(cb.CalibrationSettings(), quick=True)


# Structures.


def scored(name: str, by_study: dict[str, float]) -> Scored:
    fit = PredictionScores(mean_abs_z=0.8, rms=1.0, inside_90=0.875, log_score=0.5, n=2)
    return Scored(
        name=name,
        left_out=fit,
        by_study=by_study,
        emulator_rms=1.1,
        watched=(("CR or better with DRd, POLLUX", 43.1, 40.0),),
    )


def test_structures_are_compared_with_the_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Differences of -1 and -3 by study: together -4, with standard error sqrt(2 * 2) = 2."""
    asked: list[object] = []

    def made(names, settings, work, report):  # type: ignore[no-untyped-def]
        asked.append(names)
        return [
            scored("model", {"pollux": 2.0, "aspire": 4.0}),
            scored("additive-kill", {"pollux": 1.0, "aspire": 1.0}),
        ]

    monkeypatch.setattr(structures, "fit_and_score", made)
    compared = cb.compare_structures("additive-kill")
    assert asked == [["model", "additive-kill"]]
    assert compared.settings == SIZES
    rows = compared.table().select("structure", "log_score", "difference", "standard_error").rows()
    assert rows == [("model", 6.0, None, None), ("additive-kill", 2.0, -4.0, 2.0)]
    assert compared.table("studies").height == 4
    assert compared.answer().splitlines()[0] == "model: log score 6.0, 88 % inside"
    page = compared.write_reference_page(tmp_path / "structures.md").read_text(encoding="utf-8")
    assert page == compared.text()
    assert "# Structures compared" in page
    assert "additive-kill" in compared.save(tmp_path / "structures.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "names"), [(None, []), ("model", ["model"])])
def test_every_structure_or_the_model_alone_may_be_asked_for(
    name: str | None, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(structures, "fit_and_score", lambda given, *_: asked.append(given) or [])
    cb.compare_structures(name)
    assert asked == [names]


# Sensitivity.


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> cb.SensitivityAnalysis:
    effects = tuple(
        ParameterEffect(
            outcome=outcome, parameter=f"clones.{name}", basis=basis, first=total, total=total, low=0.5, high=0.9
        )
        for outcome, name, basis, total in [
            ("x", "a", "fitted", 0.2),
            ("y", "a", "fitted", 0.4),
            ("x", "b", "assumed", 0.1),
            ("y", "b", "assumed", 0.7),
        ]
    )
    found = Sensitivity(
        effects=effects, centres={"x": 0.7, "y": 80.0}, unexplained={"x": 0.1, "y": 0.2}, runs=64, per_arm=32
    )
    monkeypatch.setattr(ranking, "analyse", lambda ensemble, **_: found)
    return cb.sensitivity(runs=64, per_arm=32)


def test_parameters_are_ranked_by_their_share(analysed: cb.SensitivityAnalysis) -> None:
    """Means over the outcomes: b (0.1 + 0.7) / 2 = 0.4, a (0.2 + 0.4) / 2 = 0.3."""
    assert analysed.table("ranking").rows() == [
        ("clones.b", "assumed", pytest.approx(0.4)),
        ("clones.a", "fitted", pytest.approx(0.3)),
    ]
    lines = analysed.text().splitlines()
    assert lines[0].startswith("What moves the outcomes most is the ") and lines[0].endswith(
        ": 40 % of their variance."
    )
    assert lines[1] == "Share of the variance, mean over outcomes (2):"
    assert [line.split()[:4] for line in lines[4:6]] == [
        ["40.0", "%", "clones.b", "assumed"],
        ["30.0", "%", "clones.a", "fitted"],
    ]


def test_effects_picture_and_pages(analysed: cb.SensitivityAnalysis, tmp_path: Path) -> None:
    assert analysed.table().filter(pl.col("parameter") == "clones.a")["total"].to_list() == [0.2, 0.4]
    assert list(json.loads(analysed.to_json())) == ["centres", "unexplained", "runs", "rows", "notes"]
    assert list(analysed.charts()) == ["tornado"]
    assert "Ranking" in analysed.save(tmp_path / "page.html").read_text(encoding="utf-8")
    picture = analysed.save(tmp_path / "tornado.svg")
    page = analysed.write_reference_page(tmp_path / "page.md", picture=picture).read_text(encoding="utf-8")
    assert f"cereblon sensitivity --picture {picture} --docs {tmp_path / 'page.md'}" in page
    assert page.endswith("(tornado.svg)\n")


def test_every_number_out_of_range_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"runs: 3 is outside 32 to 4096\nper_arm: 1 is outside 32 to 5000"):
        cb.sensitivity(runs=3, per_arm=1)
