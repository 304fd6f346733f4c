"""What is optional and not installed is named with the extra that brings it, before anything is computed."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

import cereblon
from cereblon.cli.main import main
from cereblon.cohort.target_trial.logistic import fit_logistic
from cereblon.core.errors import InputError
from cereblon.report.word_tables import write_word_tables
from cereblon.tables.adam.transport import read_transport

PROJECT = Path(__file__).parents[2] / "pyproject.toml"

ASKED: dict[tuple[str, str], tuple[list[str], str]] = {
    ("cohort", "duckdb"): (
        ["cohort", "check", "cdm"],
        "a cohort is read through Ibis and DuckDB, and duckdb is not installed",
    ),
    ("cohort", "ibis"): (
        ["cohort", "build", "cdm", "--out", "built"],
        "a cohort is read through Ibis and DuckDB, and ibis is not installed",
    ),
    ("postgres", "psycopg"): (
        ["cohort", "check", "postgresql://me@host/cdm"],
        "a PostgreSQL database is read through psycopg, which is not installed",
    ),
    ("spark", "pyspark"): (
        ["cohort", "check", "spark:cdm"],
        "a database of Spark is read through pyspark, which is not installed",
    ),
    ("dask", "distributed"): (
        ["simulate", "trial.yaml", "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9"],
        "engine dask computes through distributed, which is not installed",
    ),
    ("app", "uvicorn"): (["app", "--no-browser"], "the app needs uvicorn, which is not installed"),
    ("app", "starlette"): (["app", "--no-browser"], "the app needs starlette, which is not installed"),
    ("docx", "docx"): (
        ["design", "trial.yaml", "--docx", "settings.docx"],
        "python-docx, which writes Word documents, is not installed",
    ),
    ("pdf", "weasyprint"): (["review", "--pdf", "--no-simulation"], "PDF needs weasyprint, which is not installed"),
    ("adam", "pyreadstat"): (
        ["export", "run", "adam", "--format", "adam-xpt"],
        "pyreadstat, which reads and writes transport files, is not installed",
    ),
}
"""A command that needs a module of an extra, and what it says without it. No run and no trial that is named here is
there: the extra is missed before anything is read."""


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """In a folder with an empty database; what a module holds of the missing one is forgotten with it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cdm").mkdir()
    for name in [name for name in sys.modules if name.startswith("cereblon.app")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(cereblon, "app", raising=False)  # given back with the modules, or later tests miss its parts
    return monkeypatch


@pytest.mark.parametrize(("extra", "module"), ASKED)
def test_a_command_names_the_extra_that_it_misses(
    without: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, extra: str, module: str
) -> None:
    command, said = ASKED[extra, module]
    for name in [name for name in sys.modules if name.startswith(f"{module}.")]:
        without.delitem(sys.modules, name)  # else a part is imported from memory, and the app would start
    without.setitem(sys.modules, module, None)
    without.setattr(sys, "argv", ["cereblon", *command])
    with pytest.raises(SystemExit) as stopped:
        main()
    shown = capsys.readouterr()
    assert stopped.value.code == 1
    assert shown.out == ""
    message, hint = shown.err.strip().split("\n\n")
    assert message == f"error: {said}"
    assert hint.startswith(f'hint: pip install "cereblon[{extra}]"')
    assert [path.name for path in tmp_path.rglob("*")] == ["cdm"]


def test_every_extra_has_its_message() -> None:
    declared = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert {extra for extra, _ in ASKED} == set(declared)


def test_functions_name_the_extra_too(without: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import numpy as np

    import cereblon as cb

    for module in ("statsmodels.api", "docx", "pyreadstat", "duckdb"):
        without.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=r"statsmodels, which is not installed\n\nhint: .*cereblon\[cohort\]"):
        fit_logistic(np.ones((4, 1)), np.array([True, False, True, False]))
    with pytest.raises(InputError, match=r"python-docx.*is not installed\n\nhint: .*cereblon\[docx\]"):
        write_word_tables(tmp_path / "a.docx", title="none", tables={})
    with pytest.raises(InputError, match=r"pyreadstat.*is not installed\n\nhint: .*cereblon\[adam\]"):
        read_transport(tmp_path / "a.xpt")
    with pytest.raises(InputError, match=r"DuckDB, which is not installed\n\nhint: .*cereblon\[cohort\]"):
        cb.cohort.example(tmp_path / "example", size=20, form="duckdb")
    assert [path.name for path in tmp_path.rglob("*")] == ["cdm"]
