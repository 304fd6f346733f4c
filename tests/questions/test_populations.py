"""`cb.population`, `cb.regimen` and `cb.parameters`: what the library holds, as tables and text."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))

from cli_calls import call_main

import cereblon as cb


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    capsys.readouterr()
    assert call_main((*arguments, "--json")) == 0
    return json.loads(capsys.readouterr().out)


def test_a_population_draws_the_same_person_in_any_number() -> None:
    ndmm = cb.population("ndmm")
    assert ndmm.draw(9, seed=7).table().head(3).equals(ndmm.draw(3, seed=7).table())
    assert ndmm.draw(3, seed=7).notes == ("3 patients of ndmm, seed 7",)


def test_a_population_like_a_study_has_its_published_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """SWOG S0777 published a median age of 63 years."""
    found = cb.population("ndmm", like="swog-s0777")
    age = found.table("used").row(by_predicate=pl.col("endpoint") == "baseline_age_median", named=True)
    assert age["published"] == 63.0
    assert age["reached"]
    assert _json(capsys, "population", "show", "ndmm", "--like", "swog-s0777") == json.loads(found.to_json())
    assert "published figures" in str(found)
    assert "10,000 drawn patients" in found.page()


def test_populations_are_listed_and_unknown_ones_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert _json(capsys, "population", "list") == json.loads(cb.populations().to_json())
    with pytest.raises(LookupError, match="nddm"):
        cb.population("nddm")
    with pytest.raises(cb.InputError, match="n 0 is outside"):
        cb.population("ndmm").draw(0)


def test_a_regimen_is_a_table_a_calendar_and_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = cb.regimen("vrd-s0777")
    assert set(found.table()["drug"]) == {"bortezomib", "lenalidomide", "dexamethasone"}
    assert _json(capsys, "regimen", "show", "vrd-s0777") == json.loads(found.to_json())
    assert found.save(tmp_path / "calendar.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "data:image/svg+xml" in found._repr_html_()
    again = cb.check_regimen(json.loads(found.to_json()))
    assert again.entry == found.entry
    assert str(again).startswith("OK: the regimen given: regimen vrd-s0777")


def test_a_file_with_problems_is_refused_with_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("id: mine\nlabel: m\nsetting: [ndmm]\nphases: []\n", encoding="utf-8")
    with pytest.raises(cb.InputError, match=r"mine\.yaml"):
        cb.check_regimen(path)
    assert "vrd-s0777" in str(cb.regimens())


def test_parameters_are_rows_with_sources(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = cb.parameters("clones", basis="assumed")
    assert set(found.table()["basis"]) == {"assumed"}
    assert all(found.table()["source"])
    assert _json(capsys, "parameters", "clones", "--basis", "assumed") == json.loads(found.to_json())
    assert "Parameters of the model" in found.save(tmp_path / "p.html").read_text(encoding="utf-8")
    with pytest.raises(LookupError, match="basis 'guessed' is not known"):
        cb.parameters(basis="guessed")


def test_drawn_patients_are_described_in_words() -> None:
    drawn = cb.population("ndmm").text().split("patients drawn with seed")[1].split("\n\n")[0]
    assert "creatinine clearance" in drawn
    assert "_" not in drawn and "1e9" not in drawn
