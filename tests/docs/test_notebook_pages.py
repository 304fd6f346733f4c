"""Notebook pages: a cell shows what a notebook shows, one that fails stops the build, no question is forgotten."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
from docs_pages import ROOT, cells
from markdown_exec import ExecutionError
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from scripts.notebook_cells import run_cell

import cereblon as cb


def test_a_cell_shows_its_last_value_and_what_it_prints() -> None:
    shown = run_cell("a = 1 < 2\nprint('<b>')\na")
    assert re.sub(' style="[^"]*"', "", shown) == (
        '<div class="cell-output"><pre>&lt;b&gt;</pre>\n<pre>True</pre>\n</div>'
    )


def test_a_cell_without_a_value_shows_nothing() -> None:
    assert run_cell("a = 1") == ""


def test_a_cell_shows_a_result_as_a_notebook_does() -> None:
    call = "import cereblon as cb\ncb.check_trial('swog-s0777')"
    assert cb.check_trial("swog-s0777")._repr_html_() in run_cell(call)


def test_cells_of_one_session_share_names_and_others_do_not() -> None:
    run_cell("told = 'one'", session="shared")
    assert "one" in run_cell("told", session="shared")
    with pytest.raises(ExecutionError, match="name 'told' is not defined"):
        run_cell("told")


def test_a_chart_is_a_picture_that_loads_nothing() -> None:
    code = "import altair as alt\nalt.Chart(alt.Data(values=[{'x': 1}])).mark_point().encode(x='x:Q')"
    shown = run_cell(code)
    assert 'src="data:image/svg+xml' in shown and "<script" not in shown


@pytest.mark.parametrize(("code", "builds"), [("1 + 1", True), ("cb.pk('aspirin')", False)])
def test_a_cell_that_fails_stops_the_strict_build(code: str, builds: bool, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    cell = f'```python exec="yes"\nimport cereblon as cb\n{code}\n```\n'
    (tmp_path / "docs/index.md").write_text(f"# Page\n\n{cell}", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(
        f"site_name: one page\nhooks: [{ROOT}/scripts/notebook_cells.py]\n"
        "plugins: [markdown-exec]\nmarkdown_extensions: [pymdownx.superfences]\n",
        encoding="utf-8",
    )
    config = load_config(str(tmp_path / "mkdocs.yml"), strict=True)
    if builds:
        build(config)
        assert ">2</pre>" in (tmp_path / "site/index.html").read_text(encoding="utf-8")
    else:
        with pytest.raises(Abort, match="1 warning"):
            build(config)


def test_every_question_stands_on_a_notebook_page() -> None:
    questions = [name for name in cb.__all__ if inspect.isfunction(getattr(cb, name))]
    code = cells(run=True) + cells(run=False)
    assert [name for name in questions if f"cb.{name}(" not in code] == []


def test_a_call_that_a_page_does_not_run_could_be_made() -> None:
    calls = [node for node in ast.walk(ast.parse(cells(run=False))) if isinstance(node, ast.Call)]
    made = [call for call in calls if ast.unparse(call.func).startswith("cb.") and "(" not in ast.unparse(call.func)]
    for call in made:
        function = getattr(cb, ast.unparse(call.func).removeprefix("cb."))
        inspect.signature(function).bind(*call.args, **{str(given.arg): given.value for given in call.keywords})
    assert made
