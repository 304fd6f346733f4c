"""A command parses, calls a public function and prints: read from the source of every module of `cli`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cereblon.cli

ROOT = Path(cereblon.cli.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

MOST_STATEMENTS = 20
"""Of a command: imports, early refusals, one call, files that were asked for, printing; some have two questions."""

ALLOWED = ("cereblon.cli", "cereblon.core", "cereblon.questions")
FOREIGN = {"json", "csv", "numpy", "polars", "pyarrow", "altair", "scipy", "jax", "yaml"}
OPENERS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "json_text", "csv_text", "write_file"}


def trees() -> list[tuple[str, ast.Module]]:
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in FILES]


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def statements(function: ast.FunctionDef) -> int:
    """Count the statements of a body without its docstring, those in branches too."""
    inner = [node for part in function.body[1:] for node in ast.walk(part) if isinstance(node, ast.stmt)]
    return len(inner)


def commands(tree: ast.Module) -> list[ast.FunctionDef]:
    """Functions that a user calls: their docstring ends in an example."""
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [one for one in found if "Example: cereblon" in (ast.get_docstring(one) or "")]


@pytest.mark.parametrize(("name", "tree"), trees(), ids=[name for name, _ in trees()])
def test_the_command_line_imports_the_front_door_questions_and_core_alone(name: str, tree: ast.Module) -> None:
    modules = set(imported(tree))
    ours = {module for module in modules if module.startswith("cereblon.")}
    # One command opens the other shell, the app, which asks the public functions itself.
    allowed = (*ALLOWED, "cereblon.app") if name == "app.py" else ALLOWED
    assert {module for module in ours if not module.startswith(allowed)} == set()
    assert {module.split(".")[0] for module in modules} & FOREIGN == set()


@pytest.mark.parametrize(("name", "tree"), trees(), ids=[name for name, _ in trees()])
def test_the_command_line_reads_and_writes_no_file(name: str, tree: ast.Module) -> None:
    # These open the null device where a standard stream was closed, and read options from the source of questions.
    if name in ("standard_streams.py", "asks.py"):
        return
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {one.id if isinstance(one, ast.Name) else getattr(one, "attr", "") for one in called}
    assert names & OPENERS == set()


def test_a_command_is_short() -> None:
    sizes = {f"{name} {one.name}": statements(one) for name, tree in trees() for one in commands(tree)}
    assert len(sizes) >= 30  # all commands were found
    assert {name: size for name, size in sizes.items() if size > MOST_STATEMENTS} == {}
