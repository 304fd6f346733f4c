"""Cells of the notebook pages: run while the site is built, with what a notebook would show below them."""

from __future__ import annotations

import ast
import tempfile
import traceback
from collections import defaultdict
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import altair as alt
from markdown_exec import ExecutionError, base_format, code_block, formatters

from cereblon.report.notebook import words_html
from cereblon.report.static import image

_DOCS = Path(__file__).parents[1] / "docs"
_namespaces: dict[str, dict[str, object]] = defaultdict(dict)


def on_config(config: Any) -> Any:
    """Have the blocks that pages mark with `exec` run as cells of a notebook."""
    formatters["python"] = format_cell
    return config


def format_cell(**given: Any) -> str:
    """Run one cell and give its code, and below it what it shows; a cell that fails is a warning of the build."""
    given |= {"language": "python", "run": run_cell, "html": True, "source": "above", "workdir": _folder().name}
    return str(base_format(**given))


def run_cell(code: str, session: str | None = None, **_: Any) -> str:
    """Run one cell.

    Parameters
    ----------
    code
        Python; a last line that is a value is shown.
    session
        Cells of one name share what they define.

    Returns
    -------
        What was printed, and the value as a notebook shows it.

    Raises
    ------
    ExecutionError
        If the code does.
    """
    namespace = _namespaces[session] if session else {}
    *statements, last = ast.parse(code).body
    value = None
    with redirect_stdout(StringIO()) as printed:
        try:
            if not isinstance(last, ast.Expr):
                statements.append(last)
            exec(compile(ast.Module(statements, []), "<cell>", "exec"), namespace)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)
            shown = _shown(value)
        except Exception as error:
            raise ExecutionError(code_block("text", traceback.format_exc())) from error
    text = words_html(printed.getvalue())
    return f'<div class="cell-output">{text}{shown}</div>' if text or shown else ""


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, alt.TopLevelMixin):  # its own view would load a script from the net
        return f'<img alt="chart" src="{image(value)["src"]}">'
    if hasattr(value, "_repr_html_"):
        return str(value._repr_html_())
    return words_html(repr(value))


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Give the folder in which cells run and whose files go with the build; pages name example files of `docs`."""
    folder = tempfile.TemporaryDirectory(prefix="notebook-pages-")
    (Path(folder.name) / "docs").symlink_to(_DOCS)
    return folder
