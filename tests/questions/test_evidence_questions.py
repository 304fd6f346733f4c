"""`evidence.table`, `studies`, `show`, `endpoints`, `check` and `real_world`: every form of the answer."""

from __future__ import annotations

import importlib
import json
import pkgutil
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.evidence import app
from cereblon.core.errors import ArgumentError, InputError, UnknownNameError
from cereblon.core.units import shown_units


def command(*arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout.rstrip("\n")


def test_command_and_function_give_equal_json() -> None:
    assert (
        command("table", "--endpoint", "orr", "--setting", "rrmm")
        == cb.evidence.table("orr", setting="rrmm").to_json()
    )
    assert command("list", "--kind", "randomised") == cb.evidence.studies(kind="randomised").to_json()
    assert command("show", "maia") == cb.evidence.show("maia").to_json()
    assert command("endpoints") == cb.evidence.endpoints().to_json()
    assert command("practice", "ird") == cb.real_world("ird").to_json()


def test_no_module_of_the_room_hides_its_questions() -> None:
    for module in pkgutil.iter_modules(cb.evidence.__path__, "cereblon.evidence."):
        importlib.import_module(module.name)
    for name in ("table", "studies", "show", "endpoints", "check"):
        assert callable(getattr(cb.evidence, name))
        assert name in dir(cb.evidence)


def test_numbers_side_by_side_with_references() -> None:
    """ASPIRE: overall response 87.1 % with KRd (Stewart 2015)."""
    answer = cb.evidence.table(["orr", "pfs_median"], setting="rrmm", regimen="KRd")
    row = answer.table().filter((pl.col("study") == "aspire") & (pl.col("endpoint") == "orr"))
    assert row["value"].to_list() == [87.1]
    assert "Stewart 2015" in row["reference"][0]
    assert "Stewart 2015" in answer.text()
    assert "data:image/svg+xml" in answer._repr_html_()


def test_a_long_list_is_shown_by_its_first_lines_and_printed_whole() -> None:
    answer = cb.evidence.table()
    lines = shown_units(answer.answer()).split("\n")
    assert len(lines) > 1000
    shown = repr(answer).split("\n")
    assert shown[:50] == lines[:50]
    assert shown[50:] == [
        "",
        f"and {len(lines) - 50:,} more lines: print() shows all, .table() gives them as a data frame",
    ]
    assert f"and {len(lines) - 50:,} more lines" in answer._repr_html_()
    assert len(answer._repr_html_()) < 30_000
    assert str(answer) == "\n".join(lines)
    few = cb.evidence.table("orr", setting="rrmm", regimen="KRd")
    assert repr(few) == shown_units(few.answer())


def test_a_large_table_has_no_picture_and_is_shown_all_the_same(tmp_path: Path) -> None:
    answer = cb.evidence.table()
    assert answer.charts() == {}
    assert "<pre" in answer._repr_html_()
    with pytest.raises(InputError, match="no chart"):
        answer.save(tmp_path / "x.svg")


def test_an_empty_table_keeps_its_columns_and_says_why() -> None:
    answer = cb.evidence.table("ror", setting="rrmm")
    assert answer.table().width == len(cb.evidence.COLUMNS)
    assert answer.text() == ""
    assert answer.notes[0].startswith("no such number is in the set: none of ")


def test_words_are_understood_and_said() -> None:
    assert cb.evidence.studies(setting="frontline").notes == ("setting frontline is read as ndmm",)
    with pytest.raises(UnknownNameError, match="regimen or drug 'xyzzy' is not known"):
        cb.evidence.table(regimen="xyzzy")


def test_a_study_is_shown_from_its_id_a_file_or_a_study(tmp_path: Path) -> None:
    answer = cb.evidence.show("swog-s0777")
    assert cb.evidence.show(cb.load_study("swog-s0777")).to_json() == answer.to_json()
    assert "role: calibration (" in answer.text()
    assert answer.table("arms")["arm"].to_list()[:2] == list(answer.study.arms)[:2]
    page = answer.save(tmp_path / "study.html").read_text(encoding="utf-8")
    assert "doi.org" in page
    assert cb.evidence.check(answer.save(tmp_path / "swog-s0777.json").rename(tmp_path / "swog-s0777.yaml"))


def test_study_files_are_checked_together(tmp_path: Path) -> None:
    good = files("cereblon.evidence") / "studies" / "maia.yaml"
    assert "70 facts, no problem" in cb.evidence.check(str(good)).text()
    bad = tmp_path / "bad.yaml"
    text = good.read_text(encoding="utf-8")
    bad.write_text(text.replace("id: maia", "id: bad").replace("value: 92.9", "value: 929"), encoding="utf-8")
    with pytest.raises(InputError, match="got 929 percent"):
        cb.evidence.check(str(good), bad)
    with pytest.raises(ArgumentError, match="no study file is given"):
        cb.evidence.check()


def test_practice_beside_trials(tmp_path: Path) -> None:
    answer = cb.real_world("ird", setting="relapsed")
    assert answer.notes[0] == "setting relapsed is read as rrmm"
    assert set(answer.table()["group"]) == {"trial", "practice"}
    assert answer.table("readings").height > 0
    assert "not by lot" in answer.text().replace("\n    ", " ")
    assert answer.save(tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<svg")
    page = answer.save(tmp_path / "p.html").read_text(encoding="utf-8")
    assert "Routine care against trials" in page
    assert page.index("times that of the largest trial arm") < page.index("<figure")  # what it says, then pictures
    assert json.loads(answer.to_json())["regimen"] == "ird"
    with pytest.raises(InputError, match="no cohort of practice"):
        cb.real_world("drd", setting="ndmm-tie")
