"""An ensemble that somebody else wrote is read or refused in words."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from cereblon.core.errors import InputError
from cereblon.model.engine.ensemble import load_ensemble


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    with as_file(files("cereblon.model.engine") / "posterior") as folder:
        shutil.copytree(folder, tmp_path / "posterior")
    return tmp_path / "posterior"


@pytest.mark.parametrize(
    "change",
    [
        {"format": 99},
        {"fixed": []},
        {"fixed": {"clones": 1}},
        {"fixed": {"clones": {"x": "y"}}},
        {"between_trial_sd": [1]},
        {"over_draws_sd": {"x": None}},
    ],
)
def test_provenance_of_another_form_is_refused(copied: Path, change: dict[str, Any]) -> None:
    path = copied / "ensemble.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InputError, match="not an ensemble of format"):
        load_ensemble(copied)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: not JSON"),
        ("[" * 200_000, "nested more than 60 deep"),
        ("{", "line 1, column 2: not JSON"),
        ("\x00", "holds bytes of value 0"),
    ],
    ids=["empty", "deep", "cut off", "no text"],
)
def test_provenance_that_is_no_json_is_refused(copied: Path, text: str, message: str) -> None:
    (copied / "ensemble.json").write_text(text)
    with pytest.raises(InputError, match=message):
        load_ensemble(copied)


@pytest.mark.parametrize("text", ["", "a,b\n", "a.b\nnan\n", "a.b\n1,2\n", "a.b\nx\n", "a.b,c.d\n1,2\n1\n"])
def test_draws_that_are_no_table_of_numbers_are_refused(copied: Path, text: str) -> None:
    (copied / "ensemble.csv").write_text(text)
    with pytest.raises(InputError):
        load_ensemble(copied)
