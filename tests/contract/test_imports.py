"""Data flows one way: a module imports only what stands before it, and the command line starts light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from scripts.import_rules import ALLOWED
from scripts.reference_pages.packages import packages_picture

import cereblon
from cereblon.trials.run import DECIDING, NO_PART_OF_TRIALS

SOURCE = Path(cereblon.__file__).parent

# A room that is asked by functions of its own names them for the type checker, and imports them when asked for.
FRONT_DOORS = {("evidence/__init__.py", "questions"), ("cohort/__init__.py", "questions")}
LAZY = {"__init__.py", *(path for path, _ in FRONT_DOORS)}
EVERYTHING = {"cli", "__init__", "__main__"}


def _room(parts: Sequence[str]) -> str:
    """Name the room of a module: its first folder, or the first two where the room has rooms of its own."""
    two = ".".join(parts[:2])
    return two if two in ALLOWED else parts[0]


def _module(path: Path) -> str:
    return _room([*path.relative_to(SOURCE).parts[:-1], path.stem])


def _imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Name everything that is imported, wherever in the file, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package in full"
            for alias in node.names:
                within = f"{node.module}.{alias.name}" if node.module == "cereblon" else str(node.module)
                yield within, node.lineno


def _files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def test_every_module_has_its_place_in_the_flow() -> None:
    """A new module is entered in ALLOWED with what it may know."""
    modules = {_module(path) for path in _files()}
    assert modules - set(ALLOWED) - EVERYTHING == set()
    assert set(ALLOWED) <= modules


def test_no_import_goes_against_the_flow() -> None:
    wrong = []
    for path in _files():
        module = _module(path)
        if module in EVERYTHING:
            continue
        for name, line in _imported(ast.parse(path.read_text(encoding="utf-8"))):
            target = _room(name.split(".")[1:]) if name.startswith("cereblon.") else None
            if (path.relative_to(SOURCE).as_posix(), target) in FRONT_DOORS:
                continue
            if target is not None and target != module and target not in ALLOWED[module]:
                wrong.append(f"{path.relative_to(SOURCE)}:{line} imports {name}")
    assert wrong == []


def test_the_flow_has_no_circle() -> None:
    placed: set[str] = set()
    waiting = {module: needs - {module} for module, needs in ALLOWED.items()}
    # Within the bottom, criteria and tables may know the plain files and each other's words, not the reverse.
    for module in ("criteria", "tables"):
        waiting[module] -= {"criteria", "tables"}
    while waiting:
        ready = {module for module, needs in waiting.items() if needs <= placed}
        assert ready, f"a circle among {sorted(waiting)}"
        placed |= ready
        waiting = {module: needs for module, needs in waiting.items() if module not in ready}


def _modules() -> dict[str, Path]:
    names = {}
    for path in _files():
        parts = ("cereblon", *path.relative_to(SOURCE).with_suffix("").parts)
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk everything but what only the type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _at_run_time(node)


def _imported_modules(path: Path, modules: Collection[str]) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _at_run_time(tree) if path.relative_to(SOURCE).as_posix() in LAZY else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                within = f"{node.module}.{alias.name}"
                yield within if within in modules else str(node.module)


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports inside functions and for the type checker count, too: they hide a circle and do not break it."""
    modules = _modules()
    graph = {name: set(_imported_modules(path, modules)) & set(modules) for name, path in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


def test_nothing_that_decides_trials_needs_what_their_checksum_leaves_out() -> None:
    modules = _modules()
    left_out = {name for name, path in modules.items() if _stands_in(path, NO_PART_OF_TRIALS)}
    assert left_out
    counted = [
        path for path in modules.values() if _stands_in(path, DECIDING) and not _stands_in(path, NO_PART_OF_TRIALS)
    ]
    needed = {path: left_out.intersection(_imported_modules(path, modules)) for path in counted}
    assert {path: names for path, names in needed.items() if names} == {}


def _stands_in(path: Path, places: Collection[str]) -> bool:
    return any((SOURCE / place) in (path, *path.parents) for place in places)


def test_the_picture_of_the_packages_is_current() -> None:
    picture = SOURCE.parents[1] / "docs" / "images" / "packages.svg"
    assert picture.read_text(encoding="utf-8") == packages_picture()


LIGHT = {"cereblon.cli.applies", "cereblon.core.errors", "cereblon.cli.running", "cereblon.core.words"}
LIGHT |= {"cereblon.cli.outputs", "cereblon.cli.standard_streams", "cereblon.core.output_files"}
LIGHT |= {
    "cereblon.core.control_characters",
    "cereblon.core.plain_text",
    "cereblon.cli.asks",
    "cereblon.cli.help_text",
    "cereblon.cli.usage_errors",
}


def _at_top(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:  # not below `if TYPE_CHECKING`
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


@pytest.mark.parametrize("path", sorted((SOURCE / "cli").glob("*.py")), ids=lambda path: path.stem)
def test_commands_import_only_typer_and_the_standard_library_at_the_top(path: Path) -> None:
    heavy = [
        name
        for name in _at_top(ast.parse(path.read_text(encoding="utf-8")))
        if name.split(".")[0] not in sys.stdlib_module_names | {"typer"} and name not in LIGHT
    ]
    assert heavy == []


def test_help_loads_nothing_heavy() -> None:
    """`cereblon --help` is to answer within 0.3 s; JAX alone takes longer to import."""
    heavy = ["jax", "numpy", "polars", "pyarrow", "pandas", "altair", "lifelines", "pydantic", "yaml", "scipy"]
    code = (
        "import sys; sys.argv = ['cereblon', '--help']\n"
        "from cereblon.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', [name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("LOADED []")
    assert "compare" in done.stdout


def test_importing_the_package_does_no_work() -> None:
    code = "import cereblon, sys; print([name for name in sys.modules if name.startswith('cereblon.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
