"""Data flows one way: a module imports only what stands before it, and the command line starts light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import cereblon

SOURCE = Path(cereblon.__file__).parent

BOTTOM = {"core", "vocabulary", "criteria", "tables", "statistics"}
BIOLOGY = {"model.drugs", "model.exposure", "model.mechanism", "model.myeloma", "model.toxicity", "model.dosing"}
ORDERS_AND_PATIENTS = {"model.regimens", "model.patients"}
MODEL = BIOLOGY | ORDERS_AND_PATIENTS | {"model.engine"}

# What each room may import besides itself, following the picture in the design:
#   regimens + patients -> engine -> tables -> outcomes -> report; evidence -> synthesis; all -> trials -> cli.
ALLOWED: dict[str, set[str]] = {
    "core": set(),
    "vocabulary": {"core"},
    "criteria": {"core", "vocabulary"},
    "tables": {"core", "vocabulary", "criteria"},
    "statistics": {"core"},
    "model": set(),
    "model.drugs": BOTTOM,
    "model.regimens": BOTTOM | {"model.drugs"},  # for what the drugs are: names, forms, classes
    "model.exposure": BOTTOM | {"model.drugs", "model.regimens"},
    "model.mechanism": BOTTOM | {"model.drugs", "model.exposure", "model.regimens"},
    "model.myeloma": BOTTOM | {"model.drugs"},
    "model.toxicity": BOTTOM | {"model.drugs"},
    "model.dosing": BOTTOM | {"model.drugs", "model.toxicity"},  # for the names of the adverse events
    "model.patients": BOTTOM,
    "model.engine": BOTTOM | BIOLOGY | ORDERS_AND_PATIENTS,
    "outcomes": BOTTOM,
    "evidence": BOTTOM,
    "synthesis": BOTTOM | {"evidence"},
    "report": BOTTOM,
    "verification": BOTTOM | MODEL,
    "trials": BOTTOM | MODEL | {"outcomes", "evidence", "report"},
    "calibration": BOTTOM | MODEL | {"outcomes", "evidence", "synthesis", "trials"},
    # The public functions bring everything together; only the shells stand above them.
    "questions": BOTTOM
    | MODEL
    | {"outcomes", "evidence", "synthesis", "report", "report.review", "trials", "calibration", "verification"},
    # The review writes about all of it, and stands above the page that shows it.
    "report.review": BOTTOM | MODEL | {"outcomes", "evidence", "synthesis", "report", "trials"},
}
# A room that is asked by functions of its own names them for the type checker, and imports them when asked for.
FRONT_DOORS = {("evidence/__init__.py", "questions")}
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


LIGHT = {"cereblon.cli.applies", "cereblon.core.errors", "cereblon.cli.running", "cereblon.core.words"}
LIGHT |= {"cereblon.cli.outputs", "cereblon.cli.standard_streams", "cereblon.core.output_files"}
LIGHT |= {"cereblon.core.control_characters"}


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
